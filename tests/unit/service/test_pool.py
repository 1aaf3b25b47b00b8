"""The connection pool: who gets which connection, what becomes of broken ones, and that no place is ever lost."""

import asyncio
from typing import Any

import asyncpg
import pytest

from service.db import pool as pools
from service.db.pool import Pool
from tests.fakes.waiting import until


class Connection:
    """What the pool knows of a connection."""

    def __init__(self) -> None:
        self.closed = False
        self.in_transaction = False
        self.proofs = 0
        self.proof_fails: Exception | None = None

    def is_closed(self) -> bool:
        return self.closed

    def is_in_transaction(self) -> bool:
        return self.in_transaction

    def terminate(self) -> None:
        self.closed = True

    async def close(self) -> None:
        self.closed = True

    async def reset(self, *, timeout: float) -> None:  # noqa: ASYNC109 - asyncpg's signature
        self.proofs += 1
        await asyncio.sleep(0)
        if self.proof_fails is not None:
            raise self.proof_fails
        self.in_transaction = False


class Server:
    """Opens connections, unless it is down; `gate` holds the opening up."""

    def __init__(self) -> None:
        self.opened: list[Connection] = []
        self.down = False
        self.gate = asyncio.Event()
        self.gate.set()

    async def connect(self) -> Any:
        await self.gate.wait()
        if self.down:
            raise ConnectionRefusedError
        self.opened.append(Connection())
        return self.opened[-1]


@pytest.fixture
async def server() -> Server:
    return Server()


@pytest.fixture
async def pool(server: Server) -> Pool:
    return Pool(server.connect, size=2)


async def test_nothing_is_opened_before_it_is_needed(pool: Pool, server: Server) -> None:
    assert pool.take() is None
    assert server.opened == []


async def test_what_came_back_last_goes_out_first(pool: Pool, server: Server) -> None:
    first, second = await pool.acquire(), await pool.acquire()
    pool.release(second, sound=True)
    pool.release(first, sound=True)
    assert [pool.take(), await pool.acquire(), pool.take()] == [first, second, None]
    assert server.opened == [first, second]


async def test_who_waits_is_served_in_turn(pool: Pool, server: Server) -> None:
    held = [await pool.acquire(), await pool.acquire()]
    waiting = [asyncio.create_task(pool.acquire()) for _ in range(2)]
    await asyncio.sleep(0)
    pool.release(held[1], sound=True)
    pool.release(held[0], sound=True)
    assert [await one for one in waiting] == [held[1], held[0]]
    assert len(server.opened) == 2


async def test_a_connection_that_died_makes_room_for_a_new_one(pool: Pool, server: Server) -> None:
    held = [await pool.acquire(), await pool.acquire()]
    waiting = asyncio.create_task(pool.acquire())
    await asyncio.sleep(0)
    held[0].closed = True
    pool.release(held[0], sound=True)
    assert await waiting is server.opened[2]


async def test_a_connection_that_dies_while_it_lies_idle_is_not_given_out(pool: Pool, server: Server) -> None:
    connection = await pool.acquire()
    pool.release(connection, sound=True)
    connection.closed = True
    assert await pool.acquire() is server.opened[1]
    assert await pool.acquire() is server.opened[2]


async def test_one_that_lay_idle_too_long_is_not_given_out(
    pool: Pool, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    connection = await pool.acquire()
    pool.release(connection, sound=True)
    monkeypatch.setattr(pools, "IDLE_SECONDS", 0.0)
    assert pool.take() is None
    assert connection.closed


async def test_when_none_can_be_opened_the_place_is_free_again(pool: Pool, server: Server) -> None:
    server.down = True
    for _ in range(5):
        with pytest.raises(ConnectionRefusedError):
            await pool.acquire()
    server.down = False
    assert [await pool.acquire(), await pool.acquire()] == server.opened


async def test_who_waits_for_a_place_whose_opening_fails_tries_itself(pool: Pool, server: Server) -> None:
    server.gate.clear()
    tries = [asyncio.create_task(pool.acquire()) for _ in range(3)]
    await asyncio.sleep(0)
    server.down = True
    server.gate.set()
    told = await asyncio.gather(*tries, return_exceptions=True)
    assert [type(one) for one in told] == [ConnectionRefusedError] * 3


@pytest.mark.parametrize("in_transaction", [False, True])
async def test_one_that_was_broken_off_is_given_out_again_once_it_has_answered(
    pool: Pool, server: Server, in_transaction: bool
) -> None:
    connection = await pool.acquire()
    connection.in_transaction = in_transaction
    pool.release(connection, sound=in_transaction)
    assert pool.take() is None
    await until(lambda: pool.take() is connection)
    assert (connection.proofs, connection.in_transaction) == (1, False)


@pytest.mark.parametrize(
    "fault", [TimeoutError(), OSError(), asyncpg.InterfaceError("closed"), asyncpg.AdminShutdownError()]
)
async def test_one_that_does_not_answer_again_is_replaced(pool: Pool, server: Server, fault: Exception) -> None:
    connection, _ = await pool.acquire(), await pool.acquire()
    connection.proof_fails = fault
    pool.release(connection, sound=False)
    assert await pool.acquire() is server.opened[2]
    assert connection.closed


class TestGivingUp:
    """A request that waits for a connection is cancelled."""

    async def test_while_it_waits(self, pool: Pool, server: Server) -> None:
        held = [await pool.acquire(), await pool.acquire()]
        waiting = asyncio.create_task(pool.acquire())
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.wait([waiting])
        pool.release(held[0], sound=True)
        assert pool.take() is held[0]

    @pytest.mark.parametrize("died", [False, True])
    async def test_at_the_moment_when_its_turn_comes(self, pool: Pool, server: Server, died: bool) -> None:
        held = [await pool.acquire(), await pool.acquire()]
        waiting = asyncio.create_task(pool.acquire())
        await asyncio.sleep(0)
        held[0].closed = died
        pool.release(held[0], sound=True)
        waiting.cancel()
        await asyncio.wait([waiting])
        assert waiting.cancelled()
        assert await pool.acquire() is (server.opened[2] if died else held[0])

    async def test_while_its_connection_is_opened(self, pool: Pool, server: Server) -> None:
        server.gate.clear()
        waiting = asyncio.create_task(pool.acquire())
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.wait([waiting])
        server.gate.set()
        assert [await pool.acquire(), await pool.acquire()] == server.opened


class TestClosing:
    """The process ends."""

    async def test_idle_ones_are_closed_and_those_in_use_are_waited_for(self, pool: Pool, server: Server) -> None:
        idle, used = await pool.acquire(), await pool.acquire()
        pool.release(idle, sound=True)
        closing = asyncio.create_task(pool.close())
        await until(lambda: idle.closed)
        assert not closing.done()
        pool.release(used, sound=True)
        await closing
        assert used.closed

    async def test_one_that_has_to_prove_itself_is_closed_after_that(self, pool: Pool, server: Server) -> None:
        connection = await pool.acquire()
        pool.release(connection, sound=False)
        await pool.close()
        assert connection.closed

    async def test_what_does_not_come_back_is_cut(self, pool: Pool, server: Server) -> None:
        used = await pool.acquire()
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(pool.close(), 0.01)
        pool.terminate()
        assert used.closed
        pool.release(used, sound=True)

    async def test_an_unused_pool_closes_at_once(self, pool: Pool) -> None:
        await pool.close()
