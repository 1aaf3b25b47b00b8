"""The wire Structs of the MOC routes: what comes in, what goes out."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from service.kernel.envelope import Page
from service.kernel.text import ONE_LINE, PROSE, Line
from service.search.documents import MocDocument

Title = Annotated[str, Meta(pattern=ONE_LINE)]  # its length counts after trimming: rules.py
Description = Annotated[str, Meta(max_length=5000, pattern=PROSE)]
PartsCount = Annotated[int, Meta(ge=1, le=2_147_483_647)]
ReleaseYear = Annotated[int, Meta(ge=1932)]  # the first brick; the newest is next year: rules.py
Tag = Annotated[str, Meta(min_length=1, max_length=50, pattern=ONE_LINE)]
Tags = Annotated[tuple[Tag, ...], Meta(max_length=20)]
FileUrl = Annotated[str, Meta(max_length=2048, pattern=r"^(https?://|/)[^\s\x00-\x1f\x7f]*$(?!\n)")]
MocType = Literal["moc", "set"]


class MocIn(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A new MOC. `null` means not given; unknown keys are ignored."""

    title: Title
    type: MocType
    description: Description | None = None
    author: Line | None = None
    parts_count: PartsCount | None = None
    theme: Line | None = None
    subtheme: Line | None = None
    uploaded_date: datetime | None = None
    brand: Line | None = None
    set_number: Line | None = None
    release_year: ReleaseYear | None = None
    retired: bool | None = None
    tags: Tags | None = None
    thumbnail_url: FileUrl | None = None


class MocPatch(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Changes to a MOC: only the fields that are given; `null` clears an optional one."""

    title: Title | UnsetType = UNSET
    type: MocType | UnsetType = UNSET
    description: Description | UnsetType | None = UNSET
    author: Line | UnsetType | None = UNSET
    parts_count: PartsCount | UnsetType | None = UNSET
    theme: Line | UnsetType | None = UNSET
    subtheme: Line | UnsetType | None = UNSET
    uploaded_date: datetime | UnsetType | None = UNSET
    brand: Line | UnsetType | None = UNSET
    set_number: Line | UnsetType | None = UNSET
    release_year: ReleaseYear | UnsetType | None = UNSET
    retired: bool | UnsetType | None = UNSET
    tags: Tags | UnsetType | None = UNSET
    thumbnail_url: FileUrl | UnsetType | None = UNSET


class MocOut(MocDocument, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """A MOC as clients read it: the very document that the search index holds."""


class MocFileOut(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """A file of a MOC."""

    id: str
    moc_id: str
    file_type: str
    file_url: str
    created_at: str
    original_filename: str | None = None
    mime_type: str | None = None


class MocImageOut(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """A gallery image that is linked to a MOC; `url` and `alt` are what the old client reads."""

    id: str
    url: str
    alt: str
    created_at: str
    linked_id: str
    thumbnail_url: str | None = None
    caption: str | None = None


class MocPartsListOut(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """A parts list of a MOC, with how far its parsing is and what it counted."""

    id: str
    title: str
    status: Literal["pending", "parsed", "parsed-with-errors", "failed"]
    created_at: str
    updated_at: str
    description: str | None = None
    file_id: str | None = None
    rows: int | None = None
    total_parts: int | None = None
    error_count: int | None = None


class MocDetailOut(MocDocument, frozen=True, kw_only=True, rename="camel"):
    """A MOC with its files, linked images and parts lists."""

    files: Sequence[MocFileOut] = ()
    images: Sequence[MocImageOut] = ()
    parts_lists: Sequence[MocPartsListOut] = ()


class CategoryCount(msgspec.Struct, frozen=True):
    """How many MOCs have a theme or, in lower case, a tag."""

    category: str
    count: int


class MonthCount(msgspec.Struct, frozen=True):
    """How many MOCs of a theme ("Unknown" without one) were added in a month, `YYYY-MM`."""

    date: str
    category: str
    count: int


class MocSearchOut(Page[MocOut], frozen=True, kw_only=True):
    """A page of MOCs with the old client's key beside the new one."""

    mocs: Sequence[MocOut]
