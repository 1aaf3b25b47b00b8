"""However the rehearsal ends, nothing of it goes on."""

import json
import os
import signal
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from cutover.exits import Exit
from cutover.rehearsal.stack.ports import accepts
from cutover.rehearsal.stack.stack import PREFIX, sweep_leftovers
from tests.integration.rehearsal.stack_rig import SIDES, START_SECONDS, STOP_SECONDS, Up, alive, wait_until

pytestmark = pytest.mark.xdist_group("stack")


@pytest.fixture
def starting(tmp_path: Path) -> Iterator[Up]:
    """A stack of the test's own, just begun."""
    running = Up(tmp_path)
    yield running
    running.stop()


def places(stack: Up) -> set[tuple[str, int]]:
    """Every address and port that was printed."""
    said = stack.described
    urls = [f"tcp://{said['dns']}", *(value for name, value in said.items() if name.endswith("_url"))]
    found = [urlsplit(url) for url in urls]
    return {(str(url.hostname), url.port) for url in found if url.port is not None}


def directories(stack: Up) -> list[Path]:
    """What it has made for itself to work in."""
    return list(Path(tempfile.gettempdir()).glob(f"{PREFIX}{stack.process.pid}-*"))


def assert_none_is_left(stack: Up, family: set[int]) -> None:
    wait_until(lambda: not any(alive(pid) for pid in family))
    wait_until(lambda: not stack.session())  # whatever was started since
    assert "Traceback" not in stack.errors.read_text()


def assert_nothing_goes_on(stack: Up, family: set[int]) -> None:
    assert_none_is_left(stack, family)
    wait_until(lambda: not any(accepts(*place) for place in places(stack)))
    assert stack.process.stdout is not None
    assert stack.process.stdout.read() == b""


def serving(stack: Up) -> set[int]:
    """Every process of a stack that has answered on both sides."""
    stack.wait_until_described()
    for side in SIDES:
        assert stack.ask(side, "GET", "/api/mocs").status == 200
    assert len(places(stack)) == 8
    assert all(accepts(*place) for place in places(stack))
    assert len(directories(stack)) == 1
    family = stack.family()
    assert family > set(stack.described["pids"].values())
    return family


def started_as_far_as(stack: Up, part: str) -> set[int]:
    """Every process of a stack that is just starting this part."""
    wait_until((stack.folder / "logs" / f"{part}.log").exists, START_SECONDS)
    family = stack.family()
    assert len(family) > 4
    return family


def ctrl_c(stack: Up) -> None:
    """As a terminal sends it: to all of the group."""
    os.killpg(stack.process.pid, signal.SIGINT)


def terminated_twice(stack: Up) -> None:
    """The second one comes while everything is being stopped."""
    stack.process.terminate()
    wait_until(lambda: not all(alive(pid) for pid in stack.described["pids"].values()))
    stack.process.terminate()


@pytest.mark.parametrize("end", [ctrl_c, terminated_twice])
def test_it_stops_everything_when_it_is_told_to_stop(starting: Up, end: Callable[[Up], None]) -> None:
    family = serving(starting)
    end(starting)
    assert starting.process.wait(STOP_SECONDS) == Exit.DONE
    assert_nothing_goes_on(starting, family)
    assert directories(starting) == []


def test_nothing_survives_it_when_it_is_killed_outright(starting: Up) -> None:
    family = serving(starting)
    starting.process.kill()
    assert starting.process.wait(STOP_SECONDS) == -signal.SIGKILL
    assert_nothing_goes_on(starting, family)
    sweep_leftovers()  # as the next one does when it starts, and one of another worker may have done already
    assert directories(starting) == []


@pytest.mark.parametrize("part", ["migrate", "ecs", "lego-api-mocs-rehearsal"])
def test_it_can_be_told_to_stop_while_it_starts(starting: Up, part: str) -> None:
    family = started_as_far_as(starting, part)
    ctrl_c(starting)
    assert starting.process.wait(STOP_SECONDS) == Exit.INTERRUPTED, starting.errors.read_text()
    assert_none_is_left(starting, family)
    assert directories(starting) == []
    assert starting.process.stdout is not None
    assert json.load(starting.process.stdout)["exit"] == Exit.INTERRUPTED


@pytest.mark.parametrize("part", ["ecs", "lego-api-mocs-rehearsal"])
def test_nothing_survives_it_when_it_is_killed_while_it_starts(starting: Up, part: str) -> None:
    family = started_as_far_as(starting, part)
    starting.process.kill()
    assert starting.process.wait(STOP_SECONDS) == -signal.SIGKILL
    assert_none_is_left(starting, family)
    sweep_leftovers()
    assert directories(starting) == []
