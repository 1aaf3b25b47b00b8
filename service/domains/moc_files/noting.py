"""The rows of files, written by the ORM; imported with the first write, as whoever reads needs no ORM."""

from datetime import datetime
from uuid import UUID

from advanced_alchemy.exceptions import IntegrityError
from advanced_alchemy.repository import SQLAlchemyAsyncRepository
from sqlalchemy import literal_column

from service.db.constraints import ONE_FILE_NAME_PER_MOC
from service.db.database import Transaction
from service.db.fragments import NOW
from service.db.models.moc import MocFile
from service.db.violations import violated
from service.domains.moc_files.repository import NewRow, name_taken
from service.kernel.errors import NotFound


class _Files(SQLAlchemyAsyncRepository[MocFile]):
    model_type = MocFile


async def add_row(transaction: Transaction, row: NewRow) -> datetime:
    """Write the row of a MOC that the transaction holds: when that was. Raises Conflict for a name that it has."""
    file = MocFile(
        id=row.id,
        moc_id=row.moc_id,
        file_type=row.file_type,
        file_url=row.url,
        original_filename=row.filename,
        mime_type=row.media_type,
        created_at=literal_column(NOW),
    )
    try:
        return (await _Files(session=await transaction.session()).add(file)).created_at
    except IntegrityError as error:
        if violated(error) == ONE_FILE_NAME_PER_MOC:
            raise name_taken(row.filename, row.field) from error
        raise


async def remove_row(transaction: Transaction, moc_id: UUID, file_id: UUID) -> str:
    """Delete the row of a MOC that the transaction holds: the file's URL. Raises NotFound."""
    files = _Files(session=await transaction.session())
    gone = await files.delete_where(MocFile.id == file_id, MocFile.moc_id == moc_id)
    if not gone:
        raise NotFound("This MOC has no such file")
    return gone[0].file_url
