"""The CloudWatch adapter: the right names, only complete answers, silence apart from zero."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.stub import ANY, Stubber

from cutover.aws.clients import Clients
from cutover.aws.cloudwatch import MOST_PAGES, CloudWatch, http_api, load_balancer
from cutover.core.bake import bake_clock
from cutover.core.judge import judge
from cutover.core.models import (
    MINUTE,
    Evidence,
    LatencyWindow,
    Limits,
    Minute,
    Side,
    SideEvidence,
    Step,
    Verdict,
    Weights,
)
from cutover.ports import NotAllowed, TelemetryUnavailable
from cutover.sections import AwsSettings

SINCE = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
FIVE = timedelta(minutes=5)
SIGNALS = {Side.ECS: load_balancer("app/api/123"), Side.SERVERLESS: http_api("abc123", "$default")}
Stubbed = tuple[CloudWatch, Stubber]


@pytest.fixture
def stubbed() -> Iterator[Stubbed]:
    """The adapter on a real client that validates requests and is answered by a script."""
    client = Clients(AwsSettings(endpoint_url="http://127.0.0.1:1")).make("cloudwatch", 1, 5)
    with Stubber(client) as stubber:
        yield CloudWatch(lambda: client, SIGNALS, "prod"), stubber
        stubber.assert_no_pending_responses()


def series(id_: str, points: dict[int, float], status: str = "Complete") -> dict[str, Any]:
    """One result: values by the minute after SINCE."""
    return {
        "Id": id_,
        "Timestamps": [SINCE + MINUTE * minute for minute in points],
        "Values": list(points.values()),
        "StatusCode": status,
    }


def answer(*results: dict[str, Any], token: str | None = None) -> dict[str, Any]:
    """One page."""
    return {"MetricDataResults": list(results)} | ({"NextToken": token} if token else {})


def of_lambda(**given: dict[int, float]) -> list[dict[str, Any]]:
    """All results of an HTTP API; those not given are empty."""
    return [series(id_, given.get(id_, {})) for id_ in ("requests", "client_errors", "errors0", "p95", "p95_samples")]


def of_ecs(**given: dict[int, float]) -> list[dict[str, Any]]:
    """All results of a load balancer; those not given are empty."""
    return [*of_lambda(**given), series("errors1", given.get("errors1", {}))]


def test_an_http_api_is_asked_by_its_own_metric_names(stubbed: Stubbed) -> None:
    cloudwatch, stubber = stubbed
    dimensions = [{"Name": "ApiId", "Value": "abc123"}, {"Name": "Stage", "Value": "$default"}]

    def query(id_: str, name: str, period: int, stat: str) -> dict[str, Any]:
        metric = {"Namespace": "AWS/ApiGateway", "MetricName": name, "Dimensions": dimensions}
        return {"Id": id_, "MetricStat": {"Metric": metric, "Period": period, "Stat": stat}}

    stubber.add_response(
        "get_metric_data",
        answer(*of_lambda()),
        {
            "MetricDataQueries": [
                query("requests", "Count", 60, "Sum"),
                query("client_errors", "4xx", 60, "Sum"),
                query("errors0", "5xx", 60, "Sum"),
                query("p95", "Latency", 300, "p95"),
                query("p95_samples", "Latency", 300, "SampleCount"),
            ],
            "StartTime": SINCE,
            "EndTime": SINCE + FIVE,
            "ScanBy": "TimestampAscending",
        },
    )

    cloudwatch.read(Side.SERVERLESS, SINCE, SINCE + FIVE, FIVE)


def test_a_load_balancer_is_asked_by_its_own_metric_names(stubbed: Stubbed) -> None:
    cloudwatch, stubber = stubbed
    stubber.add_response(
        "get_metric_data",
        answer(*of_ecs()),
        {"MetricDataQueries": ANY, "StartTime": ANY, "EndTime": ANY, "ScanBy": ANY},
    )
    seen: list[Any] = []
    cloudwatch._client.meta.events.register("provide-client-params.*.*", lambda params, **_: seen.append(params))

    cloudwatch.read(Side.ECS, SINCE, SINCE + FIVE, FIVE)

    asked = {q["Id"]: q["MetricStat"]["Metric"] for q in seen[0]["MetricDataQueries"]}
    assert {id_: metric["MetricName"] for id_, metric in asked.items()} == {
        "requests": "RequestCount",
        "client_errors": "HTTPCode_Target_4XX_Count",
        "errors0": "HTTPCode_Target_5XX_Count",
        "errors1": "HTTPCode_ELB_5XX_Count",
        "p95": "TargetResponseTime",
        "p95_samples": "TargetResponseTime",
    }
    assert asked["p95"]["Dimensions"] == [{"Name": "LoadBalancer", "Value": "app/api/123"}]
    assert "Unit" not in seen[0]["MetricDataQueries"][0]["MetricStat"]


def test_a_missing_error_is_zero_only_where_requests_were_counted(stubbed: Stubbed) -> None:
    cloudwatch, stubber = stubbed
    stubber.add_response(
        "get_metric_data", answer(*of_lambda(requests={0: 20, 2: 30}, errors0={2: 3, 3: 1}, client_errors={0: 2}))
    )

    minutes = cloudwatch.read(Side.SERVERLESS, SINCE, SINCE + 4 * MINUTE, FIVE).minutes

    assert [(m.requests, m.errors, m.client_errors) for m in minutes] == [
        (20, 0, 2),
        (None, None, None),
        (30, 3, 0),
        (None, None, None),
    ]
    assert [m.start for m in minutes] == [SINCE + MINUTE * i for i in range(4)]


def test_requests_that_the_load_balancer_refused_count_too(stubbed: Stubbed) -> None:
    cloudwatch, stubber = stubbed
    stubber.add_response("get_metric_data", answer(*of_ecs(requests={0: 90}, errors0={0: 2}, errors1={0: 10, 1: 7})))

    minutes = cloudwatch.read(Side.ECS, SINCE, SINCE + 2 * MINUTE, FIVE).minutes

    assert [(m.requests, m.errors) for m in minutes] == [(100, 12), (7, 7)]


def test_a_load_balancers_seconds_become_milliseconds(stubbed: Stubbed) -> None:
    cloudwatch, stubber = stubbed
    stubber.add_response("get_metric_data", answer(*of_ecs(p95={0: 0.4125}, p95_samples={0: 250})))

    (window,) = cloudwatch.read(Side.ECS, SINCE, SINCE + FIVE, FIVE).windows

    assert (window.start, window.length, window.p95_ms, window.samples) == (SINCE, FIVE, 412.5, 250)


def test_windows_lie_on_whole_multiples_within_the_interval(stubbed: Stubbed) -> None:
    cloudwatch, stubber = stubbed
    stubber.add_response(
        "get_metric_data",
        answer(*of_lambda(p95={0: 900, 5: 300, 10: 310, 15: 320}, p95_samples={0: 250, 5: 251, 10: 252, 15: 253})),
        {"MetricDataQueries": ANY, "StartTime": SINCE, "EndTime": SINCE + 17 * MINUTE, "ScanBy": ANY},
    )

    windows = cloudwatch.read(Side.SERVERLESS, SINCE + 3 * MINUTE, SINCE + 17 * MINUTE, FIVE).windows

    assert [(w.start, w.p95_ms, w.samples) for w in windows] == [
        (SINCE + 5 * MINUTE, 300, 251),
        (SINCE + 10 * MINUTE, 310, 252),
    ]


def test_a_window_without_data_is_not_known(stubbed: Stubbed) -> None:
    cloudwatch, stubber = stubbed
    stubber.add_response("get_metric_data", answer(*of_lambda(p95={0: float("nan")})))

    (window,) = cloudwatch.read(Side.SERVERLESS, SINCE, SINCE + FIVE, FIVE).windows

    assert (window.p95_ms, window.samples) == (None, 0)


def test_pages_are_put_together_by_id_whatever_their_order(stubbed: Stubbed) -> None:
    cloudwatch, stubber = stubbed
    first = [series("requests", {1: 11}, "PartialData"), *of_lambda()[1:]]
    stubber.add_response("get_metric_data", answer(*reversed(first), token="more"))
    stubber.add_response(
        "get_metric_data",
        answer(series("requests", {0: 10})),
        {"MetricDataQueries": ANY, "StartTime": ANY, "EndTime": ANY, "ScanBy": ANY, "NextToken": "more"},
    )

    minutes = cloudwatch.read(Side.SERVERLESS, SINCE, SINCE + 2 * MINUTE, FIVE).minutes

    assert [m.requests for m in minutes] == [10, 11]


@pytest.mark.parametrize("status", ["PartialData", "InternalError", "Forbidden"])
def test_an_answer_that_is_not_complete_is_no_answer(stubbed: Stubbed, status: str) -> None:
    cloudwatch, stubber = stubbed
    results = of_lambda(requests={0: 10})
    results[2] = series("errors0", {}, status)
    stubber.add_response("get_metric_data", answer(*results))

    with pytest.raises(TelemetryUnavailable, match=f"errors0 is {status}"):
        cloudwatch.read(Side.SERVERLESS, SINCE, SINCE + MINUTE, FIVE)


def test_a_metric_that_is_left_out_is_no_answer(stubbed: Stubbed) -> None:
    cloudwatch, stubber = stubbed
    stubber.add_response("get_metric_data", answer(*of_lambda()[1:]))

    with pytest.raises(TelemetryUnavailable, match="requests is missing"):
        cloudwatch.read(Side.SERVERLESS, SINCE, SINCE + MINUTE, FIVE)


def test_pages_without_end_are_given_up(stubbed: Stubbed) -> None:
    cloudwatch, stubber = stubbed
    for _ in range(MOST_PAGES):
        stubber.add_response("get_metric_data", answer(*of_lambda(), token="again"))

    with pytest.raises(TelemetryUnavailable, match="pages"):
        cloudwatch.read(Side.SERVERLESS, SINCE, SINCE + MINUTE, FIVE)


def test_a_service_that_fails_is_unavailable(stubbed: Stubbed) -> None:
    cloudwatch, stubber = stubbed
    stubber.add_client_error("get_metric_data", "InternalServiceFault", "oops", 500)

    with pytest.raises(TelemetryUnavailable, match="InternalServiceFault"):
        cloudwatch.read(Side.SERVERLESS, SINCE, SINCE + MINUTE, FIVE)


def test_a_wrong_question_is_unavailable_too(stubbed: Stubbed) -> None:
    cloudwatch, stubber = stubbed
    stubber.add_client_error("get_metric_data", "InvalidParameterValue", "period", 400)

    with pytest.raises(TelemetryUnavailable, match="InvalidParameterValue: period"):
        cloudwatch.read(Side.SERVERLESS, SINCE, SINCE + MINUTE, FIVE)


def test_expired_keys_name_the_mend(stubbed: Stubbed) -> None:
    cloudwatch, stubber = stubbed
    stubber.add_client_error("get_metric_data", "ExpiredToken", "", 403)

    with pytest.raises(
        NotAllowed, match="cloudwatch:GetMetricData: the credentials have expired; aws sso login --profile prod"
    ):
        cloudwatch.read(Side.SERVERLESS, SINCE, SINCE + MINUTE, FIVE)


@pytest.fixture
def carried() -> Iterator[Stubbed]:
    """The adapter of a side whose functions and proxy are named."""
    client = Clients(AwsSettings(endpoint_url="http://127.0.0.1:1")).make("cloudwatch", 1, 5)
    signals = {Side.SERVERLESS: http_api("abc123", "$default", ("mocs", "health"), "api-proxy")}
    with Stubber(client) as stubber:
        yield CloudWatch(lambda: client, signals), stubber
        stubber.assert_no_pending_responses()


def of_carriers(**given: dict[int, float]) -> list[dict[str, Any]]:
    """All results of a Lambda side with two functions and a proxy."""
    ids = ("throttles0", "throttles1", "borrow_p95", "borrow_p95_samples")
    return [*of_lambda(**given), *(series(id_, given.get(id_, {})) for id_ in ids)]


def test_functions_and_proxy_are_asked_in_the_same_question(carried: Stubbed) -> None:
    cloudwatch, stubber = carried
    stubber.add_response("get_metric_data", answer(*of_carriers()))
    seen: list[Any] = []
    cloudwatch._client.meta.events.register("provide-client-params.*.*", lambda params, **_: seen.append(params))

    cloudwatch.read(Side.SERVERLESS, SINCE, SINCE + FIVE, FIVE)

    asked = {q["Id"]: (q["MetricStat"]["Metric"], q["MetricStat"]["Stat"]) for q in seen[0]["MetricDataQueries"]}
    throttles, total = asked["throttles1"]
    assert (throttles["Namespace"], throttles["MetricName"], total) == ("AWS/Lambda", "Throttles", "Sum")
    assert throttles["Dimensions"] == [{"Name": "FunctionName", "Value": "health"}]
    borrow, statistic = asked["borrow_p95"]
    assert (borrow["Namespace"], borrow["MetricName"]) == ("AWS/RDS", "DatabaseConnectionsBorrowLatency")
    assert (borrow["Dimensions"], statistic) == ([{"Name": "ProxyName", "Value": "api-proxy"}], "p95")


def test_throttles_of_all_functions_are_one_number_and_a_missing_point_is_none(carried: Stubbed) -> None:
    cloudwatch, stubber = carried
    counted = of_carriers(requests={0: 20, 1: 20}, throttles0={0: 2}, throttles1={0: 3})
    stubber.add_response("get_metric_data", answer(*counted))

    minutes = cloudwatch.read(Side.SERVERLESS, SINCE, SINCE + 3 * MINUTE, FIVE).minutes

    assert [m.throttles for m in minutes] == [5, 0, None]


def test_microseconds_to_borrow_become_milliseconds(carried: Stubbed) -> None:
    cloudwatch, stubber = carried
    stubber.add_response("get_metric_data", answer(*of_carriers(borrow_p95={0: 6250.0}, borrow_p95_samples={0: 70})))

    (window,) = cloudwatch.read(Side.SERVERLESS, SINCE, SINCE + FIVE, FIVE).borrows

    assert (window.p95_ms, window.samples) == (6.25, 70)


def test_where_nothing_carries_the_side_nothing_is_asked_of_it(stubbed: Stubbed) -> None:
    cloudwatch, stubber = stubbed
    stubber.add_response("get_metric_data", answer(*of_lambda(requests={0: 9})))

    read = cloudwatch.read(Side.SERVERLESS, SINCE, SINCE + FIVE, FIVE)

    assert read.minutes[0].throttles is None
    assert read.borrows == ()


Answers = list[dict[str, Any]]
NOT_A_NUMBER = float("nan")


@pytest.mark.parametrize(
    "results",
    [
        of_lambda(),
        of_lambda(errors0={0: 3}, p95={0: 200.0}, p95_samples={0: 250}),
        of_lambda(requests=dict.fromkeys(range(20), NOT_A_NUMBER)),
        of_lambda(requests={19: 1}),
        of_lambda(requests=dict.fromkeys(range(20), 100), p95={0: NOT_A_NUMBER}),
    ],
    ids=["nothing", "no-counts", "no-numbers", "one-minute", "no-latencies"],
)
def test_whatever_cloudwatch_leaves_out_never_passes(stubbed: Stubbed, results: Answers) -> None:
    cloudwatch, stubber = stubbed
    stubber.add_response("get_metric_data", answer(*results))
    counts = [Minute(SINCE + MINUTE * i, 900, 0, 0) for i in range(20)]
    windows = [LatencyWindow(SINCE + FIVE * i, FIVE, 200.0, 4500) for i in range(4)]

    serverless = cloudwatch.read(Side.SERVERLESS, SINCE, SINCE + 20 * MINUTE, FIVE)

    ecs = SideEvidence(tuple(counts), tuple(windows))
    given = Evidence(SINCE, SINCE + 20 * MINUTE, Weights(90, 10), ecs, serverless)
    judgement = judge(given, Limits())
    clock = bake_clock(given, judgement, Step(10, 10 * MINUTE, 1), Limits())
    assert judgement.verdict is Verdict.HOLD
    assert not clock.complete


def test_points_in_any_order_are_the_same_points(stubbed: Stubbed) -> None:
    cloudwatch, stubber = stubbed
    counts = dict.fromkeys(range(20), 100.0)
    newest_first = dict(reversed(counts.items()))
    stubber.add_response("get_metric_data", answer(*of_lambda(requests=newest_first, errors0={17: 4, 2: 1})))

    minutes = cloudwatch.read(Side.SERVERLESS, SINCE, SINCE + 20 * MINUTE, FIVE).minutes

    assert [m.requests for m in minutes] == [100] * 20
    assert [i for i, m in enumerate(minutes) if m.errors] == [2, 17]
