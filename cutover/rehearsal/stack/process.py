"""Child processes that never outlive this one, even when it is killed outright."""

import ctypes
import json
import os
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any

CHECKOUT = Path(__file__).resolve().parents[3]
"""Where the packages lie: the checkout, or the environment that they are installed in."""

_PR_SET_PDEATHSIG = 1
POLL_SECONDS = 0.02
LAST_LINES = 15
# What the caller's shell says of the real world: the stack is the same whoever starts it, and never meets AWS.
_FOREIGN_PREFIXES = ("AWS_", "COGNITO_", "LEGO_", "LOCUST_", "OPENSEARCH_", "PG", "POSTGRES_", "REDIS_", "S3_")
_FOREIGN_NAMES = frozenset(
    {
        "ALLOWED_ORIGINS", "BIND", "CLAMD_ENDPOINT", "LOG_LEVEL", "PARTS_LIST_PARSER_FUNCTION", "PORT", "STAGE",
        "WORKERS", "DEPLOYMENT", "LOG_SAMPLE", "TRACE_SHARE", "TRACING",
        "CUTOVER_CONFIG", "CUTOVER_JSON", "CUTOVER_PROFILE", "CUTOVER_QUIET", "CUTOVER_REGION", "CUTOVER_STAGE",
    }
)  # fmt: skip
_PROXIES = frozenset({"all_proxy", "http_proxy", "https_proxy"})  # nobody else's proxy reaches this loopback


class DidNotStart(Exception):
    """A part of the stack did not come up; the message holds the end of its log."""


@dataclass(frozen=True, slots=True)
class Program:
    """What to run.

    `announces`: it prints one JSON line when it serves (what others print goes to the log). `end_signal` asks it to
    stop tidily; `account` (root only) runs it as somebody else.
    """

    name: str
    command: Sequence[str]
    env: Mapping[str, str]
    log: Path
    end_signal: signal.Signals = signal.SIGTERM
    account: int | None = None
    cwd: Path | None = None
    announces: bool = False


class Child:
    """One running program."""

    def __init__(self, program: Program) -> None:
        self.program = program
        with program.log.open("ab") as log, held_back() as late:
            self._process = subprocess.Popen(
                list(program.command),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE if program.announces else log,
                stderr=log,
                env={**own_environment(os.environ), "PYTHONPATH": _python_path(), **program.env},
                cwd=program.cwd,
                user=program.account,
                group=program.account,
                extra_groups=None if program.account is None else (),
                preexec_fn=_die_with_parent(program.end_signal),  # noqa: PLW1509 - nothing here is threaded yet
            )
        if late:  # nobody will hear of this child
            self.kill()
            signal.raise_signal(late[0])

    @property
    def pid(self) -> int:
        """The process's id."""
        return self._process.pid

    @property
    def running(self) -> bool:
        """Whether it has not ended."""
        return self._process.poll() is None

    @property
    def exit_code(self) -> int | None:
        """How it ended; None while it runs."""
        return self._process.poll()

    def first_line(self, timeout_seconds: float) -> Any:
        """The JSON line by which our own programs say that they serve. Raises DidNotStart; then it is ended."""
        output = self._process.stdout
        deadline = time.monotonic() + timeout_seconds
        while output is not None and self.running and time.monotonic() < deadline:
            if select.select([output], [], [], POLL_SECONDS)[0]:
                line = output.readline()
                if line:
                    return json.loads(line)
        raise self._given_up(timeout_seconds)

    def wait_until(self, ready: Callable[[], bool], timeout_seconds: float) -> None:
        """Wait until it serves. Raises DidNotStart when it ends or takes too long; then it is ended."""
        deadline = time.monotonic() + timeout_seconds
        while self.running and time.monotonic() < deadline:
            if ready():
                return
            time.sleep(POLL_SECONDS)
        raise self._given_up(timeout_seconds)

    def wait(self, timeout_seconds: float) -> int:
        """Its exit code, 0. Raises DidNotStart when it takes too long or fails; then it is ended."""
        try:
            code = self._process.wait(timeout_seconds)
        except subprocess.TimeoutExpired:
            raise self._given_up(timeout_seconds) from None
        if code != 0:
            raise self._given_up(timeout_seconds)
        return code

    def ask_to_stop(self) -> None:
        """Send the signal that ends it tidily."""
        if self.running:
            self._process.send_signal(self.program.end_signal)

    def stop(self, timeout_seconds: float = 5.0) -> None:
        """End it, tidily if it does so in time."""
        self.ask_to_stop()
        try:
            self._process.wait(timeout_seconds)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()

    def kill(self) -> None:
        """End it without a warning, as a fault does."""
        self._process.kill()
        self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()

    def _given_up(self, timeout_seconds: float) -> DidNotStart:
        """End it, for nobody waits for it any more, and say what became of it."""
        code = self._process.poll()
        self.stop()
        how = f"did not come up within {timeout_seconds:g} s" if code is None else f"ended with {code}"
        lines = self.program.log.read_text(errors="replace").splitlines()[-LAST_LINES:]
        return DidNotStart(f"{self.program.name} {how}; its log ends:\n" + "\n".join(lines))


@contextmanager
def heeded() -> Iterator[None]:
    """Whoever asks to stop is heeded, also where Python drops what a signal raises, as it does in a destructor.

    Then a child that a terminal's Ctrl-C ended as well only seems to have failed to start. Raises KeyboardInterrupt.
    """
    asked: list[int] = []
    raising = _raising_handlers()
    for number, handler in raising.items():
        signal.signal(number, _noting(asked, handler))
    try:
        yield
    except DidNotStart as error:
        if asked:
            raise KeyboardInterrupt from error
        raise
    finally:
        for number, handler in raising.items():
            signal.signal(number, handler)
    if asked:
        raise KeyboardInterrupt


def _noting(
    asked: list[int], handler: Callable[[int, FrameType | None], Any]
) -> Callable[[int, FrameType | None], Any]:
    def note(number: int, frame: FrameType | None) -> Any:
        asked.append(number)
        return handler(number, frame)

    return note


@contextmanager
def held_back() -> Iterator[Sequence[signal.Signals]]:
    """Ctrl-C and SIGTERM are noted instead of raised, for as long as it takes to start a process.

    Python swallows what is raised in the hooks that it runs around a fork: the rehearsal would go on, unimpressed.
    """
    late: list[signal.Signals] = []
    raising = _raising_handlers()
    for number in raising:
        signal.signal(number, lambda given, _: late.append(signal.Signals(given)))
    try:
        yield late
    finally:
        for number, handler in raising.items():
            signal.signal(number, handler)


def _raising_handlers() -> Mapping[signal.Signals, Callable[[int, FrameType | None], Any]]:
    """The handlers of Ctrl-C and SIGTERM that are not ignored."""
    if threading.current_thread() is not threading.main_thread():  # no other one is interrupted, or may ask not to be
        return {}
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    return {number: handler for number, handler in before.items() if callable(handler)}


def own_environment(environ: Mapping[str, str]) -> Mapping[str, str]:
    """What children inherit: everything but proxies and what would configure the service, its clients, Locust. Pure."""
    return {
        name: value
        for name, value in environ.items()
        if not (name.startswith(_FOREIGN_PREFIXES) or name in _FOREIGN_NAMES or name.lower() in _PROXIES)
    }


def _python_path() -> str:
    """Children find the same packages as this process, wherever they run."""
    return os.pathsep.join(filter(None, (str(CHECKOUT), os.environ.get("PYTHONPATH"))))


def _die_with_parent(end_signal: signal.Signals) -> Callable[[], None]:
    """What the child does before it becomes its program: ask the kernel to be ended when this process ends."""
    if sys.platform != "linux":
        return lambda: None
    libc = ctypes.CDLL(None)
    parent = os.getpid()

    def before_exec() -> None:
        libc.prctl(_PR_SET_PDEATHSIG, end_signal)
        if os.getppid() != parent:  # it died in this very moment
            os._exit(1)

    return before_exec
