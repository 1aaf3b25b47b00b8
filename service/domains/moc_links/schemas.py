"""The wire Structs of the links."""

from collections.abc import Sequence
from uuid import UUID

import msgspec

from service.kernel.envelope import Listed, One


class ImageLinkIn(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The image that is to be linked; it has to belong to the MOC's owner."""

    gallery_image_id: UUID


class AlbumLinkIn(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The album that is to be linked; it has to belong to the MOC's owner."""

    gallery_album_id: UUID


class LinkOut(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """A link between a MOC and an image or an album."""

    id: UUID
    moc_id: UUID
    gallery_image_id: UUID | None = None
    gallery_album_id: UUID | None = None


class Linked(One[LinkOut], frozen=True, kw_only=True):
    """The new link, with the old clients' keys beside the new one."""

    message: str
    link: LinkOut


class LinkedImageOut(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """An image that is linked to a MOC; `url` is what old clients read. When it was linked, nobody has noted."""

    id: UUID
    title: str
    url: str
    image_url: str
    created_at: str
    last_updated_at: str
    description: str | None = None
    thumbnail_url: str | None = None
    tags: tuple[str, ...] | None = None


class LinkedImages(Listed[LinkedImageOut], frozen=True, kw_only=True):
    """All images of a MOC, with the old clients' keys beside the new one."""

    images: Sequence[LinkedImageOut]
    message: str


class LinkedAlbumOut(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """An album that is linked to a MOC; its cover is left out when it has none, or one that is gone."""

    id: UUID
    title: str
    image_count: int
    created_at: str
    last_updated_at: str
    description: str | None = None
    cover_image_url: str | None = None


class LinkedAlbums(Listed[LinkedAlbumOut], frozen=True, kw_only=True):
    """All albums of a MOC, with the old clients' keys beside the new one."""

    albums: Sequence[LinkedAlbumOut]
    message: str
