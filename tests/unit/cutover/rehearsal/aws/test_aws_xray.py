"""The stand-in of X-Ray: what its daemon takes, and what its calls tell of it."""

import asyncio
import base64
import json
import socket
from typing import Any

import pytest

from cutover.rehearsal.aws.logs import CallLog
from cutover.rehearsal.aws.wire import Call
from cutover.rehearsal.aws.xray import store
from cutover.rehearsal.aws.xray.api import XRayApi
from cutover.rehearsal.aws.xray.daemon import Daemon
from cutover.rehearsal.aws.xray.segments import segments_of
from cutover.rehearsal.aws.xray.spans import BadDatagram, Span, Value, spans_of
from cutover.rehearsal.aws.xray.store import TraceStore

HEAD = b'{"format":"json","version":1}\n'
ID = "1-67891233-abcdef012345678912345678"
OTHER = "1-67891234-abcdef012345678912345678"
NOON = 1_700_000_000.0
RESOURCE: dict[str, Value] = {"service.name": "lego-api"}


def served(
    identity: str = "a" * 16, *, trace: str = ID, status: int = 200, user: str = "u-1", parent: str = ""
) -> Span:
    told: dict[str, Value] = {
        "http.request.method": "GET",
        "http.route": "/api/mocs",
        "http.response.status_code": status,
        "userId": user,
        "aws.xray.annotations": ["userId", "http.route"],
    }
    failed = str(status) if status >= 500 else None
    return Span(trace, identity, parent, "GET /api/mocs", "server", NOON, NOON + 0.5, told, RESOURCE, failed)


def called(identity: str, parent: str, name: str = "redis", *, trace: str = ID, kind: str = "client") -> Span:
    told: dict[str, Value] = {"peer.service": name} if kind == "client" else {}
    return Span(trace, identity, parent, f"{name} GET", kind, NOON + 0.1, NOON + 0.2, told, RESOURCE)


class Desk:
    """The calls on traces of a test's own."""

    def __init__(self, *spans: Span, came: float = NOON) -> None:
        self.traces, self.calls = TraceStore(), CallLog()
        self.traces.take(spans, came)
        self.api = XRayApi(self.traces, self.calls)

    def ask(self, path: str, **fields: object) -> tuple[int, dict[str, Any]]:
        reply = self.api.handle(Call("POST", path, NOON, body=json.dumps(fields).encode()))
        return reply.status, json.loads(reply.body)

    def found(self, expression: str = "", start: float = NOON - 1, end: float = NOON + 60) -> list[str]:
        status, told = self.ask("/TraceSummaries", StartTime=start, EndTime=end, FilterExpression=expression)
        assert status == 200, told
        return [one["Id"] for one in told["TraceSummaries"]]


def test_a_trace_is_a_segment_with_its_calls_as_subsegments() -> None:
    inner = [called("b" * 16, "a" * 16, "transaction", kind="internal"), called("c" * 16, "b" * 16, "postgresql")]
    aws = Span(
        ID, "d" * 16, "a" * 16, "s3 PutObject", "client", NOON, NOON, {"rpc.system": "aws-api", "rpc.service": "S3"}
    )
    status, told = Desk(served(parent="f" * 16), *inner, aws).ask("/Traces", TraceIds=[ID, OTHER])
    assert (status, told["UnprocessedTraceIds"], len(told["Traces"])) == (200, [], 1)
    (trace,) = told["Traces"]
    assert (trace["Id"], trace["Duration"], trace["LimitExceeded"]) == (ID, 0.5, False)
    document = json.loads(trace["Segments"][0]["Document"])
    assert (document["name"], document["parent_id"], document["trace_id"]) == ("lego-api", "f" * 16, ID)
    assert document["http"] == {"request": {"method": "GET", "url": "/api/mocs"}, "response": {"status": 200}}
    assert document["annotations"] == {"userId": "u-1", "http_route": "/api/mocs"}
    s3, transaction = document["subsegments"]
    assert (s3["name"], s3["namespace"], s3["type"]) == ("S3", "aws", "subsegment")
    assert (transaction["name"], "namespace" in transaction) == ("transaction GET", False)
    assert [one["name"] for one in transaction["subsegments"]] == ["postgresql"]


def test_a_call_whose_request_has_not_come_stands_by_itself() -> None:
    (document,) = segments_of([called("c" * 16, "b" * 16)])
    assert (document["type"], document["parent_id"]) == ("subsegment", "b" * 16)


def test_a_trace_that_crosses_services_has_a_segment_for_each() -> None:
    documents = segments_of([served(), served("b" * 16, parent="a" * 16)])
    assert [one["id"] for one in documents] == ["a" * 16, "b" * 16]
    assert "subsegments" not in documents[0]


@pytest.mark.parametrize(
    ("status", "flags"),
    [(200, set()), (404, {"error"}), (429, {"error", "throttle"}), (503, {"fault"})],
)
def test_statuses_are_flags(status: int, flags: set[str]) -> None:
    (document,) = segments_of([served(status=status)])
    assert {flag for flag in ("error", "throttle", "fault") if document.get(flag)} == flags


@pytest.mark.parametrize(
    ("expression", "found"),
    [
        ("", [OTHER, ID]),
        ('annotation.userId = "u-1"', [ID]),
        ('annotation[userId] = "u-2"', [OTHER]),
        ('annotation["userId"] = "u-3"', []),
        ("fault", [OTHER]),
        ("!fault", [ID]),
        ('fault AND annotation.userId = "u-1"', []),
        ('service("redis")', [ID]),
        ("responsetime > 0.4", [OTHER, ID]),
        ("duration >= 1", []),
        ("http.status = 503 && fault", [OTHER]),
        ("http.status != 503", [ID]),
    ],
)
def test_traces_are_found_by_what_they_were(expression: str, found: list[str]) -> None:
    desk = Desk(served(), called("b" * 16, "a" * 16), served(trace=OTHER, status=503, user="u-2"))
    assert desk.found(expression) == found


def test_traces_are_found_by_real_and_by_simulated_time() -> None:
    desk = Desk(served(), came=5000.0)
    assert desk.found(start=4999, end=5001) == desk.found() == [ID]
    assert desk.found(start=6000, end=6001) == []


def test_many_traces_come_in_pages() -> None:
    ids = [f"1-67891233-{number:024x}" for number in range(130)]
    desk = Desk(*(served(trace=one) for one in ids))
    _, first = desk.ask("/TraceSummaries", StartTime=NOON, EndTime=NOON)
    _, second = desk.ask("/TraceSummaries", StartTime=NOON, EndTime=NOON, NextToken=first["NextToken"])
    told = [one["Id"] for page in (first, second) for one in page["TraceSummaries"]]
    assert (sorted(told), "NextToken" in second) == (ids, False)


def test_a_summary_tells_status_user_and_who_took_part() -> None:
    _, told = Desk(served(status=503), called("b" * 16, "a" * 16)).ask("/TraceSummaries", StartTime=NOON, EndTime=NOON)
    (one,) = told["TraceSummaries"]
    assert (one["HasFault"], one["HasError"], one["HasThrottle"], one["ResponseTime"]) == (True, False, False, 0.5)
    assert one["Http"] == {"HttpMethod": "GET", "HttpURL": "/api/mocs", "HttpStatus": 503}
    assert one["Annotations"]["userId"] == [{"AnnotationValue": {"StringValue": "u-1"}}]
    assert [named["Name"] for named in one["ServiceIds"]] == ["lego-api", "redis"]


def test_the_service_graph_counts_who_asks_whom() -> None:
    desk = Desk(served(), called("b" * 16, "a" * 16), called("c" * 16, "a" * 16))
    _, told = desk.ask("/ServiceGraph", StartTime=NOON, EndTime=NOON)
    names = {one["ReferenceId"]: one["Name"] for one in told["Services"]}
    edges = {(one["Name"], names[to["ReferenceId"]]): to for one in told["Services"] for to in one["Edges"]}
    assert list(edges) == [("lego-api", "redis")]
    assert edges["lego-api", "redis"]["SummaryStatistics"] == {"TotalCount": 2, "TotalResponseTime": pytest.approx(0.2)}


@pytest.mark.parametrize(
    ("path", "fields"),
    [
        ("/Traces", {"TraceIds": []}),
        ("/Traces", {"TraceIds": [ID] * 6}),
        ("/Traces", {}),
        ("/TraceSummaries", {"StartTime": 0, "EndTime": 7 * 3600}),
        ("/TraceSummaries", {"StartTime": 1, "EndTime": 0}),
        ("/TraceSummaries", {"StartTime": 0, "EndTime": 1, "FilterExpression": "edge(a, b)"}),
        ("/SamplingRules", {}),
    ],
    ids=["no-id", "six-ids", "nothing", "too-long", "backwards", "unknown-filter", "unknown-call"],
)
def test_what_is_wrong_or_not_here_is_refused(path: str, fields: dict[str, object]) -> None:
    desk = Desk(served())
    status, told = desk.ask(path, **fields)
    assert (status, told["__type"]) == (400, "InvalidRequestException")
    assert desk.calls.all()[-1].result == "InvalidRequestException"


def test_a_span_that_comes_twice_is_kept_once_and_old_traces_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "MOST_TRACES", 2)
    traces = TraceStore()
    traces.take([served(), served()], NOON)
    first = traces.find(ID)
    assert first is not None
    assert len(first.spans) == 1
    traces.take([served(trace=f"1-67891233-{number:024x}") for number in range(2)], NOON)
    assert traces.find(ID) is None


@pytest.mark.parametrize(
    "datagram",
    [
        b"",
        b"T1S",
        b'{"format":"json","version":2}\nT1SAAAA',
        HEAD + b"T1U",
        HEAD + b'{"trace_id":"1"}',
        HEAD + b"T1S***",
        HEAD + b"T1S" + base64.b64encode(b"\xff\xff"),
        HEAD + b"T1S" + base64.b64encode(b"\x0a\x0a\x12\x08\x12\x06\x2a\x04name"),
    ],
    ids=["empty", "no-header", "version", "unsampled", "segment", "no-base64", "no-otlp", "no-ids"],
)
def test_what_is_no_datagram_of_ours_is_refused(datagram: bytes) -> None:
    with pytest.raises(BadDatagram):
        spans_of(datagram)


async def test_the_daemon_outlives_what_it_can_not_read(caplog: pytest.LogCaptureFixture) -> None:
    traces = TraceStore()
    daemon = Daemon(traces, lambda: NOON)
    daemon.stop()  # of one that has not begun
    port = await daemon.start("127.0.0.1", 0)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.sendto(b"garbage", ("127.0.0.1", port))
        client.sendto(HEAD + b"T1S", ("127.0.0.1", port))
    for _ in range(100):
        await asyncio.sleep(0.01)
        if traces.refused:
            break
    daemon.stop()
    assert traces.refused == 1
    assert "refused" in caplog.text
