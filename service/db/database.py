"""One pool of PostgreSQL connections a process: statements and transactions with deadlines, dead ones renewed."""

import asyncio
import ssl
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any, TypeVar

import asyncpg

from service.db.access import Access
from service.db.credentials import Credentials
from service.db.naming import name_of
from service.db.pool import Pool
from service.kernel.effects import Effect, Effects
from service.kernel.errors import AppError, DeadlineExceeded, Unavailable
from service.settings import Postgres
from service.telemetry import metrics, tracing
from service.telemetry.log import Log
from service.telemetry.metrics import Measured

log = Log(__name__)
T = TypeVar("T")
Row = Mapping[str, Any]

CONNECT_TIMEOUT_SECONDS = 3.0
ACQUIRE_TIMEOUT_SECONDS = 2.0  # a full pool answers 503 soon instead of queueing into the gateway's timeout
STATEMENT_TIMEOUT_SECONDS = 10.0

_LOST = (
    OSError,
    asyncpg.PostgresConnectionError,
    asyncpg.InternalClientError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.CannotConnectNowError,
)
_MAY_BE_LOST = (*_LOST, asyncpg.InterfaceError)
_REFUSED = (
    asyncpg.TooManyConnectionsError,
    asyncpg.InvalidAuthorizationSpecificationError,
    asyncpg.InvalidCatalogNameError,
    ssl.SSLCertVerificationError,
)
_GIVEN_UP = (asyncpg.DeadlockDetectedError, asyncpg.SerializationError)  # nothing was done, and again it may be


def _is_lost(error: BaseException | None) -> bool:
    """Whether the connection died or could not be made. asyncpg's InterfaceError also reports misuse: told by words.

    A statement that took too long (TimeoutError, which is an OSError) has lost nothing, and is not to be sent again. A
    server that is not the one that was meant (another OSError) will not be it the next time.
    """
    if isinstance(error, TimeoutError | ssl.SSLCertVerificationError):
        return False
    return isinstance(error, _LOST) or (isinstance(error, asyncpg.InterfaceError) and "clos" in str(error))


def _beneath(error: BaseException | None) -> BaseException | None:
    """The driver's own error, where the ORM has wrapped it; any other error as it is."""
    cause = error
    while cause is not None and not isinstance(cause, AppError):
        if isinstance(cause, asyncpg.PostgresError | asyncpg.InterfaceError | OSError):
            return cause
        cause = getattr(cause, "orig", None) or cause.__cause__
    return error


class _Connection(asyncpg.Connection):  # type: ignore[misc]  # asyncpg ships no types
    """A connection that is given back without RESET statements, which would pin it in RDS Proxy.

    Nothing here changes session state: one whose last statement was broken off only has to prove that it still answers.
    """

    def get_reset_query(self) -> str:
        return "SELECT 1"


class Transaction:
    """One transaction: statements on its connection, an ORM session that joins it, effects for after its commit."""

    def __init__(self, connection: Any, effects: Effects) -> None:
        self.connection = connection
        self.effects = effects
        self._session: Any = None

    async def fetch(self, statement: str, *values: object) -> Sequence[Row]:
        """All rows."""
        with tracing.span("postgresql", operation=name_of(statement)):
            rows: Sequence[Row] = await self.connection.fetch(statement, *values)
        return rows

    async def fetch_row(self, statement: str, *values: object) -> Row | None:
        """The first row, or None."""
        with tracing.span("postgresql", operation=name_of(statement)):
            row: Row | None = await self.connection.fetchrow(statement, *values)
        return row

    async def execute(self, statement: str, *values: object) -> None:
        """Run a statement without an answer."""
        with tracing.span("postgresql", operation=name_of(statement)):
            await self.connection.execute(statement, *values)

    def after_commit(self, effect: Effect) -> None:
        """Queue what must follow the commit."""
        self.effects.after_commit(effect)

    async def session(self) -> Any:
        """An `AsyncSession` inside this very transaction; SQLAlchemy is imported when first asked for."""
        if self._session is None:
            from service.db.orm import join

            self._session = await join(self.connection)
        return self._session

    async def flush(self) -> None:
        """Send what the ORM session still holds back."""
        if self._session is not None:
            await self._session.flush()

    async def close(self) -> None:
        """Let go of the ORM session; the connection stays with the pool."""
        if self._session is not None:
            from service.db.orm import leave

            await leave(self._session)


class Database:
    """The pool. It connects when first needed, so that a start never waits for PostgreSQL, and again when closed."""

    def __init__(self, address: Postgres, credentials: Credentials, *, pool_size: int, statement_cache: int) -> None:
        self._access = Access(address, credentials)
        self._pool_size = pool_size
        self._statement_cache = statement_cache
        self._pool: Pool | None = None

    async def fetch(self, statement: str, *values: object) -> Sequence[Row]:
        """All rows of one read, outside any transaction. Raises Unavailable, DeadlineExceeded."""
        with tracing.span("postgresql", operation=name_of(statement)):
            return await self._read(lambda connection: connection.fetch(statement, *values))

    async def fetch_row(self, statement: str, *values: object) -> Row | None:
        """The first row of one read, or None. Raises Unavailable, DeadlineExceeded."""
        with tracing.span("postgresql", operation=name_of(statement)):
            row: Row | None = await self._read(lambda connection: connection.fetchrow(statement, *values))
        return row

    @asynccontextmanager
    async def transaction(self, effects: Effects) -> AsyncIterator[Transaction]:
        """One transaction: committed when the block ends, rolled back when it raises. The caller runs the effects.

        The commit happens here, before any answer is built: when it fails, this raises (Unavailable when the
        connection is lost, whether or not PostgreSQL had committed), so a failed commit is never answered with 2xx.
        """
        with tracing.stretch("transaction"), _in_our_words():
            async with AsyncExitStack() as begun:
                transaction = await self._begin(begun, effects)
                yield transaction
                await transaction.flush()

    async def ping(self) -> None:
        """Prove that PostgreSQL answers. Raises Unavailable, DeadlineExceeded."""
        await self.fetch_row("SELECT 1")

    async def close(self) -> None:
        """Close every connection, waiting shortly for those in use, and forget the password."""
        self._access.forget()
        if self._pool is not None:
            try:
                await asyncio.wait_for(self._pool.close(), timeout=5)
            except TimeoutError:
                self._pool.terminate()
            self._pool = None

    async def _read(self, run: Callable[[Any], Awaitable[T]]) -> T:
        """Run a read; once more on a new connection when the first one turns out to be dead (failover, idle cut)."""
        with _in_our_words():
            try:
                return await self._run(run)
            except _MAY_BE_LOST as error:
                if not _is_lost(error):
                    raise
                return await self._run(run)

    async def _run(self, run: Callable[[Any], Awaitable[T]]) -> T:
        pool, connection = await self._acquire()
        sound = False
        try:
            found = await run(connection)
            sound = True
        except asyncpg.PostgresError as error:
            sound = not _is_lost(error)
            raise
        finally:
            pool.release(connection, sound=sound)
        return found

    async def _begin(self, begun: AsyncExitStack, effects: Effects) -> Transaction:
        """A transaction that `begun` ends; once more on a new connection when the first one turns out to be dead.

        Nothing has been sent by then but BEGIN, so nothing can happen twice.
        """
        try:
            return await self._enter(begun, effects)
        except _MAY_BE_LOST as error:
            if not _is_lost(error):
                raise
            await begun.aclose()
            return await self._enter(begun, effects)

    async def _enter(self, begun: AsyncExitStack, effects: Effects) -> Transaction:
        connection = await begun.enter_async_context(self._connection())
        transaction = Transaction(connection, effects)
        begun.push_async_callback(transaction.close)
        await begun.enter_async_context(connection.transaction())
        return transaction

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[Any]:
        pool, connection = await self._acquire()
        sound = False
        try:
            yield connection
            sound = True
        except (asyncpg.PostgresError, AppError) as error:
            sound = not _is_lost(error)
            raise
        finally:
            pool.release(connection, sound=sound)

    async def _acquire(self) -> tuple[Pool, Any]:
        """A connection, and the pool that gets it back."""
        pool = self._pool
        if pool is None:
            pool = self._pool = Pool(self._connect, self._pool_size)
        connection = pool.take()
        if connection is not None:
            metrics.observe(Measured.POOL_WAIT, 0.0)
            return pool, connection
        began = time.perf_counter()
        try:
            return pool, await self._acquire_in_time(pool)
        finally:
            metrics.observe(Measured.POOL_WAIT, (time.perf_counter() - began) * 1000)

    async def _acquire_in_time(self, pool: Pool) -> Any:
        try:
            async with asyncio.timeout(ACQUIRE_TIMEOUT_SECONDS):
                return await pool.acquire()
        except asyncpg.InvalidAuthorizationSpecificationError:
            if not self._access.renewable:
                raise
            async with asyncio.timeout(ACQUIRE_TIMEOUT_SECONDS):
                return await pool.acquire()
        except TimeoutError as error:
            log.warning("database_pool_exhausted", size=self._pool_size)
            raise Unavailable("The database is busy") from error

    async def _connect(self) -> Any:
        return await self._access.open(
            connection_class=_Connection,
            statement_cache_size=self._statement_cache,
            timeout=CONNECT_TIMEOUT_SECONDS,
            command_timeout=STATEMENT_TIMEOUT_SECONDS,
        )


class _in_our_words:  # noqa: N801 - reads as a clause of the `with` it stands in
    """Turns the driver's connection errors and timeouts into ours; everything else passes."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: object) -> None:
        found = _beneath(error)
        if isinstance(found, TimeoutError | asyncpg.QueryCanceledError):
            log.warning("database_too_slow", error=found)
            raise DeadlineExceeded("The database did not answer in time") from error
        if isinstance(found, _GIVEN_UP):
            log.warning("database_transaction_given_up", error=found)
            raise Unavailable("The database is busy") from error
        if _is_lost(found) or isinstance(found, _REFUSED):
            log.warning("database_unavailable", error=found)
            raise Unavailable("The database is not available") from error
