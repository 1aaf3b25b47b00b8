"""What makes an image's fields valid beyond their shape, and where it may lie. Pure."""

from collections.abc import Mapping
from typing import Any

import msgspec

from service.domains.gallery.fields import given, none_if_blank, reference
from service.domains.gallery.images.schemas import ImageIn, ImagePatch
from service.domains.gallery.images.values import NewImage
from service.kernel.errors import Forbidden, NotFound
from service.kernel.titles import trimmed_title
from service.search.documents import image_fields


def new_image(wanted: ImageIn) -> NewImage:
    """What is blank counts as not given, as forms send it. Raises ValidationFailed."""
    title = none_if_blank(wanted.title)
    return NewImage(
        title=trimmed_title(title) if title else None,
        description=none_if_blank(wanted.description),
        tags=_json(wanted.tags) if wanted.tags else None,
        album_id=reference(wanted.album_id, "albumId"),
    )


def asked(patch: ImagePatch) -> dict[str, Any]:
    """The columns that the patch names, in the row's types but for `tags`. Raises ValidationFailed."""
    wanted = given(patch)
    if "description" in wanted:
        wanted["description"] = none_if_blank(wanted["description"])
    if "album_id" in wanted:
        wanted["album_id"] = reference(wanted["album_id"], "albumId")
    return wanted


def changes(wanted: Mapping[str, Any], current: Mapping[str, Any]) -> dict[str, Any]:
    """The columns that really change; `current` is the row as it is. Raises ValidationFailed.

    What a client merely sends back is no change: an old row may hold what no new one may.
    """
    shown = image_fields(current)
    changed = {name: value for name, value in wanted.items() if value != shown[name]}
    if "title" in changed:
        changed["title"] = trimmed_title(changed["title"])
    if changed.get("tags") is not None:
        changed["tags"] = _json(changed["tags"])
    return changed


def require_album(album_owner: str | None, owner: str) -> None:
    """An image lies in an album of its own owner's, whoever puts it there. Raises NotFound, Forbidden."""
    if album_owner is None:
        raise NotFound("Album not found")
    if album_owner != owner:
        raise Forbidden("This album belongs to somebody else")


def _json(tags: tuple[str, ...]) -> str:
    return msgspec.json.encode(tags).decode()
