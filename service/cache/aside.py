"""Cache-aside that never serves what a finished write has made stale, and never makes a request fail or wait long.

A cached value starts with the generation it was loaded under. A writer puts up a fence in the generation's place
before its transaction and takes it away after the commit, so that a reader who loaded old rows can't store them for
anybody, and a writer that dies in between leaves a fence (no caching for a while), never a stale value.

One gap is left: a process that can't reach the cache from before its transaction until its own end leaves nothing
behind there, so what others have cached of that user stands until it expires, ten minutes at most.
"""

import asyncio
import random
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

from service.cache.fences import FENCE
from service.cache.port import Cache, CacheUnavailable
from service.kernel.breaker import Breaker
from service.telemetry import metrics
from service.telemetry.log import Log
from service.telemetry.metrics import Counted, Dependency, Gauged

log = Log(__name__)

Load = Callable[[], Awaitable[bytes]]

GENERATION_TTL_SECONDS = 3600  # longer than any value's: a value never outlives the generation it names
FENCE_TTL_SECONDS = 30  # longer than any request's deadline
GENERATION_BYTES = 24
JITTER = 0.1


class CacheAside:
    """Reads through the cache; one load at a time for each key and generation in this process."""

    def __init__(self, cache: Cache, breaker: Breaker | None = None) -> None:
        self._cache = cache
        self._breaker = breaker or Breaker()
        self._loading: dict[tuple[str, bytes], asyncio.Future[bytes]] = {}
        self._not_ended: set[tuple[str, str]] = set()  # generations that a write is over for, and its mark

    async def get(self, generation_key: str, key: str, ttl_seconds: int, load: Load) -> bytes:
        """The value of `key`, from the cache or from `load`. Errors of `load` pass through and are never cached."""
        generation, value = await self._look_up(generation_key, key)
        if value is not None:
            metrics.count(Counted.CACHE_HITS)
            return value
        if generation is None:
            return await load()
        return await self._load_once(key, generation, ttl_seconds, load)

    @asynccontextmanager
    async def writing(self, *generation_keys: str) -> AsyncIterator[None]:
        """Around a transaction that changes what these generations cover."""
        mark = secrets.token_hex(4)
        for key in generation_keys:
            await self._fence(key, mark)
        try:
            yield
        finally:
            for key in generation_keys:
                await self._unfence(key, mark)

    @property
    def settled(self) -> bool:
        """Whether the cache knows of every write of this process."""
        return not self._not_ended

    async def settle(self) -> None:
        """Try again to end the generations that could not be ended while the cache was away."""
        try:
            await self._end_leftovers()
        except CacheUnavailable as error:
            self._failed(error)

    async def close(self) -> None:
        """Tell the cache what it does not know yet, and give up the loads that their requests did not wait for.

        These would open the cache again to store.
        """
        await self.settle()
        left = tuple(self._loading.values())
        for load in left:
            load.cancel()
        await asyncio.gather(*left, return_exceptions=True)

    async def _look_up(self, generation_key: str, key: str) -> tuple[bytes | None, bytes | None]:
        """(generation to store under or None when nothing may be stored, cached value or None)."""
        if not self._breaker.allows():
            metrics.count(Counted.CACHE_ERRORS)
            return None, None
        try:
            if self._not_ended:
                await self._end_leftovers()
            generation, stored = await self._cache.fetch(generation_key, key)
            if generation is None:
                generation, stored = await self._begin_generation(generation_key, key)
        except CacheUnavailable as error:
            self._failed(error)
            metrics.count(Counted.CACHE_ERRORS)
            return None, None
        self._succeeded()
        found = _of_generation(generation, stored)
        if found[1] is None:
            metrics.count(Counted.CACHE_MISSES)
        return found

    async def _begin_generation(self, generation_key: str, key: str) -> tuple[bytes | None, bytes | None]:
        """A new one, or what somebody else began at this moment: a crowd at a cold key has to agree on one."""
        generation = secrets.token_bytes(GENERATION_BYTES // 2).hex().encode()
        if await self._cache.store_new(generation_key, generation, GENERATION_TTL_SECONDS):
            return generation, None
        begun, stored = await self._cache.fetch(generation_key, key)
        return begun, stored

    async def _load_once(self, key: str, generation: bytes, ttl_seconds: int, load: Load) -> bytes:
        flight = (key, generation)
        underway = self._loading.get(flight)
        if underway is not None:
            return await asyncio.shield(underway)
        underway = asyncio.ensure_future(self._load_and_store(flight, ttl_seconds, load))
        self._loading[flight] = underway
        underway.add_done_callback(lambda _: self._loading.pop(flight, None))
        return await asyncio.shield(underway)

    async def _load_and_store(self, flight: tuple[str, bytes], ttl_seconds: int, load: Load) -> bytes:
        key, generation = flight
        value = await load()
        spread = ttl_seconds * JITTER
        ttl = round(ttl_seconds - random.uniform(0, spread))  # noqa: S311 - spreads expiry, guards nothing
        try:
            await self._cache.store(key, generation + value, ttl)
        except CacheUnavailable as error:
            self._failed(error)
        return value

    async def _fence(self, generation_key: str, mark: str) -> None:
        """Always tried, whatever the breaker says: somebody else may reach the cache. Then it hears of the rest."""
        try:
            await self._cache.fence(generation_key, mark, FENCE_TTL_SECONDS)
            await self._end_leftovers()
        except CacheUnavailable as error:
            self._failed(error)

    async def _unfence(self, generation_key: str, mark: str) -> None:
        """Tried twice: on Lambda there may be no later for a long time."""
        with suppress(CacheUnavailable):
            return await self._cache.unfence(generation_key, mark)
        try:
            await self._cache.unfence(generation_key, mark)
        except CacheUnavailable as error:
            self._not_ended.add((generation_key, mark))
            self._failed(error)

    async def _end_leftovers(self) -> None:
        """What could not be invalidated while the cache was away is invalidated before it is believed again."""
        while self._not_ended:
            generation_key, mark = left = next(iter(self._not_ended))
            await self._cache.unfence(generation_key, mark)
            self._not_ended.discard(left)

    def _failed(self, error: CacheUnavailable) -> None:
        if self._breaker.failed():
            log.warning("cache_unavailable", error=error)
            metrics.gauge(Gauged.CIRCUIT_OPEN, Dependency.REDIS, 1)

    def _succeeded(self) -> None:
        if self._breaker.succeeded():
            log.info("cache_available_again")
            metrics.gauge(Gauged.CIRCUIT_OPEN, Dependency.REDIS, 0)


def _of_generation(generation: bytes | None, stored: bytes | None) -> tuple[bytes | None, bytes | None]:
    """The generation, None of a writer's fence; and the value, if it is of that generation."""
    if generation is None or len(generation) != GENERATION_BYTES or generation.startswith(FENCE):
        return None, None
    if stored is not None and stored.startswith(generation):
        return generation, stored[len(generation) :]
    return generation, None
