"""What the image routes, their rules and their SQL tell each other. Pure."""

from dataclasses import dataclass
from uuid import UUID

from service.kernel.titles import MAX_TITLE_CHARS


@dataclass(frozen=True, slots=True)
class Place:
    """Which of a user's images: those in an album (None: outside any), with a tag ("": whichever)."""

    album_id: UUID | None
    tag: str


@dataclass(frozen=True, slots=True)
class Stored:
    """A new image's id, title and where its two files lie."""

    image_id: UUID
    title: str
    image_url: str
    thumbnail_url: str


@dataclass(frozen=True, slots=True)
class NewImage:
    """The columns that a client decides on; `tags` as JSON text, no title: the file's name."""

    title: str | None
    description: str | None
    tags: str | None
    album_id: UUID | None

    def title_or(self, filename: str) -> str:
        """The title, or as much of the file's name as a title holds."""
        return self.title or filename[:MAX_TITLE_CHARS].strip()
