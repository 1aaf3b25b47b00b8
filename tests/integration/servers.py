"""The session's Valkey, search server and moto (S3, Secrets Manager), one of each for every xdist worker."""

import json
import os
import tempfile
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from cutover.rehearsal.stack import servers
from cutover.rehearsal.stack.ports import LOOPBACK, free_port
from cutover.rehearsal.stack.process import Child
from service.search.indices import MAPPINGS, MOCS
from tests.opensearch.server import running_opensearch

REGION = "us-east-1"
ENGINE_VARIABLE = "SEARCH_ENGINE"
EMBEDDED = "osmem"
REAL = "opensearch"
ENGINES = (EMBEDDED, REAL)
_HTTP_SECONDS = 30.0
_MEASURED = "COVERAGE_PROCESS_CONFIG"  # coverage.py has each Python that inherits it measured


@pytest.fixture(scope="session")
def logs() -> Iterator[Path]:
    """A directory for what the servers write."""
    with tempfile.TemporaryDirectory(prefix="servers-") as directory:
        yield Path(directory)


@pytest.fixture(scope="session")
def valkey(logs: Path) -> Iterator[int]:
    """The port of the session's Valkey."""
    port = free_port()
    child = servers.start_valkey(port, logs / "valkey", logs / "valkey.log")
    yield port
    child.stop()


@pytest.fixture(scope="session")
def search_server(logs: Path) -> Iterator[str]:
    """The URL of the session's search server, of the kind that `SEARCH_ENGINE` names; else the embedded one."""
    with running_engine(os.environ.get(ENGINE_VARIABLE) or EMBEDDED, logs) as url:
        yield url


@contextmanager
def running_engine(kind: str, logs: Path) -> Iterator[str]:
    """Run a search server of one of `ENGINES`: its URL. Raises DidNotStart; the real one also NoOpenSearch."""
    if kind not in ENGINES:
        raise ValueError(f"{ENGINE_VARIABLE} names no search server: {kind}. There are: {', '.join(ENGINES)}")
    if kind == REAL:
        with running_opensearch() as server:
            yield server.url
        return
    port = free_port()
    child = servers.start_search(port, logs / "search.log")
    try:
        yield f"http://{LOOPBACK}:{port}"
    finally:
        child.stop()


@pytest.fixture(scope="session")
def moto_server(logs: Path) -> Iterator[str]:
    """The URL of the session's moto."""
    port = free_port()
    url = f"http://{LOOPBACK}:{port}"
    with pytest.MonkeyPatch.context() as here:
        here.delenv(_MEASURED, raising=False)  # there is nothing of ours in it, and measured it takes twice as long
        child: Child = servers.start_moto(port, logs / "moto.log")
    servers.wait_for_http(child, f"{url}/moto-api/")
    yield url
    child.stop()


@pytest.fixture
def moto(moto_server: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """The URL of moto, which the AWS clients of this process are sent to during one test."""
    for name, value in aws_env(moto_server).items():
        monkeypatch.setenv(name, value)
    return moto_server


def aws_env(url: str) -> dict[str, str]:
    """The environment that sends every AWS client of a process to `url`."""
    return {
        "AWS_ENDPOINT_URL": url,
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": os.devnull,
    }


@pytest.fixture
def index(search_server: str) -> str:
    """The URL of the empty MOC index of one test, beside those of the other kinds; the ones before are gone."""
    for name, mapping in MAPPINGS.items():
        remove_index(search_server, name)
        send("PUT", f"{search_server}/{name}", {"mappings": mapping})
    return f"{search_server}/{MOCS}"


def remove_index(search_server: str, name: str = MOCS) -> None:
    """Take an index away, if there is one."""
    send("DELETE", f"{search_server}/{name}?ignore_unavailable=true", None)


def send(method: str, url: str, body: Any, content_type: str = "application/json") -> Any:
    """One HTTP request to a server of the tests: what its JSON says."""
    data = body if isinstance(body, bytes) else None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data=data, method=method, headers={"Content-Type": content_type})  # noqa: S310
    with urllib.request.urlopen(request, timeout=_HTTP_SECONDS) as answer:  # noqa: S310 - our own server on loopback
        text = answer.read()
    return json.loads(text) if text.startswith((b"{", b"[")) else text
