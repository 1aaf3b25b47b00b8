"""Gallery images and albums that are linked to a MOC."""

import asyncio
from collections.abc import Sequence
from typing import Any

import asyncpg
import pytest

from tests.fakes.waiting import until
from tests.integration.postgres import Postgres
from tests.integration.service.api import Api, assert_failure
from tests.integration.service.moc_file_samples import NIL, detail
from tests.integration.service.test_parts_list_upload import waits_for_a_lock

KINDS = pytest.mark.parametrize("kind", ["image", "album"])


class Rows:
    """What is in the gallery, and how the links look in the database."""

    def __init__(self, postgres: Postgres, database: str) -> None:
        self._postgres = postgres
        self.database = database

    def run(self, statement: str) -> Sequence[str]:
        return self._postgres.run(statement, self.database)

    def add(self, kind: str, owner: str = "alice", title: str = "Ship", at: str = "2025-01-01") -> str:
        """An image or album; its id."""
        columns, values = ("image_url, ", "'/uploads/a.jpg', ") if kind == "image" else ("", "")
        return self.run(
            f"INSERT INTO gallery_{kind}s ({columns}user_id, title, created_at, last_updated_at)"
            f" VALUES ({values}'{owner}', '{title}', '{at}', '{at}') RETURNING id"
        )[0]

    def links(self, kind: str) -> int:
        return int(self.run(f"SELECT count(*) FROM moc_gallery_{kind}s")[0])


@pytest.fixture
def rows(postgres: Postgres, database: str) -> Rows:
    return Rows(postgres, database)


def path_of(kind: str, moc: Any, target: str = "") -> str:
    return f"/api/mocs/{moc['id']}/gallery-{kind}s" + (f"/{target}" if target else "")


def body_of(kind: str, target: str) -> dict[str, str]:
    return {f"gallery{kind.capitalize()}Id": target}


async def link(api: Api, kind: str, moc: Any, target: str, sub: str = "alice") -> Any:
    return await api.post(path_of(kind, moc), body_of(kind, target), sub)


@KINDS
async def test_a_link_is_201_and_what_it_links_is_listed(api: Api, rows: Rows, kind: str) -> None:
    moc, target = await api.create(), rows.add(kind)
    answer = await link(api, kind, moc, target)
    assert answer.status_code == 201
    body = answer.json()
    assert set(body) == {"success", "data", "message", "link"}
    assert body["link"] == body["data"] == {"id": body["data"]["id"], "mocId": moc["id"], **body_of(kind, target)}
    listed = (await api.get(path_of(kind, moc))).json()
    assert set(listed) == {"success", "data", "total", f"{kind}s", "message"}
    assert (listed["total"], [one["id"] for one in listed["data"]]) == (1, [target])
    assert listed[f"{kind}s"] == listed["data"]


async def test_an_image_shows_all_that_is_known_of_it(api: Api, rows: Rows) -> None:
    moc, target = await api.create(), rows.add("image")
    assert await link(api, "image", moc, target)
    (image,) = (await api.get(path_of("image", moc))).json()["images"]
    assert image == {
        "id": target,
        "title": "Ship",
        "url": "/uploads/a.jpg",
        "imageUrl": "/uploads/a.jpg",
        "createdAt": "2025-01-01T00:00:00.000Z",
        "lastUpdatedAt": "2025-01-01T00:00:00.000Z",
    }
    rows.run("UPDATE gallery_images SET description = 'x', thumbnail_url = '/t', tags = '[\"a\", 1]'")
    (image,) = (await api.get(path_of("image", moc))).json()["images"]
    assert (image["description"], image["thumbnailUrl"], image["tags"]) == ("x", "/t", ["a"])


async def test_an_album_shows_its_cover_and_how_many_images_it_has(api: Api, rows: Rows) -> None:
    moc, album = await api.create(), rows.add("album")
    await link(api, "album", moc, album)
    (shown,) = (await api.get(path_of("album", moc))).json()["albums"]
    assert shown == {
        "id": album,
        "title": "Ship",
        "imageCount": 0,
        "createdAt": "2025-01-01T00:00:00.000Z",
        "lastUpdatedAt": "2025-01-01T00:00:00.000Z",
    }
    image, _ = rows.add("image"), rows.add("image", "bob")
    rows.run(
        f"UPDATE gallery_images SET album_id = '{album}', thumbnail_url = '/t';"
        f"UPDATE gallery_albums SET cover_image_id = '{image}'"
    )
    (shown,) = (await api.get(path_of("album", moc))).json()["albums"]
    assert (shown["imageCount"], shown["coverImageUrl"]) == (1, "/uploads/a.jpg")
    rows.run(f"UPDATE gallery_images SET album_id = NULL WHERE id = '{image}'")
    (shown,) = (await api.get(path_of("album", moc))).json()["albums"]
    assert (shown["imageCount"], "coverImageUrl" in shown) == (0, False)
    rows.run(f"UPDATE gallery_albums SET cover_image_id = '{NIL}'")
    (shown,) = (await api.get(path_of("album", moc))).json()["albums"]
    assert "coverImageUrl" not in shown


@KINDS
async def test_the_newest_come_first(api: Api, rows: Rows, kind: str) -> None:
    moc = await api.create()
    targets = [rows.add(kind, at=f"2025-01-0{day}") for day in (2, 3, 1)]
    for target in targets:
        await link(api, kind, moc, target)
    listed = (await api.get(path_of(kind, moc))).json()
    assert (listed["total"], [one["id"] for one in listed["data"]]) == (3, [targets[1], targets[0], targets[2]])


@KINDS
async def test_a_moc_without_links_has_an_empty_list(api: Api, rows: Rows, kind: str) -> None:
    moc = await api.create()
    rows.add(kind)
    listed = (await api.get(path_of(kind, moc))).json()
    assert (listed["data"], listed["total"], listed[f"{kind}s"]) == ([], 0, [])


@KINDS
async def test_a_second_link_is_409_and_there_is_still_one(api: Api, rows: Rows, kind: str) -> None:
    moc, target = await api.create(), rows.add(kind)
    await link(api, kind, moc, target)
    assert_failure(await link(api, kind, moc, target), 409, "CONFLICT", next(iter(body_of(kind, target))))
    assert rows.links(kind) == 1


@KINDS
async def test_of_eight_links_at_once_one_is_made(api: Api, rows: Rows, kind: str) -> None:
    moc, target = await api.create(), rows.add(kind)
    answers = await asyncio.gather(*(link(api, kind, moc, target) for _ in range(8)))
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 7
    assert rows.links(kind) == 1


@KINDS
async def test_unlinking_answers_with_the_id_and_leaves_what_was_linked(api: Api, rows: Rows, kind: str) -> None:
    moc, target, other = await api.create(), rows.add(kind), rows.add(kind)
    await link(api, kind, moc, target)
    await link(api, kind, moc, other)
    answer = await api.delete(path_of(kind, moc, target))
    assert (answer.status_code, answer.json()) == (200, {"success": True, "data": {"id": target}})
    assert [one["id"] for one in (await api.get(path_of(kind, moc))).json()["data"]] == [other]
    assert rows.run(f"SELECT count(*) FROM gallery_{kind}s") == ["2"]
    assert_failure(await api.delete(path_of(kind, moc, target)), 404, "NOT_FOUND")
    assert (await link(api, kind, moc, target)).status_code == 201


@KINDS
async def test_a_double_link_of_old_is_shown_once_and_goes_at_once(api: Api, rows: Rows, kind: str) -> None:
    moc, target = await api.create(), rows.add(kind)
    for _ in range(2):
        rows.run(f"INSERT INTO moc_gallery_{kind}s (moc_id, gallery_{kind}_id) VALUES ('{moc['id']}', '{target}')")
    assert (await api.get(path_of(kind, moc))).json()["total"] == 1
    assert (await api.delete(path_of(kind, moc, target))).status_code == 200
    assert rows.links(kind) == 0


async def test_the_detail_shows_linked_images_at_once_and_no_longer_when_they_are_unlinked(
    api: Api, rows: Rows
) -> None:
    moc, target = await api.create(), rows.add("image")
    assert (await detail(api, moc))["images"] == []
    await link(api, "image", moc, target)
    assert [one["id"] for one in (await detail(api, moc))["images"]] == [target]
    await api.delete(path_of("image", moc, target))
    assert (await detail(api, moc))["images"] == []


@KINDS
async def test_what_is_linked_has_to_be_there_and_the_owners(api: Api, rows: Rows, kind: str) -> None:
    moc, bobs = await api.create(), rows.add(kind, "bob")
    assert_failure(await link(api, kind, moc, bobs), 403, "FORBIDDEN")
    assert_failure(await link(api, kind, moc, NIL), 404, "NOT_FOUND")
    assert rows.links(kind) == 0


@KINDS
@pytest.mark.parametrize("body", [{}, {"galleryImageId": "x", "galleryAlbumId": "x"}, {"galleryImageId": None}])
async def test_a_body_without_a_usable_id_is_400(api: Api, kind: str, body: Any) -> None:
    moc = await api.create()
    assert_failure(await api.post(path_of(kind, moc), body), 400, "VALIDATION_ERROR", next(iter(body_of(kind, ""))))


@KINDS
async def test_somebody_elses_moc_is_403_an_unknown_one_404_a_malformed_id_400_and_nobody_401(
    api: Api, rows: Rows, kind: str
) -> None:
    moc, mine, target = await api.create("bob"), await api.create(), rows.add(kind)
    for of, sub, status, code in (
        (moc, "alice", 403, "FORBIDDEN"),
        ({"id": NIL}, "alice", 404, "NOT_FOUND"),
        ({"id": "x"}, "alice", 400, "VALIDATION_ERROR"),
        (mine, None, 401, "UNAUTHORIZED"),
    ):
        assert_failure(await api.get(path_of(kind, of), sub), status, code)
        assert_failure(await api.post(path_of(kind, of), body_of(kind, target), sub), status, code)
        assert_failure(await api.delete(path_of(kind, of, target), sub), status, code)
    assert_failure(await api.delete(path_of(kind, mine, "x")), 400, "VALIDATION_ERROR", f"{kind}Id")
    assert rows.links(kind) == 0


@KINDS
async def test_an_admin_acts_for_the_mocs_owner(api: Api, rows: Rows, kind: str) -> None:
    moc = await api.create("bob")
    bobs, admins = rows.add(kind, "bob"), rows.add(kind, "admin")
    await detail(api, moc, "bob")
    assert_failure(await link(api, kind, moc, admins, "admin"), 403, "FORBIDDEN")
    assert (await link(api, kind, moc, bobs, "admin")).status_code == 201
    assert (await api.get(path_of(kind, moc), "admin")).json()["total"] == 1
    assert len((await detail(api, moc, "bob"))["images"]) == (1 if kind == "image" else 0)
    assert (await api.delete(path_of(kind, moc, bobs), "admin")).status_code == 200


@KINDS
@pytest.mark.parametrize("gone", ["moc", "target"])
async def test_what_is_deleted_while_it_is_linked_is_404(
    api: Api, rows: Rows, postgres: Postgres, kind: str, gone: str
) -> None:
    moc, target = await api.create(), rows.add(kind)
    table = "moc_instructions" if gone == "moc" else f"gallery_{kind}s"
    connection = await asyncpg.connect(rows.database)
    try:
        async with connection.transaction():
            await connection.execute(f"DELETE FROM {table}")
            linking = asyncio.ensure_future(link(api, kind, moc, target))
            await until(lambda: waits_for_a_lock(postgres))
        answer = await linking
    finally:
        await connection.close()
    assert_failure(answer, 404, "NOT_FOUND")
    assert rows.links(kind) == 0


@KINDS
async def test_a_moc_that_changes_hands_while_it_is_linked_is_404(
    api: Api, rows: Rows, postgres: Postgres, kind: str
) -> None:
    moc, target = await api.create(), rows.add(kind)
    connection = await asyncpg.connect(rows.database)
    try:
        async with connection.transaction():
            await connection.execute("UPDATE moc_instructions SET user_id = 'bob'")
            linking = asyncio.ensure_future(link(api, kind, moc, target))
            await until(lambda: waits_for_a_lock(postgres))
        answer = await linking
    finally:
        await connection.close()
    assert_failure(answer, 404, "NOT_FOUND")
    assert rows.links(kind) == 0


async def test_deleting_a_moc_takes_its_links_and_leaves_the_gallery(api: Api, rows: Rows) -> None:
    moc, image, album = await api.create(), rows.add("image"), rows.add("album")
    await link(api, "image", moc, image)
    await link(api, "album", moc, album)
    assert (await api.delete(f"/api/mocs/{moc['id']}")).status_code == 200
    assert (rows.links("image"), rows.links("album")) == (0, 0)
    assert rows.run("SELECT (SELECT count(*) FROM gallery_images), (SELECT count(*) FROM gallery_albums)") == ["1|1"]
