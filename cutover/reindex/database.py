"""Connections to PostgreSQL for short reads: made when needed, renewed when lost; what was lost is asked again."""

import asyncio
import random
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

import asyncpg

from cutover.core.reindex.models import DatabaseUnreachable, ReindexStopped

CONNECT_SECONDS = 10.0
STATEMENT_SECONDS = 30.0
GOODBYE_SECONDS = 2.0
PATIENCE_SECONDS = 60.0  # a failover of RDS takes that long
LONGEST_WAIT_SECONDS = 5.0
FIRST_WAIT_SECONDS = 0.1

Record = Mapping[str, Any]

# The server is gone, about to go, or too busy: the same read may be answered a moment later, on another connection.
_PASSES = (
    OSError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.SerializationError,  # a replica's replay took away what was being read
)
_REFUSES = (asyncpg.InvalidAuthorizationSpecificationError, asyncpg.InvalidCatalogNameError)
DATA_FAULTS = (
    asyncpg.DataError,
    asyncpg.DataCorruptedError,
    asyncpg.ProgramLimitExceededError,
    ArithmeticError,
    ValueError,
)
"""What a row's values raise, at the server or when they are read here; the connection is still good."""


_WAY_ON_REFUSED = "give the database user SELECT on the table, or bring the schema up to date; then run the same again"
_WAY_ON_NO_URL = "write postgresql://USER:PASSWORD@HOST:PORT/NAME"


class StatementTooLong(DatabaseUnreachable):
    """A statement was given up after its time: less may be asked for."""


class Database:
    """Reads, one short statement each, on at most `connections` connections. Nothing is left open in between."""

    def __init__(self, dsn: str, *, connections: int, patience_seconds: float, statement_seconds: float) -> None:
        self._dsn = dsn
        self._patience_seconds = patience_seconds
        self._statement_seconds = statement_seconds
        self._turns = asyncio.Semaphore(connections)
        self._idle: list[Any] = []

    async def fetch(self, sql: str, *values: object, timeout_seconds: float | None = None) -> Sequence[Record]:
        """The rows. A lost connection is renewed and the statement sent again; none of them changes anything.

        Raises DatabaseUnreachable, StatementTooLong, ReindexStopped (the statement is refused), or one of DATA_FAULTS.
        """
        loop = asyncio.get_running_loop()
        give_up, attempt = loop.time() + self._patience_seconds, 0
        while True:
            try:
                return await self._once(sql, values, timeout_seconds or self._statement_seconds)
            except _PASSES as error:
                wait = random.uniform(0, _longest_wait(attempt))  # noqa: S311 - jitter
                if loop.time() + wait > give_up:
                    raise DatabaseUnreachable(_unreachable(error, self._patience_seconds)) from error
            attempt += 1
            await asyncio.sleep(wait)

    async def close(self) -> None:
        """Let go of the connections that lie idle; whoever still reads has given up."""
        idle, self._idle = self._idle, []
        for connection in idle:
            await _leave(connection)

    async def _once(self, sql: str, values: Sequence[object], seconds: float) -> Sequence[Record]:
        async with self._turns:
            connection, sound = await self._connection(), False
            try:
                rows = await _answer(connection, sql, values, seconds)
                sound = True
            except DATA_FAULTS:
                sound = True
                raise
            finally:
                if sound:
                    self._idle.append(connection)
                else:
                    connection.terminate()
            return rows

    async def _connection(self) -> Any:
        while self._idle:
            connection = self._idle.pop()
            if not connection.is_closed():
                return connection
        try:
            # Without a cache each statement is planned for its own key range: a general plan may sort the whole table.
            return await asyncpg.connect(
                self._dsn,
                timeout=CONNECT_SECONDS,
                statement_cache_size=0,
                server_settings={"application_name": "cutover reindex"},
            )
        except asyncpg.ClientConfigurationError as error:
            raise ReindexStopped(f"the database's URL is none: {error}", _WAY_ON_NO_URL) from error
        except _REFUSES as error:
            raise DatabaseUnreachable(f"PostgreSQL refuses to be connected to: {error}") from error


async def _answer(connection: Any, sql: str, values: Sequence[object], seconds: float) -> Sequence[Record]:
    try:
        rows: Sequence[Record] = await connection.fetch(sql, *values, timeout=seconds)
    except (TimeoutError, asyncpg.QueryCanceledError) as error:
        await _leave(connection)  # which first waits until the server has given the statement up
        raise StatementTooLong(f"PostgreSQL took more than {seconds:g} s for a statement") from error
    except (*_PASSES, *DATA_FAULTS):
        raise
    except asyncpg.PostgresError as error:
        raise ReindexStopped(f"PostgreSQL refuses to be read: {error}", _WAY_ON_REFUSED) from error
    return rows


async def _leave(connection: Any) -> None:
    with suppress(*_PASSES, TimeoutError, asyncpg.PostgresError):
        await connection.close(timeout=GOODBYE_SECONDS)


def _longest_wait(attempt: int) -> float:
    return min(LONGEST_WAIT_SECONDS, FIRST_WAIT_SECONDS * 2.0 ** min(attempt, 10))


def _unreachable(error: BaseException, seconds: float) -> str:
    return f"PostgreSQL did not answer for {seconds:g} s: {type(error).__name__}: {error}"
