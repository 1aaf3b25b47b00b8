"""A real OpenSearch of its own: one node on loopback, in a folder that is thrown away, stopped by its id."""

import os
import tempfile
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path

from cutover.rehearsal.stack.ports import LOOPBACK
from cutover.rehearsal.stack.process import Child, Program
from tests.opensearch.fetch import HERE, find_java, jars

HEAP_MB = 512
START_SECONDS = 120.0  # takes 7 s of CPU, on a machine that has other things to do
STOP_SECONDS = 20.0
SETTINGS: Mapping[str, str] = {
    "discovery.type": "single-node",
    "network.host": LOOPBACK,
    # Free ones, which it names in a file: nobody can take them in between.
    "http.port": "0",
    "transport.port": "0",
    "node.portsfile": "true",
    # A full disk of this machine is not what the tests are about; those that are set the block themselves.
    "cluster.routing.allocation.disk.threshold_enabled": "false",
}


@dataclass(frozen=True, slots=True)
class RealOpenSearch:
    """A running server: where it listens, its process, its log."""

    url: str
    child: Child
    log: Path


@contextmanager
def running_opensearch(*, heap_mb: int = HEAP_MB) -> Iterator[RealOpenSearch]:
    """Start it, having fetched it if need be; in the end stop it and throw its data away.

    Raises NoOpenSearch, NotTheSame (tests.opensearch.fetch), DidNotStart.
    """
    with tempfile.TemporaryDirectory(prefix="opensearch-", ignore_cleanup_errors=True) as directory:
        home, log = Path(directory), Path(directory) / "log"
        (home / "logs").mkdir()
        child = Child(Program("OpenSearch", _command(home, heap_mb), {}, log, cwd=home))
        try:
            child.wait_until(lambda: _is_ready(home), START_SECONDS)
            yield RealOpenSearch(_url(home), child, log)
        finally:
            child.stop(STOP_SECONDS)


def _command(home: Path, heap_mb: int) -> Sequence[str]:
    """It runs as whoever starts it, root too: `Start.java` is not the distribution, which would refuse."""
    class_path = os.pathsep.join(map(str, jars(os.environ)))
    return [
        str(find_java(os.environ)), f"-Xms{heap_mb}m", f"-Xmx{heap_mb}m", "-XX:+ExitOnOutOfMemoryError",
        f"-Djava.io.tmpdir={home}", "-Dlog4j2.level=WARN", "-cp", class_path, str(HERE / "Start.java"), str(home),
        *(f"{name}={value}" for name, value in SETTINGS.items()),
    ]  # fmt: skip


def _is_ready(home: Path) -> bool:
    """By its own word in its own folder, and by its answer: the file is there before the node serves."""
    if not (home / "logs" / "http.ports").exists():
        return False
    try:
        with urllib.request.urlopen(f"{_url(home)}/_cluster/health", timeout=2.0):  # noqa: S310 - ours, on loopback
            return True
    except (OSError, HTTPException):
        return False


def _url(home: Path) -> str:
    """Its addresses stand in the file one a line."""
    return f"http://{(home / 'logs' / 'http.ports').read_text().split()[0]}"
