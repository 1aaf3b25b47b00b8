"""The wire Structs of the parts-list routes."""

from collections.abc import Sequence

import msgspec

from service.domains.parts_lists.status import Status
from service.kernel.envelope import One


class StoredFile(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The file that was stored."""

    id: str
    moc_id: str
    file_type: str
    file_url: str
    original_filename: str
    mime_type: str
    created_at: str


class PartsListAccepted(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The list is stored; its parsing goes on. `GET …/parts-lists/{listId}` tells how it ended."""

    parts_list_id: str
    status: Status
    file: StoredFile


class Finding(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A row that was left out, or why the file failed. Line 1 = the header; JSON entries and items begin at 2."""

    code: str
    message: str
    line: int | None = None


class PartOut(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """One good row of a list."""

    line: int
    part_id: str
    quantity: int
    name: str | None = None
    color: str | None = None
    is_spare: bool | None = None


class PartsListOut(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """A list, how its parsing went, and one page of its parts.

    `errors` has the first hundred findings, `error_count` counts all of them. `rows` and `total_parts` are the good
    rows and their pieces: missing as long as they are not known. The first backend kept no parts.
    """

    id: str
    moc_id: str
    title: str
    status: Status
    errors: Sequence[Finding]
    error_count: int
    created_at: str
    updated_at: str
    parts: Sequence[PartOut]
    total_parts: int | None = None
    rows: int | None = None
    file_id: str | None = None


class PartsListPage(One[PartsListOut], frozen=True, kw_only=True):
    """A list with a page of its parts; `total` counts the parts' rows."""

    total: int
    page: int
    limit: int


class OldParsing(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """How old clients read the result; a "unique part" is a row."""

    total_piece_count: int
    unique_parts: int
    format: str
    success: bool


class OldMoc(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The MOC and the sum over its lists."""

    id: str
    total_piece_count: int


class OldPartsList(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The list, without its parts; the count is text, as it is in the database."""

    id: str
    moc_id: str
    file_id: str
    title: str
    status: Status
    total_parts_count: str
    total_parts: int
    rows: int
    errors: Sequence[Finding]
    error_count: int
    created_at: str


class OldUpload(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What the old route answers."""

    file: StoredFile
    parts_list: OldPartsList
    parsing: OldParsing
    moc: OldMoc


class OldAnswer(One[OldUpload], frozen=True, kw_only=True):
    """With the sentence that old clients show."""

    message: str
