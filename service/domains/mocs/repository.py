"""All SQL of the MOC routes; the owner comes first."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import asyncpg

from service.db.constraints import ONE_TITLE_PER_OWNER
from service.db.database import Database, Row, Transaction
from service.db.pages import Found, existing, paged
from service.db.violations import violated
from service.domains.mocs import statements
from service.kernel.errors import Conflict, NotFound
from service.kernel.paging import Slice
from service.search.queries import escape_like


@dataclass(frozen=True, slots=True)
class MocRepository:
    """Rows of `moc_instructions` as asyncpg gives them."""

    database: Database

    async def page_of(self, owner: str, wanted: Slice, tag: str) -> Found:
        """The owner's MOCs, newest first, of one tag if given; and how many there are in all."""
        if tag:
            return paged(await self.database.fetch(statements.LIST_WITH_TAG, owner, wanted.limit, wanted.offset, tag))
        return paged(await self.database.fetch(statements.LIST, owner, wanted.limit, wanted.offset))

    async def search(self, owner: str, words: str, tag: str, wanted: Slice) -> Found:
        """The owner's MOCs that hold these words in title or description; what search falls back to."""
        values = (owner, wanted.limit, wanted.offset, escape_like(words))
        if tag:
            return paged(await self.database.fetch(statements.SEARCH_WITH_TAG, *values, tag))
        return paged(await self.database.fetch(statements.SEARCH, *values))

    async def detail(self, moc_id: UUID) -> Row:  # not-owned: the service compares the owner, to tell 403 from 404
        """A MOC with `files`, `images` and `parts_lists` as JSON text. Raises NotFound."""
        return _moc(await self.database.fetch_row(statements.DETAIL, moc_id))

    async def owner_of(self, moc_id: UUID) -> str:  # not-owned: it tells the owner
        """Whose MOC it is. Raises NotFound."""
        owner: str = _moc(await self.database.fetch_row(statements.OWNER, moc_id))["user_id"]
        return owner

    async def detail_within(self, owner: str, transaction: Transaction, moc_id: UUID) -> Row:
        """The same of the owner's MOC as the transaction sees it."""
        return _moc(await transaction.fetch_row(statements.DETAIL, moc_id))

    async def by_category(self, owner: str) -> Sequence[Row]:
        """The `category` and `count` of the owner's ten most frequent themes and tags."""
        return await self.database.fetch(statements.BY_CATEGORY, owner)

    async def by_month(self, owner: str) -> Sequence[Row]:
        """`date` (YYYY-MM), `category` and `count` of what the owner has added in twelve months, this one included."""
        return await self.database.fetch(statements.BY_MONTH, owner)

    async def require_new_title(self, owner: str, title: str) -> None:
        """Raise Conflict when the owner has a MOC of that title already; the insert decides a race."""
        if await self.database.fetch_row(statements.SAME_TITLE, owner, title) is not None:
            raise _title_taken()

    async def insert(self, owner: str, transaction: Transaction, moc_id: UUID, fields: Mapping[str, Any]) -> Row:
        """A new MOC. Raises Conflict when the owner has one of that title."""
        values = [fields[column] for column in statements.WRITABLE]
        try:
            return _moc(await transaction.fetch_row(statements.INSERT, owner, moc_id, fields["type"], *values))
        except asyncpg.UniqueViolationError as error:
            raise _conflict(error) from error

    async def locked(self, owner: str, transaction: Transaction, moc_id: UUID) -> Row:
        """The owner's MOC, held until the transaction ends. Raises NotFound, also when it changed hands meanwhile."""
        row = _moc(await transaction.fetch_row(statements.LOCKED, moc_id))
        if row["user_id"] != owner:
            raise NotFound("MOC not found")
        return row

    async def update(self, owner: str, transaction: Transaction, moc_id: UUID, changes: Mapping[str, Any]) -> Row:
        """The changed MOC, which `locked` holds. Raises Conflict when the owner has another of that title."""
        try:
            return _moc(await transaction.fetch_row(statements.update_of(tuple(changes)), moc_id, *changes.values()))
        except asyncpg.UniqueViolationError as error:
            raise _conflict(error) from error

    async def delete(self, owner: str, transaction: Transaction, moc_id: UUID) -> tuple[Sequence[str], Row]:
        """Delete what `locked` holds, with its links, files' rows and parts lists: the files' URLs, when it went."""
        urls = [row["file_url"] for row in await transaction.fetch(statements.FILE_URLS, moc_id)]
        return urls, _moc(await transaction.fetch_row(statements.DELETE, moc_id))


def _moc(row: Row | None) -> Row:
    return existing(row, "MOC")


def _conflict(error: Exception) -> Exception:
    if violated(error) == ONE_TITLE_PER_OWNER:
        return _title_taken()
    return error


def _title_taken() -> Conflict:
    return Conflict("You already have a MOC with this title", [{"field": "title", "message": "is taken"}])
