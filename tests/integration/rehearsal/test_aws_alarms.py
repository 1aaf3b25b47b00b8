"""Alarms and dashboards of a rehearsal through boto3 and the AWS CLI, in simulated time; topics at moto."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from cutover.rehearsal.aws.cloudwatch.alarming.notices import Notice
from cutover.rehearsal.aws.watching import teller
from cutover.rehearsal.stack import monitoring, servers
from cutover.rehearsal.stack.ports import free_port
from dashboards.alarms import ALARMS
from dashboards.deployed import alarm_names
from tests.integration.rehearsal.aws_process import Aws, eventually, started

EVICTIONS = "lego-api-redis-evictions-1-rehearsal"
GIVEN = monitoring.variables()


@pytest.fixture(scope="module")
def moto_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    port = free_port()
    moto = servers.start_moto(port, tmp_path_factory.mktemp("moto") / "moto.log")
    try:
        servers.wait_for_http(moto, f"http://127.0.0.1:{port}/moto-api/")
        yield f"http://127.0.0.1:{port}"
    finally:
        moto.stop()


@pytest.fixture
def aws(tmp_path: Path, moto_url: str) -> Iterator[Aws]:
    with started(tmp_path, moto_url=moto_url, clock={"factor": 600.0, "epoch": time.time()}) as running:
        yield running


def evict(aws: Aws, keys: float) -> None:
    """So many keys in this minute and the one before."""
    for minute in (aws.now() - 60, aws.now()):
        push = {
            "namespace": "AWS/ElastiCache",
            "metric": "Evictions",
            "dimensions": {"CacheClusterId": GIVEN["RedisNode"]},
            "unit": "Count",
            "minute": minute,
            "values": [keys],
            "counts": [1],
        }
        aws.control("POST", "metrics", [push])


def shown(client: Any, name: str) -> dict[str, Any]:
    found = client.describe_alarms(AlarmNames=[name], AlarmTypes=["MetricAlarm", "CompositeAlarm"])
    alarm: dict[str, Any] = (found["MetricAlarms"] + found["CompositeAlarms"])[0]
    return alarm


def cli(aws: Aws, *arguments: str) -> Any:
    """What `aws cloudwatch …` prints, as JSON."""
    done = subprocess.run(
        [str(Path(sys.executable).parent / "aws"), "cloudwatch", *arguments, "--endpoint-url", aws.url],
        env={
            "PATH": os.environ["PATH"],
            "AWS_ACCESS_KEY_ID": "me",
            "AWS_SECRET_ACCESS_KEY": "me",
            "AWS_REGION": "us-east-1",
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_PAGER": "",
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_the_whole_catalogue_is_put_and_put_again_whatever_the_callers_own_profile(
    aws: Aws, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_PROFILE", "nobody-has-this-one")
    monitoring.deploy(aws.url, GIVEN)
    monitoring.deploy(aws.url, GIVEN)  # as after an outage of the account
    monkeypatch.delenv("AWS_PROFILE")
    client = aws.client("cloudwatch")
    names = {alarm["AlarmName"] for alarm in client.describe_alarms(MaxRecords=100)["MetricAlarms"]}
    assert names == {name for alarm in ALARMS for name in alarm_names(alarm, GIVEN)}
    assert shown(client, "lego-api-veto-rehearsal")["AlarmRule"].startswith('ALARM("lego-api-lambda-errors-health-')
    boards = [entry["DashboardName"] for entry in client.list_dashboards()["DashboardEntries"]]
    assert boards == [f"lego-api-{path.stem}-rehearsal" for path in sorted(monitoring.BOARDS.glob("*.json"))]
    assert "${" not in client.get_dashboard(DashboardName=boards[0])["DashboardBody"]


def test_an_alarm_goes_off_and_ends_by_itself_and_its_topic_is_told(aws: Aws, moto_url: str) -> None:
    monitoring.deploy(aws.url, GIVEN)
    sqs, sns = aws.client("sqs"), aws.client("sns")
    queue = sqs.create_queue(QueueName="night-shift")["QueueUrl"]
    arn = "arn:aws:sqs:us-east-1:123456789012:night-shift"
    topic = "arn:aws:sns:us-east-1:123456789012:lego-api-warning-rehearsal"
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    client = aws.client("cloudwatch")

    def state_while(keys: float) -> str:
        evict(aws, keys)
        return str(shown(client, EVICTIONS)["StateValue"])

    eventually(lambda: state_while(100), lambda state: state == "OK")
    eventually(lambda: state_while(101), lambda state: state == "ALARM")
    alarm = shown(client, EVICTIONS)
    assert alarm["StateReason"].startswith("Threshold Crossed: 1 out of the last 1 datapoints [")
    assert alarm["StateReason"].endswith("(minimum 1 datapoint for OK -> ALARM transition).")
    assert "greater than the threshold (100.0)" in alarm["StateReason"]
    assert alarm["StateTransitionedTimestamp"] <= datetime.fromtimestamp(aws.now(), UTC)
    eventually(lambda: shown(client, EVICTIONS)["StateValue"], lambda state: state == "OK")  # no data: fine

    def told() -> list[str]:
        taken = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages", [])
        heard.extend(json.loads(json.loads(message["Body"])["Message"])["NewStateValue"] for message in taken)
        return heard

    heard: list[str] = []
    eventually(told, lambda states: {"ALARM", "OK"} <= {*states})
    items = client.describe_alarm_history(AlarmName=EVICTIONS, ScanBy="TimestampAscending")["AlarmHistoryItems"]
    assert items[0]["HistorySummary"] == f'Alarm "{EVICTIONS}" created'
    assert "Alarm updated from OK to ALARM" in [item["HistorySummary"] for item in items]
    assert f"Successfully executed action {topic}" in [item["HistorySummary"] for item in items]


def test_a_notice_reaches_its_topic_or_the_teller_says_so(aws: Aws, moto_url: str) -> None:
    tell, arn = teller(moto_url, "us-east-1"), aws.client("sns").create_topic(Name="once")["TopicArn"]
    tell(Notice("a", arn, "subject", "message"))
    with pytest.raises(OSError, match="404"):
        tell(Notice("a", f"{arn}-that-is-not-there", "subject", "message"))


def test_the_command_line_shows_and_sets_alarms_and_reads_metric_math(aws: Aws) -> None:
    monitoring.deploy(aws.url, GIVEN)
    asked = ("describe-alarms", "--alarm-names", "lego-api-ecs-5xx-rehearsal", "lego-api-database-cpu-rehearsal")
    found = cli(aws, *asked)["MetricAlarms"]
    assert [alarm["AlarmName"] for alarm in found] == ["lego-api-database-cpu-rehearsal", "lego-api-ecs-5xx-rehearsal"]
    assert (found[0]["Threshold"], found[0]["Dimensions"][0]["Value"]) == (80.0, GIVEN["DatabaseInstance"])
    assert [query["Id"] for query in found[1]["Metrics"] if query["ReturnData"]] == ["rate"]
    states = cli(aws, "describe-alarms", "--alarm-names", EVICTIONS, "--query", "MetricAlarms[].StateValue")
    assert len(states) == 1
    query = {
        "Id": "q",
        "Expression": "SUM(SEARCH('{AWS/ElastiCache,CacheClusterId} MetricName=\"Evictions\"', 'Sum', 60)) / 10",
    }
    evict(aws, 50)
    span = [datetime.fromtimestamp(aws.now() + ahead, UTC).isoformat() for ahead in (-3600, 3600)]
    asked_of = ("--start-time", span[0], "--end-time", span[1], "--metric-data-queries", json.dumps([query]))

    def values() -> list[float]:
        read: list[float] = cli(aws, "get-metric-data", *asked_of)["MetricDataResults"][0]["Values"]
        return read

    assert set(eventually(values, bool)) == {5.0}


def test_what_aws_refuses_is_refused_by_its_codes(aws: Aws) -> None:
    client = aws.client("cloudwatch")
    refusals: dict[str, Callable[[], object]] = {
        "ValidationError": lambda: client.put_composite_alarm(AlarmName="c", AlarmRule="ALARM(nobody)"),
        "ResourceNotFound": lambda: client.delete_alarms(AlarmNames=["nobody"]),
        "InvalidParameterInput": lambda: client.put_dashboard(DashboardName="d", DashboardBody="{"),
    }
    for code, refused in refusals.items():
        with pytest.raises(ClientError) as caught:
            refused()
        assert caught.value.response["Error"]["Code"] == code
