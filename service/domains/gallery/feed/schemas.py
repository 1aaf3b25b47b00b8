"""The wire Structs of the gallery route."""

from collections.abc import Sequence

import msgspec

from service.domains.gallery.albums.schemas import AlbumOut
from service.domains.gallery.images.schemas import ImageOut


class ImageItem(ImageOut, frozen=True, kw_only=True, rename="camel", omit_defaults=True, tag_field="type", tag="image"):
    """An image; `type` says so."""


class AlbumItem(AlbumOut, frozen=True, kw_only=True, rename="camel", omit_defaults=True, tag_field="type", tag="album"):
    """An album; `type` says so."""


Item = ImageItem | AlbumItem


class FeedOut(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """A part of the list, with the old client's keys beside the new ones; `nextCursor` only where more follows."""

    success: bool
    data: Sequence[Item]
    total: int
    limit: int
    items: Sequence[Item]
    has_more: bool
    next_cursor: str | None = None
