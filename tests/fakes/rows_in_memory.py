"""A table in memory that a comparison and a catch-up can read, and that changes when it is told to."""

import json
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec

from cutover.core.reindex.models import Batch, DeadLetter, Row, Span
from cutover.core.reindex.ranges import contains

MICROSECOND = timedelta(microseconds=1)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(slots=True)
class RowsInMemory:
    """`rows` by id; `clock` in µs; `page` rows at a time. `before` is told the name of each question.

    `unmade`: the rows that no document can be made of.
    """

    held: dict[UUID, Row] = field(default_factory=dict)
    clock: int = 1_000_000
    page: int = 3
    before: Callable[[str], None] = lambda asked: None
    passes: list[datetime] = field(default_factory=list)
    unmade: set[UUID] = field(default_factory=set)

    def put(self, key: UUID, version: int, **fields: Any) -> Row:
        """Have this row."""
        document = json.dumps({"id": str(key), "userId": "alice", **fields}).encode()
        self.held[key] = Row(key, version, document)
        return self.held[key]

    async def batches(self, span: Span, *, bytes_wanted: int) -> AsyncIterator[Batch]:
        """A batch for each page."""
        async for page in self.rows(span):
            yield _batch(page)

    async def changed_since(self, moment: datetime, *, bytes_wanted: int) -> AsyncIterator[Batch]:
        """A batch for each page of the rows that are as young."""
        self.passes.append(moment)
        self.before("changed_since")
        least = (moment - EPOCH) // MICROSECOND
        young = sorted((row for row in self.held.values() if row.version >= least), key=lambda row: row.id)
        for first in range(0, len(young), self.page):
            yield _batch(young[first : first + self.page])

    async def rows(self, span: Span, lost: Callable[[DeadLetter], None] | None = None) -> AsyncIterator[Sequence[Row]]:
        """Pages, each as the table is when it is asked for."""
        last: UUID | None = None
        while True:
            self.before("rows")
            left = sorted(key for key in self.held if contains(span, key) and (last is None or key > last))
            if not left:
                return
            page = [self.held[key] for key in left[: self.page]]
            last = page[-1].id
            for row in page:
                if lost is not None and row.id in self.unmade:
                    lost(DeadLetter(str(row.id), "unmade"))
            yield [row for row in page if row.id not in self.unmade]

    async def some(self, ids: Sequence[UUID]) -> Sequence[Row]:
        """Those that exist now."""
        self.before("some")
        return [self.held[key] for key in ids if key in self.held and key not in self.unmade]

    async def dead(self, ids: Sequence[UUID]) -> Sequence[DeadLetter]:
        """Those that exist and are in `unmade`."""
        self.before("dead")
        return [DeadLetter(str(key), "unmade") for key in ids if key in self.held and key in self.unmade]

    async def count(self) -> int:
        """How many there are."""
        return len(self.held)

    async def now(self) -> datetime:
        """The clock."""
        self.before("now")
        return EPOCH + self.clock * MICROSECOND

    async def close(self) -> None:
        """There is nothing to let go of."""


def _batch(rows: Sequence[Row]) -> Batch:
    body = b"".join(
        msgspec.json.encode({"index": {"_id": str(row.id), "version": row.version, "version_type": "external_gte"}})
        + b"\n"
        + row.document
        + b"\n"
        for row in rows
    )
    return Batch(rows[0].id, rows[-1].id, len(rows), body)
