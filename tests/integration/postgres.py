"""The session's PostgreSQL server, the rehearsal's own kind, and fresh databases on it."""

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import pytest

from cutover.rehearsal.stack import postgres as stack
from cutover.rehearsal.stack.ports import LOOPBACK
from cutover.rehearsal.stack.process import Child
from service.db.migrate import upgrade
from service.settings import Postgres as Address

Command = list[str | Path]

_SQL_SECONDS = 30.0


@dataclass(slots=True)
class Postgres:
    """A server on 127.0.0.1 whose only user is the superuser postgres, without a password; `child` is its process."""

    files: stack.Postgres
    log: Path
    child: Child
    _numbers: "count[int]" = field(default_factory=count)

    @property
    def port(self) -> int:
        """Where it listens."""
        return self.files.port

    def dsn(self, database: str = "postgres") -> str:
        """The connection string of one of its databases."""
        return self.files.dsn(database)

    def address(self, dsn: str, port: int | None = None) -> Address:
        """One of its databases as the service's settings name it; `port`: of what stands in between."""
        return Address(LOOPBACK, port or self.port, dsn.rpartition("/")[2], "postgres", password="")

    def create_database(self, template: str = "template1") -> str:
        """Make a database that holds what `template` holds (nobody may be connected to that) and return its DSN."""
        name = f"test_{next(self._numbers)}"
        self.run(f"CREATE DATABASE {name} TEMPLATE {template}")
        return self.dsn(name)

    def run(self, sql: str, dsn: str | None = None) -> list[str]:
        """Run SQL, several statements if need be, and return the rows as text, their fields parted by |."""
        command: Command = [self.files.binaries / "psql", "-XqAt", "-v", "ON_ERROR_STOP=1", dsn or self.dsn()]
        done = subprocess.run(command, input=sql, capture_output=True, text=True, check=False, timeout=_SQL_SECONDS)
        if done.returncode:
            raise AssertionError(f"psql: {done.stderr}")
        return done.stdout.splitlines()

    def start(self) -> None:
        """Run it again after it was stopped or killed."""
        self.child = self.files.start(self.log)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """The session's server (one for each xdist worker), stopped and deleted at its end."""
    with running_postgres() as server:
        yield server


@pytest.fixture(scope="session")
def migrated_template(postgres: Postgres) -> str:
    """The name of a database with the newest schema and no rows, to make others from."""
    return _migrated(postgres)


@pytest.fixture(scope="session")
def fragile_postgres() -> Iterator[tuple[Postgres, str]]:
    """A second server and the name of its template, for tests that kill it, slow it down or read its log."""
    with running_postgres() as server:
        yield server, _migrated(server)


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
    """Start a server with a directory of its own on a free port; in the end stop it by its id."""
    directory = Path(tempfile.mkdtemp(prefix="postgres-"))
    directory.chmod(0o711)  # PostgreSQL's account has to get through to its own part
    log = directory / "log"
    try:
        files = stack.Postgres.create(directory / "server")
        server = Postgres(files, log, files.start(log))
        try:
            yield server
        finally:
            server.child.stop()
    finally:
        shutil.rmtree(directory)


def _migrated(server: Postgres) -> str:
    dsn = server.create_database()
    upgrade(dsn)
    return dsn.rpartition("/")[2]
