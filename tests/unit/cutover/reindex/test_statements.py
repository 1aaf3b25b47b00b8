"""The statements refuse a table of which the service's documents can't be made."""

import pytest

from cutover.reindex.kinds import KIND
from cutover.reindex.statements import UnfitColumn, joined, statements

TYPES = {
    **dict.fromkeys(("user_id", "title", "description", "product_link", "image_url", "category", "sort_order"), "text"),
    "id": "uuid",
    "created_at": "timestamp without time zone",
    "updated_at": "timestamp without time zone",
}
WISHLIST = KIND["wishlist_items"]


def test_a_missing_column_is_named() -> None:
    types = {name: sort for name, sort in TYPES.items() if name != "category"}

    with pytest.raises(UnfitColumn, match=r"wishlist_items\.category is missing"):
        statements(WISHLIST, types)


def test_a_column_of_another_sort_is_named_with_it() -> None:
    with pytest.raises(UnfitColumn, match=r"wishlist_items\.category is of type money"):
        statements(WISHLIST, {**TYPES, "category": "money"})


def test_columns_that_no_document_shows_may_be_of_any_sort() -> None:
    assert statements(WISHLIST, {**TYPES, "shelf": "money"}) == statements(WISHLIST, TYPES)


def test_pieces_are_joined_in_their_order_by_a_tree_without_long_branches() -> None:
    assert joined(["a", "b", "c", "d"]) == "((a || b) || (c || d))"
    assert joined(["a"]) == "a"
