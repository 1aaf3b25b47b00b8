"""All SQL of a MOC's files; the owner comes first. Rows are written by the ORM, read by fixed statements."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from service.db.database import Database, Row, Transaction
from service.domains.moc_files import statements
from service.kernel.errors import Conflict, NotFound


@dataclass(frozen=True, slots=True)
class NewRow:
    """A row of `moc_files` that is to be written; `field` is what a conflict names."""

    id: UUID
    moc_id: UUID
    file_type: str
    url: str
    filename: str
    media_type: str
    field: str


@dataclass(frozen=True, slots=True)
class MocFileRepository:
    """Rows of `moc_files`."""

    database: Database

    async def find(self, moc_id: UUID, file_id: UUID) -> Row:  # not-owned: the service compares the owner
        """The MOC's `user_id` and its file; `id` is None when it has no such file. Raises NotFound without a MOC."""
        row = await self.database.fetch_row(statements.FILE, moc_id, file_id)
        if row is None:
            raise NotFound("MOC not found")
        return row

    async def require_new_name(self, owner: str, moc_id: UUID, filename: str, field: str) -> None:
        """Raise Conflict when the MOC has a file of that name already; the insert decides a race."""
        if await self.database.fetch_row(statements.SAME_NAME, moc_id, filename) is not None:
            raise name_taken(filename, field)

    async def add(self, owner: str, transaction: Transaction, row: NewRow) -> datetime:
        """Write the row of a MOC that the transaction holds: when that was. Raises Conflict for a name that it has."""
        from service.domains.moc_files.noting import add_row

        return await add_row(transaction, row)

    async def remove(self, owner: str, transaction: Transaction, moc_id: UUID, file_id: UUID) -> str:
        """Delete the row of a MOC that the transaction holds: the file's URL. Raises NotFound."""
        from service.domains.moc_files.noting import remove_row

        return await remove_row(transaction, moc_id, file_id)


def name_taken(filename: str, field: str) -> Conflict:
    """What a client is told whose file has a name that the MOC has already."""
    return Conflict("This MOC already has a file of that name", [{"field": field, "message": f"{filename} is taken"}])
