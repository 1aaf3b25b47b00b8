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

    async def drop(self, key: str) -> None:
        """Forget a value."""
        ...

    async def ping(self) -> None:
        """Prove that the cache answers."""
        ...

    async def close(self) -> None:
        """Let go of the connections."""
        ...
