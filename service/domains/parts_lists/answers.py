"""What the parts-list routes answer, made from rows. Pure."""

from collections.abc import Sequence
from typing import cast
from uuid import UUID

import msgspec

from service.db.database import Row
from service.domains.parts_lists.repository import Outcome
from service.domains.parts_lists.schemas import (
    Finding,
    OldAnswer,
    OldMoc,
    OldParsing,
    OldPartsList,
    OldUpload,
    PartOut,
    PartsListAccepted,
    PartsListOut,
    PartsListPage,
    StoredFile,
)
from service.domains.parts_lists.status import PENDING
from service.domains.parts_lists.types import Format
from service.domains.parts_lists.upload import Stored, Upload
from service.kernel.paging import Slice
from service.kernel.wire_time import wire_time


def accepted(upload: Upload, stored: Stored) -> PartsListAccepted:
    """A list that is yet to be parsed."""
    return PartsListAccepted(parts_list_id=str(stored.list_id), status=PENDING, file=_file(upload, stored))


def parsed(upload: Upload, stored: Stored, outcome: Outcome, moc_pieces: int, found: Format) -> OldAnswer:
    """A list that is parsed, as old clients are told; `moc_pieces` is the sum over the MOC's lists."""
    total = outcome.total or 0
    data = OldUpload(
        file=_file(upload, stored),
        parts_list=_old_list(upload, stored, outcome, total),
        parsing=OldParsing(total_piece_count=total, unique_parts=outcome.rows, format=found, success=True),
        moc=OldMoc(id=str(upload.moc_id), total_piece_count=moc_pieces),
    )
    return OldAnswer(data=data, message="Parts list uploaded and parsed")


def page(moc_id: UUID, row: Row, wanted: Slice) -> bytes:
    """The JSON of a list (a row of `READ`) with a slice of its parts."""
    parts_list = PartsListOut(
        id=str(row["id"]),
        moc_id=str(moc_id),
        title=row["title"],
        status=row["status"],
        errors=cast(Sequence[Finding], msgspec.Raw(row["errors"].encode())),  # PostgreSQL made the JSON
        error_count=row["error_count"],
        created_at=wire_time(row["created_at"]),
        updated_at=wire_time(row["updated_at"]),
        parts=cast(Sequence[PartOut], msgspec.Raw(row["parts"].encode())),
        total_parts=row["total_parts"],
        rows=row["row_count"],
        file_id=str(row["file_id"]) if row["file_id"] else None,
    )
    total = row["row_count"] or 0
    return msgspec.json.encode(PartsListPage(data=parts_list, total=total, page=wanted.page, limit=wanted.limit))


def _file(upload: Upload, stored: Stored) -> StoredFile:
    return StoredFile(
        id=str(upload.file_id),
        moc_id=str(upload.moc_id),
        file_type="parts-list",
        file_url=upload.url,
        original_filename=upload.filename,
        mime_type=upload.media_type,
        created_at=wire_time(stored.created_at),
    )


def _old_list(upload: Upload, stored: Stored, outcome: Outcome, total: int) -> OldPartsList:
    return OldPartsList(
        id=str(stored.list_id),
        moc_id=str(upload.moc_id),
        file_id=str(upload.file_id),
        title=stored.title,
        status=outcome.status,
        total_parts_count=str(total),
        total_parts=total,
        rows=outcome.rows,
        errors=[Finding(line=line, code=code, message=message) for line, code, message in outcome.errors],
        error_count=outcome.error_count,
        created_at=wire_time(stored.created_at),
    )
