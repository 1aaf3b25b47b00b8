"""How `cutover run` is ended by a rehearsal."""

import io
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from cutover.rehearsal.controller import Controller


class FakeProcess:
    """A process that ends when it is asked to, or only when it is killed."""

    def __init__(self) -> None:
        reading, self.writing = os.pipe()
        self.stdout = io.FileIO(reading)
        self.pid = 1
        self.returncode: int | None = None
        self.deaf = False
        self.did: list[str] = []

    def poll(self) -> int | None:
        """The exit code, None while it runs."""
        return self.returncode

    def terminate(self) -> None:
        """Ask it."""
        self.did.append("terminate")
        self.returncode = self.returncode if self.deaf else 130

    def kill(self) -> None:
        """Make it."""
        self.did.append("kill")
        self.returncode = -9

    def wait(self, timeout: float | None = None) -> int:
        """Wait for it, which is in vain while it is deaf."""
        if self.returncode is None:
            raise subprocess.TimeoutExpired("cutover", timeout or 0)
        return self.returncode


@pytest.fixture
def process(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeProcess]:
    """What is started in place of `cutover run`."""
    made = FakeProcess()
    monkeypatch.setattr("cutover.rehearsal.controller.subprocess.Popen", lambda *_, **__: made)
    yield made
    os.close(made.writing)
    made.stdout.close()


@pytest.fixture
def controller(process: FakeProcess, tmp_path: Path) -> Controller:
    """A running one."""
    return Controller(tmp_path / "cutover.toml", tmp_path / "log")


def test_it_is_asked_to_stop_and_does(controller: Controller, process: FakeProcess) -> None:
    controller.stop()
    assert (process.did, controller.exit_code, process.stdout.closed) == (["terminate"], 130, True)


def test_one_that_does_not_stop_is_killed(controller: Controller, process: FakeProcess) -> None:
    process.deaf = True
    controller.stop(0.01)
    assert (process.did, controller.exit_code, process.stdout.closed) == (["terminate", "kill"], -9, True)


def test_one_that_has_ended_is_not_asked_again(controller: Controller, process: FakeProcess) -> None:
    process.returncode = 0
    controller.stop()
    assert (process.did, process.stdout.closed) == ([], True)


def test_a_power_cut_gives_no_warning(controller: Controller, process: FakeProcess) -> None:
    controller.kill()
    assert (process.did, controller.exit_code) == (["kill"], -9)


def test_nothing_is_told_once_the_other_end_is_closed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = FakeProcess()
    monkeypatch.setattr("cutover.rehearsal.controller.subprocess.Popen", lambda *_, **__: made)
    controller = Controller(tmp_path / "cutover.toml", tmp_path / "log")
    os.write(made.writing, b'{"n": 1}\n{"n"')
    os.close(made.writing)
    assert [list(controller.poll()), list(controller.poll())] == [[{"n": 1}], []]
    made.stdout.close()
