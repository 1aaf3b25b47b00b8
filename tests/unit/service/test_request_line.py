"""The line of a request: what it says, what it never says, and which requests have one."""

import time
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import pytest

from service.telemetry import cold_start
from service.telemetry.about import MOST_HELD, asked_by
from service.telemetry.log import Log
from service.telemetry.pseudonym import pseudonym
from service.telemetry.sampling import SLOW_MS, is_sampled, went_well
from service.web import boundary
from service.web.boundary import Boundary
from service.web.cors import Cors
from tests.fakes.log_lines import LogLines, log_lines

log = Log(__name__)
TRACE = "1-5f84c7a9-0123456789abcdef01234567"
App = Callable[[Any, Any, Any], Awaitable[None]]


@pytest.fixture
def lines() -> Iterator[LogLines]:
    """What is logged."""
    with log_lines() as collected:
        yield collected


def answering(status: int = 200, work: Callable[[], None] = lambda: None, route: str = "/api/mocs/{moc_id}") -> App:
    """An application that finds its route, knows who asks, works, and answers."""

    async def serve(scope: Any, receive: Any, send: Any) -> None:
        if route:
            scope["path_template"] = route
        asked_by("alice@example.com")
        work()
        await send({"type": "http.response.start", "status": status, "headers": []})
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    return serve


async def ask(app: App, share: float = 1.0, path: str = "/api/mocs/1", **headers: str) -> None:
    """One request."""

    async def receive() -> Any:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(_: Any) -> None:
        return None

    scope: Any = {
        "type": "http",
        "method": "GET",
        "path": path,
        "headers": [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()],
    }
    await Boundary(app, Cors(()), share)(scope, receive, send)


async def test_it_says_which_route_how_it_went_how_long_it_took_and_for_whom(lines: LogLines) -> None:
    await ask(answering(), x_amzn_trace_id=f"Root={TRACE};Sampled=0")
    (line,) = lines.all()
    assert {name: line[name] for name in ("message", "level", "method", "route", "status", "coldStart")} == {
        "message": "request",
        "level": "info",
        "method": "GET",
        "route": "/api/mocs/{moc_id}",
        "status": 200,
        "coldStart": False,
    }
    assert (line["traceId"], line["userId"]) == (TRACE, pseudonym("alice@example.com"))
    assert line["durationMs"] >= 0
    assert len(line["requestId"]) == 36


async def test_a_request_that_finds_no_route_is_called_so_and_its_path_is_told_nowhere(lines: LogLines) -> None:
    await ask(answering(404, route=""), path="/ada@example.com\n/eyJhbGciOi.eyJ.x")
    (line,) = lines.all()
    assert (line["route"], line["status"]) == ("unmatched", 404)
    assert "example" not in lines.stream.getvalue()
    assert "eyJ" not in lines.stream.getvalue()


async def test_a_trace_id_that_a_client_makes_up_is_not_taken(lines: LogLines) -> None:
    for made_up in ("Root=1-x", 'Root="},{', "", "Root=" + "1" * 5000):
        await ask(answering(), x_amzn_trace_id=made_up)
    assert all("traceId" not in line for line in lines.all())


async def test_of_those_that_went_well_the_share_is_logged_with_all_their_lines(lines: LogLines) -> None:
    for _ in range(400):
        await ask(answering(work=lambda: log.info("something")), 0.25)
    requests, others = lines.of("request"), lines.of("something")
    assert 60 < len(requests) < 140
    assert [line["requestId"] for line in others] == [line["requestId"] for line in requests]


async def test_both_sides_choose_the_same_requests_by_their_trace(lines: LogLines) -> None:
    traces = [f"1-5f84c7a9-{number:024x}" for number in range(200)]
    for _ in range(2):
        for trace in traces:
            await ask(answering(), 0.5, x_amzn_trace_id=f"Root={trace}")
    logged = [line["traceId"] for line in lines.of("request")]
    first, second = logged[: len(logged) // 2], logged[len(logged) // 2 :]
    assert first == second
    assert 60 < len(first) < 140


@pytest.mark.parametrize("status", [400, 404, 499, 500, 503])
async def test_whatever_failed_is_logged_whole(lines: LogLines, status: int) -> None:
    await ask(answering(status, lambda: log.info("something")), 0.0)
    assert [line["message"] for line in lines.all()] == ["something", "request"]


async def test_whatever_was_slow_is_logged_whole(lines: LogLines, monkeypatch: pytest.MonkeyPatch) -> None:
    def wait() -> None:
        log.info("something")
        time.sleep(0.02)

    monkeypatch.setattr("service.telemetry.sampling.SLOW_MS", 10.0)
    await ask(answering(work=wait), 0.0)
    assert [line["message"] for line in lines.all()] == ["something", "request"]


async def test_whatever_was_warned_of_is_logged_with_what_came_before_and_after(lines: LogLines) -> None:
    def work() -> None:
        log.info("before")
        log.warning("trouble")
        log.info("after")

    await ask(answering(work=work), 0.0)
    assert [line["message"] for line in lines.all()] == ["before", "trouble", "after", "request"]


async def test_a_crash_is_logged_with_its_route_and_without_its_path(lines: LogLines) -> None:
    words = "no: ada@" + "example.com"  # not in one piece: a stack shows the line that raises

    def crash() -> None:
        raise RuntimeError(words)

    await ask(answering(work=crash), 0.0, path="/api/mocs/secret")
    crashed, request = lines.all()
    assert (crashed["message"], crashed["level"], crashed["route"]) == ("crashed", "error", "/api/mocs/{moc_id}")
    assert crashed["error"] == "RuntimeError: no: …"
    assert (request["status"], request["userId"]) == (500, crashed["userId"])
    assert "ada@" not in lines.stream.getvalue()
    assert "secret" not in lines.stream.getvalue()


async def test_a_request_that_nobody_is_told_of_does_not_keep_lines_without_end(lines: LogLines) -> None:
    def work() -> None:
        for _ in range(MOST_HELD + 50):
            log.info("something")
        log.warning("trouble")

    await ask(answering(work=work), 0.0)
    assert len(lines.of("something")) == MOST_HELD
    assert len(lines.of("request")) == 1


async def test_health_checks_are_logged_when_they_warn_only(lines: LogLines) -> None:
    await ask(answering(), path="/health")
    assert lines.all() == []
    await ask(answering(503, lambda: log.warning("trouble")), path="/health")
    assert [line["message"] for line in lines.all()] == ["trouble"]


async def test_only_the_first_request_of_an_environment_that_was_waited_for_is_a_cold_start(lines: LogLines) -> None:
    cold_start.was_waited_for()
    for _ in range(3):
        await ask(answering())
    assert [line["coldStart"] for line in lines.all()] == [True, False, False]


async def test_a_cold_start_is_logged_whole_whatever_the_share(lines: LogLines) -> None:
    cold_start.was_waited_for()
    for _ in range(3):
        await ask(answering(work=lambda: log.info("something")), 0.0)
    assert [line["message"] for line in lines.all()] == ["something", "request"]


async def test_what_a_request_leaves_behind_is_told_after_its_end(lines: LogLines) -> None:
    import asyncio

    left: list[asyncio.Task[None]] = []

    async def later() -> None:
        await asyncio.sleep(0.01)
        log.info("parsed")

    await ask(answering(work=lambda: left.append(asyncio.get_running_loop().create_task(later()))), 0.0)
    await left[0]
    (line,) = lines.all()
    assert (line["message"], line["userId"]) == ("parsed", pseudonym("alice@example.com"))


@pytest.mark.parametrize(
    ("status", "duration_ms", "well"),
    [(200, 1.0, True), (304, SLOW_MS - 1, True), (200, SLOW_MS, False), (400, 1.0, False), (0, 1.0, False)],
)
def test_a_request_went_well_when_it_was_answered_soon_and_without_complaint(
    status: int, duration_ms: float, well: bool
) -> None:
    assert went_well(status, duration_ms) is well


def test_all_and_none_are_shares_too() -> None:
    ids = [str(number) for number in range(500)]
    assert all(is_sampled(one, 1.0) for one in ids)
    assert not any(is_sampled(one, 0.0) for one in ids)
    assert is_sampled("\udcff", 1.0) in (True, False)
    assert is_sampled("\udcff", 0.5) in (True, False)


def test_the_paths_that_are_not_logged_are_those_that_probes_ask() -> None:
    assert frozenset({"/health"}) == boundary.QUIET_PATHS
