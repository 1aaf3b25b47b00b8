"""The wire Structs of a MOC's files."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

import msgspec

from service.domains.mocs.schemas import MocDetailOut, MocFileOut
from service.kernel.envelope import One
from service.web.uploads import CompleteIn


class FileForm(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The text fields beside the files."""

    file_type: Literal["instruction", "parts-list", "thumbnail"] | None = None


class FileCompleteIn(CompleteIn, frozen=True, kw_only=True, rename="camel"):
    """The upload that is done, with the text field of the form."""

    file_type: Literal["instruction", "parts-list", "thumbnail"] | None = None


class FileOut(MocFileOut, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """A file that was stored; `partsListId` tells which list is now being parsed from it."""

    parts_list_id: str | None = None


class FailedFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file of several that was not stored, with the code and the sentence that it would have got alone."""

    name: str
    code: str
    reason: str


class FilesOut(msgspec.Struct, frozen=True, kw_only=True):
    """What became of several files."""

    uploaded: Sequence[FileOut]
    failed: Sequence[FailedFile]


class DownloadOut(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """Where a file can be fetched. Addresses that the first backend has left do not expire."""

    download_url: str
    filename: str
    mime_type: str
    expires_in: int | None = None
    expires_at: str | None = None


class OldImageOut(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An image that came with a MOC, as old clients read it."""

    id: str
    url: str
    alt: str
    caption: str


class OldMocOut(MocDetailOut, frozen=True, kw_only=True, rename="camel"):
    """A new MOC as old clients read it: `images` are those of its files."""

    images: Sequence[OldImageOut] = ()  # type: ignore[assignment]


class CreatedWithFiles(One[MocDetailOut], frozen=True, kw_only=True):
    """The new MOC, with the old clients' keys beside the new one."""

    message: str
    moc: OldMocOut


class Download(msgspec.Struct, frozen=True, kw_only=True):
    """A file's address; `expires_at` in UTC, None for an address that the first backend has left."""

    url: str
    filename: str
    media_type: str
    expires_at: datetime | None = None
