"""The gallery list: one statement, never cached, as old clients ask for it in ever different ways."""

from collections.abc import Sequence
from dataclasses import dataclass

from service.db.database import Row
from service.domains.gallery.albums.rules import album_fields
from service.domains.gallery.feed.cursor import Cursor
from service.domains.gallery.feed.filters import Filter, Part
from service.domains.gallery.feed.repository import FeedRepository
from service.domains.gallery.feed.schemas import AlbumItem, FeedOut, ImageItem, Item
from service.kernel.principal import Principal
from service.search.documents import image_fields


@dataclass(frozen=True, slots=True)
class FeedService:
    """What a signed-in user has in the gallery."""

    feed: FeedRepository

    async def part(self, who: Principal, asked: Filter, part: Part) -> FeedOut:
        """The user's own images and albums, newest first."""
        rows, total = await self.feed.part_of(who.sub, asked, part)
        shown = rows[: part.limit]
        items = [_item(row) for row in shown]
        more = len(rows) > len(shown)
        return FeedOut(
            success=True,
            data=items,
            total=total,
            limit=part.limit,
            items=items,
            has_more=more,
            next_cursor=_behind(shown) if more else None,
        )


def _item(row: Row) -> Item:
    return AlbumItem(**album_fields(row)) if row["kind"] == "album" else ImageItem(**image_fields(row))


def _behind(rows: Sequence[Row]) -> str:
    last = rows[-1]
    return str(Cursor.behind(last["created_at"], last["id"], last["kind"]))
