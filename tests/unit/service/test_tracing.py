"""Traces: what is noted of a request that is recorded, and that of all others nothing is."""

import asyncio
import subprocess
import sys
from typing import Any

import pytest

from service.telemetry import tracing
from service.telemetry.spans import MOST_SPANS, Nothing
from tests.fakes.spans import kept_spans
from tests.unit.service.test_trace_header import PARENT, ROOT


def scope(trace: str = f"Root={ROOT};Sampled=1", path: str = "/api/mocs") -> dict[str, Any]:
    headers = [(b"host", b"api"), *([(b"x-amzn-trace-id", trace.encode())] if trace else [])]
    return {"method": "GET", "path": path, "headers": headers}


def answer(segment: tracing.Segment, status: int = 200, user: str = "") -> None:
    segment.answered(route="/api/mocs/{moc_id}", status=status, request_id="r-1", user=user)


def test_a_recorded_request_is_one_segment_with_its_calls_below() -> None:
    with kept_spans() as kept, tracing.request(scope(f"Root={ROOT};Parent={PARENT};Sampled=1")) as segment:
        with tracing.span("redis", operation="MGET"):
            pass
        with tracing.stretch("transaction"), tracing.span("postgresql", operation="INSERT mocs"):
            pass
        answer(segment, user="u-0123456789abcdef")
    (spans,) = kept.sent
    server, redis, insert, transaction = spans
    assert (server.name, server.kind) == ("GET /api/mocs/{moc_id}", "server")
    assert server.attributes == {
        "http.request.method": "GET",
        "http.route": "/api/mocs/{moc_id}",
        "http.response.status_code": 200,
        "requestId": "r-1",
        "userId": "u-0123456789abcdef",
    }
    assert f"{server.parent_number:016x}" == PARENT
    assert [redis.parent_number, transaction.parent_number] == [server.number] * 2
    assert insert.parent_number == transaction.number
    assert all(one.error == "" and one.started_ns <= one.ended_ns for one in spans)
    assert {one.trace.number for one in spans} == {int(ROOT[2:].replace("-", ""), 16)}


def test_nothing_is_noted_of_a_request_that_is_not_recorded() -> None:
    with kept_spans() as kept, tracing.request(scope(f"Root={ROOT};Sampled=0")) as segment:
        assert isinstance(tracing.span("redis", operation="GET"), Nothing)
        with tracing.stretch("transaction"):
            answer(segment)
    assert kept.sent == []


def test_what_nobody_has_decided_on_is_recorded_by_its_share() -> None:
    ids = [f"Root=1-67891233-{n * 7919 % 2**32:024x}" for n in range(100)]
    for share, expected in ((0.0, 0), (1.0, 100)):
        with kept_spans(share) as kept:
            for one in ids:
                with tracing.request(scope(one)):
                    pass
        assert len(kept.sent) == expected


def test_load_balancers_questions_for_health_are_recorded_for_nobody_but_who_says_so() -> None:
    with kept_spans() as kept:
        for sent in (f"Root={ROOT}", f"Root={ROOT};Sampled=1"):
            with tracing.request(scope(sent, "/health")):
                pass
    assert len(kept.sent) == 1


def test_on_lambda_the_environment_names_the_trace_and_xray_alone_decides(monkeypatch: pytest.MonkeyPatch) -> None:
    for told, recorded in ((f"Root={ROOT};Parent={PARENT};Sampled=1", 1), (f"Root={ROOT};Parent={PARENT}", 0)):
        monkeypatch.setenv("_X_AMZN_TRACE_ID", told)
        asked = scope("Root=1-00000000-000000000000000000000000;Sampled=1") | {"aws.context": object()}
        with kept_spans() as kept, tracing.request(asked):
            assert tracing.trace_id_of(asked) == ROOT
        assert len(kept.sent) == recorded


def test_an_invocation_that_is_no_request_is_recorded_likewise(monkeypatch: pytest.MonkeyPatch) -> None:
    for told, recorded in ((f"Root={ROOT};Parent={PARENT};Sampled=1", 1), (f"Root={ROOT};Sampled=0", 0), ("", 0)):
        monkeypatch.setenv("_X_AMZN_TRACE_ID", told)
        call = {"operation": "SELECT parts_lists"}
        with kept_spans() as kept, tracing.invocation("parse parts lists"), tracing.span("postgresql", **call):
            pass
        assert len(kept.sent) == recorded
    with tracing.invocation("parse parts lists") as segment:
        answer(segment)


def test_a_request_without_a_header_begins_a_trace_only_where_traces_are_on() -> None:
    assert tracing.trace_id_of(scope("")) == ""
    with kept_spans() as kept:
        asked = scope("")
        named = tracing.trace_id_of(asked)
        with tracing.request(asked):
            assert tracing.trace_id_of(asked) == named
    assert f"{kept.spans[0].trace.number:032x}" == named[2:].replace("-", "")
    assert kept.spans[0].parent_number == 0


def test_the_trace_of_a_request_is_known_where_traces_are_off() -> None:
    asked = scope()
    assert tracing.trace_id_of(asked) == ROOT
    with tracing.request(asked) as segment:
        answer(segment)


@pytest.mark.parametrize(("status", "error"), [(200, ""), (404, ""), (499, ""), (500, "500"), (503, "503")])
def test_only_the_servers_own_failures_are_errors(status: int, error: str) -> None:
    with kept_spans() as kept, tracing.request(scope()) as segment:
        answer(segment, status)
    assert kept.spans[0].error == error
    assert "userId" not in kept.spans[0].attributes


def test_of_an_exception_only_the_class_is_told_and_it_passes() -> None:
    with kept_spans() as kept, pytest.raises(KeyError), tracing.request(scope()), tracing.span("s3", operation="Put"):
        raise KeyError("mocs/somebody/secret")
    assert [one.error for one in kept.spans] == ["KeyError", "KeyError"]
    assert "secret" not in repr([(one.name, one.attributes, one.error) for one in kept.spans])


def test_too_many_calls_are_counted_and_not_kept() -> None:
    with kept_spans() as kept, tracing.request(scope()):
        for _ in range(MOST_SPANS + 7):
            with tracing.span("postgresql", operation="SELECT mocs"):
                pass
    assert len(kept.spans) == MOST_SPANS + 1
    assert kept.spans[0].trace.dropped == 7


async def test_work_that_goes_on_after_the_answer_belongs_to_the_trace_and_is_sent_when_it_ends() -> None:
    async def later() -> None:
        await asyncio.sleep(0)
        with tracing.span("opensearch", operation="PUT _doc"):
            pass

    with kept_spans() as kept:
        with tracing.request(scope()):
            task = asyncio.ensure_future(later())
        await task
    server, late = kept.spans
    assert len(kept.sent) == 2
    assert (late.trace, late.parent_number) == (server.trace, server.number)


async def test_requests_side_by_side_keep_their_spans_apart() -> None:
    async def ask(number: int) -> None:
        with tracing.request(scope(f"Root=1-67891233-{number:024x};Sampled=1")):
            for _ in range(3):
                await asyncio.sleep(0)
                with tracing.span("redis", operation=str(number)):
                    await asyncio.sleep(0)

    with kept_spans() as kept:
        await asyncio.gather(*(asyncio.create_task(ask(number)) for number in range(5)))
    for server, *calls in kept.sent:
        assert [int(str(one.attributes["operation"])) for one in calls] == [server.trace.number & 0xFF] * 3


def test_a_snapshot_finds_nothing_open() -> None:
    with kept_spans() as kept:
        tracing.rest()
    assert kept.closed == 1
    tracing.rest()


def test_opentelemetry_is_imported_with_the_first_request_that_is_recorded_and_not_before() -> None:
    code = f"""
import sys
from service.telemetry import tracing
from service.telemetry.xray import XRay
loaded = lambda: any(name.startswith("opentelemetry") for name in sys.modules)
tracing.configure(XRay(("127.0.0.1", 9), {{}}), 0.0)
def ask(sampled):
    trace = f"Root={ROOT};Sampled={{sampled}}".encode()
    scope = {{"method": "GET", "path": "/", "headers": [(b"x-amzn-trace-id", trace)]}}
    with tracing.request(scope), tracing.span("redis", operation="GET"):
        pass
ask(0)
assert not loaded()
ask(1)
assert loaded()
"""
    subprocess.run([sys.executable, "-W", "ignore", "-c", code], check=True)
