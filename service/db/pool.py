"""A pool of PostgreSQL connections: opened when needed, the one that came back last goes out first.

asyncpg's own pool puts a proxy and a task around every loan: 22 µs of a request, where this takes two.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any

import asyncpg

IDLE_SECONDS = 300.0  # what lies idle for longer, something in between may have forgotten
PROOF_SECONDS = 2.0


class Pool:
    """At most `size` connections, as many as `connect` was asked for. Who waits is served in turn.

    Not locked: it belongs to one event loop.
    """

    def __init__(self, connect: Callable[[], Awaitable[Any]], size: int) -> None:
        self._connect = connect
        self._places = size  # connections that may still be opened
        self._open: set[Any] = set()
        self._idle: list[tuple[Any, float]] = []  # with the moment when it came back
        self._waiting: deque[asyncio.Future[Any]] = deque()
        self._proving: set[asyncio.Task[None]] = set()
        self._loop = asyncio.get_running_loop()
        self._closing: asyncio.Future[None] | None = None

    def take(self) -> Any:
        """A connection that lies idle, or None."""
        while self._idle:
            connection, since = self._idle.pop()
            if not connection.is_closed() and self._loop.time() - since < IDLE_SECONDS:
                return connection
            self._drop(connection)
        return None

    async def acquire(self) -> Any:
        """A connection: an idle one, a new one, or the next that comes back. Raises what `connect` raises."""
        connection = self.take()
        if connection is not None:
            return connection
        if self._places:
            self._places -= 1
            return await self._opened()
        return await self._next_back()

    def release(self, connection: Any, *, sound: bool) -> None:
        """Take a connection back. One whose last statement was broken off (not `sound`) first has to answer again."""
        if connection.is_closed() or self._closing is not None:
            self._drop(connection)
        elif sound and not connection.is_in_transaction():
            self._hand_on(connection)
        else:
            proof = self._loop.create_task(self._prove(connection))
            self._proving.add(proof)
            proof.add_done_callback(self._proving.discard)

    async def close(self) -> None:
        """Close what lies idle, wait for what is in use."""
        self._closing = self._loop.create_future()
        idle = [connection for connection, _ in self._idle]
        self._idle.clear()
        await asyncio.gather(*(connection.close() for connection in idle), return_exceptions=True)
        for connection in idle:
            self._drop(connection)
        if self._open:
            await self._closing

    def terminate(self) -> None:
        """Let go of everything at once."""
        for connection in tuple(self._open):
            connection.terminate()
        self._open.clear()

    async def _opened(self) -> Any:
        """A new connection in the place that the caller has got; the place is free again when there is none."""
        connection = None
        try:
            connection = await self._connect()
        finally:
            if connection is None:
                self._free_place()
            else:
                self._open.add(connection)
        return connection

    async def _next_back(self) -> Any:
        turn: asyncio.Future[Any] = self._loop.create_future()
        self._waiting.append(turn)
        try:
            connection = await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():  # its turn came at this very moment
                self._return(turn.result())
            raise
        return connection if connection is not None else await self._opened()

    def _return(self, turn: Any) -> None:
        if turn is None:
            self._free_place()
        else:
            self.release(turn, sound=True)

    def _hand_on(self, connection: Any) -> None:
        turn = self._next_turn()
        if turn is None:
            self._idle.append((connection, self._loop.time()))
        else:
            turn.set_result(connection)

    def _drop(self, connection: Any) -> None:
        connection.terminate()
        self._open.discard(connection)
        self._free_place()
        if self._closing is not None and not self._open and not self._closing.done():
            self._closing.set_result(None)

    def _free_place(self) -> None:
        turn = self._next_turn()
        if turn is None:
            self._places += 1
        else:
            turn.set_result(None)

    def _next_turn(self) -> "asyncio.Future[Any] | None":
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                return turn
        return None

    async def _prove(self, connection: Any) -> None:
        """Roll back what is left over and see it answer; asyncpg first waits until the server has given up the rest."""
        sound = False
        try:
            await connection.reset(timeout=PROOF_SECONDS)
            sound = not connection.is_in_transaction()
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError):
            sound = False
        finally:
            if sound and not connection.is_closed() and self._closing is None:
                self._hand_on(connection)
            else:
                self._drop(connection)
