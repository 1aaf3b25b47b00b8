"""CloudWatch Logs' operations: listings, streams, queries, refusals, and the bounds of what is kept."""

import json
import time
from collections.abc import Mapping
from typing import Any

import pytest

from cutover.rehearsal.aws.cloudwatch_logs.api import LogsApi
from cutover.rehearsal.aws.cloudwatch_logs.events import Line, LogStore, Shipment
from cutover.rehearsal.aws.logs import CallLog
from cutover.rehearsal.aws.wire import Call

NOON = 1_763_812_800.0
NOON_MS = int(NOON * 1000)
GROUP, OTHER = "/aws/lambda/lego-api-mocs-rehearsal", "/ecs/lego-api-service-rehearsal"


class Desk:
    """The API with two groups: 5 lines in two streams, one line in another."""

    def __init__(self, max_group_bytes: int = 1_000_000) -> None:
        self.calls = CallLog()
        store = LogStore(max_group_bytes)
        self.api = LogsApi(store=store, region="us-east-1", account_id="123456789012", calls=self.calls)
        lines = [Line(NOON_MS + 1000 * number, f'{{"n": {number}}}') for number in range(5)]
        self.api.take([Shipment(GROUP, "b", tuple(lines[1:])), Shipment(GROUP, "a", tuple(lines[:1]))], NOON)
        self.api.take([Shipment(OTHER, "task", (Line(NOON_MS, "started"),))], NOON)

    def ask(self, operation: str, status: int = 200, **fields: Any) -> Any:
        """One call; the answer's JSON."""
        headers: Mapping[str, str] = {"x-amz-target": f"Logs_20140328.{operation}"}
        reply = self.api.handle(Call("POST", "/", NOON, headers=headers, body=json.dumps(fields).encode()))
        assert (reply.status, reply.content_type) == (status, "application/x-amz-json-1.1"), reply.body
        return json.loads(reply.body)

    def messages(self, operation: str, **fields: Any) -> list[str]:
        """Those of the answer's events."""
        return [event["message"] for event in self.ask(operation, **fields)["events"]]

    def query(self, text: str, **fields: Any) -> Any:
        """A query's whole way; its answer."""
        span = {"startTime": int(NOON), "endTime": int(NOON) + 60}
        query_id = self.ask("StartQuery", queryString=text, **({"logGroupName": GROUP} | span | fields))["queryId"]
        while (answer := self.ask("GetQueryResults", queryId=query_id))["status"] == "Running":
            time.sleep(0.001)
        return answer


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_groups_are_listed_by_name_prefix_pattern_and_page(desk: Desk) -> None:
    first = desk.ask("DescribeLogGroups", limit=1)
    assert [group["logGroupName"] for group in first["logGroups"]] == [GROUP]
    second = desk.ask("DescribeLogGroups", limit=1, nextToken=first["nextToken"])
    assert [group["logGroupName"] for group in second["logGroups"]] == [OTHER]
    assert "nextToken" not in second
    assert second["logGroups"][0]["arn"] == f"arn:aws:logs:us-east-1:123456789012:log-group:{OTHER}:*"
    ways: tuple[dict[str, Any], ...] = (
        {"logGroupNamePrefix": "/ecs"},
        {"logGroupNamePattern": "SERVICE"},
        {"logGroupIdentifiers": [f"arn:aws:logs:us-east-1:123456789012:log-group:{OTHER}"]},
    )
    for asked in ways:
        assert [group["logGroupName"] for group in desk.ask("DescribeLogGroups", **asked)["logGroups"]] == [OTHER]
    assert desk.ask("DescribeLogGroups", 400, nextToken="x")["__type"] == "InvalidParameterException"


def test_streams_are_listed_by_name_or_by_their_last_event(desk: Desk) -> None:
    def names(**asked: Any) -> list[str]:
        streams = desk.ask("DescribeLogStreams", logGroupName=GROUP, **asked)["logStreams"]
        return [stream["logStreamName"] for stream in streams]

    assert names() == ["a", "b"]
    assert names(orderBy="LastEventTime", descending=True, limit=1) == ["b"]
    assert names(logStreamNamePrefix="b") == ["b"]
    last = desk.ask("DescribeLogStreams", logGroupIdentifier=GROUP)["logStreams"][-1]
    assert (last["firstEventTimestamp"], last["lastEventTimestamp"]) == (NOON_MS + 1000, NOON_MS + 4000)
    refused: tuple[dict[str, Any], ...] = (
        {"orderBy": "Size"},
        {"orderBy": "LastEventTime", "logStreamNamePrefix": "b"},
    )
    for asked in refused:
        assert desk.ask("DescribeLogStreams", 400, logGroupName=GROUP, **asked)["__type"] == "InvalidParameterException"


def test_events_of_a_group_are_filtered_by_pattern_time_and_stream(desk: Desk) -> None:
    assert desk.messages("FilterLogEvents", logGroupName=GROUP, filterPattern="{ $.n >= 3 }") == [
        '{"n": 3}',
        '{"n": 4}',
    ]
    span = {"startTime": NOON_MS + 1000, "endTime": NOON_MS + 2000}
    assert desk.messages("FilterLogEvents", logGroupName=GROUP, **span) == ['{"n": 1}', '{"n": 2}']
    assert desk.messages("FilterLogEvents", logGroupName=GROUP, logStreamNames=["a"]) == ['{"n": 0}']
    assert desk.messages("FilterLogEvents", logGroupName=GROUP, logStreamNamePrefix="a") == ['{"n": 0}']
    page = desk.ask("FilterLogEvents", logGroupName=GROUP, limit=3)
    rest = desk.ask("FilterLogEvents", logGroupName=GROUP, limit=3, nextToken=page["nextToken"])
    assert [event["message"] for event in rest["events"]] == ['{"n": 3}', '{"n": 4}']
    assert {event["logStreamName"] for event in page["events"]} == {"a", "b"}


def test_a_stream_is_read_on_forwards_and_backwards(desk: Desk) -> None:
    stream: dict[str, Any] = {"logGroupName": GROUP, "logStreamName": "b"}
    first = desk.ask("GetLogEvents", limit=2, startFromHead=True, **stream)
    second = desk.ask("GetLogEvents", limit=2, nextToken=first["nextForwardToken"], **stream)
    assert [event["message"] for event in second["events"]] == ['{"n": 3}', '{"n": 4}']
    end = desk.ask("GetLogEvents", nextToken=second["nextForwardToken"], **stream)
    assert (end["events"], end["nextForwardToken"]) == ([], second["nextForwardToken"])
    before = desk.ask("GetLogEvents", nextToken=second["nextBackwardToken"], **stream)
    assert [event["message"] for event in before["events"]] == ['{"n": 1}', '{"n": 2}']
    assert desk.messages("GetLogEvents", limit=1, **stream) == ['{"n": 4}']
    assert desk.messages("GetLogEvents", endTime=NOON_MS + 2000, **stream) == ['{"n": 1}']
    assert desk.ask("GetLogEvents", 400, nextToken="x", **stream)["__type"] == "InvalidParameterException"
    unknown = desk.ask("GetLogEvents", 400, logGroupName=GROUP, logStreamName="z")
    assert unknown["__type"] == "ResourceNotFoundException"


def test_a_query_tells_its_rows_and_what_it_looked_at(desk: Desk) -> None:
    answer = desk.query("fields n | filter n > 2 | sort n")
    assert [[cell["value"] for cell in row if cell["field"] == "n"] for row in answer["results"]] == [["3"], ["4"]]
    assert answer["status"] == "Complete"
    assert answer["statistics"] == {"recordsMatched": 2.0, "recordsScanned": 5.0, "bytesScanned": 40.0}
    both = desk.query("stats count(*) as n", logGroupName=None, logGroupNames=[GROUP, OTHER])
    assert both["results"] == [[{"field": "n", "value": "6"}]]
    only = desk.query("stats count(*) as n", logGroupName=None, logGroupIdentifiers=[OTHER], endTime=int(NOON))
    assert only["results"] == [[{"field": "n", "value": "1"}]]


def test_a_malformed_query_says_where_and_the_call_is_noted(desk: Desk) -> None:
    refused = desk.ask("StartQuery", 400, queryString="fields a |", startTime=0, endTime=1, logGroupName=GROUP)
    assert refused["__type"] == "MalformedQueryException"
    assert refused["queryCompileError"]["location"] == {"startCharOffset": 10, "endCharOffset": 10}
    assert [(call.operation, call.result) for call in desk.calls.all()] == [
        ("logs:StartQuery", "MalformedQueryException")
    ]


@pytest.mark.parametrize(
    ("operation", "fields", "code"),
    [
        ("StartQuery", {"startTime": 0, "endTime": 1, "logGroupName": "/none"}, "ResourceNotFoundException"),
        ("StartQuery", {"startTime": 0, "endTime": 1}, "InvalidParameterException"),
        ("StartQuery", {"startTime": 2, "endTime": 1, "logGroupName": GROUP}, "InvalidParameterException"),
        ("StartQuery", {"startTime": 2, "endTime": 3, "queryLanguage": "SQL"}, "InvalidParameterException"),
        ("StartQuery", {"startTime": 2, "endTime": 3, "surprise": 1}, "InvalidParameterException"),
        ("GetQueryResults", {"queryId": "q"}, "ResourceNotFoundException"),
        ("StopQuery", {"queryId": "q"}, "InvalidParameterException"),
        ("FilterLogEvents", {}, "InvalidParameterException"),
        ("FilterLogEvents", {"logGroupName": "/none"}, "ResourceNotFoundException"),
    ],
)
def test_what_aws_refuses_is_refused(desk: Desk, operation: str, fields: dict[str, Any], code: str) -> None:
    given = {"queryString": "fields a"} | fields if operation == "StartQuery" else fields
    assert desk.ask(operation, 400, **given)["__type"] == code


def test_a_query_that_has_ended_cannot_be_stopped(desk: Desk) -> None:
    started = desk.ask("StartQuery", queryString="fields n", startTime=0, endTime=1, logGroupName=GROUP)
    while desk.ask("GetQueryResults", **started)["status"] == "Running":
        time.sleep(0.001)
    assert desk.ask("StopQuery", 400, **started)["__type"] == "InvalidParameterException"


def test_a_query_under_way_can_be_stopped(desk: Desk) -> None:
    slow = Desk()
    lines = tuple(Line(NOON_MS, json.dumps({"n": number})) for number in range(20_000))
    slow.api.take([Shipment(GROUP, "b", lines)], NOON)
    span: dict[str, Any] = {"startTime": int(NOON), "endTime": int(NOON) + 60, "logGroupName": GROUP}
    started = slow.ask("StartQuery", queryString="stats count(*) by n | sort n", **span)
    assert slow.ask("StopQuery", **started) == {"success": True}
    answer = slow.ask("GetQueryResults", **started)
    assert (answer["status"], answer["results"]) == ("Cancelled", [])


def test_a_group_that_grows_too_large_forgets_its_oldest_events() -> None:
    desk = Desk(max_group_bytes=100)
    assert desk.messages("FilterLogEvents", logGroupName=GROUP) == ['{"n": 0}', '{"n": 4}']
    assert desk.api.told()["groups"][0] == {"name": GROUP, "streams": 2, "events": 2, "dropped": 3}  # type: ignore[index]


def test_other_operations_are_not_ours(desk: Desk) -> None:
    assert desk.api.answers("Logs_20140328.StartQuery")
    assert not desk.api.answers("Logs_20140328.PutRetentionPolicy")
