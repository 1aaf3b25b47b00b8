"""What the search index holds: everything that a result shows, so that a hit needs no second query. Pure."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import msgspec

from service.kernel.wire_time import wire_time
from service.search import indices


class MocDocument(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """A MOC as it is indexed and as clients read it: an empty optional field is left out, never null."""

    id: UUID
    user_id: str
    title: str
    type: str
    created_at: str
    updated_at: str
    description: str | None = None
    author: str | None = None
    parts_count: int | None = None
    theme: str | None = None
    subtheme: str | None = None
    uploaded_date: str | None = None
    brand: str | None = None
    set_number: str | None = None
    release_year: int | None = None
    retired: bool | None = None
    tags: tuple[str, ...] | None = None
    thumbnail_url: str | None = None
    total_piece_count: int | None = None


def moc_fields(row: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a `moc_instructions` row (any mapping by column name, `tags` as JSON text) in the wire's types."""
    uploaded = row["uploaded_date"]
    tags = row["tags"]
    return {
        "id": row["id"],
        "user_id": row["user_id"],
        "title": row["title"],
        "type": row["type"],
        "created_at": wire_time(row["created_at"]),
        "updated_at": wire_time(row["updated_at"]),
        "description": row["description"],
        "author": row["author"],
        "parts_count": row["parts_count"],
        "theme": row["theme"],
        "subtheme": row["subtheme"],
        "uploaded_date": None if uploaded is None else wire_time(uploaded),
        "brand": row["brand"],
        "set_number": row["set_number"],
        "release_year": row["release_year"],
        "retired": row["retired"],
        "tags": None if tags is None else _strings(tags),
        "thumbnail_url": row["thumbnail_url"],
        "total_piece_count": row["total_piece_count"],
    }


def moc_document(row: Mapping[str, Any]) -> MocDocument:
    """The document of a `moc_instructions` row."""
    return MocDocument(**moc_fields(row))


class ImageDocument(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """A gallery image as clients and the index have it. Times as `kernel.wire_time.wire_time` writes them."""

    id: UUID
    user_id: str
    title: str
    image_url: str
    flagged: bool
    created_at: str
    last_updated_at: str
    description: str | None = None
    tags: tuple[str, ...] | None = None
    thumbnail_url: str | None = None
    album_id: UUID | None = None


def image_fields(row: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a `gallery_images` row (any mapping by column name, `tags` as JSON text) in the wire's types."""
    tags = row["tags"]
    return {
        "id": row["id"],
        "user_id": row["user_id"],
        "title": row["title"],
        "image_url": row["image_url"],
        "flagged": bool(row["flagged"]),
        "created_at": wire_time(row["created_at"]),
        "last_updated_at": wire_time(row["last_updated_at"]),
        "description": row["description"],
        "tags": None if tags is None else _strings(tags),
        "thumbnail_url": row["thumbnail_url"],
        "album_id": row["album_id"],
    }


def image_document(row: Mapping[str, Any]) -> ImageDocument:
    """The document of a `gallery_images` row."""
    return ImageDocument(**image_fields(row))


class WishlistDocument(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """A wishlist item as clients and the index have it. Times as `kernel.wire_time.wire_time` writes them."""

    id: UUID
    user_id: str
    title: str
    sort_order: str
    created_at: str
    updated_at: str
    description: str | None = None
    product_link: str | None = None
    image_url: str | None = None
    category: str | None = None


def wishlist_fields(row: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a `wishlist_items` row (any mapping by column name) in the wire's types."""
    return {
        "id": row["id"],
        "user_id": row["user_id"],
        "title": row["title"],
        "sort_order": row["sort_order"],
        "created_at": wire_time(row["created_at"]),
        "updated_at": wire_time(row["updated_at"]),
        "description": row["description"],
        "product_link": row["product_link"],
        "image_url": row["image_url"],
        "category": row["category"],
    }


def wishlist_document(row: Mapping[str, Any]) -> WishlistDocument:
    """The document of a `wishlist_items` row."""
    return WishlistDocument(**wishlist_fields(row))


@dataclass(frozen=True, slots=True)
class Kind:
    """How the rows of a table become documents: the builder, and the column that tells newer from older."""

    document: Callable[[Mapping[str, Any]], msgspec.Struct]
    changed_at: str


KINDS: Mapping[str, Kind] = {
    indices.MOCS: Kind(moc_document, "updated_at"),
    indices.IMAGES: Kind(image_document, "last_updated_at"),
    indices.WISHLIST: Kind(wishlist_document, "updated_at"),
}
"""By the name that index and table share."""

_decode_strings = msgspec.json.Decoder(tuple[str, ...]).decode
_decode_any = msgspec.json.Decoder().decode


def _strings(text: str) -> tuple[str, ...] | None:
    """The strings of a JSON array; old rows may hold something else, which is no tags."""
    try:
        return _decode_strings(text)
    except (msgspec.MsgspecError, RecursionError):
        return _strings_among(text)


def _strings_among(text: str) -> tuple[str, ...] | None:
    try:
        tags = _decode_any(text)
    except (msgspec.DecodeError, RecursionError):  # PostgreSQL nests deeper than this decoder does
        return None
    return tuple(tag for tag in tags if isinstance(tag, str)) if isinstance(tags, list) else None
