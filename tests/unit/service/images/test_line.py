"""The line of pictures: bounded in number, memory and patience, and nothing of it leaks when callers give up."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable

import pytest

from service.images.line import Line
from service.images.turns import Limits, LineFull, Turns
from service.kernel.errors import Unavailable
from tests.fakes.waiting import until


class Rendering:
    """Work that says when it has begun and ends when it is told to."""

    def __init__(self) -> None:
        self.begun = threading.Event()
        self.may_end = threading.Event()

    def __call__(self) -> str:
        self.begun.set()
        assert self.may_end.wait(20)
        return "made"


MakeLine = Callable[..., Line]


@pytest.fixture
async def make_line() -> AsyncIterator[MakeLine]:
    lines: list[Line] = []

    def make(**limits: float) -> Line:
        lines.append(Line(Limits(**limits)))  # type: ignore[arg-type]  # ints and one float, by name
        return lines[-1]

    yield make
    for line in lines:
        line.close()


def started(line: Line, *, memory_mb: int = 10) -> tuple[Rendering, "asyncio.Task[str]"]:
    rendering = Rendering()
    return rendering, asyncio.create_task(line.run(memory_mb, rendering))


async def test_no_more_run_than_may_and_the_next_follows(make_line: MakeLine) -> None:
    line = make_line(at_once=2)
    (one, first), (two, second), (three, third) = (started(line) for _ in range(3))
    await until(lambda: one.begun.is_set() and two.begun.is_set())
    assert not three.begun.is_set()
    one.may_end.set()
    assert await first == "made"
    await until(three.begun.is_set)
    assert not second.done()
    two.may_end.set()
    three.may_end.set()
    assert [*await asyncio.gather(second, third)] == ["made", "made"]


async def test_a_large_one_waits_until_it_is_alone_and_is_not_overtaken(make_line: MakeLine) -> None:
    line = make_line(at_once=2, memory_mb=100)
    small, first = started(line, memory_mb=10)
    large, second = started(line, memory_mb=500)
    late, third = started(line, memory_mb=10)
    await until(small.begun.is_set)
    assert not large.begun.is_set()
    assert not late.begun.is_set()
    small.may_end.set()
    await until(large.begun.is_set)
    assert not late.begun.is_set()
    large.may_end.set()
    await until(late.begun.is_set)
    late.may_end.set()
    await asyncio.gather(first, second, third)


async def test_a_glance_does_not_wait_for_renderings(make_line: MakeLine) -> None:
    line = make_line(at_once=1)
    rendering, task = started(line)
    await until(rendering.begun.is_set)
    assert await line.glance(lambda: "seen") == "seen"
    rendering.may_end.set()
    await task


async def test_a_caller_that_leaves_frees_its_turn_only_when_the_thread_is_done(make_line: MakeLine) -> None:
    line = make_line(at_once=1)
    rendering, task = started(line)
    await until(rendering.begun.is_set)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    following, second = started(line)
    await asyncio.sleep(0.05)
    assert not following.begun.is_set()
    rendering.may_end.set()
    await until(following.begun.is_set)
    following.may_end.set()
    assert await second == "made"


async def test_a_caller_that_leaves_the_line_holds_nobody_up(make_line: MakeLine) -> None:
    line = make_line(at_once=2, memory_mb=100)
    running, first = started(line, memory_mb=60)
    await until(running.begun.is_set)
    _, large = started(line, memory_mb=60)
    small, behind = started(line, memory_mb=10)
    await asyncio.sleep(0)
    large.cancel()
    await until(small.begun.is_set)
    small.may_end.set()
    running.may_end.set()
    assert [*await asyncio.gather(first, behind)] == ["made", "made"]


async def test_work_that_fails_tells_its_caller_and_frees_its_turn(make_line: MakeLine) -> None:
    line = make_line(at_once=1)

    def failing() -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await line.run(10, failing)
    assert await line.run(10, lambda: "made") == "made"


async def test_patience_has_an_end(make_line: MakeLine) -> None:
    line = make_line(at_once=1, patience_seconds=0.05)
    rendering, task = started(line)
    await until(rendering.begun.is_set)
    with pytest.raises(Unavailable, match="try again"):
        await line.run(10, Rendering())
    rendering.may_end.set()
    assert await task == "made"
    assert await line.run(10, lambda: "made") == "made"


async def test_a_full_line_is_said_at_once(make_line: MakeLine) -> None:
    line = make_line(at_once=1, waiting=1)
    rendering, task = started(line)
    waiting, second = started(line)
    await until(rendering.begun.is_set)
    with pytest.raises(Unavailable, match="try again"):
        await line.run(10, Rendering())
    rendering.may_end.set()
    waiting.may_end.set()
    assert [*await asyncio.gather(task, second)] == ["made", "made"]


async def test_a_turn_that_comes_as_its_caller_leaves_is_passed_on() -> None:
    turns = Turns(Limits(at_once=1))
    running, leaving, behind = (turns.ask(10) for _ in range(3))
    leaving.called.cancel()
    turns.end(running)
    turns.end(leaving)
    assert behind.called.done()


async def test_a_turn_that_nobody_wants_any_more_ends_once() -> None:
    turns = Turns(Limits(at_once=1))
    running = turns.ask(10)
    turns.end(running)
    turns.end(running)
    following = turns.ask(10)
    assert following.called.done()
    assert not turns.ask(10).called.done()


async def test_nobody_waits_where_nobody_may() -> None:
    turns = Turns(Limits(at_once=1, waiting=0))
    assert turns.ask(10).called.done()
    with pytest.raises(LineFull):
        turns.ask(10)
