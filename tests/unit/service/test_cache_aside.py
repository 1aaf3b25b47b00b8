"""Writes that the cache could not be told of: it is told as soon as it can be."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest

from service.cache.aside import CacheAside
from service.entrypoints.start import before_the_freeze
from service.kernel.breaker import Breaker
from tests.fakes.caches import MemoryCache

MINE, YOURS = "user:generation:{me}", "user:generation:{you}"
OLD, NEW = b"old", b"new"


@pytest.fixture
def cache() -> MemoryCache:
    return MemoryCache()


@pytest.fixture
def writer(cache: MemoryCache) -> CacheAside:
    return CacheAside(cache)


async def read(cache: MemoryCache, value: bytes = NEW) -> bytes:
    """What another process serves of mine, where the database holds `value`."""

    async def load() -> bytes:
        return value

    return await CacheAside(cache).get(MINE, "list", 300, load)


async def write(writer: CacheAside, *keys: str) -> None:
    async with writer.writing(*keys):
        pass


async def written_unseen(cache: MemoryCache, writer: CacheAside) -> None:
    """A write from before until after which the cache was away, while another process holds the old list."""
    assert await read(cache, OLD) == OLD
    cache.away_for = 3  # the fence, its removal, that once more
    await write(writer, MINE)
    assert cache.away_for == 0
    assert not writer.settled
    assert await read(cache) == OLD  # the gap that the module's docstring speaks of


async def test_a_cache_that_is_back_for_the_second_attempt_knows_of_the_write(
    cache: MemoryCache, writer: CacheAside
) -> None:
    assert await read(cache, OLD) == OLD
    cache.away_for = 2
    await write(writer, MINE)
    assert writer.settled
    assert await read(cache) == NEW


async def test_the_next_write_of_anybody_tells_it(cache: MemoryCache, writer: CacheAside) -> None:
    await written_unseen(cache, writer)
    await write(writer, YOURS)
    assert writer.settled
    assert await read(cache) == NEW


async def test_the_next_read_of_anybody_tells_it(cache: MemoryCache, writer: CacheAside) -> None:
    await written_unseen(cache, writer)

    async def load() -> bytes:
        return b"yours"

    assert await writer.get(YOURS, "their list", 300, load) == b"yours"
    assert writer.settled
    assert await read(cache) == NEW


async def test_the_end_of_the_process_tells_it(cache: MemoryCache, writer: CacheAside) -> None:
    await written_unseen(cache, writer)
    await writer.close()
    assert await read(cache) == NEW


async def test_a_cache_that_is_still_away_is_told_later(cache: MemoryCache, writer: CacheAside) -> None:
    await written_unseen(cache, writer)
    cache.away_for = 1
    await writer.settle()
    assert not writer.settled
    await writer.settle()
    assert writer.settled


async def test_so_does_a_write_while_the_breaker_keeps_the_reads_away(cache: MemoryCache) -> None:
    writer = CacheAside(cache, Breaker(failures=1, clock=lambda: 0.0))
    await written_unseen(cache, writer)
    await write(writer, YOURS)
    assert writer.settled


async def test_a_write_while_the_cache_is_away_asks_it_for_nothing_else(cache: MemoryCache, writer: CacheAside) -> None:
    await written_unseen(cache, writer)
    cache.calls.clear()
    cache.away_for = 3
    await write(writer, YOURS)
    assert cache.calls == [("fence", YOURS), ("unfence", YOURS), ("unfence", YOURS)]


async def test_a_write_that_needs_nothing_else_makes_two_calls_and_a_hit_makes_one(
    cache: MemoryCache, writer: CacheAside
) -> None:
    await write(writer, MINE)
    assert cache.calls == [("fence", MINE), ("unfence", MINE)]
    await read(cache)
    cache.calls.clear()
    await read(cache)
    assert cache.calls == [("fetch", MINE)]


class TestBeforeTheFreeze:
    """A Lambda handler tries once more before its environment is frozen, however it ends."""

    @pytest.fixture
    def loop(self) -> Iterator[asyncio.AbstractEventLoop]:
        loop = asyncio.new_event_loop()
        yield loop
        loop.close()

    @pytest.mark.parametrize("fails", [False, True])
    def test_the_cache_is_told_of_what_it_does_not_know(
        self, cache: MemoryCache, writer: CacheAside, loop: asyncio.AbstractEventLoop, fails: bool
    ) -> None:
        def handler(event: Any, context: Any) -> dict[str, Any]:
            loop.run_until_complete(written_unseen(cache, writer))
            if fails:
                raise ZeroDivisionError
            return {"answer": event}

        handle = before_the_freeze(handler, writer, loop)
        if fails:
            with pytest.raises(ZeroDivisionError):
                handle(1, None)
        else:
            assert handle(1, None) == {"answer": 1}
        assert writer.settled
        assert loop.run_until_complete(read(cache)) == NEW

    def test_nothing_is_asked_when_there_is_nothing_to_tell(
        self, cache: MemoryCache, writer: CacheAside, loop: asyncio.AbstractEventLoop
    ) -> None:
        assert before_the_freeze(lambda event, _: {"answer": event}, writer, loop)(2, None) == {"answer": 2}
        assert cache.calls == []
