"""Redis in cluster mode, by redis-py, which knows about slots and moved keys."""

from collections.abc import Awaitable, Iterator, Sequence
from contextlib import contextmanager
from typing import cast

from redis.asyncio.cluster import RedisCluster
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisClusterException, RedisError

from service.cache.fences import PUT_UP, TAKE_AWAY
from service.cache.pipelined import COMMAND_TIMEOUT_SECONDS, CONNECT_TIMEOUT_SECONDS, RedisAddress
from service.cache.port import CacheUnavailable
from service.telemetry import tracing

_FAILURES = (RedisError, RedisClusterException, OSError, TimeoutError)


class ClusterRedis:
    """The cache on a Redis cluster. A user's keys share a hash tag, so those fetched together share a node."""

    def __init__(self, address: RedisAddress) -> None:
        self._client = RedisCluster(
            host=address.host,
            port=address.port,
            ssl=address.tls,
            username=address.username,
            password=address.password,
            socket_connect_timeout=CONNECT_TIMEOUT_SECONDS,
            socket_timeout=COMMAND_TIMEOUT_SECONDS,
            retry=Retry(NoBackoff(), 1),  # once more: a MOVED answer after resharding is not an outage
        )

    async def fetch(self, *keys: str) -> Sequence[bytes | None]:
        """MGET."""
        with _asking("MGET"):
            return cast(list[bytes | None], await self._client.mget(list(keys)))

    async def store(self, key: str, value: bytes, ttl_seconds: int) -> None:
        """SET … EX."""
        with _asking("SET"):
            await self._client.set(key, value, ex=ttl_seconds)

    async def store_new(self, key: str, value: bytes, ttl_seconds: int) -> bool:
        """SET … NX EX."""
        with _asking("SET"):
            return bool(await self._client.set(key, value, ex=ttl_seconds, nx=True))

    async def fence(self, key: str, mark: str, ttl_seconds: int) -> None:
        """EVAL."""
        await self._run(PUT_UP, key, mark, str(ttl_seconds))

    async def unfence(self, key: str, mark: str) -> None:
        """EVAL."""
        await self._run(TAKE_AWAY, key, mark)

    async def ping(self) -> None:
        """PING, of every node."""
        with _asking("PING"):
            await self._client.ping(target_nodes=RedisCluster.ALL_NODES)

    async def close(self) -> None:
        """Close the connections, also those that redis-py leaves open when a node has failed before."""
        await self._client.aclose()
        await self._client.nodes_manager.aclose()
        await self._client.nodes_manager.aclose("startup_nodes")

    async def _run(self, script: str, key: str, *values: str) -> None:
        with _asking("EVAL"):
            await cast(Awaitable[object], self._client.eval(script, 1, key, *values))


@contextmanager
def _asking(command: str) -> Iterator[None]:
    with tracing.span("redis", operation=command):
        try:
            yield
        except _FAILURES as error:
            raise CacheUnavailable(repr(error)) from error
