"""What the service needs of a file store."""

from collections.abc import AsyncIterator, Sequence
from typing import Protocol


class ObjectMissing(Exception):
    """There is no object under that key."""


class Storage(Protocol):
    """Objects by key. Calls are bounded in time and raise `service.kernel.errors.Unavailable`."""

    async def put(self, key: str, body: bytes, content_type: str) -> None:
        """Store an object."""
        ...

    def read(self, key: str) -> AsyncIterator[bytes]:
        """The object's bytes, chunk by chunk. Raises ObjectMissing."""
        ...

    async def delete(self, keys: Sequence[str]) -> None:
        """Delete objects; those that are not there are no error."""
        ...

    def url_of(self, key: str) -> str:
        """The address that rows and clients know the object by."""
        ...

    def key_of(self, url: str) -> str | None:
        """The key of an address that `url_of` made; None for any other, such as an old relative `/uploads/…`."""
        ...

    async def open(self) -> None:
        """Make the client now rather than at the first use. Raises Unavailable."""
        ...

    async def close(self) -> None:
        """Let go of the connections."""
        ...
