"""CloudWatch Logs of the real stand-in through boto3 and the aws command, and the metrics embedded in lines."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError, ConnectionClosedError

from tests.integration.rehearsal.aws_process import Aws, eventually, started

GROUP = "/ecs/lego-api-service-rehearsal"
OWNERS = (
    'fields @timestamp, message, userId, error | filter level = "error" and userId = "u-1"'
    " | sort @timestamp desc | limit 100"
)


@pytest.fixture
def aws(tmp_path: Path) -> Iterator[Aws]:
    with started(tmp_path) as running:
        yield running


def ship(aws: Aws, *lines: object) -> None:
    """As the stack ships the API's lines."""
    at_ms = int(aws.now() * 1000)
    told = [[at_ms + index, line if isinstance(line, str) else json.dumps(line)] for index, line in enumerate(lines)]
    assert aws.control("POST", "logs", [{"group": GROUP, "stream": "task", "lines": told}]) == {"taken": len(lines)}


def error(user: str) -> dict[str, str]:
    return {"level": "error", "message": "request", "userId": user, "error": "pool is empty"}


def span(aws: Aws) -> dict[str, int]:
    """The last simulated hour and the next."""
    return {"startTime": int(aws.now()) - 3600, "endTime": int(aws.now()) + 3600}


def result(client: Any, query_id: str) -> Any:
    """What a query finds in the end."""
    return eventually(lambda: client.get_query_results(queryId=query_id), lambda told: told["status"] == "Complete")


def test_boto3_queries_filters_and_lists_what_was_shipped(aws: Aws) -> None:
    ship(aws, error("u-1"), error("u-2"), "plain")
    client = aws.client("logs")
    started_query = client.start_query(logGroupName=GROUP, queryString=OWNERS, **span(aws))
    (row,) = result(client, started_query["queryId"])["results"]
    assert {cell["field"]: cell["value"] for cell in row}["error"] == "pool is empty"
    found = client.filter_log_events(logGroupName=GROUP, filterPattern='{ $.userId = "u-2" }')["events"]
    assert [json.loads(event["message"])["userId"] for event in found] == ["u-2"]
    assert [group["logGroupName"] for group in client.describe_log_groups()["logGroups"]] == [GROUP]
    assert client.get_log_events(logGroupName=GROUP, logStreamName="task")["events"][-1]["message"] == "plain"
    assert client.describe_log_streams(logGroupName=GROUP)["logStreams"][0]["logStreamName"] == "task"


def test_boto3_hears_why_a_query_is_malformed(aws: Aws) -> None:
    ship(aws, "plain")
    with pytest.raises(ClientError, match=r"expected one of dedup, .* found 'unmask'") as refused:
        aws.client("logs").start_query(logGroupName=GROUP, queryString="unmask a", **span(aws))
    assert refused.value.response["Error"]["Code"] == "MalformedQueryException"


def test_what_nothing_here_needs_goes_on_to_moto(aws: Aws) -> None:
    with pytest.raises((ClientError, ConnectionClosedError), match=r"503|Service Unavailable"):  # moto is not there
        aws.client("logs").put_retention_policy(logGroupName=GROUP, retentionInDays=1)


def test_the_aws_command_queries_as_well(aws: Aws) -> None:
    ship(aws, error("u-1"))
    command = [str(Path(sys.executable).parent / "aws"), "--endpoint-url", aws.url, "--output", "text", "logs"]
    env = {
        "PATH": os.environ["PATH"], "AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b",
        "AWS_DEFAULT_REGION": "us-east-1", "AWS_CONFIG_FILE": os.devnull,
    }  # fmt: skip

    def run(*arguments: str) -> str:
        done = subprocess.run([*command, *arguments], env=env, capture_output=True, text=True, timeout=60, check=True)
        return done.stdout.strip()

    times = [f"--{name}-time={span(aws)[f'{name}Time']}" for name in ("start", "end")]
    query_id = run("start-query", f"--log-group-name={GROUP}", *times, f"--query-string={OWNERS}", "--query=queryId")
    eventually(lambda: run("get-query-results", f"--query-id={query_id}", "--query=status"), "Complete".__eq__)
    shown = run("get-query-results", f"--query-id={query_id}", "--query=results[*][?field=='error'].value")
    assert shown == "pool is empty"


def test_embedded_metrics_reach_cloudwatch_and_malformed_ones_are_named(aws: Aws) -> None:
    directive = {
        "Namespace": "LegoApi",
        "Dimensions": [["Stage"], ["Stage", "Platform"]],
        "Metrics": [{"Name": "Searches", "Unit": "Count"}],
    }
    line = {"_aws": {"Timestamp": 1, "CloudWatchMetrics": [directive]}, "Stage": "rehearsal", "Platform": "ecs"}
    ship(aws, line | {"Searches": [2, 3]}, line | {"Searches": "many"})
    told = aws.control("GET", "state?only=logs")["logs"]["embedded_metrics"]
    assert (told["lines"], told["totals"]) == (1, {"Searches": 5.0})
    assert told["malformed"] == {"Searches: its value is no number": 1}
    dimensions = [{"Name": "Platform", "Value": "ecs"}, {"Name": "Stage", "Value": "rehearsal"}]
    metric = {"Namespace": "LegoApi", "MetricName": "Searches", "Dimensions": dimensions}
    stat = {"Metric": metric, "Period": 60, "Stat": "Sum"}
    client, now = aws.client("cloudwatch"), datetime.fromtimestamp(aws.now(), UTC)

    def shown() -> Any:
        return client.get_metric_data(
            MetricDataQueries=[{"Id": "a", "MetricStat": stat}],
            StartTime=now - timedelta(hours=1),
            EndTime=now + timedelta(hours=1),
        )["MetricDataResults"][0]["Values"]

    assert eventually(shown, bool) == [5.0]


def test_values_of_data_stores_are_set_by_name(aws: Aws) -> None:
    given = {"ClusterStatus.red": 1.0, "FreeStorageSpace": 3e9}
    assert aws.control("PUT", "stores", given) == given == aws.control("GET", "stores")
    refused = aws.http.put("/_rehearsal/stores", json={"Nothing": 1})
    assert (refused.status_code, refused.json()["code"]) == (400, "UnknownMetric")
