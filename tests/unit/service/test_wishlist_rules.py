"""What a wishlist item may hold, and which objects of the file store may go with it."""

from typing import Any
from uuid import UUID

import msgspec
import pytest

from service.domains.wishlist import rules
from service.domains.wishlist.schemas import ReorderIn, WishlistIn, WishlistPatch
from service.domains.wishlist.statements import WRITABLE, update_of
from service.kernel.errors import ValidationFailed

ROW: dict[str, Any] = {
    "title": "x" * 255,
    "description": "",
    "product_link": None,
    "image_url": "/uploads/a b.jpg",
    "category": " Space ",
    "sort_order": "",
}
A, B = UUID(int=1), UUID(int=2)

GOOD_URLS = [
    "https://shop.example.com",
    "http://shop.example.com/",
    "HTTPS://Shop.Example.COM:8443/a/b?c=d&e=%20#f",
    "https://example.com./x",
    "https://xn--mller-kva.de/stein",
    "https://a-b_c.example.museum?x",
    "https://example.com#part",
    "https://example.com/Köln/🧱",
    "https://example.com/~a/(b),c;d'e*f!@g",
    "https://example.com/?q=http://u:p@h",
    "https://3m.com/1.2.3.4",
    "https://example.com:65535",
]
BAD_URLS = [
    "",
    " ",
    "example.com",
    "//example.com/x",
    "/uploads/a.jpg",
    "javascript:alert(1)",
    "JavaScript://example.com/%0aalert(1)",
    "data:text/html,x",
    "file:///etc/passwd",
    "ftp://example.com/x",
    "https:example.com",
    "https:///example.com",
    "https://",
    "https://localhost/x",
    "http://169.254.169.254/latest/meta-data",
    "http://127.1/x",
    "http://2852039166/",
    "http://0xa9fea9fe/",
    "http://1.2.3.0x4/",
    "http://[::1]/",
    "http://u:p@example.com/",
    "http://u@example.com/",
    "http://example.com@evil.example/",
    "http://example.com\\@evil.example/",
    "https://example.com\\a",
    "https://exa mple.com/",
    "https://example.com/a b",
    " https://example.com",
    "https://example.com ",
    "https://example.com/\n",
    "https://example.com/\u00a0x",
    "https://example.com/\x85x",
    "https://example.com/\x00",
    "https://example.com/\"onload",
    "https://example.com/<script>",
    "https://\u0430pple.com/",
    "https://müller.de/",
    "https://exam\u212ae.com/",
    "https://example.com:0x1/",
    "https://example.com:99999/",
    "https://example.com:/",
    "https://-example.com/",
    "https://example-.com/",
    "https://exa..mple.com/",
    "https://" + "a" * 64 + ".com/",
    "https://example.c-/",
]  # fmt: skip


def given(**fields: Any) -> WishlistIn:
    return WishlistIn(title="x", **fields)


@pytest.mark.parametrize("url", GOOD_URLS)
def test_a_web_address_is_taken_as_it_is(url: str) -> None:
    item = rules.new_item(given(product_link=url, image_url=url))
    assert (item["product_link"], item["image_url"]) == (url, url)


@pytest.mark.parametrize("url", BAD_URLS)
@pytest.mark.parametrize(("name", "field"), [("product_link", "productLink"), ("image_url", "imageUrl")])
def test_anything_else_is_refused_and_its_field_named(url: str, name: str, field: str) -> None:
    with pytest.raises(ValidationFailed) as refused:
        rules.new_item(given(**{name: url}))
    assert [found["field"] for found in refused.value.details] == [field]


def test_a_new_item_has_all_its_columns_and_no_place_yet() -> None:
    assert rules.new_item(WishlistIn(title="  Falcon\u3000")) == dict.fromkeys(WRITABLE) | {"title": "Falcon"}


@pytest.mark.parametrize("field", ["description", "category"])
@pytest.mark.parametrize("blank", ["", "  "])
def test_blanks_clear_a_text(field: str, blank: str) -> None:
    assert rules.new_item(given(**{field: blank}))[field] is None


@pytest.mark.parametrize(
    ("sort_order", "text"),
    [
        ("5", "5"),
        (5, "5"),
        (-3, "-3"),
        (2.5, "2.5"),
        (1e-7, "1e-07"),
        (1e21, "1e+21"),
        (10**30, "1" + "0" * 30),
        (" 7 ", "7"),
        ("007", "007"),
        ("2025-11-02T10:15:30.123Z", "2025-11-02T10:15:30.123Z"),
        ("NaN", "NaN"),
        ("x" * 100, "x" * 100),
    ],
)
def test_a_sort_order_becomes_text(sort_order: str | float, text: str) -> None:
    assert rules.new_item(given(sort_order=sort_order))["sort_order"] == text


@pytest.mark.parametrize("sort_order", ["", "  ", "x" * 101, 10**100])
def test_a_sort_order_has_a_length(sort_order: str | int) -> None:
    with pytest.raises(ValidationFailed) as refused:
        rules.new_item(given(sort_order=sort_order))
    assert refused.value.details[0]["field"] == "sortOrder"


def test_what_an_old_row_holds_may_be_sent_back() -> None:
    assert rules.changes(WishlistPatch(**ROW), ROW) == {}


def test_a_patch_changes_what_it_names() -> None:
    patch = WishlistPatch(title=" New ", description="d", image_url=None, sort_order=3)
    assert rules.changes(patch, ROW) == {"title": "New", "description": "d", "image_url": None, "sort_order": "3"}


def test_what_comes_to_the_same_is_no_change() -> None:
    row = {**ROW, "title": "Falcon", "sort_order": "3", "description": None}
    assert rules.changes(WishlistPatch(title=" Falcon ", sort_order=3, description=" "), row) == {}


@pytest.mark.parametrize("name", ["items", "itemOrders"])
def test_both_names_of_the_new_places_are_understood(name: str) -> None:
    body = {name: [{"id": str(A), "sortOrder": 2}, {"id": str(B), "sortOrder": "1"}]}
    assert rules.placements(msgspec.convert(body, ReorderIn)) == {A: "2", B: "1"}


def test_two_lists_of_places_are_one_too_many() -> None:
    body = {"items": [{"id": str(A), "sortOrder": 2}], "itemOrders": [{"id": str(A), "sortOrder": 3}]}
    with pytest.raises(ValidationFailed, match="only one of them"):
        rules.placements(msgspec.convert(body, ReorderIn))


def test_an_item_that_is_there_twice_is_told_by_its_places() -> None:
    places = [{"id": str(identity), "sortOrder": 1} for identity in (A, B, A)]
    with pytest.raises(ValidationFailed) as refused:
        rules.placements(msgspec.convert({"itemOrders": places}, ReorderIn))
    assert [found["field"] for found in refused.value.details] == ["itemOrders[0].id", "itemOrders[2].id"]


def test_of_thousands_of_findings_a_few_are_told() -> None:
    places = [{"id": str(A), "sortOrder": 1}] * 5000
    with pytest.raises(ValidationFailed) as refused:
        rules.placements(msgspec.convert({"items": places}, ReorderIn))
    assert len(refused.value.details) == rules.MAX_TOLD
    assert len(rules.none_of_yours([UUID(int=n) for n in range(5000)]).details) == rules.MAX_TOLD


@pytest.mark.parametrize(
    ("key", "own"),
    [
        ("wishlist/alice/0b9f7a52-2b57-4d0c-9b9e-2f1f0f6d7c11.webp", True),
        ("wishlist/alice/wishlist-0b9f7a52.jpg", True),
        ("images/alice/0b9f7a52.webp", True),
        ("images/alice/thumbnails/0b9f7a52.webp", True),
        ("wishlist/bob/0b9f7a52.webp", False),
        ("wishlist/alice2/0b9f7a52.webp", False),
        ("wishlist/alice/../bob/0b9f7a52.webp", False),
        ("wishlist/alice/", False),
        ("wishlist/alice/" + "a" * 300 + ".webp", False),
        ("wishlist/alice/ü.webp", False),
        ("avatars/alice/avatar.webp", False),
        ("uploads/alice/0b9f7a52.webp", False),
        ("mocs/alice/1/2.pdf", False),
        ("", False),
    ],
)
def test_only_the_owners_own_images_go_with_an_item(key: str, own: bool) -> None:
    assert rules.is_own_image("alice", key) is own


def test_only_columns_that_clients_may_write_are_written() -> None:
    with pytest.raises(ValueError, match="user_id"):
        update_of(("title", "user_id"))
