"""The wire Structs of the parts-list routes."""

from typing import Literal

import msgspec

Status = Literal["pending", "parsed", "parsed-with-errors", "failed"]


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
    """The list is stored; its parsing goes on. The MOC's `partsLists` tells how it ended."""

    parts_list_id: str
    status: Status
    file: StoredFile
