"""What of the gallery is asked for. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar
from uuid import UUID

from service.domains.gallery.feed.cursor import Cursor
from service.domains.gallery.fields import reference
from service.kernel.errors import ValidationFailed

T = TypeVar("T")

_KINDS = {"all": (True, True), "image": (True, False), "album": (False, True)}
_FLAGGED = {"": None, "true": True, "false": False}


@dataclass(frozen=True, slots=True)
class Filter:
    """Which items: `flagged` None, `words` and `tag` "" and `album_id` None let everything pass."""

    images: bool
    albums: bool
    words: str
    tag: str
    album_id: UUID | None
    flagged: bool | None

    @classmethod
    def of_query(cls, *, kind: str, words: str, tag: str, album_id: str, flagged: str) -> "Filter":
        """The filter that these parameters ask for, blank ones counting as not given. Raises ValidationFailed.

        An album has no tags, lies in no album and is never flagged: where that is asked for, there are only images.
        """
        images, albums = _one_of("type", _KINDS, kind.strip() or "all")
        wanted = _one_of("flagged", _FLAGGED, flagged.strip())
        tag, album = tag if tag.strip() else "", reference(album_id, "albumId")
        return cls(images, albums and not (tag or album or wanted), words.strip(), tag, album, wanted)


@dataclass(frozen=True, slots=True)
class Part:
    """Which part of the list: `limit` items behind the cursor, or behind so many as an old client says."""

    limit: int
    behind: Cursor | None = None
    offset: int = 0


def _one_of(name: str, known: Mapping[str, T], value: str) -> T:
    if value not in known:
        raise ValidationFailed.of_field(name, f"has to be one of {', '.join(filter(None, known))}")
    return known[value]
