"""A cache in memory, which can be away."""

from collections.abc import Sequence

from service.cache.port import CacheUnavailable


class MemoryCache:
    """Keeps for ever; every call fails while `away_for` is above zero, which each of them lowers by one."""

    def __init__(self) -> None:
        self.values: dict[str, bytes] = {}
        self.away_for = 0
        self.calls: list[tuple[str, str]] = []

    async def fetch(self, *keys: str) -> Sequence[bytes | None]:
        """The values."""
        self._called("fetch", keys[0])
        return [self.values.get(key) for key in keys]

    async def store(self, key: str, value: bytes, ttl_seconds: int) -> None:
        """Keep a value."""
        self._called("store", key)
        self.values[key] = value

    async def store_new(self, key: str, value: bytes, ttl_seconds: int) -> bool:
        """Keep a value unless there is one."""
        self._called("store_new", key)
        return self.values.setdefault(key, value) is value

    async def fence(self, key: str, mark: str, ttl_seconds: int) -> None:
        """Put up a fence."""
        self._called("fence", key)
        held = self.values.get(key, b"")
        self.values[key] = (held if held.startswith(b"!") else b"") + b"!" + mark.encode()

    async def unfence(self, key: str, mark: str) -> None:
        """Take a fence away."""
        self._called("unfence", key)
        held = self.values.pop(key, b"")
        others = held.replace(b"!" + mark.encode(), b"")
        if held.startswith(b"!") and others:
            self.values[key] = others

    async def ping(self) -> None:
        """Answer."""
        self._called("ping", "")

    async def close(self) -> None:
        """Nothing."""

    def _called(self, name: str, key: str) -> None:
        self.calls.append((name, key))
        if self.away_for:
            self.away_for -= 1
            raise CacheUnavailable("away")
