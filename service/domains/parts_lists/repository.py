"""All SQL of the parts lists; the owner comes first. The parts themselves go in by COPY, the rest by the ORM."""

import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from uuid import UUID

from advanced_alchemy.exceptions import IntegrityError
from advanced_alchemy.repository import SQLAlchemyAsyncRepository
from sqlalchemy import literal_column

from service.db.constraints import ONE_FILE_NAME_PER_MOC
from service.db.database import Database, Row, Transaction
from service.db.fragments import LATER, MOC_COLUMNS, NOW
from service.db.models.moc import MOC_OF_FILE, MocFile
from service.db.models.parts_list import MocPartsList
from service.db.violations import violated
from service.domains.parts_lists.rules import Part, RowError
from service.kernel.errors import AppError, Conflict, NotFound

PART_COLUMNS = ("parts_list_id", "line", "part_id", "name", "color", "quantity", "is_spare")
PENDING, PARSED, PARSED_WITH_ERRORS, FAILED = "pending", "parsed", "parsed-with-errors", "failed"

_OWNER = "SELECT user_id FROM moc_instructions WHERE id = $1"
_SAME_NAME = "SELECT 1 FROM moc_files WHERE moc_id = $1 AND original_filename = $2"
_JOB = """SELECT l.id, l.moc_id, l.status, l.source_key, m.user_id
 FROM moc_parts_lists l JOIN moc_instructions m ON m.id = l.moc_id WHERE l.id = $1"""
_LOCK_MOC = "SELECT 1 FROM moc_instructions WHERE id = $1 FOR UPDATE"
_LOCK_LIST = "SELECT status FROM moc_parts_lists WHERE id = $1 FOR UPDATE"
_FINISH = f"""UPDATE moc_parts_lists SET status = $2, errors = $3::text::jsonb, error_count = $4, row_count = $5,
 total_parts_count = $6, updated_at = {NOW} WHERE id = $1"""
# Counts are text columns; what the first backend wrote there may be no number.
_SUM = f"""UPDATE moc_instructions SET updated_at = {LATER}, total_piece_count = (
  SELECT least(coalesce(sum(total_parts_count::bigint), 0), 2147483647)::integer FROM moc_parts_lists
  WHERE moc_id = $1 AND total_parts_count ~ '^[0-9]{{1,18}}$')
 WHERE id = $1 RETURNING {MOC_COLUMNS}"""
_LEFT_OVER = f"""SELECT id FROM moc_parts_lists WHERE status = '{PENDING}'
 AND created_at < {NOW} - make_interval(secs => $1) ORDER BY created_at LIMIT $2"""


class _Files(SQLAlchemyAsyncRepository[MocFile]):
    model_type = MocFile


class _Lists(SQLAlchemyAsyncRepository[MocPartsList]):
    model_type = MocPartsList


@dataclass(frozen=True, slots=True)
class Upload:
    """What is known of an uploaded parts list before it is parsed."""

    file_id: UUID
    moc_id: UUID
    filename: str
    media_type: str
    url: str
    source_key: str


@dataclass(frozen=True, slots=True)
class PartsListRepository:
    """Rows of `moc_parts_lists`, `moc_parts` and the files they came in."""

    database: Database

    async def owner_of(self, moc_id: UUID) -> str:  # not-owned: it tells the owner
        """Whose MOC it is. Raises NotFound."""
        row = await self.database.fetch_row(_OWNER, moc_id)
        if row is None:
            raise NotFound("MOC not found")
        owner: str = row["user_id"]
        return owner

    async def require_new_name(self, owner: str, moc_id: UUID, filename: str) -> None:
        """Raise Conflict when the MOC has a file of that name already; the insert decides a race."""
        if await self.database.fetch_row(_SAME_NAME, moc_id, filename) is not None:
            raise _name_taken(filename)

    async def add(self, owner: str, transaction: Transaction, upload: Upload) -> tuple[MocFile, MocPartsList]:
        """The file's row and its pending list. Raises NotFound, Conflict when the MOC has a file of that name."""
        session = await transaction.session()
        file = MocFile(
            id=upload.file_id,
            moc_id=upload.moc_id,
            file_type="parts-list",
            file_url=upload.url,
            original_filename=upload.filename,
            mime_type=upload.media_type,
            created_at=literal_column(NOW),
        )
        try:
            await _Files(session=session).add(file)
        except IntegrityError as error:
            told = _explained(error, upload)
            if told is None:
                raise
            raise told from error
        parts_list = MocPartsList(
            moc_id=upload.moc_id,
            file_id=file.id,
            title=f"Parts List - {upload.filename}",
            status=PENDING,
            source_key=upload.source_key,
            created_at=literal_column(NOW),
            updated_at=literal_column(NOW),
        )
        return file, await _Lists(session=session).add(parts_list)

    async def job(self, parts_list_id: UUID) -> Row | None:  # not-owned: a job acts for the owner it finds here
        """The list's `moc_id`, `status`, `source_key` and its owner's `user_id`; None when it is gone."""
        return await self.database.fetch_row(_JOB, parts_list_id)

    async def lock(self, owner: str, transaction: Transaction, moc_id: UUID, parts_list_id: UUID) -> str | None:
        """Hold the MOC, then the list, until the transaction ends: the list's status, None when either is gone."""
        if await transaction.fetch_row(_LOCK_MOC, moc_id) is None:
            return None
        row = await transaction.fetch_row(_LOCK_LIST, parts_list_id)
        return row["status"] if row is not None else None

    async def copy_parts(
        self, owner: str, transaction: Transaction, parts_list_id: UUID, parts: AsyncIterator[Part]
    ) -> None:
        """Write the parts as they come."""
        records = ((parts_list_id, *part) async for part in parts)
        await transaction.connection.copy_records_to_table("moc_parts", columns=PART_COLUMNS, records=records)

    async def finish(self, owner: str, transaction: Transaction, parts_list_id: UUID, outcome: "Outcome") -> None:
        """Write how the parsing ended."""
        errors = json.dumps([error._asdict() for error in outcome.errors]) if outcome.errors else None
        total = None if outcome.total is None else str(outcome.total)
        await transaction.execute(
            _FINISH, parts_list_id, outcome.status, errors, outcome.error_count, outcome.rows, total
        )

    async def sum_up(self, owner: str, transaction: Transaction, moc_id: UUID) -> Row:
        """Set the MOC's `total_piece_count` to the sum over its lists: the changed MOC."""
        row = await transaction.fetch_row(_SUM, moc_id)
        if row is None:
            raise NotFound("MOC not found")
        return row

    async def left_over(self, older_than_seconds: float, limit: int) -> Sequence[UUID]:  # not-owned: everybody's
        """Lists that are still pending after that time: whoever took them is gone."""
        return [row["id"] for row in await self.database.fetch(_LEFT_OVER, older_than_seconds, limit)]


@dataclass(frozen=True, slots=True)
class Outcome:
    """How parsing a list ended; `total` is None when nothing of it counts."""

    status: str
    rows: int
    total: int | None
    error_count: int
    errors: Sequence[RowError]


def _explained(error: IntegrityError, upload: Upload) -> AppError | None:
    name = violated(error)
    if name == ONE_FILE_NAME_PER_MOC:
        return _name_taken(upload.filename)
    if name == MOC_OF_FILE:  # deleted since it was looked up
        return NotFound("MOC not found")
    return None


def _name_taken(filename: str) -> Conflict:
    return Conflict(
        "This MOC already has a file of that name", [{"field": "partsListFile", "message": f"{filename} is taken"}]
    )
