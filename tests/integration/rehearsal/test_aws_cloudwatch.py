"""CloudWatch through boto3: round trips, statistics, pages, refusals, faults."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.integration.rehearsal.aws_process import Aws, eventually, started


@pytest.fixture
def aws(tmp_path: Path) -> Iterator[Aws]:
    with started(tmp_path) as running:
        yield running


def an_hour_ago(aws: Aws) -> float:
    """The start of a minute, in simulated Unix seconds."""
    return (aws.now() - 3600) // 60 * 60


def push(aws: Aws, minute: float, values: list[float], metric: str = "Latency", unit: str = "Milliseconds") -> None:
    """As the other stand-ins publish."""
    entry = {
        "namespace": "AWS/ApiGateway",
        "metric": metric,
        "dimensions": {"ApiId": "a1", "Stage": "$default"},
        "unit": unit,
        "minute": minute,
        "values": values,
        "counts": [1] * len(values),
    }
    aws.control("POST", "metrics", [entry])


def query(name: str, stat: str, metric: str = "Latency", period: int = 60) -> dict[str, Any]:
    asked = {
        "Namespace": "AWS/ApiGateway",
        "MetricName": metric,
        "Dimensions": [{"Name": "Stage", "Value": "$default"}, {"Name": "ApiId", "Value": "a1"}],
    }
    return {"Id": name, "MetricStat": {"Metric": asked, "Period": period, "Stat": stat}}


def ask(client: Any, start: float, *queries: dict[str, Any], minutes: int = 60, **more: Any) -> dict[str, Any]:
    since = datetime.fromtimestamp(start, UTC)
    reply: dict[str, Any] = client.get_metric_data(
        MetricDataQueries=list(queries), StartTime=since, EndTime=since + timedelta(minutes=minutes), **more
    )
    return reply


def series(reply: dict[str, Any]) -> dict[str, list[float]]:
    """The values of each series, in the order they came in."""
    return {shown["Id"]: shown["Values"] for shown in reply["MetricDataResults"]}


def test_pushed_values_come_back_in_every_statistic(aws: Aws) -> None:
    start = an_hour_ago(aws)
    push(aws, start, [float(value) for value in range(1, 101)])
    stats = {"Sum": 5050, "Average": 50.5, "Minimum": 1, "Maximum": 100, "SampleCount": 100, "p50": 50.5, "p95": 95.05}
    names = {f"q{place}": stat for place, stat in enumerate(stats)}
    reply = ask(aws.client("cloudwatch"), start, *(query(name, stat) for name, stat in names.items()))
    got = {names[name]: values[0] for name, values in series(reply).items()}
    assert got == pytest.approx(stats)
    shown = reply["MetricDataResults"][0]
    assert (shown["StatusCode"], shown["Timestamps"]) == ("Complete", [datetime.fromtimestamp(start, UTC)])


def test_the_newest_comes_first_and_pages_join_up(aws: Aws) -> None:
    start = an_hour_ago(aws)
    for minute in range(5):
        push(aws, start + 60 * minute, [float(minute)])
    client = aws.client("cloudwatch")
    whole = series(ask(client, start, query("a", "Sum"), query("b", "Maximum")))
    assert whole["a"] == [4, 3, 2, 1, 0]
    pages = client.get_paginator("get_metric_data").paginate(
        MetricDataQueries=[query("a", "Sum"), query("b", "Maximum")],
        StartTime=datetime.fromtimestamp(start, UTC),
        EndTime=datetime.fromtimestamp(start + 3600, UTC),
        PaginationConfig={"PageSize": 3},
    )
    joined: dict[str, list[float]] = {}
    for page in pages:
        for name, values in series(page).items():
            joined.setdefault(name, []).extend(values)
    assert joined == whole


def test_a_whole_window_has_its_own_percentile(aws: Aws) -> None:
    start = (an_hour_ago(aws) // 300 + 1) * 300
    push(aws, start, [10.0] * 99)
    push(aws, start + 60, [900.0])
    reply = ask(aws.client("cloudwatch"), start, query("q", "p95", period=300), minutes=5)
    assert series(reply) == {"q": [10]}


def test_an_unknown_metric_has_no_values_and_is_complete(aws: Aws) -> None:
    reply = ask(aws.client("cloudwatch"), an_hour_ago(aws), query("q", "Sum", metric="5XXError"))
    assert [(shown["Values"], shown["StatusCode"]) for shown in reply["MetricDataResults"]] == [([], "Complete")]


def test_put_metrics_come_back_and_are_listed(aws: Aws) -> None:
    client = aws.client("cloudwatch")
    start = an_hour_ago(aws)
    data = [
        {"MetricName": "cold", "Timestamp": datetime.fromtimestamp(start, UTC), "Unit": "Count", "Values": [float(n)]}
        for n in range(200)  # more than 10 KiB: botocore compresses it
    ]
    client.put_metric_data(Namespace="app", MetricData=data)
    stat = {"Metric": {"Namespace": "app", "MetricName": "cold"}, "Period": 60, "Stat": "Sum", "Unit": "Count"}
    assert series(ask(client, start, {"Id": "q", "MetricStat": stat})) == {"q": [19_900]}
    listed = client.list_metrics(Namespace="app")["Metrics"]
    assert listed == [{"Namespace": "app", "MetricName": "cold", "Dimensions": []}]


def test_a_minute_is_published_after_its_end(tmp_path: Path) -> None:
    with started(tmp_path, publish_delay_seconds=60) as aws:
        start = aws.now() // 60 * 60
        push(aws, start, [1.0])
        client = aws.client("cloudwatch")
        values = eventually(lambda: series(ask(client, start, query("q", "Sum"), minutes=1))["q"], bool)
        assert values == [1]
        assert aws.now() >= start + 120


REFUSED = {
    "unknown id": ({"Id": "q", "Expression": "a/b"}, "Unknown id 'a'"),
    "trimmed mean": (query("q", "tm95"), "tm95"),
    "30 seconds": (query("q", "Sum", period=30), "multiple of 60"),
}


@pytest.mark.parametrize(("bad", "says"), REFUSED.values(), ids=REFUSED.keys())
def test_bad_queries_are_validation_errors(aws: Aws, bad: dict[str, Any], says: str) -> None:
    with pytest.raises(ClientError, match=says) as caught:
        ask(aws.client("cloudwatch"), an_hour_ago(aws), bad)
    assert caught.value.response["Error"]["Code"] == "ValidationError"


def test_metrics_of_aws_cannot_be_put(aws: Aws) -> None:
    client = aws.client("cloudwatch")
    with pytest.raises(client.exceptions.InvalidParameterValueException):
        client.put_metric_data(Namespace="AWS/Lambda", MetricData=[{"MetricName": "Errors", "Value": 0.0}])


def test_faults_reach_the_client(aws: Aws) -> None:
    client, start = aws.client("cloudwatch"), an_hour_ago(aws)
    push(aws, start, [1.0])
    codes = []
    for faults in ({"cloudwatch_down": True}, {"cloudwatch_throttle": 1}):
        aws.control("PUT", "faults", faults)
        with pytest.raises(ClientError) as caught:
            ask(client, start, query("q", "Sum"))
        codes.append(caught.value.response["Error"]["Code"])
    assert codes == ["ServiceUnavailable", "Throttling"]
    aws.control("PUT", "faults", {"cloudwatch_partial": True})
    assert ask(client, start, query("q", "Sum"))["MetricDataResults"][0]["StatusCode"] == "PartialData"


def test_a_silent_namespace_loses_what_it_was_sent(aws: Aws) -> None:
    client, start = aws.client("cloudwatch"), an_hour_ago(aws)
    aws.control("PUT", "faults", {"cloudwatch_silent": ["AWS/ApiGateway"]})
    push(aws, start, [1.0])
    aws.control("PUT", "faults", {})
    push(aws, start + 60, [2.0])
    assert series(ask(client, start, query("q", "Sum"))) == {"q": [2]}


def test_alarms_are_those_that_were_set(aws: Aws) -> None:
    client = aws.client("cloudwatch")
    assert client.describe_alarms()["MetricAlarms"] == []
    aws.control("PUT", "alarms", [{"AlarmName": "veto", "AlarmRule": "ALARM(x)", "StateValue": "ALARM"}])
    assert client.describe_alarms()["CompositeAlarms"] == []
    found = client.describe_alarms(AlarmTypes=["CompositeAlarm"], StateValue="ALARM")["CompositeAlarms"]
    assert [alarm["AlarmName"] for alarm in found] == ["veto"]
