"""Locust as a process: told by a private file, followed by what it writes down, asked to end when somebody stops it."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from types import FrameType
from typing import Any

from cutover.core.load.order import CannotLoad, Ended, Order
from cutover.core.load.profile import BadProfile, Profile, profile_of
from cutover.core.load.verdict import judge
from cutover.load.folder import RUN
from cutover.load.following import Following
from cutover.load.papers import SUMMARY, BadFolder, exit_of, read, told
from cutover.load_ports import Follower

CHECKOUT = Path(__file__).resolve().parents[2]
"""Where loadtests/ lies beside cutover/: the checkout, or the environment that both are installed in."""

LOG = "locust.log"
LOOPBACK = "127.0.0.1"
LOOK_SECONDS = 0.25
OVERTIME_SECONDS = 270.0  # for fetching tokens, preparing, what is under way in the end, and removing what was made
LAST_SECONDS = 60.0  # from asking Locust to stop to ending it: it writes its papers meanwhile
LAST_LINES = 12
STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
# What a program needs to run and to trust certificates; the rest, AWS's keys among it, is none of Locust's business.
_HANDED_ON = frozenset(
    {
        "PATH", "HOME", "USER", "LANG", "LANGUAGE", "TZ", "TMPDIR", "VIRTUAL_ENV", "PYTHONPATH", "SSL_CERT_FILE",
        "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "COVERAGE_PROCESS_START",
    }
)  # fmt: skip


class Locust:
    """The load tests of loadtests/, as a LoadGenerator."""

    def __init__(self, environ: Mapping[str, str], checkout: Path = CHECKOUT) -> None:
        self._environ, self._checkout = environ, checkout

    def profile(self, name: str) -> tuple[Profile, str]:
        """The profile of that name or file, and its file. Raises CannotLoad, BadProfile."""
        folder = self._folder() / "profiles"
        path = Path(name) if name.endswith(".toml") or os.sep in name else folder / f"{name}.toml"
        try:
            return profile_of(tomllib.loads(path.read_text(encoding="utf-8")), path.stem), str(path.absolute())
        except FileNotFoundError:
            known = ", ".join(sorted(one.stem for one in folder.glob("*.toml"))) or "none"
            text = f"there is no profile {name!r}; there are {known}, and any FILE.toml"
            raise CannotLoad(text) from None
        except (OSError, ValueError, RecursionError) as error:
            raise error if isinstance(error, BadProfile) else BadProfile(f"{path}: {error}") from error

    def claim(self, order: Order) -> None:
        """Make the run's folder, with the log that Locust will write. Raises CannotLoad."""
        if find_spec("locust") is None:
            raise CannotLoad("Locust is not installed: pip install -r requirements.txt")
        folder = Path(order.folder)
        try:
            folder.mkdir(parents=True, exist_ok=True)
            if any(folder.iterdir()):
                raise CannotLoad(f"{folder} is not empty: a run has a folder of its own; name another with --out")
            (folder / LOG).touch(mode=0o600, exist_ok=False)
        except OSError as error:
            raise CannotLoad(f"{folder} can't be a run's folder: {error.strerror}; name another with --out") from error

    def run(self, order: Order, follower: Follower) -> Ended:
        """Run it to its end; what became of it."""
        folder = Path(order.folder)
        with (
            TemporaryDirectory(prefix="cutover-load-") as private,
            (folder / LOG).open("ab") as log,
            _noted() as asked,
        ):
            traffic = _told(order, Path(private))
            process = subprocess.Popen(
                self._words(order),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=self._environment(order, traffic),
                start_new_session=True,  # a terminal's Ctrl-C comes here alone, and is passed on once
            )
            try:
                code = _Watched(process, order, follower, asked, traffic).until_its_end()
            finally:
                _end_all_of(process.pid)
        return _ended(folder, code, interrupted=bool(asked))

    def _folder(self) -> Path:
        folder = self._checkout / "loadtests"
        if not (folder / "locustfile.py").is_file():
            raise CannotLoad(
                f"there are no load tests at {folder}: run cutover from a checkout of the project, or install"
                " loadtests/ beside it"
            )
        return folder

    def _words(self, order: Order) -> Sequence[str]:
        words = [sys.executable, "-m", "cutover.load.leashed", str(os.getpid())]
        words += ["-m", "locust", "-f", str(self._folder() / "locustfile.py"), "--headless", "--only-summary"]
        return [*words, *(_many(order.processes) if order.processes > 1 else [])]

    def _environment(self, order: Order, traffic: Path) -> Mapping[str, str]:
        """A command that fetches tokens signs itself in by whatever is there; nobody else needs it."""
        everything = bool(order.tokens_command)
        kept = {
            name: value
            for name, value in self._environ.items()
            if everything or name in _HANDED_ON or name.startswith("LC_")
        }
        ours = {name: value for name, value in kept.items() if not name.startswith(("LEGO_", "LOCUST_"))}
        path = os.pathsep.join(filter(None, (str(self._checkout), ours.get("PYTHONPATH"))))
        return {**ours, "PYTHONPATH": path, "LEGO_TRAFFIC": str(traffic)}


class _Watched:
    """One Locust, until it has ended."""

    def __init__(
        self,
        process: "subprocess.Popen[bytes]",
        order: Order,
        follower: Follower,
        asked: Sequence[int],
        traffic: Path,
    ) -> None:
        self._process, self._follower, self._asked = process, follower, asked
        self._folder, self._traffic = Path(order.folder), traffic
        self._lines = Following(self._folder)
        self._ends = time.monotonic() + order.profile.seconds + OVERTIME_SECONDS
        self._heeded = 0
        self._killed_at = float("inf")

    def until_its_end(self) -> int:
        """Its exit code."""
        while True:
            try:
                code: int | None = self._process.wait(LOOK_SECONDS)
            except subprocess.TimeoutExpired:
                code = None
            if (self._folder / RUN).exists():  # all of its processes are prepared, and have read what they were told
                self._traffic.unlink(missing_ok=True)  # so that no token is left, should this process be killed
            self._follower.follow(self._lines.read())
            if code is not None:
                return code
            self._heed()

    def _heed(self) -> None:
        """Once: stop, with all papers. Twice, or when that takes too long: end now."""
        now = time.monotonic()
        if len(self._asked) > 1 or now > self._killed_at:
            self._follower.note("the load generator is ended; what it has not written yet is lost")
            self._signal(signal.SIGKILL)
            return
        if self._heeded or not (self._asked or now > self._ends):
            return
        self._heeded, self._killed_at = 1, now + LAST_SECONDS
        why = "stopping" if self._asked else "it takes longer than its profile, so it is stopped"
        self._follower.note(f"{why}: what is under way ends, then the papers are written; Ctrl-C ends it at once")
        # Locust itself takes a Ctrl-C while a shape is driven; its processes end with it.
        self._process.send_signal(signal.SIGINT)

    def _signal(self, number: signal.Signals) -> None:
        os.killpg(self._process.pid, number)  # not waited for yet, so that the number is still its own


def _end_all_of(group: int) -> None:
    """Workers whose master is killed would go on for a minute, with nobody to see what they do."""
    with suppress(ProcessLookupError):
        os.killpg(group, signal.SIGKILL)


def _many(processes: int) -> Sequence[str]:
    """Nobody else is to take part: they meet on loopback, at a port that no other run has."""
    with socket.socket() as asking:
        asking.bind((LOOPBACK, 0))
        port = str(asking.getsockname()[1])
    where = ("--master-bind-host", LOOPBACK, "--master-bind-port", port, "--master-port", port)
    return [*where, "--processes", str(processes)]


def _told(order: Order, private: Path) -> Path:
    """What only `cutover` knows, in a file that nobody else can read and that is gone with its folder."""
    path = private / "traffic.json"
    known: dict[str, Any] = {
        "id": order.id,
        "host": order.target.url,
        "target": order.target.name,
        "connect": list(order.connect) if order.connect else None,
        "profile": order.profile_file,
        "folder": order.folder,
        "tokens": dict(order.tokens),
        "tokens_command": list(order.tokens_command),
        "limits": asdict(order.limits),
        "most_per_second": order.most_per_second,
        "in_flight": order.in_flight,
        "persons": order.persons,
        "seed": order.seed,
        "clean": order.clean,
        "reason": order.reason,
        "allow_production": True,  # that was decided before anything was started
    }
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        json.dump(known, file)
    return path


def _ended(folder: Path, code: int, *, interrupted: bool) -> Ended:
    log_end = "\n".join((folder / LOG).read_text(encoding="utf-8", errors="replace").splitlines()[-LAST_LINES:])
    if not (folder / SUMMARY).is_file():
        return Ended(code, interrupted, log_end=log_end)
    try:
        run = read(folder)
        summary = json.loads((folder / SUMMARY).read_text(encoding="utf-8"))
    except (BadFolder, OSError, ValueError) as error:
        return Ended(code, interrupted, log_end=str(error))
    verdict = judge(run)
    *said, headline = told(verdict, run)
    code = exit_of(verdict, run) if code == 0 else code
    return Ended(code, interrupted, summary, headline, tuple(said), log_end)


@contextmanager
def _noted() -> Iterator[Sequence[int]]:
    """Ctrl-C and other requests to end are noted, not raised: the run ends with its papers, and the ledger hears."""
    asked: list[int] = []

    def note(number: int, _frame: FrameType | None) -> None:
        asked.append(number)

    if threading.current_thread() is not threading.main_thread():  # no other one is interrupted, or may ask not to be
        yield asked
        return
    before: dict[int, Callable[[int, FrameType | None], Any] | int | None] = {
        number: signal.signal(number, note) for number in STOPPING if signal.getsignal(number) is not signal.SIG_IGN
    }
    try:
        yield asked
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
