"""The wishlist: its items, their order, their images."""

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from tests.contract.client import NOBODYS, Side, deleted, failed, listed, one, unique
from tests.contract.direct import PNG

WISHES = "/api/wishlist"
REORDER = f"{WISHES}/reorder"
EVERYTHING = {
    "description": "Grey\nand\tlarge",
    "productLink": "https://www.example.com/sets/75192?a=b&c=%20#top",
    "imageUrl": "http://images.example.com/75192.jpg",
    "category": "Star Wars",
    "sortOrder": "42",
}
OPTIONAL = ("description", "productLink", "imageUrl", "category")
OUT_OF_BOUNDS: list[tuple[str, Any]] = [
    ("title", ""),
    ("title", " \t "),
    ("title", 5),
    ("title", "x" * 201),
    ("title", "a\nb"),
    ("description", "x" * 2001),
    ("description", ["x"]),
    ("category", "x" * 101),
    ("category", "a\nb"),
    ("sortOrder", {}),
    ("sortOrder", True),
    ("sortOrder", " "),
    *((field, url) for field in ("productLink", "imageUrl") for url in (
        "javascript:alert(1)", "ftp://example.com/x", "//example.com/x", "/uploads/x.jpg", "example.com", "https://",
        "data:image/png;base64,AA==", 5,
    )),
]  # fmt: skip


def path_of(item: dict[str, Any]) -> str:
    return f"{WISHES}/{item['id']}"


def own_order(side: Side, items: Sequence[dict[str, Any]]) -> list[str]:
    """The ids of these items in the order of the list, whatever else is in it."""
    ids = {item["id"] for item in items}
    return [item["id"] for item in listed(side.get(WISHES), paged=False) if item["id"] in ids]


def ids_of(items: Sequence[dict[str, Any]]) -> list[str]:
    return [item["id"] for item in items]


def soon(found: Callable[[], list[str]], wanted: list[str]) -> None:
    """A search finds these within 5 s."""
    deadline = time.monotonic() + 5.0
    while (ids := found()) != wanted and time.monotonic() < deadline:
        time.sleep(0.1)
    assert ids == wanted


def every_route(side: Side, identity: str, user: str | None) -> Iterator[httpx.Response]:
    """The answers of all routes of one item."""
    path = f"{WISHES}/{identity}"
    yield side.get(path, user)
    yield side.patch(path, {"title": "Mine"}, user)
    yield side.put(path, {"title": "Mine"}, user)
    yield side.delete(path, user)
    yield side.send(f"{path}/image", {"image": PNG.part()}, user=user)
    yield side.post(f"{path}/image/presign", PNG.announced(), user)
    yield side.post(f"{path}/image/complete", {"uploadId": NOBODYS}, user)


@pytest.mark.contract("wishlist.create", "wishlist.detail", "write.seen")
def test_an_item_has_what_was_given(others: Sequence[Side]) -> None:
    title = unique("Falcon")
    item = one(others[0].post(WISHES, {"title": f" {title} ", **EVERYTHING}), 201)
    assert set(item) == {"id", "userId", "title", "createdAt", "updatedAt", *EVERYTHING}
    assert {name: item[name] for name in EVERYTHING} == EVERYTHING
    assert item["title"] == title
    assert [one(side.get(path_of(item))) for side in others] == [item] * len(others)


@pytest.mark.contract("wishlist.create", "optional.left-out", "body.null-on-create")
def test_a_title_is_enough(side: Side) -> None:
    item = one(side.post(WISHES, {"title": "x", **dict.fromkeys(EVERYTHING)}), 201)
    assert set(item) == {"id", "userId", "title", "sortOrder", "createdAt", "updatedAt"}


@pytest.mark.contract("wishlist.create", "wishlist.patch")
@pytest.mark.parametrize(("field", "value"), OUT_OF_BOUNDS, ids=lambda value: repr(value)[:24])
def test_out_of_bounds(side: Side, field: str, value: Any) -> None:
    item = side.wish()
    failed(side.post(WISHES, {"title": "x", field: value}), "VALIDATION_ERROR", field)
    failed(side.patch(path_of(item), {field: value}), "VALIDATION_ERROR", field)
    failed(side.put(path_of(item), {field: value}), "VALIDATION_ERROR", field)
    assert one(side.get(path_of(item))) == item


@pytest.mark.contract("wishlist.create", "wishlist.patch", "title.length")
def test_at_the_bounds(side: Side) -> None:
    longest = {"title": unique("x" * 187), "description": "x" * 2000, "category": "x" * 100}
    item = one(side.post(WISHES, longest), 201)
    assert {name: item[name] for name in longest} == longest
    other = side.wish()
    changed = one(side.patch(path_of(other), longest))
    assert {name: changed[name] for name in longest} == longest
    failed(side.post(WISHES, {"description": "no title"}), "VALIDATION_ERROR", "title")


@pytest.mark.contract("wishlist.list", "success.list")
def test_the_list_has_all_own_items(side: Side) -> None:
    mine = [side.wish() for _ in range(21)]
    foreign = side.wish("eve")
    answer = side.get(WISHES)
    found = listed(answer, paged=False)
    assert answer.json()["total"] == len(found)
    assert [item for item in found if item["id"] in ids_of(mine)] == mine
    assert foreign["id"] not in ids_of(found)
    assert foreign["id"] in ids_of(listed(side.get(WISHES, "eve"), paged=False))
    failed(side.get(WISHES, None), "UNAUTHORIZED")


@pytest.mark.contract("wishlist.list", "write.seen")
def test_a_category_is_compared_whole(others: Sequence[Side]) -> None:
    side, category = others[0], unique("Städte & Co")
    first, second = side.wish(category=category, sortOrder=2), side.wish(category=category, sortOrder=1)
    side.wish(category=f"{category}!")
    side.wish("eve", category=category)
    for other in others:
        answer = other.get(WISHES, params={"category": category})
        assert (listed(answer, paged=False), answer.json()["total"]) == ([second, first], 2)
    one(others[-1].patch(path_of(first), {"category": "other"}))
    for other in others:
        assert listed(other.get(WISHES, params={"category": category}), paged=False) == [second]


@pytest.mark.contract("wishlist.list", "wishlist.search", "search.hit-complete")
@pytest.mark.parametrize(("path", "words"), [(WISHES, "search"), (f"{WISHES}/search", "q")])
def test_words_are_found_in_titles_and_descriptions(side: Side, path: str, words: str) -> None:
    word, category = unique("").strip(), unique("Trains")
    in_title = side.wish(title=f"Steam {word} engine", category=category, sortOrder=1)
    in_description = side.wish(description=f"a {word}", sortOrder=2)
    side.wish("eve", title=word)

    def found(**more: str) -> list[dict[str, Any]]:
        return listed(side.get(path, params={words: word, **more}), paged=path != WISHES)

    soon(lambda: ids_of(found()), ids_of([in_title, in_description]))
    assert found(category=category) == [in_title]
    failed(side.get(path, None, params={words: word}), "UNAUTHORIZED")


@pytest.mark.contract("wishlist.search")
def test_search_comes_in_pages(side: Side) -> None:
    word = unique("").strip()
    items = [side.wish(title=f"{word} crane") for _ in range(3)]
    path = f"{WISHES}/search"
    soon(lambda: sorted(ids_of(listed(side.get(path, params={"q": word})))), sorted(ids_of(items)))
    whole = ids_of(listed(side.get(path, params={"q": word})))
    pages = [side.get(path, params={"q": word, "page": page, "limit": 2}) for page in (1, 2, 3)]
    assert [ids_of(listed(page)) for page in pages] == [whole[:2], whole[2:], []]
    assert [page.json()["total"] for page in pages] == [3, 3, 3]
    failed(side.get(f"{path}?q=a%00b"), "VALIDATION_ERROR", "q")


@pytest.mark.contract("wishlist.detail", "wishlist.patch", "wishlist.delete", "wishlist.image", "auth.statuses")
def test_an_item_is_its_owners_alone(side: Side) -> None:
    item = side.wish()
    for user in ("eve", "admin"):
        for answer in every_route(side, item["id"], user):
            failed(answer, "FORBIDDEN")
    for answer in every_route(side, item["id"], None):
        failed(answer, "UNAUTHORIZED")
    assert one(side.get(path_of(item))) == item


@pytest.mark.contract("wishlist.detail", "wishlist.patch", "wishlist.delete", "wishlist.image", "id.uuid")
def test_an_item_that_is_none(side: Side) -> None:
    for answer in every_route(side, NOBODYS, "alice"):
        failed(answer, "NOT_FOUND")
    for answer in every_route(side, "7", "alice"):
        failed(answer, "VALIDATION_ERROR", "id")


@pytest.mark.contract("wishlist.sort-order")
def test_a_place_comes_as_text_or_number(side: Side) -> None:
    for given, kept in (("10", "10"), (10, "10"), (2.5, "2.5"), ("later", "later"), (-1, "-1"), (0, "0")):
        item = side.wish(sortOrder=given)
        assert item["sortOrder"] == kept
        assert one(side.patch(path_of(item), {"sortOrder": 7}))["sortOrder"] == "7"
        assert one(side.put(path_of(item), {"sortOrder": "08"}))["sortOrder"] == "08"


@pytest.mark.contract("wishlist.sort-order")
@pytest.mark.parametrize("greatest", ["999999", 1e15, "zzz", "2999-01-01T00:00:00.000Z"])
def test_without_a_place_an_item_is_the_last(side: Side, greatest: Any) -> None:
    items = [side.wish(sortOrder=greatest), side.wish(), side.wish(sortOrder=None), side.wish()]
    assert listed(side.get(WISHES), paged=False)[-4:] == items


@pytest.mark.contract("wishlist.numeric", "wishlist.list")
def test_numbers_order_as_numbers(side: Side) -> None:
    wanted = [side.wish(sortOrder=place) for place in ("-3", -1, "0", 2, "2.5", "9", 10, "100", "a", "b")]
    mixed = [side.wish(sortOrder=place) for place in ("55", "6")]
    order = own_order(side, [*wanted, *mixed])
    assert [identity for identity in order if identity in ids_of(wanted)] == ids_of(wanted)
    assert order.index(mixed[1]["id"]) < order.index(wanted[5]["id"]) < order.index(mixed[0]["id"])


@pytest.mark.contract("wishlist.patch", "write.seen")
@pytest.mark.parametrize("method", ["PATCH", "PUT"])
def test_fields_change_and_null_clears(others: Sequence[Side], method: str) -> None:
    side, other = others[0], others[-1]
    item = side.wish()
    changed = one(other.call(method, path_of(item), json={**EVERYTHING, "nonsense": 1, "userId": "eve"}))
    assert changed == {**item, **EVERYTHING, "updatedAt": changed["updatedAt"]}
    assert changed["updatedAt"] > item["updatedAt"]
    assert [one(seen.get(path_of(item))) for seen in others] == [changed] * len(others)
    cleared = one(side.call(method, path_of(item), json=dict.fromkeys(OPTIONAL)))
    assert not set(OPTIONAL) & set(cleared)
    assert (cleared["title"], cleared["sortOrder"]) == (item["title"], "42")
    assert [one(seen.get(path_of(item))) for seen in others] == [cleared] * len(others)


@pytest.mark.contract("wishlist.patch", "patch.empty")
@pytest.mark.parametrize("method", ["PATCH", "PUT"])
def test_what_can_not_be_cleared_and_what_changes_nothing(side: Side, method: str) -> None:
    item = side.wish(**EVERYTHING)
    for field in ("title", "sortOrder"):
        failed(side.call(method, path_of(item), json={field: None}), "VALIDATION_ERROR", field)
    assert one(side.call(method, path_of(item), json={})) == item
    assert one(side.call(method, path_of(item), json=item)) == item
    assert one(side.get(path_of(item))) == item


@pytest.mark.contract("wishlist.patch", "wishlist.reorder", "body.type", "body.size", "failure.everywhere")
@pytest.mark.parametrize(("method", "path"), [("PATCH", ""), ("PUT", ""), ("POST", "reorder")])
def test_bodies_that_are_none(side: Side, method: str, path: str) -> None:
    where = f"{WISHES}/{path}" if path else path_of(side.wish())
    for body in (b"{", b"", b"[]", b"null", b"\xff"):
        headers = {"Content-Type": "application/json"}
        failed(side.call(method, where, content=body, headers=headers), "VALIDATION_ERROR")
    for content_type in ("text/plain", "application/json; charset=latin-1"):
        headers = {"Content-Type": content_type}
        failed(side.call(method, where, content=b"{}", headers=headers), "UNSUPPORTED_MEDIA_TYPE")
    failed(side.call(method, where, json={"extra": "x" * 1024 * 1024}), "PAYLOAD_TOO_LARGE")


@pytest.mark.contract("wishlist.delete", "image.old-urls")
@pytest.mark.parametrize("url", ["https://example.com/a.jpg", "http://example.com/wishlist/a/b.webp"])
def test_an_image_that_lies_elsewhere_does_no_harm(side: Side, url: str) -> None:
    item = side.wish(imageUrl=url)
    deleted(side.delete(path_of(item)), item["id"])


@pytest.mark.contract("wishlist.reorder", "write.seen")
@pytest.mark.parametrize("key", ["items", "itemOrders"])
def test_a_new_order_is_seen_on_every_side(others: Sequence[Side], key: str) -> None:
    side = others[0]
    items = [side.wish(sortOrder=place) for place in (1, 2, 3)]
    order = [{"id": item["id"], "sortOrder": place} for item, place in zip(items, (30, "4", 20), strict=True)]
    answer = side.post(REORDER, {key: order, "requestId": "mine"})
    assert (answer.status_code, answer.json()["success"]) == (200, True)
    wanted = ids_of([items[1], items[2], items[0]])
    assert [own_order(seen, items) for seen in others] == [wanted] * len(others)
    assert [one(seen.get(path_of(items[0])))["sortOrder"] for seen in others] == ["30"] * len(others)
    again = others[-1].post(REORDER, {key: order})
    assert again.status_code == 200
    assert own_order(side, items) == wanted


@pytest.mark.contract("wishlist.reorder")
@pytest.mark.parametrize(
    "body",
    [
        {},
        {"items": []},
        {"items": None},
        {"items": {}},
        {"items": [None]},
        {"items": [{"sortOrder": 1}]},
        {"items": [{"id": "7", "sortOrder": 1}]},
        {"items": [{"id": NOBODYS}]},
        {"items": [{"id": NOBODYS, "sortOrder": None}]},
        {"items": [{"id": NOBODYS, "sortOrder": " "}]},
        {"items": [{"id": NOBODYS, "sortOrder": "a\u0000b"}]},
        {"itemOrders": []},
        {"itemOrders": [{"id": NOBODYS, "sortOrder": []}]},
    ],
    ids=repr,
)
def test_what_is_no_order(side: Side, body: dict[str, Any]) -> None:
    failed(side.post(REORDER, body), "VALIDATION_ERROR")
    failed(side.post(REORDER, body, None), "UNAUTHORIZED")


@pytest.mark.contract("wishlist.reorder", "wishlist.reorder.foreign")
@pytest.mark.parametrize("user", ["alice", "admin"])
@pytest.mark.parametrize("key", ["items", "itemOrders"])
def test_a_foreign_or_unknown_id_changes_nothing(side: Side, key: str, user: str) -> None:
    mine, foreign = [side.wish(user, sortOrder=place) for place in (1, 2)], side.wish("eve", sortOrder=5)
    before = [one(side.get(path_of(item), user)) for item in mine]
    for strange in (foreign["id"], NOBODYS):
        ids = [mine[0]["id"], strange, mine[1]["id"]]
        order = [{"id": identity, "sortOrder": 9 - place} for place, identity in enumerate(ids)]
        failed(side.post(REORDER, {key: order}, user), "FORBIDDEN")
        assert [one(side.get(path_of(item), user)) for item in mine] == before
    assert one(side.get(path_of(foreign), "eve")) == foreign


@pytest.mark.contract("wishlist.reorder", "wishlist.reorder.twice")
@pytest.mark.parametrize("key", ["items", "itemOrders"])
def test_an_id_stands_there_once(side: Side, key: str) -> None:
    first, second = side.wish(sortOrder=1), side.wish(sortOrder=2)
    order = [(second["id"], 0), (first["id"], 5), (first["id"], 6)]
    places = [{"id": identity, "sortOrder": place} for identity, place in order]
    failed(side.post(REORDER, {key: places}), "VALIDATION_ERROR")
    places[2]["id"] = first["id"].upper()
    failed(side.post(REORDER, {key: places}), "VALIDATION_ERROR")
    assert [one(side.get(path_of(item))) for item in (first, second)] == [first, second]


@pytest.mark.contract("wishlist.reorder")
def test_of_orders_at_once_one_holds_wholly(side: Side) -> None:
    items = [side.wish(sortOrder=place) for place in range(8)]

    def ordered(number: int) -> httpx.Response:
        turned = items if number % 2 else items[::-1]
        places = [{"id": item["id"], "sortOrder": 100 * number + place} for place, item in enumerate(turned)]
        return side.post(REORDER, {"items": places})

    with ThreadPoolExecutor(6) as threads:
        answers = list(threads.map(ordered, range(1, 7)))
    assert [answer.status_code for answer in answers] == [200] * 6
    places = [int(one(side.get(path_of(item)))["sortOrder"]) for item in items]
    assert len({place // 100 for place in places}) == 1
    assert places in (sorted(places), sorted(places, reverse=True))
