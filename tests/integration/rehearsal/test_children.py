"""Children: ready or given up with the reason, stopped tidily or else killed, never longer alive than their parent."""

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from cutover.rehearsal.stack.process import CHECKOUT, LAST_LINES, Child, DidNotStart, Program, heeded, held_back
from tests.integration.rehearsal.stack_rig import alive, wait_until

SECONDS = 20.0
SLEEPS = "import time; time.sleep(600)"
STUBBORN = (
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(600)"
)
# Starts a child, says its pid, and waits to be killed.
PARENT = """
import sys, time
from pathlib import Path
from cutover.rehearsal.stack.process import Child, Program
child = Child(Program("sleeper", [sys.executable, "-c", "import time; time.sleep(600)"], {}, Path(sys.argv[1])))
print(child.pid, flush=True)
time.sleep(600)
"""

Start = Callable[..., Child]
Popen = subprocess.Popen


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Runs Python code as a child; whatever a test leaves running is ended."""
    started: list[Child] = []

    def run(code: str, *, env: dict[str, str] | None = None, program: str = sys.executable, **more: Any) -> Child:
        command = [program, "-c", code]
        started.append(Child(Program("it", command, env or {}, tmp_path / "log", **more)))
        return started[-1]

    yield run
    for child in started:
        child.stop(0.0)


def wait_for_log(path: Path, text: str) -> None:
    wait_until(lambda: text in path.read_text())


def test_the_first_line_is_what_it_announces_itself_with(start: Start) -> None:
    child = start(f"print('{{\"port\": 5}}', flush=True); {SLEEPS}", announces=True)
    assert child.first_line(SECONDS) == {"port": 5}
    assert (child.running, child.exit_code) == (True, None)


def test_one_that_ends_before_it_says_anything_did_not_start(start: Start) -> None:
    child = start("import sys; sys.exit('no port is free')", announces=True)
    with pytest.raises(DidNotStart, match=r"^it ended with 1; its log ends:\nno port is free$"):
        child.first_line(SECONDS)


def test_one_that_says_nothing_in_time_is_ended(start: Start) -> None:
    child = start(SLEEPS, announces=True)
    with pytest.raises(DidNotStart, match=r"^it did not come up within 0\.2 s"):
        child.first_line(0.2)
    assert not alive(child.pid)


def test_one_that_announces_nothing_has_no_first_line(start: Start) -> None:
    child = start(SLEEPS)
    with pytest.raises(DidNotStart):
        child.first_line(SECONDS)
    assert not alive(child.pid)


def test_it_is_waited_for_until_it_serves(start: Start) -> None:
    child = start(SLEEPS)
    asked = iter([False, False, True])
    child.wait_until(lambda: next(asked), SECONDS)
    assert (list(asked), child.running) == ([], True)


def test_one_that_dies_at_its_start_is_told_with_the_end_of_its_log(start: Start) -> None:
    child = start("print(*range(100), sep='\\n'); raise SystemExit(3)")
    with pytest.raises(DidNotStart) as caught:
        child.wait_until(lambda: False, SECONDS)
    told = str(caught.value).splitlines()
    assert told[0] == "it ended with 3; its log ends:"
    assert told[1:] == [str(number) for number in range(100 - LAST_LINES, 100)]


def test_one_that_never_serves_is_ended(start: Start) -> None:
    child = start(SLEEPS)
    with pytest.raises(DidNotStart, match=r"did not come up within 0\.1 s"):
        child.wait_until(lambda: False, 0.1)
    assert not alive(child.pid)


def test_work_that_succeeds_ends_with_0(start: Start) -> None:
    assert start("").wait(SECONDS) == 0


def test_work_that_fails_is_told_with_its_reason(start: Start) -> None:
    child = start("import sys; sys.exit('relation exists')")
    with pytest.raises(DidNotStart, match="ended with 1; its log ends:\nrelation exists"):
        child.wait(SECONDS)


def test_work_that_takes_too_long_is_ended(start: Start) -> None:
    child = start(SLEEPS)
    with pytest.raises(DidNotStart, match="did not come up"):
        child.wait(0.1)
    assert not alive(child.pid)


def test_it_stops_by_the_signal_that_it_wants(start: Start, tmp_path: Path) -> None:
    code = f"import signal; signal.signal(signal.SIGINT, lambda *_: exit(7)); print('on', flush=True); {SLEEPS}"
    child = start(code, end_signal=signal.SIGINT)
    wait_for_log(tmp_path / "log", "on")
    child.stop()
    assert (child.exit_code, child.running) == (7, False)
    child.stop()
    child.ask_to_stop()


def test_one_that_does_not_listen_is_killed(start: Start, tmp_path: Path) -> None:
    child = start(STUBBORN)
    wait_for_log(tmp_path / "log", "deaf")
    child.stop(0.2)
    assert child.exit_code == -signal.SIGKILL


@pytest.mark.parametrize("announces", [True, False])
def test_a_fault_kills_without_a_warning(start: Start, announces: bool) -> None:
    child = start(SLEEPS, announces=announces)
    child.kill()
    assert (child.exit_code, alive(child.pid)) == (-signal.SIGKILL, False)


def test_it_finds_the_same_packages_and_has_the_environment_that_is_meant_for_it(
    start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("POSTGRES_HOST", "production.example")
    monkeypatch.setenv("PYTHONPATH", "/elsewhere")
    code = "import json, os; print(json.dumps([dict(os.environ), os.getcwd()]), flush=True)"
    child = start(code, env={"STAGE": "development"}, announces=True, cwd=tmp_path)
    environment, directory = child.first_line(SECONDS)
    assert environment["PYTHONPATH"] == os.pathsep.join((str(CHECKOUT), "/elsewhere"))
    assert (environment["STAGE"], environment.get("POSTGRES_HOST")) == ("development", None)
    assert Path(directory) == tmp_path


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can run programs as somebody else")
def test_it_can_run_as_somebody_else_who_has_no_groups_left(start: Start) -> None:
    child = start('echo "[$(id -u), $(id -g), \\"$(id -G)\\"]"', program="/bin/sh", account=65534, announces=True)
    assert child.first_line(SECONDS) == [65534, 65534, "65534"]


HANDLED = (signal.SIGINT, signal.SIGTERM)


@pytest.fixture
def handlers() -> Iterator[None]:
    """The test run's own handlers come back, whatever a test sets."""
    before = {number: signal.getsignal(number) for number in HANDLED}
    for number in HANDLED:
        signal.signal(number, signal.default_int_handler)  # as the tool takes both
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.parametrize("number", HANDLED)
def test_an_interrupt_while_a_child_is_started_ends_the_child_and_is_not_lost(
    start: Start, handlers: None, monkeypatch: pytest.MonkeyPatch, number: signal.Signals
) -> None:
    started: list[subprocess.Popen[bytes]] = []

    def interrupted(*arguments: Any, **more: Any) -> subprocess.Popen[bytes]:
        started.append(Popen(*arguments, **more))
        signal.raise_signal(number)
        return started[0]

    monkeypatch.setattr("cutover.rehearsal.stack.process.subprocess.Popen", interrupted)
    with pytest.raises(KeyboardInterrupt):
        start(SLEEPS)
    assert started[0].returncode == -signal.SIGKILL
    assert signal.getsignal(number) is signal.default_int_handler


def test_an_interrupt_that_is_ignored_stays_ignored(handlers: None) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with held_back() as late:
        signal.raise_signal(signal.SIGINT)
    assert late == []
    assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN


class Swallowing:
    """Python drops what is raised in a destructor."""

    def __del__(self) -> None:
        signal.raise_signal(signal.SIGINT)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("fails_then", [False, True])
def test_an_interrupt_that_python_dropped_is_one_all_the_same(handlers: None, fails_then: bool) -> None:
    def start_all() -> None:
        with heeded():
            Swallowing()
            if fails_then:
                raise DidNotStart("it was interrupted, too")

    with pytest.raises(KeyboardInterrupt):
        start_all()
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_what_did_not_start_by_itself_is_told_as_such(handlers: None) -> None:
    with pytest.raises(DidNotStart, match="port taken"), heeded():
        raise DidNotStart("port taken")


def test_another_thread_may_start_children_and_touches_no_handler(handlers: None) -> None:
    seen: list[Any] = []

    def hold() -> None:
        with held_back():
            seen.extend(signal.getsignal(number) for number in HANDLED)

    thread = threading.Thread(target=hold)
    thread.start()
    thread.join()
    assert seen == [signal.default_int_handler] * 2


def test_it_dies_with_its_parent(tmp_path: Path) -> None:
    log = tmp_path / "log"
    with subprocess.Popen(
        [sys.executable, "-c", PARENT, str(log)], stdout=subprocess.PIPE, text=True, cwd=CHECKOUT
    ) as parent:
        assert parent.stdout is not None
        pid = json.loads(parent.stdout.readline())
        assert alive(pid)
        parent.kill()
    wait_until(lambda: not alive(pid))
