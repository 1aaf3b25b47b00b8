"""The rehearsal's stack, started exactly as a user starts it, and how tests talk to its two sides."""

import contextlib
import ctypes
import http.client
import json
import os
import re
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import redis

from cutover.rehearsal import seed
from cutover.rehearsal.parts_lists import TYPES
from cutover.rehearsal.stack.process import CHECKOUT

SIDES = ("ecs", "lambda")
PUBLIC_NAME = "api.lego-moc.example.test"
JSON = {"Content-Type": "application/json"}
BOUNDARY = "----stack"
FORM = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}
START_SECONDS = 180.0
ANSWER_SECONDS = 60.0
BACK_SECONDS = 60.0
STOP_SECONDS = 60.0
POLL_SECONDS = 0.05
_PR_SET_PDEATHSIG = 1

OWNERS = ("alice", "bob")
SEEDED = {owner: [str(row[0]) for row in seed.rows() if row[1] == owner] for owner in OWNERS}
"""The ids of the MOCs that these users have from the beginning."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a client sees; header names are in lower case."""

    status: int
    headers: Sequence[tuple[str, str]]
    body: bytes

    def json(self) -> Any:
        """The body."""
        return json.loads(self.body)

    def header(self, name: str) -> str | None:
        """The value of a header that is there once, None of one that is not there."""
        found = [value for key, value in self.headers if key == name]
        assert len(found) < 2, self.headers
        return found[0] if found else None


class Up:
    """One `cutover rehearse up --json`; `described` is what it printed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "up"
        self.errors = folder / "stderr"
        with self.errors.open("wb") as errors:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "cutover", "rehearse", "up", "--json", "--out", str(self.folder)],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=errors,
                cwd=CHECKOUT,
                start_new_session=True,  # every process of the stack can be told by it
                preexec_fn=_before_exec(),  # noqa: PLW1509 - nobody forks at the same time
            )
        self.described: dict[str, Any] = {}

    def wait_until_described(self) -> None:
        """Wait for the one line."""
        assert self.process.stdout is not None
        assert select.select([self.process.stdout], [], [], START_SECONDS)[0], self.errors.read_text()
        line = self.process.stdout.readline()
        assert line, self.errors.read_text()
        self.described = json.loads(line)

    def url(self, side: str) -> str:
        """Where ECS or Lambda answers."""
        url: str = self.described[f"{side}_url"]
        return url

    def signed_in(self, user: str | None) -> dict[str, str]:
        """The header of a signed-in user."""
        return {} if user is None else {"Authorization": f"Bearer {self.described['tokens'][user]}"}

    def ask(
        self,
        side: str,
        method: str,
        path: str,
        body: Any = None,
        *,
        user: str | None = "alice",
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """One request on a connection of its own, the path sent as it is; a body that is not bytes goes as JSON."""
        given = {**self.signed_in(user), **(headers or {})}
        if body is not None and not isinstance(body, bytes):
            body, given = json.dumps(body).encode(), {**JSON, **given}
        return send(self.url(side), method, path, given, body)

    def upload(self, side: str, moc_id: str, content: bytes, filename: str = "parts.csv") -> Answer:
        """A parts list as browsers send it."""
        path = f"/api/mocs/{moc_id}/upload-parts-list"
        kind = TYPES[f".{filename.rpartition('.')[2]}"]
        return self.ask(side, "POST", path, form_of(content, filename, kind=kind), headers=FORM)

    def forget_cached(self) -> None:
        """Empty Valkey, so that the next answer is made anew."""
        with contextlib.closing(redis.Redis.from_url(self.described["redis_url"])) as client:
            client.flushdb()

    def pid(self, name: str) -> int:
        """The process id of one of the servers, also after it was brought back."""
        back = re.findall(rf"^{name} is back, pid (\d+)$", self.errors.read_text(), re.MULTILINE)
        pid: int = int(back[-1]) if back else self.described["pids"][name]
        return pid

    def kill(self, name: str) -> None:
        """kill -9, and wait until it is gone."""
        pid = self.pid(name)
        os.kill(pid, signal.SIGKILL)
        wait_until(lambda: not alive(pid))

    def health(self, side: str) -> tuple[int, str]:
        """How the side is now: the status of the answer and the one in it. One that is remembered is not believed."""
        asked = datetime.now(UTC)
        while True:
            answer = self.ask(side, "GET", "/health", user=None)
            found = answer.json()
            if datetime.fromisoformat(found["timestamp"]) >= asked:
                return answer.status, found["status"]
            time.sleep(POLL_SECONDS)

    def is_healthy(self) -> bool:
        """Whether both sides say so."""
        return all(self.health(side) == (200, "healthy") for side in SIDES)

    def bring_back(self) -> None:
        """Ask for the dead servers, if there are any, and wait until the API has found them by itself."""
        dead = [name for name in self.described["pids"] if not alive(self.pid(name))]
        if dead:
            self.process.send_signal(signal.SIGUSR1)
        wait_until(lambda: all(alive(self.pid(name)) for name in dead), BACK_SECONDS)
        wait_until(self.is_healthy, BACK_SECONDS)

    def family(self) -> set[int]:
        """Every living process that descends from it, and itself; what has left its session is found no other way."""
        parents = {pid: _parent_of(pid) for pid in _pids() if alive(pid)}
        found = {self.process.pid} & set(parents)
        while more := {pid for pid, parent in parents.items() if parent in found} - found:
            found |= more
        return found

    def session(self) -> set[int]:
        """Every living process that has stayed in its session, also without parents."""
        return {pid for pid in _pids() if alive(pid) and _session_of(pid) == self.process.pid}

    def stop(self) -> None:
        """End it as a user does, unless it has ended."""
        self.process.terminate()
        try:
            self.process.wait(STOP_SECONDS)
        finally:
            self.process.kill()
            self.process.wait()
            assert self.process.stdout is not None
            self.process.stdout.close()


@contextlib.contextmanager
def up(folder: Path) -> Iterator[Up]:
    """A stack that has said where it is; stopped in the end."""
    running = Up(folder)
    try:
        running.wait_until_described()
        yield running
    finally:
        running.stop()


def send(url: str, method: str, path: str, headers: Mapping[str, str], body: bytes | None = None) -> Answer:
    """One request, nothing added but Host and Content-Length."""
    where = urlsplit(url)
    connection = http.client.HTTPConnection(str(where.hostname), where.port, timeout=ANSWER_SECONDS)
    with contextlib.closing(connection):
        connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
        lengths = {} if body is None else {"Content-Length": str(len(body))}
        for name, value in {"Host": PUBLIC_NAME, **headers, **lengths}.items():
            connection.putheader(name, value)
        connection.endheaders(body)
        answer = connection.getresponse()
        received = [(name.lower(), value) for name, value in answer.getheaders()]
        return Answer(answer.status, received, answer.read())


def form_of(content: bytes, filename: str = "parts.csv", field: str = "partsListFile", kind: str = "text/csv") -> bytes:
    """A form with one file."""
    disposition = f'Content-Disposition: form-data; name="{field}"; filename="{filename}"'
    head = f"--{BOUNDARY}\r\n{disposition}\r\nContent-Type: {kind}\r\n\r\n"
    return head.encode() + content + f"\r\n--{BOUNDARY}--\r\n".encode()


def wait_until(true: Callable[[], bool], seconds: float = 20.0) -> None:
    """Ask again and again until it is true. Fails when it takes longer than that."""
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, f"not within {seconds:g} s"
        time.sleep(POLL_SECONDS)


def alive(pid: int) -> bool:
    """Whether the process still runs; one that only waits for its parent to look does not."""
    return _status_of(pid)[0] != "Z"


def _pids() -> Iterator[int]:
    return (int(path.name) for path in Path("/proc").iterdir() if path.name.isdecimal())


def _status_of(pid: int) -> tuple[str, int]:
    """(state, parent) of a process; Z also when there is none."""
    try:
        state, parent, *_ = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    except (FileNotFoundError, ProcessLookupError):
        return "Z", 0
    return state, int(parent)


def _parent_of(pid: int) -> int:
    return _status_of(pid)[1]


def _session_of(pid: int) -> int | None:
    try:
        return os.getsid(pid)
    except ProcessLookupError:
        return None


def _before_exec() -> Callable[[], None]:
    libc = ctypes.CDLL(None)

    def prepare() -> None:
        libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)  # a killed test run leaves no stack behind
        signal.signal(signal.SIGINT, signal.SIG_DFL)  # which a test run in the background ignores

    return prepare
