"""All SQL of the wishlist routes; the owner comes first."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from service.db.database import Database, Row, Transaction
from service.db.pages import Found, existing, paged
from service.db.turns import take_turn
from service.domains.wishlist import statements
from service.domains.wishlist.rules import none_of_yours
from service.kernel.errors import Forbidden
from service.kernel.paging import Slice
from service.search.queries import escape_like


@dataclass(frozen=True, slots=True)
class WishlistRepository:
    """Rows of `wishlist_items` as asyncpg gives them."""

    database: Database

    async def listed(self, owner: str, category: str, words: str, wanted: Slice | None) -> Found:
        """The owner's items by `sort_order`, and how many there are in all.

        `category`, `words`: "" for all; `wanted`: None for all.
        """
        limit, offset = (wanted.limit, wanted.offset) if wanted else (None, 0)
        return paged(await self.database.fetch(statements.LIST, owner, limit, offset, category, _pattern(words)))

    async def search(self, owner: str, category: str, words: str, wanted: Slice) -> Found:
        """The owner's items that hold these words in title or description; what search falls back to."""
        values = (owner, wanted.limit, wanted.offset, category, _pattern(words))
        return paged(await self.database.fetch(statements.SEARCH, *values))

    async def item(self, owner: str, item_id: UUID) -> Row:
        """The owner's item. Raises NotFound, Forbidden."""
        return _own(owner, await self.database.fetch_row(statements.ITEM, item_id))

    async def require(self, owner: str, item_id: UUID) -> None:
        """Raise NotFound when there is no such item, Forbidden when it is not the owner's."""
        _own(owner, await self.database.fetch_row(statements.OWNER, item_id))

    async def insert(self, owner: str, transaction: Transaction, fields: Mapping[str, Any]) -> Row:
        """A new item; the last one of all when it has no `sort_order`."""
        if fields["sort_order"] is None:  # of those who put something at the end, each has to see the one before
            await take_turn(transaction, "wishlist", owner)
        values = [fields[column] for column in statements.WRITABLE]
        return _own(owner, await transaction.fetch_row(statements.INSERT, owner, *values))

    async def locked(self, owner: str, transaction: Transaction, item_id: UUID) -> Row:
        """The owner's item, held until the transaction ends. Raises NotFound, Forbidden."""
        return _own(owner, await transaction.fetch_row(statements.LOCKED, item_id))

    async def update(self, owner: str, transaction: Transaction, item_id: UUID, changes: Mapping[str, Any]) -> Row:
        """The changed item, which `locked` holds."""
        statement = statements.update_of(tuple(changes))
        return _own(owner, await transaction.fetch_row(statement, item_id, *changes.values()))

    async def place(self, owner: str, transaction: Transaction, orders: Mapping[UUID, str]) -> Sequence[Row]:
        """Give the owner's items these `sort_order`s: the rows that this changes. Raises Forbidden for all others.

        The rows are locked in the order of their ids, so that two who do this at once wait for each other, never both.
        """
        ids = [str(item_id) for item_id in orders]
        held = {row["id"] for row in await transaction.fetch(statements.LOCKED_OF, owner, ids)}
        if strange := [item_id for item_id in orders if item_id not in held]:
            raise none_of_yours(strange)
        return await transaction.fetch(statements.PLACE, owner, ids, list(orders.values()))

    async def all(self, owner: str, transaction: Transaction) -> Sequence[Row]:
        """All of the owner's items by `sort_order`, as the transaction leaves them."""
        return await transaction.fetch(statements.ALL, owner)

    async def delete(self, owner: str, transaction: Transaction, item_id: UUID) -> Row:
        """Delete what `locked` holds: when it went."""
        return _item(await transaction.fetch_row(statements.DELETE, item_id))


def _pattern(words: str) -> str:
    return escape_like(words) if words else ""


def _item(row: Row | None) -> Row:
    return existing(row, "Wishlist item")


def _own(owner: str, row: Row | None) -> Row:
    if _item(row)["user_id"] != owner:
        raise Forbidden("This wishlist item belongs to somebody else")
    return _item(row)
