"""What makes an album's fields valid beyond their shape, and how its row is shown. Pure."""

from collections.abc import Mapping
from typing import Any

from service.domains.gallery.albums.schemas import AlbumIn, AlbumPatch
from service.domains.gallery.fields import given, none_if_blank, reference
from service.kernel.errors import Forbidden, NotFound
from service.kernel.titles import trimmed_title
from service.kernel.wire_time import wire_time


def new_album(wanted: AlbumIn) -> dict[str, Any]:
    """The columns of a new row. Raises ValidationFailed."""
    return {
        "title": trimmed_title(wanted.title),
        "description": none_if_blank(wanted.description),
        "cover_image_id": reference(wanted.cover_image_id, "coverImageId"),
    }


def asked(patch: AlbumPatch) -> dict[str, Any]:
    """The columns that the patch names. Raises ValidationFailed."""
    wanted = given(patch)
    if "description" in wanted:
        wanted["description"] = none_if_blank(wanted["description"])
    if "cover_image_id" in wanted:
        wanted["cover_image_id"] = reference(wanted["cover_image_id"], "coverImageId")
    return wanted


def changes(wanted: Mapping[str, Any], current: Mapping[str, Any]) -> dict[str, Any]:
    """The columns that really change; `current` is the row as it is. Raises ValidationFailed.

    What a client merely sends back is no change: an old row may hold what no new one may.
    """
    changed = {name: value for name, value in wanted.items() if value != current[name]}
    if "title" in changed:
        changed["title"] = trimmed_title(changed["title"])
    return changed


def require_cover(cover_owner: str | None, owner: str) -> None:
    """The cover is an image of the album's owner. Raises NotFound, Forbidden."""
    if cover_owner is None:
        raise NotFound("Cover image not found")
    if cover_owner != owner:
        raise Forbidden("This cover image belongs to somebody else")


def album_fields(row: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a `gallery_albums` row, with its count and cover, in the wire's types."""
    return {
        "id": row["id"],
        "user_id": row["user_id"],
        "title": row["title"],
        "description": row["description"],
        "cover_image_id": row["cover_image_id"],
        "created_at": wire_time(row["created_at"]),
        "last_updated_at": wire_time(row["last_updated_at"]),
        "image_count": row["image_count"],
        "cover_image_url": row["cover_image_url"],
    }
