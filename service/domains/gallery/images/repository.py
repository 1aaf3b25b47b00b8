"""All SQL of the image routes; the owner comes first."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import asyncpg

from service.db.constraints import IMAGE_OF_FLAG, ONE_FLAG_PER_USER
from service.db.database import Database, Row, Transaction
from service.db.pages import existing, paged
from service.db.violations import violated
from service.domains.gallery.images import statements
from service.domains.gallery.images.values import NewImage, Place, Stored
from service.kernel.errors import Conflict, NotFound
from service.kernel.paging import Slice
from service.search.queries import escape_like

IMAGE = "Image"


@dataclass(frozen=True, slots=True)
class ImageRepository:
    """Rows of `gallery_images` as asyncpg gives them."""

    database: Database

    async def page_of(self, owner: str, wanted: Slice, place: Place) -> tuple[Sequence[Row], int]:
        """The owner's images there, newest first, and how many there are in all."""
        values = (owner, wanted.limit, wanted.offset, place.album_id, place.tag)
        return paged(await self.database.fetch(statements.LIST, *values))

    async def search(self, owner: str, words: str, wanted: Slice, place: Place) -> tuple[Sequence[Row], int]:
        """Those that hold these words in title or description; what search falls back to."""
        values = (owner, wanted.limit, wanted.offset, place.album_id, place.tag, escape_like(words))
        return paged(await self.database.fetch(statements.SEARCH, *values))

    async def detail(self, image_id: UUID) -> Row:  # not-owned: the service compares the owner, to tell 403 from 404
        """One image. Raises NotFound."""
        return existing(await self.database.fetch_row(statements.DETAIL, image_id), IMAGE)

    async def owner_of(self, image_id: UUID) -> str:  # not-owned: it tells the owner
        """Whose image it is. Raises NotFound."""
        owner: str = existing(await self.database.fetch_row(statements.OWNER, image_id), IMAGE)["user_id"]
        return owner

    async def album_owner(self, album_id: UUID) -> str | None:  # not-owned: it tells the owner
        """Whose album it is; None when there is none."""
        row = await self.database.fetch_row(statements.ALBUM_OWNER, album_id)
        return row["user_id"] if row else None

    async def held_album(self, transaction: Transaction, album_id: UUID) -> str | None:  # not-owned: it tells the owner
        """Whose album it is, which can't be deleted until the transaction ends; None when there is none."""
        row = await transaction.fetch_row(statements.HELD_ALBUM, album_id)
        return row["user_id"] if row else None

    async def locked(self, owner: str, transaction: Transaction, image_id: UUID) -> Row:
        """The owner's image, held until the transaction ends. Raises NotFound, also when it changed hands meanwhile."""
        row = existing(await transaction.fetch_row(statements.LOCKED, image_id), IMAGE)
        if row["user_id"] != owner:
            raise NotFound("Image not found")
        return row

    async def insert(self, owner: str, transaction: Transaction, stored: Stored, new: NewImage) -> Row:
        """A new image."""
        values = (stored.image_id, stored.title, new.description, new.tags)
        row = await transaction.fetch_row(
            statements.INSERT, owner, *values, stored.image_url, stored.thumbnail_url, new.album_id
        )
        return existing(row, IMAGE)

    async def update(self, owner: str, transaction: Transaction, image_id: UUID, changes: Mapping[str, Any]) -> Row:
        """The changed image, which `locked` holds."""
        statement = statements.update_of(tuple(changes))
        return existing(await transaction.fetch_row(statement, image_id, *changes.values()), IMAGE)

    async def delete(self, owner: str, transaction: Transaction, image_id: UUID) -> Row:
        """Delete the owner's image, its links and flags: where its files lay, and when. Raises NotFound."""
        return existing(await transaction.fetch_row(statements.DELETE, image_id, owner), IMAGE)

    async def flag(self, owner: str, transaction: Transaction, image_id: UUID, reason: str | None) -> Row:
        """The owner's flag on anybody's image. Raises Conflict for a second one, NotFound when the image is gone."""
        try:
            return existing(await transaction.fetch_row(statements.FLAG, owner, image_id, reason), IMAGE)
        except (asyncpg.UniqueViolationError, asyncpg.ForeignKeyViolationError) as error:
            raise _refused(error) from error


def _refused(error: Exception) -> Exception:
    if violated(error) == ONE_FLAG_PER_USER:
        return Conflict("You have flagged this image already", [{"field": "imageId", "message": "is flagged already"}])
    return NotFound("Image not found") if violated(error) == IMAGE_OF_FLAG else error
