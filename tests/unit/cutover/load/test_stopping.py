"""A load test that somebody stops, or that nobody watches any more: Locust's part is played by a script."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from cutover.load import launching, leashed
from cutover.load.launching import CHECKOUT
from tests.unit.cutover.load.played_locust import STARTED, Heard, a_checkout, an_order, played


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout whose Locust is a script."""
    return a_checkout(tmp_path)


HOLDER = "holder"
STOPPABLE = f"""
def end(number, frame):
    papers("person")
    sys.exit(130)
signal.signal(signal.SIGINT, end)
(folder / "{STARTED}").touch()
time.sleep(60)
"""


def stopped_by(numbers: Sequence[int], folder: Path) -> threading.Thread:
    """Send this process these signals once the script has begun."""

    def send() -> None:
        deadline = time.monotonic() + 30
        while not (folder / STARTED).exists() and time.monotonic() < deadline:
            time.sleep(0.02)
        for number in numbers:
            os.kill(os.getpid(), number)
            time.sleep(0.1)

    thread = threading.Thread(target=send)
    thread.start()
    return thread


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_whoever_asks_to_stop_gets_the_papers_of_what_there_was(checkout: Path, tmp_path: Path, number: int) -> None:
    order, locust, heard = an_order(tmp_path), played(checkout, STOPPABLE), Heard()
    before = {one: signal.getsignal(one) for one in launching.STOPPING}
    locust.claim(order)
    thread = stopped_by([number], tmp_path / "run")

    ended = locust.run(order, heard)

    thread.join()
    assert (ended.code, ended.interrupted) == (130, True)
    assert ended.summary is not None
    assert heard.notes == ["stopping: what is under way ends, then the papers are written; Ctrl-C ends it at once"]
    assert {one: signal.getsignal(one) for one in launching.STOPPING} == before


def test_a_second_ctrl_c_ends_it_at_once(checkout: Path, tmp_path: Path) -> None:
    deaf = f"""
signal.signal(signal.SIGINT, signal.SIG_IGN)
(folder / "{STARTED}").touch()
time.sleep(60)
"""
    order, locust, heard = an_order(tmp_path), played(checkout, deaf), Heard()
    locust.claim(order)
    thread = stopped_by([signal.SIGINT, signal.SIGINT], tmp_path / "run")

    ended = locust.run(order, heard)

    thread.join()
    assert (ended.code, ended.interrupted, ended.summary) == (-signal.SIGKILL, True, None)
    assert heard.notes[-1].startswith("the load generator is ended")


def test_one_that_does_not_end_is_stopped(checkout: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(launching, "OVERTIME_SECONDS", -1.0)
    monkeypatch.setattr(launching, "LAST_SECONDS", 0.3)
    deaf = "signal.signal(signal.SIGINT, signal.SIG_IGN)\ntime.sleep(60)"
    order, locust, heard = an_order(tmp_path), played(checkout, deaf), Heard()
    locust.claim(order)

    ended = locust.run(order, heard)

    assert ended.code < 0
    assert not ended.interrupted
    assert heard.notes[0].startswith("it takes longer than its profile, so it is stopped")


def test_beside_the_main_thread_nobody_asks_it_to_stop(checkout: Path, tmp_path: Path) -> None:
    order, locust, codes = an_order(tmp_path), played(checkout, "sys.exit(3)"), list[int]()
    locust.claim(order)
    thread = threading.Thread(target=lambda: codes.append(locust.run(order, Heard()).code))
    thread.start()
    thread.join()

    assert codes == [3]


def test_when_cutover_is_killed_locust_stops_too(checkout: Path, tmp_path: Path) -> None:
    order = an_order(tmp_path)
    played(checkout, STOPPABLE).claim(order)
    program = f"""
import sys
from pathlib import Path
sys.path.insert(0, {str(CHECKOUT)!r})
from tests.unit.cutover.load.played_locust import Heard, an_order
from cutover.load.launching import Locust
Locust({{"PYTHONPATH": {str(CHECKOUT)!r}}}, Path({str(checkout)!r})).run(an_order(Path({str(tmp_path)!r})), Heard())
"""
    with subprocess.Popen([sys.executable, "-c", program]) as cutover:
        deadline = time.monotonic() + 30
        while not (tmp_path / "run" / STARTED).exists() and time.monotonic() < deadline:
            time.sleep(0.02)
        cutover.kill()
    while not (tmp_path / "run" / "summary.json").exists() and time.monotonic() < deadline:
        time.sleep(0.02)

    assert json.loads((tmp_path / "run" / "run.json").read_text())["ended_by"] == "person"


def test_when_cutover_is_killed_no_token_is_left_once_the_run_has_begun(checkout: Path, tmp_path: Path) -> None:
    script = f'''
(folder / "run.json").touch()
deadline = time.monotonic() + 20
while private.exists() and time.monotonic() < deadline:
    time.sleep(0.02)
os.kill(int((folder / "{HOLDER}").read_text()), signal.SIGKILL)
'''
    order = an_order(tmp_path)
    played(checkout, script).claim(order)
    program = f"""
import os, sys
from pathlib import Path
sys.path.insert(0, {str(CHECKOUT)!r})
from tests.unit.cutover.load.played_locust import Heard, an_order
from cutover.load.launching import Locust
Path({str(tmp_path / "run" / HOLDER)!r}).write_text(str(os.getpid()))
Locust({{"PYTHONPATH": {str(CHECKOUT)!r}}}, Path({str(checkout)!r})).run(an_order(Path({str(tmp_path)!r})), Heard())
"""
    private = tmp_path / "private"
    private.mkdir()
    done = subprocess.run([sys.executable, "-c", program], env={**os.environ, "TMPDIR": str(private)}, check=False)

    assert done.returncode == -signal.SIGKILL
    assert [path.name for path in private.rglob("*") if path.is_file()] == []


@pytest.mark.parametrize("platform", ["linux", "darwin"])
def test_a_leash_is_put_on_before_the_program_is_run(monkeypatch: pytest.MonkeyPatch, platform: str) -> None:
    calls: list[object] = []

    class Libc:
        def prctl(self, option: int, number: int) -> None:
            calls.append((option, number))

    monkeypatch.setattr(sys, "platform", platform)
    monkeypatch.setattr("ctypes.CDLL", lambda _: Libc())
    monkeypatch.setattr("os.execv", lambda path, words: calls.append(words))

    leashed.become([str(os.getppid()), "-m", "locust"])

    put_on = [(1, signal.SIGINT)] if platform == "linux" else []
    assert calls == [*put_on, [sys.executable, "-m", "locust"]]


def test_whose_holder_is_gone_already_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")

    with pytest.raises(SystemExit) as ended:
        leashed.become(["1" if os.getppid() != 1 else "2", "-m", "locust"])

    assert ended.value.code == 1


def test_a_leash_without_its_holder_runs_nothing(tmp_path: Path) -> None:
    words = [sys.executable, "-m", "cutover.load.leashed", "1", "-c", "print('ran')"]

    ended = subprocess.run(words, cwd=CHECKOUT, capture_output=True, text=True, timeout=30, check=False)

    assert (ended.returncode, ended.stdout) == (1, "")


KILLED_MASTER = f"""
import subprocess
worker = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
(folder / "worker").write_text(str(worker.pid))
(folder / "{STARTED}").touch()
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_when_locust_s_master_is_killed_its_workers_do_not_go_on(checkout: Path, tmp_path: Path) -> None:
    order, locust = an_order(tmp_path), played(checkout, KILLED_MASTER)
    locust.claim(order)

    locust.run(order, Heard())

    worker = int((tmp_path / "run" / "worker").read_text())
    deadline = time.monotonic() + 10
    while lives(worker) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not lives(worker)


def lives(pid: int) -> bool:
    """Whether that process runs; one that has ended and was not waited for does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
