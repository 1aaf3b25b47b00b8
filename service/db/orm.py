"""SQLAlchemy on a connection that is already leased and already inside a transaction.

Only what needs relations comes this way; hot statements go straight to asyncpg. Both share one connection, one
transaction and one policy for timeouts, so a Lambda environment never holds two connections.
"""

from contextvars import ContextVar
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, AsyncSession, create_async_engine
from sqlalchemy.pool import NullPool

from service.db.orm_spans import follow

_leased: ContextVar[Any] = ContextVar("leased_connection")


class _Lease:
    """A driver connection that SQLAlchemy may use but not close: it goes back to the pool by itself."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)

    async def close(self, timeout: float | None = None) -> None:  # noqa: ASYNC109 - asyncpg's own signature
        """Nothing: the pool's connection outlives the session."""

    def terminate(self) -> None:
        """Nothing, likewise."""


async def _take_leased(*_: object, **__: object) -> _Lease:
    return _Lease(_leased.get())


def _engine() -> AsyncEngine:
    """An engine whose only connection is the leased one. AUTOCOMMIT: the transaction around it is not SQLAlchemy's."""
    engine = create_async_engine(
        "postgresql+asyncpg://",
        async_creator=_take_leased,
        poolclass=NullPool,
        isolation_level="AUTOCOMMIT",
        connect_args={"prepared_statement_cache_size": 0},
    )
    follow(engine.sync_engine)
    return engine


_ENGINE = _engine()


async def join(connection: Any) -> AsyncSession:
    """A session on `connection`, inside the transaction that the caller has begun and will end."""
    token = _leased.set(connection)
    try:
        bound = await _ENGINE.connect()
    finally:
        _leased.reset(token)
    return AsyncSession(bind=bound, expire_on_commit=False, autoflush=True)


async def leave(session: AsyncSession) -> None:
    """Let go of a joined session; the connection under it stays as it is."""
    bound = session.bind
    await session.close()
    if isinstance(bound, AsyncConnection):
        await bound.close()
