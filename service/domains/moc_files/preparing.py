"""A received file made ready to be stored: its type, a virus scan, pictures rendered anew; then its rows."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Literal, TypeVar
from uuid import UUID, uuid4

from service.db.database import Transaction
from service.domains.moc_files.attempts import Attempt
from service.domains.moc_files.kinds import Kind, repeated, sort_out
from service.domains.moc_files.repository import MocFileRepository, NewRow, name_taken
from service.domains.moc_files.schemas import FileOut
from service.domains.parts_lists.service import PartsListService
from service.domains.parts_lists.upload import Stored, Upload
from service.files import Files, NewFile
from service.images.port import Images
from service.kernel.received import ReceivedFile
from service.kernel.wire_time import wire_time
from service.scanning.port import Scanner
from service.storage import object_keys
from service.telemetry.metrics import Counted, counting

RENDERED_AS = "image/webp"
START_SECONDS = 4.0  # the MOC stands: its answer must not be lost to the deadline

T = TypeVar("T")

FileType = Kind | Literal["gallery-image"]


@dataclass(frozen=True, slots=True)
class Prepared:
    """A file that has passed every check; of a parts list also what its own domain wants to note."""

    row: NewRow
    object: NewFile
    parts_list: Upload | None = None


@dataclass(frozen=True, slots=True)
class Noted:
    """The rows of a stored file; a parts list is to be started once they are committed."""

    file: FileOut
    parts_list: Stored | None = None


@dataclass(frozen=True, slots=True)
class Preparation:
    """Checks files and writes their rows."""

    rows: MocFileRepository
    files: Files
    parts_lists: PartsListService
    scanner: Scanner
    images: Images

    async def prepared(self, owner: str, moc_id: UUID, file: ReceivedFile, wanted: Kind | None) -> Prepared:
        """The file as it is to be stored for the owner's MOC.

        Pictures are rendered as WebP, at most 2048 px wide: what a camera writes into them, such as the place, must
        not go out with them. Raises UnsupportedMediaType, Conflict, MalwareDetected, ValidationFailed, Unavailable.
        """
        kind, media_type = sort_out(file, wanted)
        if kind == "parts-list":
            upload = await self.parts_lists.checked(owner, moc_id, file)
            return Prepared(_row_of(upload), upload.object_of(file.body), upload)
        await self.rows.require_new_name(owner, moc_id, file.filename, file.field)
        await self.scanner.scan(file.body)
        body, name_in_store = file.body, file.filename
        if kind == "thumbnail":
            body, media_type, name_in_store = await self.images.picture(file.body), RENDERED_AS, "picture.webp"
        file_id = uuid4()
        key = object_keys.moc_file(owner, moc_id, file_id, name_in_store)
        url = self.files.storage.url_of(key)
        row = NewRow(file_id, moc_id, kind, url, file.filename, media_type, file.field)
        return Prepared(row, NewFile(key, body, media_type))

    async def note(self, owner: str, transaction: Transaction, prepared: Prepared) -> Noted:
        """Write the rows of the stored file, in a transaction that holds the MOC. Raises Conflict."""
        if prepared.parts_list is not None:
            stored = await self.parts_lists.note(owner, transaction, prepared.parts_list)
            told = _told(prepared.row, wire_time(stored.created_at), str(stored.list_id))
            return Noted(told, stored)
        created_at = await self.rows.add(owner, transaction, prepared.row)
        await self.files.keep(transaction, prepared.object.key)
        transaction.after_commit(counting(Counted.FILES_UPLOADED))
        return Noted(_told(prepared.row, wire_time(created_at)))

    async def start_all(self, noted: Sequence[Noted]) -> None:
        """The same of several, side by side and for a while; the sweep finds what does not get its turn."""
        with suppress(TimeoutError):
            async with asyncio.timeout(START_SECONDS), asyncio.TaskGroup() as group:
                for one in noted:
                    group.create_task(self.start(one))

    async def start(self, noted: Noted) -> None:
        """See that a parts list that is committed is parsed; nothing for other files."""
        if noted.parts_list is not None:
            await self.parts_lists.start(noted.parts_list)


def each_name_once(received: Sequence[Attempt[T]]) -> list[Attempt[T]]:
    """The files, the later ones of a name refused: which of them were stored would be a matter of chance."""
    again = repeated([attempt.name for attempt in received])
    return [
        Attempt(one.name, one.field, name_taken(one.name, one.field)) if place in again else one
        for place, one in enumerate(received)
    ]


def _row_of(upload: Upload) -> NewRow:
    return NewRow(
        upload.file_id, upload.moc_id, "parts-list", upload.url, upload.filename, upload.media_type, upload.field
    )


def _told(row: NewRow, created_at: str, parts_list_id: str | None = None) -> FileOut:
    return FileOut(
        id=str(row.id),
        moc_id=str(row.moc_id),
        file_type=row.file_type,
        file_url=row.url,
        original_filename=row.filename,
        mime_type=row.media_type,
        created_at=created_at,
        parts_list_id=parts_list_id,
    )
