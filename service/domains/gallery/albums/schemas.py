"""The wire Structs of the album routes: what comes in, what goes out."""

from collections.abc import Sequence
from uuid import UUID

import msgspec
from msgspec import UNSET, UnsetType

from service.domains.gallery.fields import Prose, Reference, Title
from service.domains.gallery.images.schemas import ImageOut


class AlbumIn(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A new album. `null` means not given; unknown keys are ignored."""

    title: Title
    description: Prose | None = None
    cover_image_id: Reference | None = None


class AlbumPatch(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Changes to an album: only the fields that are given; `null` clears an optional one."""

    title: Title | UnsetType = UNSET
    description: Prose | UnsetType | None = UNSET
    cover_image_id: Reference | UnsetType | None = UNSET


class AlbumOut(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """An album as clients read it; it shows its cover while that lies in it."""

    id: UUID
    user_id: str
    title: str
    created_at: str
    last_updated_at: str
    image_count: int
    description: str | None = None
    cover_image_id: UUID | None = None
    cover_image_url: str | None = None


class AlbumDetailOut(AlbumOut, frozen=True, kw_only=True, rename="camel"):
    """An album with its images, newest first."""

    images: Sequence[ImageOut]
