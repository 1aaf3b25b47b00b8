"""What the service needs of a search engine."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol


class SearchUnavailable(Exception):
    """The engine did not answer in time, or its index is not ours: PostgreSQL answers instead."""


@dataclass(frozen=True, slots=True)
class Versioned:
    """A document (JSON) as of one version of its row."""

    document_id: str
    version: int
    document: bytes


@dataclass(frozen=True, slots=True)
class Hits:
    """One page of documents, and how many match in all."""

    documents: Sequence[Mapping[str, Any]]
    total: int


class SearchIndex(Protocol):
    """Indices by their alias. Every call is bounded in time and raises SearchUnavailable when it can't be done."""

    async def find(self, index: str, query: Mapping[str, Any]) -> Hits:
        """The documents that match."""
        ...

    async def put(self, index: str, document_id: str, version: int, document: bytes) -> None:
        """Index a document (JSON) unless a newer version is there: late and repeated calls do no harm."""
        ...

    async def put_all(self, index: str, documents: Sequence[Versioned]) -> None:
        """Index many at once, each as `put` does. When one can't be, some of the others may be."""
        ...

    async def remove(self, index: str, document_id: str, version: int) -> None:
        """Take a document out, unless a newer version is there."""
        ...

    def prepare(self) -> None:
        """Load what the first call needs, so that it does not count against anybody's deadline."""
        ...

    async def ping(self) -> None:
        """Prove that the engine answers."""
        ...

    async def close(self) -> None:
        """Let go of the connections."""
        ...
