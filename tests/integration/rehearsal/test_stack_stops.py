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


def assert_nothing_goes_on(stack: Up) -> None:
    wait_until(lambda: not any(alive(pid) for pid in stack.described["pids"].values()))
    wait_until(lambda: not stack.session())  # workers and Lambda environments, too
    wait_until(lambda: not any(accepts(*place) for place in places(stack)))
    assert stack.process.stdout is not None
    assert stack.process.stdout.read() == b""
    assert "Traceback" not in stack.errors.read_text()


def wait_for(stack: Up, part: str) -> None:
    """Until this part of it is being started."""
    wait_until((stack.folder / "logs" / f"{part}.log").exists, START_SECONDS)
    assert len(stack.session()) > 4


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
    starting.wait_until_described()
    assert len(places(starting)) == 8
    assert all(accepts(*place) for place in places(starting))
    assert len(directories(starting)) == 1
    for side in SIDES:
        assert starting.ask(side, "GET", "/api/mocs").status == 200
    end(starting)
    assert starting.process.wait(STOP_SECONDS) == 0
    assert_nothing_goes_on(starting)
    assert directories(starting) == []


def test_nothing_survives_it_when_it_is_killed_outright(starting: Up) -> None:
    starting.wait_until_described()
    for side in SIDES:
        assert starting.ask(side, "GET", "/api/mocs").status == 200
    starting.process.kill()
    assert starting.process.wait(STOP_SECONDS) == -signal.SIGKILL
    assert_nothing_goes_on(starting)
    assert len(directories(starting)) == 1
    sweep_leftovers()  # as the next one does when it starts
    assert directories(starting) == []


@pytest.mark.parametrize("part", ["migrate", "ecs", "lego-api-mocs-rehearsal"])
def test_it_can_be_told_to_stop_while_it_starts(starting: Up, part: str) -> None:
    wait_for(starting, part)
    ctrl_c(starting)
    assert starting.process.wait(STOP_SECONDS) == Exit.INTERRUPTED
    wait_until(lambda: not starting.session())
    assert directories(starting) == []
    assert starting.process.stdout is not None
    assert json.load(starting.process.stdout)["exit"] == Exit.INTERRUPTED
    assert "Traceback" not in starting.errors.read_text()


@pytest.mark.parametrize("part", ["ecs", "lego-api-mocs-rehearsal"])
def test_nothing_survives_it_when_it_is_killed_while_it_starts(starting: Up, part: str) -> None:
    wait_for(starting, part)
    starting.process.kill()
    assert starting.process.wait(STOP_SECONDS) == -signal.SIGKILL
    wait_until(lambda: not starting.session())
    sweep_leftovers()
    assert directories(starting) == []
