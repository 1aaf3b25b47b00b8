"""Gallery images: list, search, detail, upload, change, delete."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.contract.client import NOBODYS, Side, deleted, failed, listed, one, unique
from tests.contract.direct import PNG, Sent, gone, in_store, key_of
from tests.contract.gallery import ALBUMS, IMAGES, album_path, becomes, ids_of, image_path, on_each, sent

TEXTS: dict[str, Any] = {"description": "Grey\nand\tlarge", "tags": ["grey", "star wars", "très bien"]}
ALWAYS = {"id", "userId", "title", "imageUrl", "thumbnailUrl", "flagged", "createdAt", "lastUpdatedAt"}
OF_ANOTHER_TYPE = [
    ("title", 5),
    ("title", None),
    ("title", "a\nb"),
    ("description", "x" * 2001),
    ("description", ["x"]),
    ("tags", "grey"),
    ("tags", [5]),
    ("tags", [""]),
    ("tags", ["x" * 51]),
    ("tags", ["x"] * 21),
    ("albumId", "7"),
    ("albumId", 7),
]


def own_ids(side: Side, user: str = "alice", **query: Any) -> list[str]:
    """The ids of that part of the user's list."""
    return ids_of(listed(side.get(IMAGES, user, params=query)))


def album_ids(side: Side, album: dict[str, Any]) -> list[str]:
    """The ids of an album's images."""
    return ids_of(one(side.get(album_path(album)))["images"])


@pytest.mark.contract("images.create", "images.detail", "write.seen", "optional.left-out")
def test_an_image_has_what_was_given(others: Sequence[Side]) -> None:
    side, album = others[0], others[0].album()
    title = unique("Ship")
    image = one(sent(side, title=f"  {title} ", albumId=album["id"], **TEXTS), 201)
    assert {name: image[name] for name in TEXTS} == TEXTS
    assert (image["title"], image["albumId"], image["flagged"]) == (title, album["id"], False)
    assert set(image) == ALWAYS | {"description", "tags", "albumId"}
    assert image["createdAt"] == image["lastUpdatedAt"]
    assert list(on_each(others, image_path(image))) == [image] * len(others)
    assert set(one(sent(side), 201)) == ALWAYS


@pytest.mark.contract("images.create", "title.length")
@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("ship.png", "ship.png"),
        ("Käse 李.PNG", "Käse 李.PNG"),
        ("C:\\pictures\\ship.png", "ship.png"),
        ("../../ship.png", "ship.png"),
        ("x" * 240 + ".png", "x" * 200),
    ],
    ids=lambda text: text[:20],
)
def test_without_a_title_it_is_the_files_name(side: Side, name: str, title: str) -> None:
    file = Sent(name, PNG.body, PNG.declared)
    assert one(sent(side, file), 201)["title"] == title
    assert one(sent(side, file, title="  "), 201)["title"] == title


@pytest.mark.contract("images.tags")
@pytest.mark.parametrize(
    ("sent_as", "tags"),
    [
        (["grey", "star wars"], ["grey", "star wars"]),
        (["grey"], ["grey"]),
        ("grey", ["grey"]),
        ("grey,star wars", ["grey", "star wars"]),
        (" grey , star wars,, ", ["grey", "star wars"]),
        ('["grey", "star wars"]', ["grey", "star wars"]),
        ('["a, b"]', ["a, b"]),
        ('[" grey "]', ["grey"]),
        ([f"{number:050}" for number in range(20)], [f"{number:050}" for number in range(20)]),
        ("", None),
        ("[]", None),
    ],
    ids=lambda value: str(value)[:24],
)
def test_tags_come_in_three_ways(side: Side, sent_as: Any, tags: list[str] | None) -> None:
    image = one(sent(side, tags=sent_as), 201)
    assert image.get("tags") == tags
    assert one(side.get(image_path(image))) == image


@pytest.mark.contract("images.create", "images.tags", "failure.details", "text.controls")
@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("title", "x" * 201),
        ("title", "a\u0000b"),
        ("title", "a\nb"),
        ("title", ["one", "two"]),
        ("description", "x" * 2001),
        ("description", "a\u0007b"),
        ("tags", "x" * 51),
        ("tags", [str(number) for number in range(21)]),
        ("tags", '["a", 5]'),
        ("tags", '["a"'),
        ("tags", "a\u0007b"),
        ("albumId", "7"),
        ("albumId", [NOBODYS, NOBODYS]),
    ],
    ids=lambda value: repr(value)[:24],
)
def test_texts_that_do_not_fit_store_nothing(side: Side, field: str, value: Any) -> None:
    before = side.get(IMAGES).json()
    details = failed(sent(side, **{field: value}), "VALIDATION_ERROR")["details"]
    assert [finding["field"].split("[")[0] for finding in details] == [field]
    assert side.get(IMAGES).json() == before


@pytest.mark.contract("images.create", "body.unknown-keys")
def test_extras_in_the_form_do_no_harm(side: Side) -> None:
    image = one(sent(side, userId="eve", id=NOBODYS, flagged="true", imageUrl="https://example.com/x", x="y"), 201)
    assert image["userId"] == one(side.get("/api/users/me"))["sub"]
    assert (image["flagged"], image["id"] == NOBODYS, "example.com" in image["imageUrl"]) == (False, False, False)


@pytest.mark.contract("images.create", "failure.everywhere")
def test_the_form_holds_one_image_in_its_field(side: Side) -> None:
    before = side.get(IMAGES).json()
    failed(side.send(IMAGES, {"file": PNG.part()}), "VALIDATION_ERROR", "image")
    failed(side.send(IMAGES, [("image", PNG.part()), ("image", PNG.part())]), "VALIDATION_ERROR", "image")
    failed(side.send(IMAGES, {"image": ("ship.png", b"", "image/png")}), "VALIDATION_ERROR", "image")
    failed(side.send(IMAGES, {"other": (None, "x")}, {"title": "x"}), "VALIDATION_ERROR", "image")
    failed(side.post(IMAGES, {"title": "x"}), "UNSUPPORTED_MEDIA_TYPE")
    failed(side.call("POST", IMAGES, data={"title": "x"}), "UNSUPPORTED_MEDIA_TYPE")
    failed(side.call("POST", IMAGES), "UNSUPPORTED_MEDIA_TYPE")
    for content_type in ("multipart/form-data", "multipart/form-data; boundary=x"):
        answer = side.call("POST", IMAGES, content=b"--y\r\nnothing", headers={"Content-Type": content_type})
        failed(answer, "VALIDATION_ERROR")
    assert side.get(IMAGES).json() == before


@pytest.mark.contract("images.album-own", "auth.statuses")
def test_an_image_is_put_into_an_own_album_only(side: Side) -> None:
    album, eves = side.album(), side.album("eve")
    failed(sent(side, albumId=eves["id"]), "FORBIDDEN")
    failed(sent(side, user="admin", albumId=album["id"]), "FORBIDDEN")
    failed(sent(side, albumId=NOBODYS), "NOT_FOUND")
    image = one(sent(side, albumId=album["id"].upper()), 201)
    failed(side.patch(image_path(image), {"albumId": eves["id"]}), "FORBIDDEN")
    failed(side.patch(image_path(image), {"albumId": NOBODYS}), "NOT_FOUND")
    assert one(side.get(image_path(image))) == image
    assert album_ids(side, album) == [image["id"]]
    assert one(side.get(album_path(eves), "eve"))["images"] == []


@pytest.mark.contract("images.list", "write.seen", "list.newest-first")
def test_the_list_is_of_ones_own_outside_any_album(others: Sequence[Side]) -> None:
    side, album = others[0], others[0].album()
    first, inside, second, eves = side.image(), side.image(albumId=album["id"]), side.image(), side.image("eve")
    for seen in others:
        shown = own_ids(seen)
        assert shown[:2] == [second["id"], first["id"]]
        assert not {inside["id"], eves["id"]} & set(shown)
        assert own_ids(seen, albumId=album["id"]) == [inside["id"]]
        assert own_ids(seen, "eve", albumId=album["id"]) == []
    one(others[-1].patch(image_path(first), {"albumId": album["id"]}))
    one(others[-1].patch(image_path(inside), {"albumId": None}))
    for seen in others:
        assert own_ids(seen)[:2] == [second["id"], inside["id"]]
        assert own_ids(seen, albumId=album["id"]) == [first["id"]]


@pytest.mark.contract("images.list", "page.past-end")
def test_pages_fit_together(side: Side) -> None:
    album = side.album()
    whole = [side.image(albumId=album["id"])["id"] for _ in range(5)][::-1]
    parts = [own_ids(side, albumId=album["id"], limit=2, page=page) for page in (1, 2, 3, 4)]
    assert parts == [whole[:2], whole[2:4], whole[4:], []]
    assert side.get(IMAGES, params={"albumId": album["id"], "page": 4, "limit": 2}).json()["total"] == 5


@pytest.mark.contract("images.list", "id.uuid")
def test_parameters_of_the_list(side: Side) -> None:
    tag, album = unique("star wars"), side.album()
    image = side.image(tags=[tag, "other"])
    inside = side.image(tags=[tag], albumId=album["id"])
    side.image(tags=[tag + "!"])
    assert own_ids(side, tag=tag) == [image["id"]]
    assert own_ids(side, tag=tag, albumId=album["id"]) == [inside["id"]]
    assert own_ids(side, tag=tag.upper()) == []
    assert side.get(f"{IMAGES}?search=&tag=&albumId=").json() == side.get(IMAGES).json()
    assert side.get(f"{IMAGES}?search=%20&tag=%20").json() == side.get(IMAGES).json()
    failed(side.get(f"{IMAGES}?albumId=7"), "VALIDATION_ERROR", "albumId")
    failed(side.get(f"{IMAGES}?albumId={NOBODYS}&albumId={NOBODYS}"), "VALIDATION_ERROR", "albumId")


@pytest.mark.contract("images.list", "search.fields", "search.within-5s")
def test_a_search_reads_title_tags_and_description_and_knows_albums(side: Side) -> None:
    word, album = unique("").strip() + "windmill", side.album()
    in_description = side.image(description=f"about a {word}")
    in_title = side.image(title=f"The {word}")
    in_tags = side.image(tags=["other", f"{word} wars"])
    inside = side.image(title=word, albumId=album["id"])
    side.image("eve", title=word)
    wanted = sorted(ids_of([in_description, in_title, in_tags]))
    becomes(lambda: sorted(own_ids(side, search=word)), wanted)
    assert own_ids(side, search=word)[0] == in_title["id"]
    assert sorted(own_ids(side, search=word.replace("windmill", "widnmill"))) == wanted
    assert own_ids(side, search=word, tag=f"{word} wars") == [in_tags["id"]]
    becomes(lambda: own_ids(side, search=word, albumId=album["id"]), [inside["id"]])
    answer = side.get(IMAGES, params={"search": word, "limit": 2, "page": 2})
    assert (len(listed(answer)), answer.json()["total"]) == (1, 3)


@pytest.mark.contract("images.patch", "images.delete", "search.within-5s")
def test_a_search_follows_changes_and_deletes(side: Side) -> None:
    word, album = unique("").strip(), side.album()
    image = side.image(title=unique("Before"))
    one(side.patch(image_path(image), {"title": word}))
    becomes(lambda: own_ids(side, search=word), [image["id"]])
    one(side.patch(image_path(image), {"albumId": album["id"]}))
    becomes(lambda: own_ids(side, search=word), [])
    becomes(lambda: own_ids(side, search=word, albumId=album["id"]), [image["id"]])
    deleted(side.delete(image_path(image)), image["id"])
    becomes(lambda: own_ids(side, search=word, albumId=album["id"]), [])


@pytest.mark.contract("images.patch", "write.seen", "optional.left-out")
def test_fields_change_and_null_clears(others: Sequence[Side]) -> None:
    side, album = others[0], others[0].album()
    image = side.image()
    given = {"title": unique("Changed"), "albumId": album["id"], **TEXTS}
    changed = one(side.patch(image_path(image), given))
    assert changed == {**image, **given, "lastUpdatedAt": changed["lastUpdatedAt"]}
    assert changed["lastUpdatedAt"] > image["lastUpdatedAt"]
    assert list(on_each(others, image_path(image))) == [changed] * len(others)
    cleared = one(others[-1].patch(image_path(image), {"description": None, "tags": None, "albumId": None}))
    assert cleared == {**image, "title": given["title"], "lastUpdatedAt": cleared["lastUpdatedAt"]}
    assert list(on_each(others, image_path(image))) == [cleared] * len(others)


@pytest.mark.contract("images.patch", "failure.details")
@pytest.mark.parametrize(("field", "value"), OF_ANOTHER_TYPE, ids=lambda value: repr(value)[:24])
def test_a_change_that_does_not_fit_changes_nothing(side: Side, field: str, value: Any) -> None:
    image = side.image()
    patch = {"title": unique("Changed"), "description": "new", field: value}
    details = failed(side.patch(image_path(image), patch), "VALIDATION_ERROR")["details"]
    assert [finding["field"].split("[")[0] for finding in details] == [field]
    assert one(side.get(image_path(image))) == image


@pytest.mark.contract("images.patch", "body.unknown-keys")
def test_nobody_changes_what_is_not_theirs_to_change(side: Side) -> None:
    image = side.image()
    fixed = {"id": NOBODYS, "userId": "eve", "imageUrl": "https://example.com/x", "flagged": True, "createdAt": None}
    assert one(side.patch(image_path(image), fixed)) == image


@pytest.mark.contract("images.delete", "albums.list", "links.images", "write.seen")
def test_a_deleted_image_is_gone_everywhere(others: Sequence[Side]) -> None:
    side, album, moc = others[0], others[0].album(), others[0].moc()
    image = side.image(albumId=album["id"])
    keys = [key_of(image[name]) for name in ("imageUrl", "thumbnailUrl")]
    one(side.post(f"/api/mocs/{moc['id']}/gallery-images", {"galleryImageId": image["id"]}), 201)
    assert [in_store(side, key) in (200, 403) for key in keys] == [True, True]
    deleted(others[-1].delete(image_path(image)), image["id"])
    for seen in others:
        failed(seen.get(image_path(image)), "NOT_FOUND")
        assert own_ids(seen, albumId=album["id"]) == []
        assert one(seen.get(album_path(album))) == {**album, "images": []}
        assert album in listed(seen.get(ALBUMS))
        assert one(seen.get(f"/api/mocs/{moc['id']}"))["images"] == []
    assert [gone(side, key) for key in keys] == [True, True]


@pytest.mark.contract("images.delete")
def test_of_many_deletions_one_is_the_one(side: Side) -> None:
    path = image_path(side.image())
    with ThreadPoolExecutor(6) as threads:
        answers = list(threads.map(lambda _: side.delete(path), range(6)))
    assert sorted(answer.status_code for answer in answers) == [200] + [404] * 5


@pytest.mark.contract("admin", "images.patch", "images.delete", "write.seen")
def test_an_admin_sees_changes_and_deletes_it(others: Sequence[Side]) -> None:
    side, other = others[0], others[-1]
    image, album = side.image(), side.album()
    assert [one(seen.get(image_path(image), user)) for seen in others for user in ("alice", "admin")] == (
        [image] * 2 * len(others)
    )
    assert image["id"] not in own_ids(side, "admin", limit=100)
    changed = one(other.patch(image_path(image), {"title": unique("Changed"), "albumId": album["id"]}, "admin"))
    assert (changed["userId"], changed["albumId"]) == (image["userId"], album["id"])
    assert list(on_each(others, image_path(image))) == [changed] * len(others)
    admins = side.album("admin")
    failed(side.patch(image_path(image), {"albumId": admins["id"]}, "admin"), "FORBIDDEN")
    deleted(other.delete(image_path(image), "admin"), image["id"])
    for seen in others:
        failed(seen.get(image_path(image)), "NOT_FOUND")


@pytest.mark.contract("public", "auth.statuses")
def test_nobody_does_anything_without_signing_in(side: Side) -> None:
    image = side.image()
    failed(sent(side, user=None), "UNAUTHORIZED")
    failed(side.get(IMAGES, None), "UNAUTHORIZED")
    failed(side.get(image_path(image), None), "UNAUTHORIZED")
    failed(side.patch(image_path(image), {"title": "x"}, None), "UNAUTHORIZED")
    failed(side.delete(image_path(image), None), "UNAUTHORIZED")
    assert one(side.get(image_path(image))) == image


@pytest.mark.contract("failure.codes", "body.size", "body.type")
def test_bodies_and_methods_that_a_change_does_not_take(side: Side) -> None:
    path = image_path(side.image())
    failed(side.patch(path, {"extra": "x" * 1024 * 1024}), "PAYLOAD_TOO_LARGE")
    failed(side.call("PATCH", path, content=b"{}", headers={"Content-Type": "text/plain"}), "UNSUPPORTED_MEDIA_TYPE")
    failed(side.call("PATCH", path, files={"image": PNG.part()}), "UNSUPPORTED_MEDIA_TYPE")
    json = {"Content-Type": "application/json"}
    for body in (b"", b"{", b"[]"):
        failed(side.call("PATCH", path, content=body, headers=json), "VALIDATION_ERROR")
    for method in ("PUT", "POST"):
        failed(side.call(method, path, json={}), "METHOD_NOT_ALLOWED")
