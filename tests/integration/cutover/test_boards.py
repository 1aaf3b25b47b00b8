"""Numbers, dashboards and their answers through boto3, against the strict stand-in of CloudWatch."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from cutover.aws.boards import AwsBoards
from cutover.aws.metering import MOST_AT_ONCE, MetricSender
from cutover.core.metering import Measured, Reading
from cutover.ports import TelemetryUnavailable, Undelivered
from tests.integration.rehearsal.aws_process import Aws, started

NAME = "lego-api-cutover-test"
BODY = json.dumps(
    {"widgets": [{"type": "text", "x": 0, "y": 0, "width": 6, "height": 2, "properties": {"markdown": "x"}}]}
)


@pytest.fixture
def aws(tmp_path: Path) -> Iterator[Aws]:
    """A stand-in of its own."""
    with started(tmp_path) as running:
        yield running


@pytest.fixture
def boards(aws: Aws) -> AwsBoards:
    """Dashboards there."""
    return AwsBoards(aws.client)


def sender(aws: Aws) -> MetricSender:
    return MetricSender(lambda: aws.client("cloudwatch"), "LegoApi/Cutover", "test")


def now(aws: Aws) -> datetime:
    return datetime.fromtimestamp(aws.now(), UTC).replace(second=0, microsecond=0)


def test_what_is_sent_is_found_again_with_its_moment(aws: Aws, boards: AwsBoards) -> None:
    at = now(aws) - timedelta(minutes=10)
    sender(aws)(
        [Reading(Measured.LAMBDA_WEIGHT, 10.0, at), Reading(Measured.LAMBDA_WEIGHT, 50.0, at + timedelta(minutes=2))]
    )
    metric = {
        "Namespace": "LegoApi/Cutover",
        "MetricName": "LambdaWeight",
        "Dimensions": [{"Name": "Stage", "Value": "test"}],
    }
    queries = [
        {
            "Id": "w",
            "MetricStat": {"Metric": metric, "Period": 60, "Stat": "Maximum"},
            "Label": "weight",
            "ReturnData": True,
        },
        {"Id": "twice", "Expression": "w * 2", "Label": "twice", "ReturnData": True},
    ]

    weight, twice = boards.values(queries, at - timedelta(minutes=5), at + timedelta(minutes=5))

    assert weight.label == "weight"
    assert weight.points == ((at.timestamp(), 10.0), (at.timestamp() + 120, 50.0))
    assert [value for _, value in twice.points] == [20.0, 100.0]


def test_many_readings_go_in_several_requests(aws: Aws) -> None:
    at = now(aws)

    sender(aws)([Reading(Measured.BLIND, 0.0, at)] * (MOST_AT_ONCE + 1))

    assert len([call for call in aws.control("GET", "state?of=calls")["calls"] if "PutMetricData" in str(call)]) == 2


def test_a_reading_that_cloudwatch_refuses_is_told_in_words(aws: Aws) -> None:
    with pytest.raises(Undelivered, match="cloudwatch:PutMetricData"):
        sender(aws)([Reading(Measured.BLIND, 0.0, now(aws) - timedelta(days=30))])


def test_a_dashboard_is_deployed_listed_and_read(boards: AwsBoards) -> None:
    assert boards.body(NAME) is None
    assert boards.replace(NAME, BODY) == []
    assert boards.names("lego-api-") == [NAME]
    assert boards.names("other") == []
    assert json.loads(boards.body(NAME) or "") == json.loads(BODY)


def test_what_is_no_dashboard_is_refused(boards: AwsBoards) -> None:
    with pytest.raises(TelemetryUnavailable, match="cloudwatch:PutDashboard"):
        boards.replace(NAME, "no JSON")


def test_alarms_are_found_by_name(aws: Aws, boards: AwsBoards) -> None:
    aws.client("cloudwatch").put_metric_alarm(
        AlarmName="mine",
        Namespace="LegoApi/Cutover",
        MetricName="Blind",
        Dimensions=[{"Name": "Stage", "Value": "test"}],
        Statistic="Minimum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=1.0,
        ComparisonOperator="GreaterThanOrEqualToThreshold",
    )

    found = boards.alarms(["mine", "not-there"])

    assert list(found) == ["mine"]
    assert found["mine"].state in {"OK", "INSUFFICIENT_DATA"}


def test_an_outage_is_told_and_not_taken_for_silence(aws: Aws, boards: AwsBoards) -> None:
    aws.control("PUT", "faults", {"cloudwatch_down": True})

    for ask in (lambda: boards.names(""), lambda: boards.body(NAME), lambda: boards.alarms(["x"])):
        with pytest.raises(TelemetryUnavailable):
            ask()
