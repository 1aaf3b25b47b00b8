"""What other people do to a real PostgreSQL: locks held while nothing runs, connections until there are none."""

import asyncio

import asyncpg
import pytest

from cutover.rehearsal.pressure import NoPressure, Session
from tests.integration.postgres import Postgres


def asked(dsn: str, sql: str) -> object:
    """The one value that a statement of somebody else's gives, who waits for a quarter of a second."""

    async def ask() -> object:
        connection = await asyncpg.connect(dsn, timeout=5)
        try:
            await connection.execute("SET lock_timeout = '250ms'")
            return await connection.fetchval(sql)
        finally:
            await connection.close()

    return asyncio.run(ask())


@pytest.fixture
def dsn(postgres: Postgres) -> str:
    dsn = postgres.create_database()
    postgres.files.run("CREATE TABLE mocs AS SELECT 7 AS n", dsn.rpartition("/")[2])
    return dsn


def test_a_locked_table_can_not_even_be_read_until_the_lock_is_let_go(dsn: str) -> None:
    with Session(dsn) as somebody:
        somebody.lock(("mocs",))
        with pytest.raises(asyncpg.LockNotAvailableError):
            asked(dsn, "SELECT n FROM mocs")
    assert asked(dsn, "SELECT n FROM mocs") == 7


def test_a_table_that_is_not_there_is_told(dsn: str) -> None:
    with Session(dsn) as somebody, pytest.raises(NoPressure, match=r"can't lock wishes: relation .* does not exist"):
        somebody.lock(("wishes",))


def test_a_server_that_is_not_there_is_told() -> None:
    with Session("postgresql://postgres@127.0.0.1:1/none") as somebody, pytest.raises(NoPressure, match="can't take"):
        somebody.take_all()


def test_all_connections_are_taken_and_given_back(fragile_postgres: tuple[Postgres, str]) -> None:
    server, _ = fragile_postgres
    dsn = server.create_database()
    with Session(dsn) as somebody:
        assert somebody.take_all() > 50
        with pytest.raises(asyncpg.TooManyConnectionsError):
            asked(dsn, "SELECT 1")
    assert asyncio.run(_free(dsn))


async def _free(dsn: str) -> bool:
    """Whether a connection can be had again soon: PostgreSQL ends what was cut in its own time."""
    for _ in range(100):
        try:
            connection = await asyncpg.connect(dsn, timeout=5)
        except asyncpg.TooManyConnectionsError:
            await asyncio.sleep(0.05)
        else:
            await connection.close()
            return True
    return False
