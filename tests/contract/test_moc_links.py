"""Gallery images and albums that are linked to MOCs, and the statistics over MOCs."""

from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from tests.contract.client import NOBODYS, Side, deleted, failed, is_uuid, listed, one, unique

KINDS = pytest.mark.parametrize("kind", ["image", "album"])
CATEGORIES, MONTHS = "/api/mocs/stats/by-category", "/api/mocs/stats/uploads-over-time"


def target_of(side: Side, kind: str, user: str = "alice") -> dict[str, Any]:
    return side.image(user) if kind == "image" else side.album(user)


def links_of(kind: str, moc: dict[str, Any]) -> str:
    return f"/api/mocs/{moc['id']}/gallery-{kind}s"


def body_of(kind: str, identity: Any) -> dict[str, Any]:
    return {f"gallery{kind.capitalize()}Id": identity}


def link(side: Side, kind: str, moc: dict[str, Any], identity: str, user: str | None = "alice") -> httpx.Response:
    return side.post(links_of(kind, moc), body_of(kind, identity), user)


def linked(side: Side, kind: str, moc: dict[str, Any], user: str = "alice") -> list[str]:
    return [found["id"] for found in listed(side.get(links_of(kind, moc), user), paged=False)]


@pytest.mark.contract("links.images", "links.albums", "success.old-keys", "write.seen", "list.newest-first")
@KINDS
def test_what_is_linked_is_listed_and_no_longer_when_it_is_unlinked(others: Sequence[Side], kind: str) -> None:
    side = others[0]
    moc, older, newer = side.moc(), target_of(side, kind), target_of(side, kind)
    for target in (newer, older):
        answer = link(side, kind, moc, target["id"])
        made = one(answer, 201)
        assert is_uuid(made.pop("id"))
        assert made == {"mocId": moc["id"], **body_of(kind, target["id"])}
        assert answer.json()["link"] == answer.json()["data"]
    for seen in others:
        answer = seen.get(links_of(kind, moc))
        assert [found["id"] for found in listed(answer, paged=False)] == [newer["id"], older["id"]]
        assert (answer.json()["total"], answer.json()[f"{kind}s"]) == (2, answer.json()["data"])
    deleted(others[-1].delete(f"{links_of(kind, moc)}/{newer['id']}"), newer["id"])
    assert [linked(seen, kind, moc) for seen in others] == [[older["id"]]] * len(others)
    failed(side.delete(f"{links_of(kind, moc)}/{newer['id']}"), "NOT_FOUND")
    assert one(side.get(f"/api/{kind}s/{newer['id']}"))["id"] == newer["id"]


@pytest.mark.contract("links.images", "mocs.detail", "optional.left-out", "write.seen")
def test_a_linked_image_shows_what_it_is_also_in_its_moc(others: Sequence[Side]) -> None:
    side = others[0]
    moc, plain, full = side.moc(), side.image(), side.image(description="a\nb", tags='["x"]')
    for image in (plain, full):
        one(link(side, "image", moc, image["id"]), 201)
    names = ("id", "title", "imageUrl", "thumbnailUrl", "description", "tags", "createdAt")
    wanted = [{name: image[name] for name in names if name in image} for image in (full, plain)]
    for seen in others:
        found = listed(seen.get(links_of("image", moc)), paged=False)
        assert [{name: image[name] for name in names if name in image} for image in found] == wanted
        assert [image["url"] for image in found] == [full["imageUrl"], plain["imageUrl"]]
        shown = one(seen.get(f"/api/mocs/{moc['id']}"))["images"]
        assert [image["url"] for image in shown] == [image["url"] for image in found]
    deleted(side.delete(f"{links_of('image', moc)}/{full['id']}"), full["id"])
    deleted(side.delete(f"/api/images/{plain['id']}"), plain["id"])
    for seen in others:
        assert (linked(seen, "image", moc), one(seen.get(f"/api/mocs/{moc['id']}"))["images"]) == ([], [])


@pytest.mark.contract("links.albums", "optional.left-out")
def test_a_linked_album_shows_what_it_is(side: Side) -> None:
    moc, album = side.moc(), side.album(description="all of it")
    one(link(side, "album", moc, album["id"]), 201)
    image = side.image(albumId=album["id"])
    for change in ({}, {"coverImageId": image["id"]}):
        one(side.patch(f"/api/albums/{album['id']}", change))
        (found,) = listed(side.get(links_of("album", moc)), paged=False)
        itself = one(side.get(f"/api/albums/{album['id']}"))
        assert found == {name: value for name, value in itself.items() if name in found}
        assert (found["imageCount"], "coverImageUrl" in found) == (1, "coverImageUrl" in itself)
    assert found["coverImageUrl"] == image["imageUrl"]


@pytest.mark.contract("links.images", "links.albums", "failure.codes")
@KINDS
def test_a_double_link_is_409_also_in_a_race(others: Sequence[Side], kind: str) -> None:
    side = others[0]
    moc, target = side.moc(), target_of(side, kind)
    with ThreadPoolExecutor(8) as threads:
        answers = list(
            threads.map(lambda number: link(others[number % len(others)], kind, moc, target["id"]), range(8))
        )
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 7
    for seen in others:
        failed(link(seen, kind, moc, target["id"]), "CONFLICT", next(iter(body_of(kind, ""))))
        assert linked(seen, kind, moc) == [target["id"]]


@pytest.mark.contract("links.images", "links.albums", "auth.statuses", "auth.every-request", "id.uuid")
@KINDS
def test_the_moc_and_what_is_linked_have_to_be_ones_own(side: Side, kind: str) -> None:
    moc, target, eves = side.moc(), target_of(side, kind), target_of(side, kind, "eve")
    nothing, malformed = {"id": NOBODYS}, {"id": "7"}
    for user, where, what, code in (
        (None, moc, target, "UNAUTHORIZED"),
        ("eve", moc, eves, "FORBIDDEN"),
        ("alice", moc, eves, "FORBIDDEN"),
        ("alice", nothing, target, "NOT_FOUND"),
        ("alice", moc, nothing, "NOT_FOUND"),
        ("alice", malformed, target, "VALIDATION_ERROR"),
        ("alice", moc, malformed, "VALIDATION_ERROR"),
    ):
        failed(link(side, kind, where, what["id"], user), code)
        is_nothing_linked = (user, where, what) == ("alice", moc, eves)
        gone = side.delete(f"{links_of(kind, where)}/{what['id']}", user)
        failed(gone, "NOT_FOUND" if is_nothing_linked else code)
    for user, where, code in (
        (None, moc, "UNAUTHORIZED"),
        ("eve", moc, "FORBIDDEN"),
        ("alice", nothing, "NOT_FOUND"),
        ("alice", malformed, "VALIDATION_ERROR"),
    ):
        failed(side.get(links_of(kind, where), user), code)
    assert linked(side, kind, moc) == []


@pytest.mark.contract("links.images", "links.albums", "failure.codes")
@KINDS
def test_what_is_no_link(side: Side, kind: str) -> None:
    moc = side.moc()
    other = "album" if kind == "image" else "image"
    for body in ({}, body_of(kind, None), body_of(kind, 5), body_of(kind, ""), body_of(other, NOBODYS)):
        failed(side.post(links_of(kind, moc), body), "VALIDATION_ERROR", next(iter(body_of(kind, ""))))
    failed(side.call("POST", links_of(kind, moc), content=b"{"), "UNSUPPORTED_MEDIA_TYPE")
    failed(side.post(links_of(kind, moc), body_of(kind, "x" * 2**20)), "PAYLOAD_TOO_LARGE")
    failed(side.put(links_of(kind, moc), {}), "METHOD_NOT_ALLOWED")


@pytest.mark.contract("links.images", "links.albums", "admin")
@KINDS
def test_an_admin_links_for_the_mocs_owner(side: Side, kind: str) -> None:
    moc, target, own = side.moc(), target_of(side, kind), target_of(side, kind, "admin")
    failed(link(side, kind, moc, own["id"], "admin"), "FORBIDDEN")
    one(link(side, kind, moc, target["id"], "admin"), 201)
    assert linked(side, kind, moc) == linked(side, kind, moc, "admin") == [target["id"]]
    deleted(side.delete(f"{links_of(kind, moc)}/{target['id']}", "admin"), target["id"])
    assert linked(side, kind, moc) == []


def all_mocs(side: Side, user: str) -> list[dict[str, Any]]:
    """Everything that the user has, page by page."""
    found: list[dict[str, Any]] = []
    while True:
        answer = side.get(f"/api/mocs?limit=100&page={len(found) // 100 + 1}", user)
        found += listed(answer)
        if len(found) == answer.json()["total"]:
            return found


def categories_of(mocs: Sequence[dict[str, Any]]) -> Counter[str]:
    """How many of them have each theme; and each tag, in lower case, that is no theme."""
    themes = Counter(moc["theme"] for moc in mocs if "theme" in moc)
    known = {theme.lower() for theme in themes}
    tags = Counter(tag for moc in mocs for tag in {tag.lower() for tag in moc.get("tags", [])} - known)
    return themes + tags


def months_of(mocs: Sequence[dict[str, Any]]) -> list[tuple[str, str, int]]:
    """How many of each theme were made in each of the last twelve months."""
    now = datetime.now(UTC)
    first = f"{now.year - 1}-{now.month + 1:02}" if now.month < 12 else f"{now.year}-01"
    counted = Counter((moc["createdAt"][:7], moc.get("theme", "Unknown")) for moc in mocs)
    return sorted((month, theme, count) for (month, theme), count in counted.items() if month >= first)


@pytest.mark.contract("stats.by-category", "write.seen")
@pytest.mark.parametrize("user", ["alice", "eve", "admin"])
def test_the_ten_largest_categories(others: Sequence[Side], user: str) -> None:
    word = unique("").strip()
    for number in range(3):
        side = others[number % len(others)]
        tags = [f"{word} {tag}" for tag in range(12)]
        side.moc(user, theme=f"Theme {word}", tags=[*tags, f"THEME {word}", tags[0].upper()])
        counted = categories_of(all_mocs(side, user))
        for seen in others:
            found = listed(seen.get(CATEGORIES, user), paged=False)
            assert [set(category) for category in found] == [{"category", "count"}] * len(found)
            assert [category["count"] for category in found] == [count for _, count in counted.most_common(10)]
            assert {category["category"]: category["count"] for category in found}.items() <= counted.items()


@pytest.mark.contract("stats.over-time", "write.seen")
@pytest.mark.parametrize("user", ["alice", "eve", "admin"])
def test_the_last_twelve_months(others: Sequence[Side], user: str) -> None:
    side = others[0]
    theme = unique("Theme")
    for changes in ({"theme": theme}, {"theme": theme}, {}):
        moc = side.moc(user, **changes)
    for step in range(2):
        if step:
            deleted(side.delete(f"/api/mocs/{moc['id']}", user), moc["id"])
        wanted = months_of(all_mocs(side, user))
        assert (moc["createdAt"][:7], theme, 2) in wanted
        for seen in others:
            found = listed(seen.get(MONTHS, user), paged=False)
            assert sorted((entry["date"], entry["category"], entry["count"]) for entry in found) == wanted
            assert [entry["date"] for entry in found] == sorted(entry["date"] for entry in found)


@pytest.mark.contract("stats.by-category", "stats.over-time", "auth.statuses", "failure.codes")
@pytest.mark.parametrize("path", [CATEGORIES, MONTHS])
def test_statistics_are_for_those_who_are_signed_in(side: Side, path: str) -> None:
    failed(side.get(path, None), "UNAUTHORIZED")
    failed(side.post(path, {}), "METHOD_NOT_ALLOWED")
    failed(side.get(f"{path}-and-colour"), "NOT_FOUND")
