"""A server that is told to stop, or killed, while it is still starting: it ends and leaves no worker behind."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from cutover.rehearsal.stack.ports import LOOPBACK, accepts, free_port
from cutover.rehearsal.stack.process import Child
from cutover.rehearsal.stack.servers import start_api
from service.entrypoints import server
from service.settings import Settings
from tests.fakes.waiting import until
from tests.integration.service.env import env_of

SECONDS = 60.0  # Granian waits 25 for a worker that was asked at the moment when it begins to serve
MOMENTS = (0.0, 0.2, 0.5, 1.0)  # after the worker was forked: it takes a second or two to get ready


@dataclass(frozen=True, slots=True)
class Starting:
    """A server whose worker has just been forked."""

    child: Child
    worker: int
    port: int


def workers_of(pid: int) -> list[int]:
    """The children of a process."""
    try:
        return [int(pid) for pid in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except FileNotFoundError:
        return []


def alive(pid: int) -> bool:
    """Whether it runs; one that only waits to be looked at does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


@pytest.fixture
async def starting(settings: Settings, tmp_path: Path) -> AsyncIterator[Starting]:
    """A server without a database, which it starts without, too."""
    port = free_port()
    nothing = replace(settings, postgres=replace(settings.postgres, port=1))
    child = start_api(port, env_of(nothing), tmp_path / "log")
    await until(lambda: bool(workers_of(child.pid)), 30.0)
    yield Starting(child, workers_of(child.pid)[0], port)
    child.stop(SECONDS)


async def assert_gone(starting: Starting) -> None:
    await until(lambda: not starting.child.running, SECONDS)
    await until(lambda: not alive(starting.worker), SECONDS)
    assert not accepts(LOOPBACK, starting.port)


@pytest.mark.parametrize("seconds", MOMENTS)
async def test_told_to_stop_it_does(starting: Starting, seconds: float) -> None:
    await asyncio.sleep(seconds)
    starting.child.ask_to_stop()
    await assert_gone(starting)


@pytest.mark.parametrize("seconds", MOMENTS)
async def test_a_killed_one_takes_its_worker_with_it(starting: Starting, seconds: float) -> None:
    await asyncio.sleep(seconds)
    starting.child.kill()
    await assert_gone(starting)


def test_a_worker_that_hears_too_late_of_its_supervisors_end_ends_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.entrypoints.server.sys.platform", "elsewhere")  # nothing is asked of the kernel
    monkeypatch.setattr(
        "service.entrypoints.server.multiprocessing.parent_process", lambda: SimpleNamespace(pid=os.getppid())
    )
    server._end_with_supervisor()
    monkeypatch.setattr("service.entrypoints.server.os.getppid", lambda: 1)
    monkeypatch.setattr("service.entrypoints.server.multiprocessing.parent_process", lambda: SimpleNamespace(pid=2))
    with pytest.raises(SystemExit):
        server._end_with_supervisor()


def test_a_worker_asks_the_kernel_to_end_it_outright_with_its_supervisor(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[int, int]] = []

    def prctl(option: int, value: int) -> None:
        asked.append((option, value))

    monkeypatch.setattr("service.entrypoints.server.sys.platform", "linux")
    monkeypatch.setattr(server, "ctypes", SimpleNamespace(CDLL=lambda _: SimpleNamespace(prctl=prctl)))
    server._end_with_supervisor()  # the test run's own supervisor is alive, or there is none
    assert asked == [(1, signal.SIGKILL)]


def test_a_forked_worker_is_not_deaf() -> None:
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        server._hear_signals()
        assert [signal.getsignal(number) for number in before] == [signal.SIG_DFL] * 2
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
