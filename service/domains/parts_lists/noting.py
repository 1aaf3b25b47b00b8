"""The rows of an upload, written by the ORM; imported with the first upload, as whoever parses needs no ORM."""

from advanced_alchemy.exceptions import IntegrityError
from advanced_alchemy.repository import SQLAlchemyAsyncRepository
from sqlalchemy import literal_column

from service.db.constraints import ONE_FILE_NAME_PER_MOC
from service.db.database import Transaction
from service.db.fragments import NOW
from service.db.models.moc import MOC_OF_FILE, MocFile
from service.db.models.parts_list import MocPartsList
from service.db.violations import violated
from service.domains.parts_lists.status import PENDING
from service.domains.parts_lists.upload import Stored, Upload
from service.kernel.errors import AppError, NotFound


class _Files(SQLAlchemyAsyncRepository[MocFile]):
    model_type = MocFile


class _Lists(SQLAlchemyAsyncRepository[MocPartsList]):
    model_type = MocPartsList


async def add_rows(transaction: Transaction, upload: Upload) -> Stored:
    """The file's row and its pending list. Raises NotFound, Conflict when the MOC has a file of that name."""
    session = await transaction.session()
    try:
        file = await _Files(session=session).add(_file(upload))
    except IntegrityError as error:
        told = _explained(error, upload)
        if told is None:
            raise
        raise told from error
    parts_list = await _Lists(session=session).add(_pending(upload))
    return Stored(parts_list.id, parts_list.title, file.created_at)


def _file(upload: Upload) -> MocFile:
    return MocFile(
        id=upload.file_id,
        moc_id=upload.moc_id,
        file_type="parts-list",
        file_url=upload.url,
        original_filename=upload.filename,
        mime_type=upload.media_type,
        created_at=literal_column(NOW),
    )


def _pending(upload: Upload) -> MocPartsList:
    return MocPartsList(
        moc_id=upload.moc_id,
        file_id=upload.file_id,
        title=f"Parts List - {upload.filename}",
        status=PENDING,
        source_key=upload.source_key,
        created_at=literal_column(NOW),
        updated_at=literal_column(NOW),
    )


def _explained(error: IntegrityError, upload: Upload) -> AppError | None:
    name = violated(error)
    if name == ONE_FILE_NAME_PER_MOC:
        return upload.name_taken()
    if name == MOC_OF_FILE:  # deleted since it was looked up
        return NotFound("MOC not found")
    return None
