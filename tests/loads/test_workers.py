"""A worker of a distributed load test is killed: what it measured is lost, so the run is no proof, and says so."""

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from cutover.core.load.run import EndedBy
from cutover.exits import Exit
from cutover.load.papers import read
from cutover.rehearsal.stack.ports import LOOPBACK, free_port
from tests.benchmarks.load import ours
from tests.benchmarks.load.stalling import Stalls, stalling

RATE, SECONDS = 60, 300.0  # nobody waits for its end
MEASURED = 100  # requests before the worker is killed
START_SECONDS, NOTICE_SECONDS = 60.0, 60.0
Processes = Mapping[str, "subprocess.Popen[str]"]


@dataclass(frozen=True, slots=True)
class Begun:
    """A run that goes on: its master, and the folder of its papers."""

    master: "subprocess.Popen[str]"
    folder: Path

    def wait_until_it_measures(self) -> None:
        """Until workers have told of so many requests."""
        _wait(lambda: self.requests() >= MEASURED, START_SECONDS, self._output)

    def requests(self) -> int:
        """What the papers tell of so far."""
        lines = self.folder / "seconds.ndjson"
        if not lines.exists():
            return 0
        whole = lines.read_text(encoding="utf-8").rpartition("\n")[0].splitlines()
        seconds = [line for line in map(json.loads, whole) if line["kind"] == "second"]
        return sum(cell["requests"] for second in seconds for cell in second["cells"])

    def end(self) -> tuple[int, str]:
        """The exit code and everything that the terminal was told; raises TimeoutExpired when it just goes on."""
        said = self.master.communicate(timeout=NOTICE_SECONDS)[0]
        return self.master.returncode, said

    def _output(self) -> str:
        os.killpg(self.master.pid, signal.SIGKILL)
        return self.master.communicate()[0]


@pytest.fixture
def url() -> Iterator[str]:
    """A server that answers at once."""
    with stalling(Stalls(stall=0.0)) as found:
        yield found


def test_a_killed_worker_ends_the_run_as_not_delivered(url: str, tmp_path: Path) -> None:
    around, port = ours.told(tmp_path, url, RATE, SECONDS), str(free_port())
    master = ("--master", "--expect-workers", "2", "--master-bind-host", LOOPBACK, "--master-bind-port", port)
    worker = ("--worker", "--master-host", LOOPBACK, "--master-port", port)
    with ExitStack() as up:
        begun = Begun(up.enter_context(_locust(around, *master)), tmp_path / "run")
        one, other = (up.enter_context(_locust(around, *worker)) for _ in range(2))
        begun.wait_until_it_measures()

        one.kill()

        code, said = begun.end()
        assert code == Exit.LOAD_NOT_DELIVERED
        assert _wait(lambda: other.poll() is not None, NOTICE_SECONDS, lambda: "the other worker lives on")
    _must_say_why(begun.folder, said)


def test_a_killed_process_of_many_does_so_too(url: str, tmp_path: Path) -> None:
    around = ours.told(tmp_path, url, RATE, SECONDS)
    port = str(free_port())
    where = ("--master-bind-host", LOOPBACK, "--master-bind-port", port, "--master-port", port)
    with _locust(around, "--processes", "2", *where) as master:
        begun = Begun(master, tmp_path / "run")
        begun.wait_until_it_measures()
        children = _children(master.pid)
        assert len(children) == 2

        os.kill(children[0], signal.SIGKILL)

        code, said = begun.end()
        assert code == Exit.LOAD_NOT_DELIVERED
        _wait(lambda: not _alive(children[1]), NOTICE_SECONDS, lambda: "the other process lives on")
    _must_say_why(begun.folder, said)


def _must_say_why(folder: Path, said: str) -> None:
    """The terminal and every paper tell that a worker was lost, and hold what was measured until then."""
    run, summary = read(folder), json.loads((folder / "summary.json").read_text(encoding="utf-8"))
    assert run.ended_by is EndedBy.LOST
    assert any(note.lost for note in run.notes)
    assert summary["standing"] == "not delivered"
    for told in (said, summary["headline"], (folder / "report.html").read_text(encoding="utf-8")):
        assert "worker" in told
    assert sum(cell.requests for second in run.seconds for cell in second.cells.values()) >= MEASURED


@contextmanager
def _locust(around: Mapping[str, str], *words: str) -> Iterator["subprocess.Popen[str]"]:
    """One process of a run; whatever is left of it in the end is killed, its own children too."""
    process = subprocess.Popen(
        ours.command(*words),
        env=around,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        with _gone_already():
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        if process.stdout is not None:
            process.stdout.close()


@contextmanager
def _gone_already() -> Iterator[None]:
    try:
        yield
    except ProcessLookupError:
        return


def _children(pid: int) -> list[int]:
    told = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="utf-8")
    return [int(child) for child in told.split()]


def _alive(pid: int) -> bool:
    try:
        return " Z " not in Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
    except OSError:
        return False


def _wait(until: Callable[[], Any], seconds: float, why: Callable[[], str]) -> bool:
    deadline = time.monotonic() + seconds
    while not until():
        if time.monotonic() > deadline:
            raise AssertionError(f"nothing after {seconds:g} s: {why()}")
        time.sleep(0.1)
    return True
