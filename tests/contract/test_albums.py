"""Albums: list, detail, create, change, delete; and what becomes of their images."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.contract.client import NOBODYS, Side, deleted, failed, listed, one, unique
from tests.contract.direct import PNG
from tests.contract.gallery import ALBUMS, IMAGES, album_path, becomes, ids_of, image_path, on_each, sent

ALWAYS = {"id", "userId", "title", "createdAt", "lastUpdatedAt", "imageCount"}
OUT_OF_BOUNDS: list[tuple[str, Any]] = [
    ("title", ""),
    ("title", "  "),
    ("title", 5),
    ("title", None),
    ("title", "a\nb"),
    ("title", "x" * 201),
    ("description", "x" * 2001),
    ("description", ["x"]),
    ("coverImageId", "7"),
    ("coverImageId", 7),
]


def shown(side: Side, album: dict[str, Any], user: str = "alice") -> dict[str, Any]:
    """The album as its detail shows it, without its images, and as the list does: the same."""
    detail = one(side.get(album_path(album), user))
    del detail["images"]
    assert [found for found in listed(side.get(ALBUMS, user)) if found["id"] == album["id"]] == [detail]
    return detail


@pytest.mark.contract("albums.write", "albums.detail", "albums.list", "write.seen", "optional.left-out")
def test_an_album_has_what_was_given(others: Sequence[Side]) -> None:
    side, image = others[0], others[0].image()
    given = {"title": unique("Harbour"), "description": "At the\n\twaterside", "coverImageId": image["id"]}
    album = one(side.post(ALBUMS, {**given, "title": f" {given['title']} "}), 201)
    assert {name: album[name] for name in given} == given
    assert set(album) - {"coverImageUrl"} == ALWAYS | set(given)
    assert (album["imageCount"], album["userId"]) == (0, image["userId"])
    assert album["createdAt"] == album["lastUpdatedAt"]
    assert list(on_each(others, album_path(album))) == [{**album, "images": []}] * len(others)
    assert [shown(seen, album) for seen in others] == [album] * len(others)
    assert set(one(side.post(ALBUMS, {"title": given["title"]}), 201)) == ALWAYS


@pytest.mark.contract("albums.write", "failure.details")
@pytest.mark.parametrize(("field", "value"), OUT_OF_BOUNDS, ids=lambda value: repr(value)[:24])
def test_bounds(side: Side, field: str, value: Any) -> None:
    album, before = side.album(), side.get(ALBUMS).json()["total"]
    for answer in (
        side.post(ALBUMS, {"title": "x", field: value}),
        side.patch(album_path(album), {"title": "x", "description": "new", field: value}),
    ):
        (finding,) = failed(answer, "VALIDATION_ERROR")["details"]
        assert finding["field"] == field
    assert (shown(side, album), side.get(ALBUMS).json()["total"]) == (album, before)


@pytest.mark.contract("albums.write", "body.null-on-create")
def test_an_album_needs_a_title_and_nothing_else(side: Side) -> None:
    for body in ({}, {"description": "x"}):
        failed(side.post(ALBUMS, body), "VALIDATION_ERROR", "title")
    album = one(side.post(ALBUMS, {"title": unique("Album"), "description": None, "coverImageId": None}), 201)
    assert set(album) == ALWAYS


@pytest.mark.contract("albums.write", "write.seen")
def test_fields_change_and_null_clears(others: Sequence[Side]) -> None:
    side, album, image = others[0], others[0].album(), others[0].image()
    given = {"title": unique("Changed"), "description": "a\nb", "coverImageId": image["id"]}
    changed = one(side.patch(album_path(album), given))
    assert changed == {**album, **given, "lastUpdatedAt": changed["lastUpdatedAt"]}
    assert changed["lastUpdatedAt"] > album["lastUpdatedAt"]
    assert [shown(seen, album) for seen in others] == [changed] * len(others)
    cleared = one(others[-1].patch(album_path(album), {"description": None, "coverImageId": None}))
    assert cleared == {**album, "title": given["title"], "lastUpdatedAt": cleared["lastUpdatedAt"]}
    assert [shown(seen, album) for seen in others] == [cleared] * len(others)
    fixed = {"id": NOBODYS, "userId": "eve", "imageCount": 7, "coverImageUrl": "https://example.com/x", "x": 1}
    assert one(side.patch(album_path(album), fixed)) == cleared


@pytest.mark.contract("albums.write", "auth.statuses")
def test_a_cover_is_an_own_image(side: Side) -> None:
    album, eves = side.album(), side.image("eve")
    for cover, code in ((eves["id"], "FORBIDDEN"), (NOBODYS, "NOT_FOUND")):
        failed(side.post(ALBUMS, {"title": unique("Album"), "coverImageId": cover}), code)
        failed(side.patch(album_path(album), {"coverImageId": cover}), code)
    assert shown(side, album) == album


@pytest.mark.contract("albums.list", "albums.detail", "images.album-own", "write.seen", "list.newest-first")
def test_count_and_images_follow_every_write_on_every_side(others: Sequence[Side]) -> None:
    side, other, album = others[0], others[-1], others[0].album()

    def hold(*images: dict[str, Any]) -> None:
        for seen in others:
            assert one(seen.get(album_path(album)))["images"] == list(images)
            assert shown(seen, album)["imageCount"] == len(images)
            assert listed(seen.get(IMAGES, params={"albumId": album["id"]})) == list(images)

    hold()
    first = side.image(albumId=album["id"])
    hold(first)
    second = one(sent(other, title=unique("Second"), albumId=album["id"]), 201)
    third = side.image()
    hold(second, first)
    third = one(other.patch(image_path(third), {"albumId": album["id"]}))
    hold(third, second, first)
    first = one(side.patch(image_path(first), {"title": unique("Changed"), "tags": ["x"]}))
    hold(third, second, first)
    one(other.patch(image_path(second), {"albumId": None}))
    hold(third, first)
    deleted(side.delete(image_path(third)), third["id"])
    deleted(other.delete(image_path(second)), second["id"])
    hold(first)


@pytest.mark.contract("albums.list", "albums.detail", "write.seen")
def test_the_cover_is_shown_while_it_lies_in_the_album(others: Sequence[Side]) -> None:
    side, album = others[0], others[0].album()
    cover, other = side.image(albumId=album["id"]), side.image(albumId=album["id"])
    assert "coverImageUrl" not in shown(side, album)

    def covered() -> list[str | None]:
        return [shown(seen, album).get("coverImageUrl") for seen in others]

    changed = one(side.patch(album_path(album), {"coverImageId": cover["id"]}))
    assert (changed["imageCount"], changed["coverImageUrl"]) == (2, cover["imageUrl"])
    assert covered() == [cover["imageUrl"]] * len(others)
    one(side.patch(image_path(cover), {"albumId": None}))
    assert covered() == [None] * len(others)
    one(side.patch(image_path(cover), {"albumId": album["id"]}))
    assert covered() == [cover["imageUrl"]] * len(others)
    deleted(side.delete(image_path(cover)), cover["id"])
    assert covered() == [None] * len(others)
    one(side.patch(album_path(album), {"coverImageId": other["id"]}))
    assert covered() == [other["imageUrl"]] * len(others)


@pytest.mark.contract("albums.delete", "links.albums", "write.seen", "search.within-5s")
def test_the_images_of_a_deleted_album_stay_outside_any(others: Sequence[Side]) -> None:
    side, album, moc = others[0], others[0].album(), others[0].moc()
    word = unique("").strip()
    images = [side.image(title=f"{word} {number}", albumId=album["id"]) for number in range(3)][::-1]
    one(side.patch(album_path(album), {"coverImageId": images[0]["id"]}))
    one(side.post(f"/api/mocs/{moc['id']}/gallery-albums", {"galleryAlbumId": album["id"]}), 201)
    deleted(others[-1].delete(album_path(album)), album["id"])
    for seen in others:
        failed(seen.get(album_path(album)), "NOT_FOUND")
        assert album["id"] not in ids_of(listed(seen.get(ALBUMS)))
        assert listed(seen.get(IMAGES, params={"albumId": album["id"]})) == []
        now = [one(seen.get(image_path(image))) for image in images]
        own = {"albumId", "lastUpdatedAt"}
        assert [{**image, **dict.fromkeys(own)} for image in now] == [{**i, **dict.fromkeys(own)} for i in images]
        assert all("albumId" not in image for image in now)
        assert listed(seen.get(IMAGES))[:3] == now
        assert listed(seen.get(f"/api/mocs/{moc['id']}/gallery-albums"), paged=False) == []
    becomes(lambda: sorted(ids_of(listed(side.get(IMAGES, params={"search": word})))), sorted(ids_of(images)))
    failed(sent(side, albumId=album["id"]), "NOT_FOUND")
    failed(side.delete(album_path(album)), "NOT_FOUND")


@pytest.mark.contract("albums.delete")
def test_of_many_deletions_one_is_the_one_and_no_image_is_lost(side: Side) -> None:
    album = side.album()
    images = [side.image(albumId=album["id"]) for _ in range(2)]
    with ThreadPoolExecutor(5) as threads:
        answers = list(threads.map(lambda _: side.delete(album_path(album)), range(5)))
    assert sorted(answer.status_code for answer in answers) == [200] + [404] * 4
    assert all("albumId" not in one(side.get(image_path(image))) for image in images)


@pytest.mark.contract("albums.list", "page.past-end")
def test_the_list_is_of_ones_own_in_pages(side: Side) -> None:
    newest_last = [side.album()["id"] for _ in range(3)]
    eves = side.album("eve")
    whole = ids_of(listed(side.get(f"{ALBUMS}?limit=100")))
    assert whole[:3] == newest_last[::-1]
    assert eves["id"] not in whole
    parts = [ids_of(listed(side.get(f"{ALBUMS}?limit=2&page={page}"))) for page in (1, 2)]
    assert parts == [whole[:2], whole[2:4]]
    assert side.get(f"{ALBUMS}?limit=2").json()["total"] == len(whole)


@pytest.mark.contract("admin", "albums.write", "albums.delete", "write.seen")
def test_an_admin_sees_changes_and_deletes_it(others: Sequence[Side]) -> None:
    side, other, album = others[0], others[-1], others[0].album()
    image = side.image(albumId=album["id"])
    assert one(other.get(album_path(album), "admin")) == one(side.get(album_path(album)))
    assert album["id"] not in ids_of(listed(side.get(f"{ALBUMS}?limit=100", "admin")))
    change = {"title": unique("Changed"), "coverImageId": image["id"]}
    changed = one(other.patch(album_path(album), change, "admin"))
    assert (changed["userId"], changed["coverImageUrl"]) == (album["userId"], image["imageUrl"])
    assert [shown(seen, album) for seen in others] == [changed] * len(others)
    failed(side.patch(album_path(album), {"coverImageId": side.image("admin")["id"]}, "admin"), "FORBIDDEN")
    deleted(other.delete(album_path(album), "admin"), album["id"])
    for seen in others:
        failed(seen.get(album_path(album)), "NOT_FOUND")
        assert "albumId" not in one(seen.get(image_path(image)))


@pytest.mark.contract("auth.statuses", "public")
def test_nobody_does_anything_without_signing_in(side: Side) -> None:
    album = side.album()
    failed(side.get(ALBUMS, None), "UNAUTHORIZED")
    failed(side.post(ALBUMS, {"title": "x"}, None), "UNAUTHORIZED")
    failed(side.get(album_path(album), None), "UNAUTHORIZED")
    failed(side.patch(album_path(album), {"title": "x"}, None), "UNAUTHORIZED")
    failed(side.delete(album_path(album), None), "UNAUTHORIZED")
    assert shown(side, album) == album


@pytest.mark.contract("failure.codes", "body.size", "body.type")
def test_bodies_and_methods_that_a_change_does_not_take(side: Side) -> None:
    path = album_path(side.album())
    failed(side.patch(path, {"extra": "x" * 1024 * 1024}), "PAYLOAD_TOO_LARGE")
    failed(side.call("PATCH", path, content=b"{}", headers={"Content-Type": "text/plain"}), "UNSUPPORTED_MEDIA_TYPE")
    failed(side.call("PATCH", path, files={"image": PNG.part()}), "UNSUPPORTED_MEDIA_TYPE")
    for body in (b"", b"{", b"[]"):
        answer = side.call("PATCH", path, content=body, headers={"Content-Type": "application/json"})
        failed(answer, "VALIDATION_ERROR")
    for method in ("PUT", "POST"):
        failed(side.call(method, path, json={}), "METHOD_NOT_ALLOWED")
