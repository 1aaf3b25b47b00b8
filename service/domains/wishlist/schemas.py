"""The wire Structs of the wishlist routes: what comes in, what goes out."""

from collections.abc import Sequence
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta, UnsetType

from service.kernel.envelope import Listed, Page
from service.kernel.text import ONE_LINE, PROSE
from service.search.documents import WishlistDocument

MAX_PLACED = 10_000

Title = Annotated[str, Meta(pattern=ONE_LINE)]  # its length counts after trimming: rules.py
Description = Annotated[str, Meta(max_length=2000, pattern=PROSE)]
WebUrl = Annotated[str, Meta(max_length=2048, description="An http(s) URL.")]  # which ones: rules.py
Category = Annotated[str, Meta(max_length=100, pattern=ONE_LINE)]
SortOrder = Annotated[str, Meta(pattern=ONE_LINE)] | int | float  # its length counts as text: rules.py


class WishlistIn(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A new item. `null` means not given; without `sortOrder` it becomes the last. Unknown keys are ignored."""

    title: Title
    description: Description | None = None
    product_link: WebUrl | None = None
    image_url: WebUrl | None = None
    category: Category | None = None
    sort_order: SortOrder | None = None


class WishlistPatch(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Changes to an item: only the fields that are given; `null` clears an optional one."""

    title: Title | UnsetType = UNSET
    description: Description | UnsetType | None = UNSET
    product_link: WebUrl | UnsetType | None = UNSET
    image_url: WebUrl | UnsetType | None = UNSET
    category: Category | UnsetType | None = UNSET
    sort_order: SortOrder | UnsetType = UNSET


class Placement(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """An item and its new `sortOrder`."""

    id: UUID
    sort_order: SortOrder


Placements = Annotated[tuple[Placement, ...], Meta(min_length=1, max_length=MAX_PLACED)]


class ReorderIn(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The new places of some items, in `items` or, as old clients send them, in `itemOrders`."""

    items: Placements | None = None
    item_orders: Placements | None = None


class WishlistOut(WishlistDocument, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """An item as clients read it: the very document that the search index holds."""


class WishlistFound(Page[WishlistOut], frozen=True, kw_only=True):
    """A page of items with the old clients' key beside the new one."""

    items: Sequence[WishlistOut]


class WishlistReordered(Listed[WishlistOut], frozen=True, kw_only=True):
    """All items in their new order, with the old clients' key beside the new one."""

    items: Sequence[WishlistOut]
