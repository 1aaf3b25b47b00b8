"""The SQL of the gallery route; the owner comes first."""

from collections.abc import Sequence
from dataclasses import dataclass

from service.db.database import Database, Row
from service.db.pages import paged
from service.domains.gallery.feed import statements
from service.domains.gallery.feed.filters import Filter, Part
from service.search.queries import escape_like


@dataclass(frozen=True, slots=True)
class FeedRepository:
    """Rows of images and albums together: `kind` says which; a column that the other kind has is null."""

    database: Database

    async def part_of(self, owner: str, asked: Filter, part: Part) -> tuple[Sequence[Row], int]:
        """That part of the owner's items, newest first, one more if there is one, and how many there are in all."""
        words = escape_like(asked.words) if asked.words else ""
        where = (asked.images, asked.albums, words, asked.tag, asked.album_id, asked.flagged)
        behind = part.behind
        after = (behind.created_at.isoformat(), behind.id, behind.kind) if behind else (None, None, None)
        return paged(await self.database.fetch(statements.PART, owner, *where, *after, part.limit + 1, part.offset))
