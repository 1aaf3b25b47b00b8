"""Connections to PostgreSQL for short reads: made when needed, renewed when lost; what was lost is asked again."""

import asyncio
import random
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

import asyncpg

from cutover.core.reindex.models import DatabaseUnreachable, ReindexStopped, StoppedBy

PORTS = 1 << 16
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
_ENDS = (asyncpg.ClientConfigurationError, asyncpg.TargetServerAttributeNotMatched)  # to ask again would mend nothing
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
_WAY_ON_NO_URL = "write postgresql://USER:PASSWORD@HOST:PORT/NAME; in PASSWORD, / ? # [ ] @ : % each as %XX"
_WAY_ON_OPTION = "leave out what stands behind the ? but for options such as sslmode=require; then the same again"
_URL_NAMED = "DATABASE_URL, or the variable that reindex.database_url_env names"
_STANDBY = "the database's URL names a standby: it lags behind, so that new rows would look deleted, and old ones new"
_WAY_ON_STANDBY = "name the primary, which the writers use; then run the same again"


class StatementTooLong(DatabaseUnreachable):
    """A statement was given up after its time: less may be asked for."""


class Database:
    """Reads, one short statement each, on at most `connections` connections. Nothing is left open in between.

    `primary`: each connection has to be to a server that is no standby, also after a failover.
    """

    def __init__(
        self, dsn: str, *, connections: int, patience_seconds: float, statement_seconds: float, primary: bool = True
    ) -> None:
        self._dsn, self._primary = dsn, primary
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
        if problem := url_problem(self._dsn):
            raise _no_url(problem)
        try:
            # Without a cache each statement is planned for its own key range: a general plan may sort the whole table.
            return await asyncpg.connect(
                self._dsn,
                timeout=CONNECT_SECONDS,
                statement_cache_size=0,
                target_session_attrs="primary" if self._primary else "any",
                server_settings={"application_name": "cutover reindex"},
            )
        except (*_ENDS, asyncpg.PostgresError, asyncpg.InterfaceError, ValueError, OverflowError) as error:
            if isinstance(error, _PASSES) and not isinstance(error, _ENDS):
                raise
            raise _not_connected(error) from None  # a message may hold the password, or a part of it


def _not_connected(error: Exception) -> Exception:
    """Why there is no connection, and will be none however often it is tried."""
    if isinstance(error, asyncpg.TargetServerAttributeNotMatched):
        return ReindexStopped(_STANDBY, _WAY_ON_STANDBY)
    if isinstance(error, _REFUSES):
        text = f"PostgreSQL refuses to be connected to: {error}; look at the role and the database in {_URL_NAMED}"
        return DatabaseUnreachable(text)
    if isinstance(error, asyncpg.PostgresError):  # its message may hold what stands behind the ?
        return _no_url(f"PostgreSQL does not take an option behind its ? ({type(error).__name__})", _WAY_ON_OPTION)
    return _no_url(str(error) if isinstance(error, asyncpg.ClientConfigurationError) else "it can't be read as one")


def url_problem(dsn: str) -> str:
    """What is wrong with PostgreSQL's URL, without any part of a password; empty: nothing that can be seen."""
    scheme, separator, rest = dsn.partition("://")
    if not separator or scheme not in ("postgresql", "postgres"):
        return "it does not begin with postgresql://"
    try:
        parts = urlsplit(dsn)
    except ValueError:
        return "it can't be read as one"
    if "@" in rest[len(parts.netloc) :] or parts.netloc.count("@") > 1:
        return "a sign in its password, or behind its host, has to be written as %XX"
    ports = [host.rpartition("]")[2].partition(":")[2] for host in parts.netloc.rpartition("@")[2].split(",")]
    if any(port and not (port.isascii() and port.isdigit() and 0 < int(port) < PORTS) for port in ports):
        return "its port is none from 1 to 65535"
    return ""


def _no_url(why: str, way_on: str = "") -> ReindexStopped:
    return ReindexStopped(
        f"the database's URL is none ({_URL_NAMED}): {why}", way_on or _WAY_ON_NO_URL, StoppedBy.SETTINGS
    )


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
