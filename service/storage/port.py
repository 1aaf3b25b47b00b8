"""What the service needs of a file store."""

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from service.kernel.errors import Unavailable


class ObjectMissing(Exception):
    """There is no object under that key."""


class NotAllDeleted(Unavailable):
    """Some objects could not be deleted: those under `keys`."""

    def __init__(self, keys: Collection[str]) -> None:
        super().__init__("The file store could not delete a file")
        self.keys = keys


@dataclass(frozen=True, slots=True)
class PostForm:
    """A form that a client may send to the file store by itself: where to, and the fields that come before its file."""

    url: str
    fields: Mapping[str, str]


class Storage(Protocol):
    """Objects by key. Calls are bounded in time and raise `service.kernel.errors.Unavailable`."""

    async def put(self, key: str, body: bytes, content_type: str) -> None:
        """Store an object."""
        ...

    def read(self, key: str) -> AsyncIterator[bytes]:
        """The object's bytes, chunk by chunk. Raises ObjectMissing."""
        ...

    async def delete(self, keys: Sequence[str]) -> None:
        """Delete objects; those that are not there are no error. Raises NotAllDeleted when some of them stay."""
        ...

    async def form_for(self, key: str, content_type: str, size_bytes: int, valid_seconds: int) -> PostForm:
        """A form that puts one object of exactly that type and size under exactly that key. Raises Unavailable."""
        ...

    async def download_url(self, key: str, filename: str, content_type: str, valid_seconds: int) -> str:
        """A URL that downloads the object as an attachment of that name. Raises Unavailable."""
        ...

    def url_of(self, key: str) -> str:
        """The address that rows and clients know the object by."""
        ...

    def key_of(self, url: str) -> str | None:
        """The key of an address that `url_of` made, a query behind it left out; None for any other.

        Such as an old relative `/uploads/…`.
        """
        ...

    async def open(self) -> None:
        """Make the client now rather than at the first use. Raises Unavailable."""
        ...

    async def close(self) -> None:
        """Let go of the connections."""
        ...
