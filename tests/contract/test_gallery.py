"""Images and albums in one list, as old clients read it."""

from collections.abc import Sequence
from typing import Any

import httpx
import pytest

from tests.contract.client import NOBODYS, Side, deleted, failed, listed, one, unique
from tests.contract.gallery import GALLERY, album_path, ids_of, image_path, on_each


def parts_of(side: Side, **query: Any) -> list[list[str]]:
    """The ids of each part of the list, from the first to the last."""
    parts: list[list[str]] = []
    while True:
        answer = side.get(GALLERY, params=query)
        parts.append(ids_of(listed(answer, paged=False)))
        body = answer.json()
        assert body["hasMore"] is ("nextCursor" in body)
        assert body["items"] == body["data"]
        if not body["hasMore"]:
            return parts
        query["cursor"] = body["nextCursor"]


def found(side: Side, **query: Any) -> list[str]:
    """The ids of the first part."""
    return ids_of(listed(side.get(GALLERY, params=query), paged=False))


@pytest.mark.contract("gallery", "success.old-keys", "list.newest-first", "write.seen")
def test_each_item_is_what_it_is_elsewhere_and_says_its_type(others: Sequence[Side]) -> None:
    side, word = others[0], unique("").strip()
    album = side.album(title=f"{word} album", description="x")
    inside = side.image(title=f"{word} inside", albumId=album["id"], tags=["a", "b"])
    side.image("eve", title=word)
    side.album("eve", title=word)
    album = one(side.patch(album_path(album), {"coverImageId": inside["id"]}))
    outside = side.image(title=f"{word} outside")
    items = [{"type": "image", **outside}, {"type": "image", **inside}, {"type": "album", **album}]
    assert (album["imageCount"], album["coverImageUrl"]) == (1, inside["imageUrl"])
    for seen in others:
        body = seen.get(GALLERY, params={"search": word}).json()
        assert body == {"success": True, "data": items, "items": items, "total": 3, "limit": 20, "hasMore": False}
    deleted(others[-1].delete(image_path(outside)), outside["id"])
    for data in on_each(others, f"{GALLERY}?search={word}"):
        assert data == items[1:]


@pytest.mark.contract("gallery", "list.newest-first")
@pytest.mark.parametrize("limit", [1, 2, 5, 6])
def test_the_parts_make_the_whole(side: Side, limit: int) -> None:
    word = unique("").strip()
    newest_last = [(side.image if number % 2 else side.album)(title=f"{word} {number}")["id"] for number in range(5)]
    parts = parts_of(side, search=word, limit=limit)
    assert [identity for part in parts for identity in part] == newest_last[::-1]
    assert [len(part) for part in parts[:-1]] == [limit] * ((5 - 1) // limit)  # and no empty part behind them
    assert side.get(GALLERY, params={"search": word, "limit": limit}).json()["total"] == 5


@pytest.mark.contract("gallery")
def test_nothing_is_shown_twice_or_left_out_when_things_come_and_go(side: Side) -> None:
    word = unique("").strip()
    first, second, third = (side.image(title=f"{word} {number}") for number in range(3))
    body = side.get(GALLERY, params={"search": word, "limit": 1}).json()
    assert ids_of(body["items"]) == [third["id"]]
    side.album(title=f"{word} newer")
    deleted(side.delete(image_path(third)), third["id"])
    rest = parts_of(side, search=word, limit=1, cursor=body["nextCursor"])
    assert rest == [[second["id"]], [first["id"]]]


@pytest.mark.contract("gallery")
def test_filters(side: Side) -> None:
    word, tag = unique("").strip(), unique("star wars")
    album = side.album(title=f"an {word}x album")
    inside = side.image(title=word, albumId=album["id"], tags=[tag])
    outside = side.image(description=f"about {word.upper()}")
    every = [outside["id"], inside["id"], album["id"]]
    for query, wanted in (
        ({}, every),
        ({"type": "all"}, every),
        ({"type": "", "tag": "", "albumId": "", "flagged": "", "cursor": ""}, every),
        ({"type": "image"}, every[:2]),
        ({"type": "album"}, every[2:]),
        ({"tag": tag}, [inside["id"]]),
        ({"albumId": album["id"]}, [inside["id"]]),
        ({"albumId": NOBODYS}, []),
        ({"flagged": "true"}, []),
        ({"flagged": "false", "type": "image"}, every[:2]),
        ({"type": "album", "tag": tag}, []),
    ):
        assert found(side, search=word, **query) == wanted, query
    assert found(side, tag=tag) == [inside["id"]]
    assert found(side, search="%" + word) == found(side, search=word[:5] + "_" + word[6:]) == []


@pytest.mark.contract("gallery", "page.bounds", "failure.details")
@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("type", "moc"),
        ("albumId", "7"),
        ("flagged", "yes"),
        ("limit", "0"),
        ("limit", "101"),
        ("limit", "x"),
        ("cursor", "nonsense"),
        ("cursor", "MjAyNQ"),
        ("cursor", "-1"),
    ],
)
def test_parameters_that_do_not_fit(side: Side, field: str, value: str) -> None:
    failed(side.get(GALLERY, params={field: value}), "VALIDATION_ERROR", field)
    failed(side.get(f"{GALLERY}?{field}={value}&{field}={value}"), "VALIDATION_ERROR", field)


@pytest.mark.contract("gallery", "auth.statuses", "public", "failure.codes")
def test_who_reads_it_and_how(side: Side) -> None:
    image = side.image()
    failed(side.get(GALLERY, None), "UNAUTHORIZED")
    for user in ("eve", "admin"):
        assert image["id"] not in ids_of(listed(side.get(f"{GALLERY}?limit=100", user), paged=False))
    failed(side.post(GALLERY, {}), "METHOD_NOT_ALLOWED")
    cursor = side.get(GALLERY, params={"limit": 1}).json().get("nextCursor", "")
    answer: httpx.Response = side.get(GALLERY, "eve", params={"cursor": cursor, "limit": 100})
    assert image["userId"] not in {item["userId"] for item in listed(answer, paged=False)}
