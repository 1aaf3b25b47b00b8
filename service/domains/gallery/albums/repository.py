"""All SQL of the album routes; the owner comes first."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from service.db.database import Database, Row, Transaction
from service.db.pages import existing, paged
from service.domains.gallery.albums import statements
from service.kernel.errors import NotFound
from service.kernel.paging import Slice

ALBUM = "Album"


@dataclass(frozen=True, slots=True)
class AlbumRepository:
    """Rows of `gallery_albums` as asyncpg gives them, most of them with `image_count` and `cover_image_url`."""

    database: Database

    async def page_of(self, owner: str, wanted: Slice) -> tuple[Sequence[Row], int]:
        """The owner's albums, newest first, and how many there are in all."""
        return paged(await self.database.fetch(statements.LIST, owner, wanted.limit, wanted.offset))

    async def detail(self, album_id: UUID) -> tuple[dict[str, Any], Sequence[Row]]:  # not-owned: see below
        """An album and its images, newest first; the service compares the owner, to tell 403 from 404.

        Raises NotFound.
        """
        rows = await self.database.fetch(statements.DETAIL, album_id)
        first = existing(rows[0] if rows else None, ALBUM)
        album = {name: first[f"{statements.ALBUM_PREFIX}{name}"] for name in statements.NAMES}
        return album, [] if first["id"] is None else rows

    async def owner_of(self, album_id: UUID) -> str:  # not-owned: it tells the owner
        """Whose album it is. Raises NotFound."""
        owner: str = existing(await self.database.fetch_row(statements.OWNER, album_id), ALBUM)["user_id"]
        return owner

    async def owners_within(self, album_id: UUID) -> Sequence[str]:  # not-owned: it tells the owners
        """Whose images lie in it: nobody's but the album's owner's, unless the first backend put them there."""
        return [row["user_id"] for row in await self.database.fetch(statements.OWNERS_WITHIN, album_id)]

    async def cover_owner(self, transaction: Transaction, image_id: UUID) -> str | None:  # not-owned: it tells
        """Whose image it is; None when there is none."""
        row = await transaction.fetch_row(statements.COVER_OWNER, image_id)
        return row["user_id"] if row else None

    async def insert(self, owner: str, transaction: Transaction, fields: Mapping[str, Any]) -> Row:
        """A new album."""
        values = [fields[column] for column in statements.WRITABLE]
        return existing(await transaction.fetch_row(statements.INSERT, owner, *values), ALBUM)

    async def locked(self, owner: str, transaction: Transaction, album_id: UUID) -> Row:
        """The owner's album, held until the transaction ends, its own columns. Raises NotFound."""
        return _owned(await transaction.fetch_row(statements.LOCKED, album_id), owner)

    async def shown(self, owner: str, transaction: Transaction, album_id: UUID) -> Row:
        """The owner's album, which `locked` holds, with count and cover."""
        return _owned(await transaction.fetch_row(statements.ONE, album_id), owner)

    async def update(self, owner: str, transaction: Transaction, album_id: UUID, changes: Mapping[str, Any]) -> Row:
        """The changed album, which `locked` holds."""
        statement = statements.update_of(tuple(changes))
        return _owned(await transaction.fetch_row(statement, album_id, *changes.values()), owner)

    async def delete(self, owner: str, transaction: Transaction, album_id: UUID) -> Sequence[Row]:
        """Delete the owner's album: the images that lay in it, as they are now. Raises NotFound.

        They are let go before the album goes: an old foreign key in production would take them along.
        """
        _owned(await transaction.fetch_row(statements.LOCKED_TO_GO, album_id), owner)
        await transaction.fetch(statements.LOCKED_WITHIN, album_id)
        images = await transaction.fetch(statements.LET_GO, album_id)
        await transaction.execute(statements.DELETE, album_id)
        return images


def _owned(row: Row | None, owner: str) -> Row:
    """The row, unless it is gone or has changed hands meanwhile. Raises NotFound."""
    found = existing(row, ALBUM)
    if found["user_id"] != owner:
        raise NotFound("Album not found")
    return found
