"""What the parts of a reindex need of one another: the search cluster by HTTP, and the tables."""

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from cutover.core.reindex.models import Batch, DeadLetter, Row, Span


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer, whatever its status."""

    status: int
    body: bytes


class Search(Protocol):
    """One OpenSearch endpoint. Connections are kept and made anew; nothing is sent twice by itself."""

    async def send(
        self, method: str, path: str, body: bytes = b"", *, timeout_seconds: float = 10.0, ndjson: bool = False
    ) -> Answer:
        """The answer, whatever its status. Raises SearchUnreachable: no answer in time, or a broken one."""
        ...

    async def ask(self, method: str, path: str, body: Any = None, *, timeout_seconds: float = 10.0) -> Any:
        """Send a JSON document (None: no body) and decode the answer. Raises SearchUnreachable, SearchRefused."""
        ...

    async def close(self) -> None:
        """Let go of the connections."""
        ...


class Source(Protocol):
    """One table in PostgreSQL, read in short statements by key: a lost connection costs one statement.

    Everything raises DatabaseUnreachable when it can't be read after some attempts.
    """

    def batches(self, span: Span, *, bytes_wanted: int) -> AsyncIterator[Batch]:
        """The rows of a range, in the order of their keys, in bodies of about that size."""
        ...

    def changed_since(self, moment: datetime, *, bytes_wanted: int) -> AsyncIterator[Batch]:
        """The rows whose `updated_at` is that moment (UTC) or later, in any order."""
        ...

    def rows(self, span: Span, lost: Callable[[DeadLetter], None] | None = None) -> AsyncIterator[Sequence[Row]]:
        """The rows of a range with their documents, in pages, in the order of their keys.

        `lost` is told those that no document can be made of, once or more often.
        """
        ...

    async def some(self, ids: Sequence[UUID]) -> Sequence[Row]:
        """Those of the rows that exist now."""
        ...

    async def dead(self, ids: Sequence[UUID]) -> Sequence[DeadLetter]:
        """Those of the rows that exist now and that no document can be made of."""
        ...

    async def count(self) -> int:
        """How many rows there are now."""
        ...

    async def now(self) -> datetime:
        """The database's clock (UTC, aware)."""
        ...

    async def close(self) -> None:
        """Let go of the connections."""
        ...
