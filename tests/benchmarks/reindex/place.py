"""Where the clients run: a filled database, and a search server that is new for each of them."""

import asyncio
import os
import resource
import shutil
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import msgspec

from cutover.rehearsal.stack import servers
from cutover.rehearsal.stack.ports import LOOPBACK, accepts, free_port
from cutover.rehearsal.stack.process import CHECKOUT, Child, Program
from service.kernel.wire_time import version_of
from service.search.documents import KINDS
from service.search.indices import MAPPINGS, MOCS
from tests.benchmarks.reindex import ready_made
from tests.integration.servers import send
from tests.opensearch.server import running_opensearch

INDEX = f"{MOCS}-v20251102t101530"
SETTINGS = {"index": {"number_of_replicas": 0, "refresh_interval": "-1"}}
BODY_BYTES = 4_000_000  # as our own loader begins
RUN_SECONDS = 3600
POLL_SECONDS = 0.02
START_SECONDS = 30.0
HEAP_MB = 1024  # of a real OpenSearch


@dataclass(frozen=True, slots=True)
class Run:
    """How one process loaded everything, from its start to its exit."""

    seconds: float
    cpu_seconds: float
    peak_mb: float


@dataclass(frozen=True, slots=True)
class Place:
    """`search`: what indexes, sink, osmem or opensearch."""

    dsn: str
    folder: Path
    search: str
    rows: int

    def commands(self) -> Mapping[str, Sequence[str]]:
        """The clients by name."""
        package = "tests.benchmarks.reindex"
        return {
            "ours": [
                *(sys.executable, "-m", "cutover.reindex.task"),
                *("--alias", MOCS, "--index", INDEX, "--folder", str(self.checkpoints)),
            ],
            "orm stream": [sys.executable, "-m", f"{package}.orm_stream"],
            "ready-made": [sys.executable, "-m", f"{package}.ready_made", str(self.bodies)],
        }

    @property
    def bodies(self) -> Path:
        """The file of ready-made bodies."""
        return self.folder / "bodies"

    @property
    def checkpoints(self) -> Path:
        """Where our loader keeps how far it is."""
        return self.folder / "checkpoints"

    def run(self, command: Sequence[str]) -> Run:
        """Let a client fill a new search server. Ends the program when not each row is there afterwards."""
        shutil.rmtree(self.checkpoints, ignore_errors=True)
        with server_of(self.search, self.folder) as url:
            wanted = {"mappings": MAPPINGS[MOCS], "settings": SETTINGS, "aliases": {MOCS: {}}}
            send("PUT", f"{url}/{INDEX}", wanted)
            done = measured(command, {"DATABASE_URL": self.dsn, "OPENSEARCH_ENDPOINT": url}, self.folder)
            send("POST", f"{url}/{INDEX}/_refresh", None)
            count = send("GET", f"{url}/{INDEX}/_count", None)["count"]
        if count != self.rows:
            raise SystemExit(f"{command[2]} indexed {count} of {self.rows}")
        return done


@contextmanager
def server_of(name: str, folder: Path) -> Iterator[str]:
    """The URL of a new search server: sink, osmem or opensearch."""
    if name == "opensearch":
        with running_opensearch(heap_mb=HEAP_MB) as real:
            yield real.url
        return
    port, log = free_port(), folder / f"{name}.log"
    if name == "osmem":
        child = servers.start_search(port, log)
    else:
        command = [sys.executable, "-m", "tests.benchmarks.reindex.sink", str(port)]
        child = Child(Program("sink", command, {}, log))
        child.wait_until(lambda: accepts(LOOPBACK, port), START_SECONDS)
    try:
        yield f"http://{LOOPBACK}:{port}"
    finally:
        child.kill()


def measured(command: Sequence[str], env: Mapping[str, str], folder: Path) -> Run:
    """Run a process to its end. Its peak is read while it runs: what the kernel tells afterwards begins with ours."""
    begun, peak_kb, ended = time.perf_counter(), 0, 0
    with subprocess.Popen(
        command, cwd=folder, env={**os.environ, **env, "PYTHONPATH": str(CHECKOUT)}, stdout=subprocess.DEVNULL
    ) as process:
        while not ended:
            time.sleep(POLL_SECONDS)
            peak_kb = max(peak_kb, _peak_kb(process.pid))
            ended, status, used = os.wait4(process.pid, os.WNOHANG)
            if time.perf_counter() - begun > RUN_SECONDS:
                process.kill()
        seconds = time.perf_counter() - begun
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{command[2]} ended with {process.returncode}")
    return Run(seconds, _cpu_seconds(used), peak_kb / 1024)


def _cpu_seconds(used: resource.struct_rusage) -> float:
    return used.ru_utime + used.ru_stime


def _peak_kb(pid: int) -> int:
    """0: it has ended."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next((int(line.split()[1]) for line in lines if line.startswith("VmHWM:")), 0)


def make_bodies(dsn: str, path: Path) -> None:
    """Write the file of ready-made bodies, of the service's documents."""
    asyncio.run(_make_bodies(dsn, path))


async def _make_bodies(dsn: str, path: Path) -> None:
    with path.open("wb") as file:
        async for body in _bodies(dsn):
            file.write(ready_made.framed(body))


async def _bodies(dsn: str) -> AsyncIterator[bytes]:
    connection = await asyncpg.connect(dsn, timeout=10)
    lines: list[bytes] = []
    try:
        async with connection.transaction(readonly=True):
            async for row in connection.cursor(f"SELECT * FROM {MOCS} ORDER BY id", prefetch=5000):
                lines += _lines(row)
                if sum(map(len, lines[-2:])) * len(lines) / 2 >= BODY_BYTES:
                    yield b"".join(lines)
                    lines = []
    finally:
        await connection.close()
    if lines:
        yield b"".join(lines)


def _lines(row: asyncpg.Record) -> tuple[bytes, bytes]:
    kind = KINDS[MOCS]
    action = {"_id": row["id"], "version": version_of(row[kind.changed_at]), "version_type": "external_gte"}
    return msgspec.json.encode({"index": action}) + b"\n", msgspec.json.encode(kind.document(row)) + b"\n"
