"""What the service needs of a cache; Redis, single or cluster, stands behind it."""

from collections.abc import Sequence
from typing import Protocol


class CacheUnavailable(Exception):
    """The cache did not answer, or not in time. Nobody's request fails for it."""


class Cache(Protocol):
    """Keys and bytes. Every call is bounded in time and raises CacheUnavailable when the cache can't do it."""

    async def fetch(self, *keys: str) -> Sequence[bytes | None]:
        """The values of keys of one hash slot, None for those that are not there."""
        ...

    async def store(self, key: str, value: bytes, ttl_seconds: int) -> None:
        """Keep a value that long."""
        ...

    async def store_new(self, key: str, value: bytes, ttl_seconds: int) -> bool:
        """Keep a value unless there is one; whether it was kept."""
        ...

    async def fence(self, key: str, mark: str, ttl_seconds: int) -> None:
        """Put a writer's fence in the value's place, beside those of other writers; see `service.cache.fences`."""
        ...

    async def unfence(self, key: str, mark: str) -> None:
        """Take that fence away. What stands there then is forgotten, unless it is the fence of another writer."""
        ...

    async def ping(self) -> None:
        """Prove that the cache answers."""
        ...

    async def close(self) -> None:
        """Let go of the connections."""
        ...
