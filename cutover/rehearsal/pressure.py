"""What other people do to PostgreSQL: hold a table's lock, take all connections. They need no thread of their own."""

import asyncio
from types import TracebackType
from typing import Any

import asyncpg

CONNECT_SECONDS = 5.0
LOCK_SECONDS = 10.0  # real ones: the lock is waited for until the statements under way have ended
MOST_CONNECTIONS = 500  # beyond any `max_connections` of a rehearsal


class NoPressure(Exception):
    """PostgreSQL did not let it be done; the message says what."""


class Session:
    """Connections of somebody else; whatever they hold is held until `close`, though nothing runs in between."""

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn
        self._runner = asyncio.Runner()
        self._open: list[Any] = []

    def lock(self, tables: tuple[str, ...]) -> None:
        """Hold an ACCESS EXCLUSIVE lock on them. Raises NoPressure."""
        self._run(self._lock(tables), f"can't lock {', '.join(tables)}")

    def take_all(self) -> int:
        """Open connections until PostgreSQL takes no more: how many. Raises NoPressure."""
        self._run(self._take_all(), "can't take all connections")
        return len(self._open)

    def close(self) -> None:
        """Give everything back."""
        for connection in self._open:
            connection.terminate()
        self._open.clear()
        self._runner.close()

    def __enter__(self) -> "Session":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self.close()

    def _run(self, coroutine: Any, failure: str) -> None:
        try:
            self._runner.run(coroutine)
        except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            raise NoPressure(f"{failure}: {error or type(error).__name__}") from error

    async def _connect(self) -> Any:
        connection = await asyncpg.connect(self._dsn, timeout=CONNECT_SECONDS)
        self._open.append(connection)
        return connection

    async def _lock(self, tables: tuple[str, ...]) -> None:
        connection = await self._connect()
        await connection.execute(f"BEGIN; SET LOCAL lock_timeout = '{LOCK_SECONDS:g}s'")
        for table in tables:
            await connection.execute(f'LOCK TABLE "{table}" IN ACCESS EXCLUSIVE MODE')

    async def _take_all(self) -> None:
        while len(self._open) < MOST_CONNECTIONS:
            try:
                await self._connect()
            except asyncpg.TooManyConnectionsError:
                return
