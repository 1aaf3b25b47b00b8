"""A small table with its index, and a comparison of the two that does not wait."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from cutover.core.reindex.models import Compared
from cutover.reindex.comparing import How, compare
from tests.fakes.rows_in_memory import RowsInMemory
from tests.fakes.versioned_index import NAME, VersionedIndex

KEYS: Sequence[UUID] = [UUID(int=(number << 124) + number) for number in range(16)]
"""One in each sixteenth of all keys."""


@dataclass(slots=True)
class Rig:
    """Rows 1 to 8 in both, as of version 100 plus their number; the database's clock is past them all."""

    table: RowsInMemory = field(default_factory=RowsInMemory)
    index: VersionedIndex = field(default_factory=VersionedIndex)
    slept: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        for number in range(1, 9):
            self.row(number, 100 + number)
            self.document(number, 100 + number)

    def row(self, number: int, version: int, **fields: Any) -> None:
        """Write a row."""
        self.table.put(KEYS[number], version, **{"title": f"castle {number}", **fields})

    def document(self, number: int, version: int, *, is_seen: bool = True, **fields: Any) -> None:
        """Write a document."""
        content = {"id": str(KEYS[number]), "userId": "alice", "title": f"castle {number}", **fields}
        self.index.put(str(KEYS[number]), version, content, is_seen=is_seen)

    def delete_row(self, number: int) -> None:
        """Delete a row."""
        del self.table.held[KEYS[number]]

    async def compare(self, *, repair: bool, **how: Any) -> Compared:
        """Compare the two."""
        wanted = How(**{"readers": 2, "bucket_rows": 3, "sleep": self.sleep, **how})
        return await compare(self.table, self.index, NAME, repair=repair, how=wanted)

    async def sleep(self, seconds: float) -> None:
        """Do not, but remember it."""
        self.slept.append(seconds)

    @property
    def writes(self) -> int:
        """How many bulk requests there were."""
        return self.index.asked.count("_bulk")

    def version(self, number: int) -> int:
        """Of a document, or of its tombstone."""
        return self.index.held[str(KEYS[number])].version

    @property
    def is_equal(self) -> bool:
        """Whether the index holds exactly what the table holds, whatever the versions."""
        contents = {one: content for one, (_, content) in self.index.documents.items()}
        return contents == {str(row.id): _json(row.document) for row in self.table.held.values()}


def _json(document: bytes) -> Any:
    return json.loads(document)
