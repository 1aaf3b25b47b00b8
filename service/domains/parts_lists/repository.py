"""All SQL of the parts lists; the owner comes first. The parts themselves go in by COPY, the rest by the ORM."""

import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from uuid import UUID

from service.db.database import Database, Row, Transaction
from service.domains.parts_lists import statements as sql
from service.domains.parts_lists.rules import Part, RowError
from service.domains.parts_lists.status import Status
from service.domains.parts_lists.upload import Stored, Upload
from service.kernel.errors import NotFound
from service.kernel.paging import Slice

PART_COLUMNS = ("parts_list_id", "line", "part_id", "name", "color", "quantity", "is_spare")
COPY_TIMEOUT_SECONDS = 60.0  # the parsing is in it; a hundred thousand rows take less than a second of an idle machine


@dataclass(frozen=True, slots=True)
class Outcome:
    """How parsing a list ended; `total` is None when nothing of it counts."""

    status: Status
    rows: int
    total: int | None
    error_count: int
    errors: Sequence[RowError]


@dataclass(frozen=True, slots=True)
class PartsListRepository:
    """Rows of `moc_parts_lists`, `moc_parts` and the files they came in."""

    database: Database

    async def owner_of(self, moc_id: UUID) -> str:  # not-owned: it tells the owner
        """Whose MOC it is. Raises NotFound."""
        row = await self.database.fetch_row(sql.OWNER, moc_id)
        if row is None:
            raise NotFound("MOC not found")
        owner: str = row["user_id"]
        return owner

    async def require_new_name(self, owner: str, upload: Upload) -> None:
        """Raise Conflict when the MOC has a file of that name already; the insert decides a race."""
        if await self.database.fetch_row(sql.SAME_NAME, upload.moc_id, upload.filename) is not None:
            raise upload.name_taken()

    async def read(self, moc_id: UUID, list_id: UUID, wanted: Slice) -> Row:  # not-owned: the service compares
        """The MOC's `user_id` and its list with a slice of its parts; `id` is None when the MOC has no such list.

        `errors` and `parts` are JSON text. Raises NotFound when there is no such MOC.
        """
        row = await self.database.fetch_row(sql.READ, moc_id, list_id, wanted.limit, wanted.offset)
        if row is None:
            raise NotFound("MOC not found")
        return row

    async def add(self, owner: str, transaction: Transaction, upload: Upload) -> Stored:
        """The file's row and its pending list. Raises NotFound, Conflict when the MOC has a file of that name."""
        from service.domains.parts_lists.noting import add_rows

        return await add_rows(transaction, upload)

    async def job(self, parts_list_id: UUID) -> Row | None:  # not-owned: a job acts for the owner it finds here
        """The list's `moc_id`, `status`, `source_key` and its owner's `user_id`; None when it is gone."""
        return await self.database.fetch_row(sql.JOB, parts_list_id)

    async def job_of_object(self, key: str) -> Row | None:  # not-owned: likewise
        """The same of the list that was uploaded as this object; None when the object is no list's."""
        return await self.database.fetch_row(sql.JOB_OF_OBJECT, key)

    async def lock_moc(self, owner: str, transaction: Transaction, moc_id: UUID) -> bool:
        """Hold the MOC until the transaction ends; whether it is there. Whoever locks more locks the MOC first."""
        return await transaction.fetch_row(sql.LOCK_MOC, moc_id) is not None

    async def lock(self, owner: str, transaction: Transaction, moc_id: UUID, parts_list_id: UUID) -> str | None:
        """Hold the MOC, then the list, until the transaction ends: the list's status, None when either is gone."""
        if not await self.lock_moc(owner, transaction, moc_id):
            return None
        row = await transaction.fetch_row(sql.LOCK_LIST, parts_list_id)
        return row["status"] if row is not None else None

    async def copy_parts(
        self, owner: str, transaction: Transaction, parts_list_id: UUID, batches: AsyncIterator[Sequence[Part]]
    ) -> None:
        """Write the parts as they come."""
        records = ((parts_list_id, *part) async for batch in batches for part in batch)
        await transaction.connection.copy_records_to_table(
            "moc_parts", columns=PART_COLUMNS, records=records, timeout=COPY_TIMEOUT_SECONDS
        )

    async def finish(self, owner: str, transaction: Transaction, parts_list_id: UUID, outcome: Outcome) -> None:
        """Write how the parsing ended."""
        errors = json.dumps([error.told() for error in outcome.errors]) if outcome.errors else None
        total = None if outcome.total is None else str(outcome.total)
        await transaction.execute(
            sql.FINISH, parts_list_id, outcome.status, errors, outcome.error_count, outcome.rows, total
        )

    async def sum_up(self, owner: str, transaction: Transaction, moc_id: UUID) -> Row:
        """Set the MOC's `total_piece_count` to the sum over its lists: the changed MOC."""
        row = await transaction.fetch_row(sql.SUM, moc_id)
        if row is None:
            raise NotFound("MOC not found")
        return row

    async def left_over(self, older_than_seconds: float, limit: int) -> Sequence[UUID]:  # not-owned: everybody's
        """Lists that are still pending after that time: whoever took them is gone."""
        return [row["id"] for row in await self.database.fetch(sql.LEFT_OVER, older_than_seconds, limit)]
