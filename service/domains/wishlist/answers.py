"""Wishlist rows as the JSON of answers. Pure."""

from collections.abc import Sequence

import msgspec

from service.db.database import Row
from service.domains.wishlist.schemas import WishlistFound, WishlistOut, WishlistReordered
from service.kernel.envelope import Listed, One, Page
from service.kernel.paging import Slice
from service.search.documents import wishlist_fields


def item_out(row: Row) -> WishlistOut:
    """One row on the wire."""
    return WishlistOut(**wishlist_fields(row))


def one_json(row: Row) -> bytes:
    """One item."""
    return msgspec.json.encode(One(data=item_out(row)))


def list_json(rows: Sequence[Row], total: int, wanted: Slice | None) -> bytes:
    """The whole list, or the page of it that was asked for."""
    items = [item_out(row) for row in rows]
    if wanted is None:
        return msgspec.json.encode(Listed(data=items, total=total))
    return msgspec.json.encode(Page(data=items, total=total, page=wanted.page, limit=wanted.limit))


def found_json(items: Sequence[WishlistOut], total: int, wanted: Slice) -> bytes:
    """A page of what was found."""
    return msgspec.json.encode(
        WishlistFound(data=items, items=items, total=total, page=wanted.page, limit=wanted.limit)
    )


def reordered_json(rows: Sequence[Row]) -> bytes:
    """All items in their new order."""
    items = [item_out(row) for row in rows]
    return msgspec.json.encode(WishlistReordered(data=items, items=items, total=len(items)))
