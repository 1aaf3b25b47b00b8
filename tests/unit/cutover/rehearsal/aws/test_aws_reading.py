"""GetMetricData: periods, order, pages, refusals."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from cutover.rehearsal.aws.cloudwatch.reading import metric_data
from cutover.rehearsal.aws.cloudwatch.shapes import GetMetricData, request_of
from cutover.rehearsal.aws.cloudwatch.store import Datum, MetricStore, Summary
from cutover.rehearsal.aws.wire import AwsError
from tests.unit.cutover.rehearsal.aws.factories import NOON, latency

NOW = NOON + 7200


def store_of(*minutes: tuple[int, list[float]]) -> MetricStore:
    """Latencies in minutes after noon, all visible."""
    store = MetricStore(publish_delay_seconds=0)
    for minute, values in minutes:
        store.push(latency(NOON + 60 * minute, values), now=NOON)
    return store


def query(name: str = "q", *, metric: str = "Latency", period: int = 60, stat: str = "Sum", **more: object) -> object:
    asked = {
        "Namespace": "AWS/ApiGateway",
        "MetricName": metric,
        "Dimensions": [{"Name": "ApiId", "Value": "a1"}],
    }
    return {"Id": name, "MetricStat": {"Metric": asked, "Period": period, "Stat": stat}} | more


def iso(minutes: float) -> str:
    return (datetime.fromtimestamp(NOON, UTC) + timedelta(minutes=minutes)).strftime("%Y-%m-%dT%H:%M:%SZ")


def ask(store: MetricStore, *queries: object, start: float = 0, end: float = 60, **more: object) -> dict[str, Any]:
    """The result of GetMetricData for minutes after noon."""
    fields = {"MetricDataQueries": list(queries), "StartTime": iso(start), "EndTime": iso(end)} | more
    return metric_data(store, request_of(GetMetricData, fields, invalid="ValidationError"), NOW)


def points(result: Mapping[str, Any], place: int = 0) -> list[tuple[str, float]]:
    """The points of one series, with the time of day."""
    shown = result["MetricDataResults"][place]
    return [(time[11:16], value) for time, value in zip(shown["Timestamps"], shown["Values"], strict=True)]


def test_the_newest_point_comes_first() -> None:
    assert points(ask(store_of((0, [1]), (1, [2])), query())) == [("12:01", 2), ("12:00", 1)]


def test_the_oldest_point_comes_first_if_asked_for() -> None:
    result = ask(store_of((0, [1]), (1, [2])), query(), ScanBy="TimestampAscending")
    assert points(result) == [("12:00", 1), ("12:01", 2)]


def test_minutes_that_came_out_of_order_are_shown_in_order() -> None:
    store = store_of((2, [3]), (0, [1]), (1, [2]))
    assert points(ask(store, query())) == [("12:02", 3), ("12:01", 2), ("12:00", 1)]


def test_a_minute_without_data_is_missing_and_not_zero() -> None:
    result = ask(store_of((0, [1]), (2, [2])), query(), ScanBy="TimestampAscending")
    assert points(result) == [("12:00", 1), ("12:02", 2)]


def test_an_unknown_metric_is_complete_and_empty() -> None:
    result = ask(store_of((0, [1])), query(metric="Latencey"))
    shown = result["MetricDataResults"][0]
    assert (shown["Values"], shown["Timestamps"], shown["StatusCode"]) == ([], [], "Complete")


def test_the_end_is_left_out_and_the_start_is_not() -> None:
    store = store_of((0, [1]), (1, [2]), (2, [3]))
    assert points(ask(store, query(), start=1, end=2)) == [("12:01", 2)]


def test_the_start_is_rounded_down_to_its_minute() -> None:
    assert points(ask(store_of((1, [2])), query(), start=1.5, end=3)) == [("12:01", 2)]


def test_periods_start_at_multiples_of_their_length() -> None:
    store = store_of(*((minute, [1.0]) for minute in range(20)))
    assert points(ask(store, query(period=300), start=3, end=13)) == [("12:10", 3), ("12:05", 5)]


def test_a_percentile_is_computed_over_the_whole_period() -> None:
    store = store_of((0, [1.0] * 99), (1, [1000.0]))
    assert points(ask(store, query(period=300, stat="p95"))) == [("12:00", 1)]


def test_percentiles_of_summaries_are_no_data() -> None:
    store = MetricStore(publish_delay_seconds=0)
    store.push(Datum(latency(NOON, []).series, "Milliseconds", NOON, summary=Summary(3, 6, 1, 3)), now=NOON)
    assert points(ask(store, query(stat="p95"))) == []
    assert points(ask(store, query(stat="Average"))) == [("12:00", 2)]


def test_each_query_has_its_own_answer_with_id_and_label() -> None:
    result = ask(store_of((0, [1, 3])), query("a"), query("b", stat="Maximum", Label="highest"))
    assert [(shown["Id"], shown["Label"], shown["Values"]) for shown in result["MetricDataResults"]] == [
        ("a", "Latency", [4]),
        ("b", "highest", [3]),
    ]


def test_a_query_that_returns_nothing_is_left_out() -> None:
    result = ask(store_of((0, [1])), query("a", ReturnData="false"), query("b"))
    assert [shown["Id"] for shown in result["MetricDataResults"]] == ["b"]


def test_a_wrong_unit_has_no_data() -> None:
    wrong = {"Id": "q", "MetricStat": dict(query()["MetricStat"], Unit="Seconds")}  # type: ignore[index]
    assert points(ask(store_of((0, [1])), wrong)) == []


def test_partial_data_is_said_to_be_partial() -> None:
    fields: dict[str, object] = {"MetricDataQueries": [query()], "StartTime": iso(0), "EndTime": iso(60)}
    request = request_of(GetMetricData, fields, invalid="ValidationError")
    result: dict[str, Any] = metric_data(store_of((0, [1])), request, NOW, partial=True)
    assert result["MetricDataResults"][0]["StatusCode"] == "PartialData"


def test_pages_hold_every_point_once_and_say_which_series_go_on() -> None:
    store = store_of(*((minute, [float(minute)]) for minute in range(3)))
    asked = (query("a"), query("none", metric="Nothing"), query("b", stat="Maximum"))
    seen: dict[str, list[float]] = {}
    codes, token = [], None
    for _ in range(3):
        more: dict[str, Any] = {} if token is None else {"NextToken": token}
        result = ask(store, *asked, MaxDatapoints="2", **more)
        for shown in result["MetricDataResults"]:
            seen.setdefault(shown["Id"], []).extend(shown["Values"])
            codes.append((shown["Id"], shown["StatusCode"]))
        token = result["NextToken"]
    assert token is None
    assert seen == {"a": [2, 1, 0], "none": [], "b": [2, 1, 0]}
    assert codes == [
        ("a", "PartialData"),
        ("a", "Complete"),
        ("none", "Complete"),
        ("b", "PartialData"),
        ("b", "Complete"),
    ]


def test_an_empty_series_at_the_end_is_on_the_last_page() -> None:
    result = ask(store_of((0, [1.0]), (1, [2.0])), query("a"), query("none", metric="Nothing"), MaxDatapoints="2")
    assert [shown["Id"] for shown in result["MetricDataResults"]] == ["a", "none"]
    assert result["NextToken"] is None


def test_an_empty_series_is_on_one_page_only() -> None:
    store = store_of((0, [1.0]), (1, [2.0]))
    asked = (query("a"), query("none", metric="Nothing"), query("b"))
    first = ask(store, *asked, MaxDatapoints="2")
    second = ask(store, *asked, MaxDatapoints="2", NextToken=first["NextToken"])
    pages = [[shown["Id"] for shown in page["MetricDataResults"]] for page in (first, second)]
    assert pages == [["a"], ["none", "b"]]


def test_later_pages_show_what_the_first_one_saw() -> None:
    store = store_of((0, [1.0]), (1, [2.0]))
    first = ask(store, query(), MaxDatapoints="1")
    store.push(latency(NOON + 120, [3.0]), now=NOW + 1)
    second = ask(store, query(), MaxDatapoints="1", NextToken=first["NextToken"])
    assert points(first) + points(second) == [("12:01", 2), ("12:00", 1)]


@pytest.mark.parametrize("token", ["nonsense", "!!!", "WzFd", "W10="])
def test_a_made_up_token_is_refused(token: str) -> None:
    with pytest.raises(AwsError, match="InvalidNextToken"):
        ask(store_of((0, [1])), query(), NextToken=token)


def test_a_token_of_another_request_is_refused() -> None:
    store = store_of((0, [1.0]), (1, [2.0]))
    token = ask(store, query(), MaxDatapoints="1")["NextToken"]
    with pytest.raises(AwsError, match="InvalidNextToken"):
        ask(store, query(stat="Average"), MaxDatapoints="1", NextToken=token)


METRIC = {"Namespace": "n", "MetricName": "m"}
REFUSED = {
    "metric math": {"Id": "q", "Expression": "a/b"},
    "neither metric nor expression": {"Id": "q"},
    "period beside the metric": query(Period="60"),
    "30 seconds": query(period=30),
    "90 seconds": query(period=90),
    "no period": {"Id": "q", "MetricStat": {"Metric": METRIC, "Period": "0", "Stat": "Sum"}},
    "trimmed mean": query(stat="tm95"),
    "capital id": query("Q"),
    "unknown unit": {"Id": "q", "MetricStat": {"Metric": METRIC, "Period": "60", "Stat": "Sum", "Unit": "Parsecs"}},
    "other account": query(AccountId="123456789012"),
}


@pytest.mark.parametrize("bad", REFUSED.values(), ids=REFUSED.keys())
def test_refused_as_a_validation_error(bad: object) -> None:
    with pytest.raises(AwsError, match="ValidationError"):
        ask(store_of((0, [1])), query("fine"), bad)


def test_expressions_are_answered_in_their_place_and_only_what_is_to_be_returned() -> None:
    store = store_of((0, [1, 2]), (1, [5]))
    result = ask(
        store,
        {"Id": "rate", "Expression": "100 * low / q", "Label": "of the sum, %"},
        query("q", ReturnData=False),
        query("low", stat="Minimum"),
        {"Id": "plain", "Expression": "q"},
    )
    shown = [(one["Id"], one["Label"]) for one in result["MetricDataResults"]]
    assert shown == [("rate", "of the sum, %"), ("low", "Latency"), ("plain", "plain")]
    assert points(result) == [("12:01", 100), ("12:00", pytest.approx(100 / 3))]


def test_what_is_filled_is_filled_in_every_period_asked_for() -> None:
    result = ask(store_of((1, [5])), query("q", ReturnData=False), {"Id": "e", "Expression": "FILL(q, 0)"}, end=3)
    assert points(result) == [("12:02", 0), ("12:01", 5), ("12:00", 0)]


def test_a_search_is_several_series_under_one_id_each_with_its_label() -> None:
    search = "SEARCH('{AWS/ApiGateway,ApiId} Latency', 'Sum', 60)"
    store = store_of((0, [1]))
    found = ask(store, {"Id": "s", "Expression": search, "Label": "of"}, {"Id": "n", "Expression": f"2 * {search}"})
    shown = [(one["Id"], one["Label"], one["Values"]) for one in found["MetricDataResults"]]
    assert shown == [("s", "of a1", [1]), ("n", "a1", [2])]


def test_a_number_is_no_series() -> None:
    with pytest.raises(AwsError, match="no time series but a Scalar"):
        ask(store_of((0, [1])), query(ReturnData=False), {"Id": "e", "Expression": "SUM(q)"})


def test_metric_math_that_names_nothing_known_is_refused_with_the_reason() -> None:
    with pytest.raises(AwsError, match="Error in expression 'q': Unknown id 'a'"):
        ask(store_of(), {"Id": "q", "Expression": "a/b"})


@pytest.mark.parametrize(("start", "end"), [(5, 5), (5, 4)])
def test_the_start_must_lie_before_the_end(start: int, end: int) -> None:
    with pytest.raises(AwsError, match="ValidationError"):
        ask(store_of(), query(), start=start, end=end)


def test_two_queries_of_one_id_are_refused() -> None:
    with pytest.raises(AwsError, match="not unique"):
        ask(store_of(), query("a"), query("a"))


def test_500_queries_are_allowed_and_501_are_not() -> None:
    assert len(ask(store_of(), *(query(f"q{n}") for n in range(500)))["MetricDataResults"]) == 500
    with pytest.raises(AwsError, match="ValidationError"):
        ask(store_of(), *(query(f"q{n}") for n in range(501)))
