"""Master and workers as the template has them, run on this machine: they find each other, and do not collide."""

import json
import os
import re
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from cutover.rehearsal.stack.ports import LOOPBACK, free_port
from tests.infra.test_load import container

ROOT = Path(__file__).parents[2]
WORKERS = 2
ARRIVALS = 40  # a second
PATIENCE_SECONDS = 60.0


class Service(BaseHTTPRequestHandler):
    """Makes whatever is posted, and has nothing else. `titles`: of what was made."""

    titles: list[str] = []

    def do_POST(self) -> None:
        """A new MOC; of everything else that could be made there is none."""
        told = self.rfile.read(int(self.headers["Content-Length"]))
        if self.path != "/api/mocs":
            self._answer(404, {})
            return
        wanted = json.loads(told)
        self.titles.append(wanted["title"])
        self._answer(201, {"success": True, "data": {**wanted, "id": "1"}})

    def do_GET(self) -> None:
        """No MOCs."""
        self._answer(200, {"success": True, "data": [], "total": 0})

    def do_PATCH(self) -> None:
        """Nor anything to change."""
        self._answer(404, {})

    def do_DELETE(self) -> None:
        """Nor anything to delete."""
        self._answer(404, {})

    def log_message(self, *_: Any) -> None:
        """Nothing."""

    def _answer(self, status: int, body: Any) -> None:
        self.send_response(status)
        said = json.dumps(body).encode()
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)


@pytest.fixture
def service() -> Iterator[str]:
    """The URL of a Service."""
    Service.titles.clear()
    server = ThreadingHTTPServer((LOOPBACK, 0), Service)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://{LOOPBACK}:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def running(command: Sequence[str], told: Path, log: Path) -> Iterator[None]:
    """A container's command as a process, for as long as the body lasts."""
    around = {**os.environ, "LEGO_TRAFFIC": str(told)}
    with log.open("wb") as file:
        process = subprocess.Popen(
            [sys.executable, "-m", *command], cwd=ROOT, env=around, stdout=file, stderr=subprocess.STDOUT
        )
    try:
        yield
    finally:
        process.terminate()
        process.wait(30)


def here(command: Sequence[str], ports: dict[str, int]) -> list[str]:
    """A command with other ports, and the master on this machine."""
    made = []
    for part in command:
        port = re.fullmatch(r"(--[a-z-]+-port)=(\d+)", part)
        made.append(f"{port[1]}={ports[port[2]]}" if port else re.sub(r"(--master-host)=.*", rf"\1={LOOPBACK}", part))
    return made


def ask(url: str, form: bytes | None = None) -> Any:
    """What the master's page says."""
    with urllib.request.urlopen(urllib.request.Request(url, form), timeout=5) as answer:  # noqa: S310 - loopback
        return json.load(answer)


def wait_until(is_so: Callable[[], bool], log: Path) -> None:
    """Wait for it."""
    ends = time.monotonic() + PATIENCE_SECONDS
    while not is_so():
        assert time.monotonic() < ends, log.read_text()
        time.sleep(0.1)


def count_workers(page: str) -> int:
    """How many have found the master; 0 while it does not listen."""
    try:
        return len(ask(f"{page}/stats/requests")["workers"])
    except OSError:
        return 0


def test_workers_find_the_master_and_make_nothing_under_the_same_title(service: str, tmp_path: Path) -> None:
    told = tmp_path / "traffic.json"
    told.write_text(json.dumps({"host": service, "tokens": {"ada": "a"}, "persons": WORKERS, "clean": False}))
    ports = {"5557": free_port(), "8089": free_port()}
    page, log = f"http://{LOOPBACK}:{ports['8089']}", tmp_path / "master.log"

    with ExitStack() as up:
        up.enter_context(running(here(container("master")["Command"], ports), told, log))
        for number in range(WORKERS):
            worker = here(container("worker")["Command"], ports)
            up.enter_context(running(worker, told, tmp_path / f"worker{number}.log"))
        wait_until(lambda: count_workers(page) == WORKERS, log)
        ask(f"{page}/swarm", f"user_count={ARRIVALS}&spawn_rate={ARRIVALS}&host={service}".encode())
        wait_until(lambda: len({_user(title) for title in Service.titles}) == WORKERS, log)

    assert len(Service.titles) == len(set(Service.titles)) >= WORKERS


def _user(title: str) -> str:
    return title.rsplit(" ", 2)[0]
