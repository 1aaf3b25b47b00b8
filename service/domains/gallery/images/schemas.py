"""The wire Structs of the image routes: what comes in, what goes out."""

from uuid import UUID

import msgspec
from msgspec import UNSET, UnsetType

from service.domains.gallery.fields import Prose, Reference, Tags, Title
from service.kernel.envelope import One
from service.search.documents import ImageDocument
from service.web.uploads import CompleteIn


class ImageIn(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What stands beside the file of a new image. `null` means not given; unknown keys are ignored."""

    title: Title | None = None
    description: Prose | None = None
    tags: Tags | None = None
    album_id: Reference | None = None


class ImageCompleteIn(CompleteIn, frozen=True, kw_only=True, rename="camel"):
    """An image's upload that is done, with the form's text fields; tags as a list, or as the text a form would hold."""

    title: Title | None = None
    description: Prose | None = None
    tags: Tags | str | None = None
    album_id: Reference | None = None


class ImagePatch(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Changes to an image: only the fields that are given; `null` clears an optional one."""

    title: Title | UnsetType = UNSET
    description: Prose | UnsetType | None = UNSET
    tags: Tags | UnsetType | None = UNSET
    album_id: Reference | UnsetType | None = UNSET


class ImageOut(ImageDocument, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """An image as clients read it: the very document that the search index holds."""


class FlagIn(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Which image, and what is wrong with it."""

    image_id: UUID
    reason: Prose | None = None


class FlagOut(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """A user's flag on an image."""

    id: UUID
    image_id: UUID
    user_id: str
    created_at: str
    last_updated_at: str
    reason: str | None = None


class Flagged(One[FlagOut], frozen=True, kw_only=True):
    """The flag, with the old client's key beside the new one."""

    flag: FlagOut
