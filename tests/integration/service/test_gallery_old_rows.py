"""Images and albums that the first backend or the years have left, and schemas that are not quite ours."""

from typing import Any

import pytest

from tests.integration.postgres import Postgres
from tests.integration.service.api import Api, assert_failure
from tests.integration.service.conftest import Open
from tests.integration.service.gallery import (
    ALBUM_ID,
    ID,
    NO_ID,
    album,
    image,
    insert_album,
    insert_image,
    titles,
)
from tests.integration.service.test_old_rows import ZONED

PATH = f"/api/images/{ID}"


async def served(api: Api) -> dict[str, Any]:
    """The image as list, detail, gallery and search's fallback show it, which has to be the same."""
    listed: dict[str, Any] = (await api.get("/api/images")).json()["data"][0]
    assert (await api.get(PATH)).json()["data"] == listed
    assert (await api.get("/api/gallery")).json()["items"] == [{**listed, "type": "image"}]
    return listed


async def test_an_image_of_nothing_but_what_it_needs_shows_nothing_else(
    api: Api, postgres: Postgres, database: str
) -> None:
    moment = "'2020-01-02 03:04:05.6789'"
    insert_image(postgres, database, flagged="NULL", created_at="'2020-01-02 03:04:05'", last_updated_at=moment)
    assert await served(api) == {
        "id": ID,
        "userId": "alice",
        "title": "Old",
        "imageUrl": "/uploads/gallery/1.jpg",
        "flagged": False,
        "createdAt": "2020-01-02T03:04:05.000Z",
        "lastUpdatedAt": "2020-01-02T03:04:05.678Z",
    }


@pytest.mark.parametrize(
    ("tags", "shown"),
    [
        ("NULL", None),
        ("'null'", None),
        ("'[]'", []),
        ("'{}'", None),
        ("""'"space"'""", None),
        ("'5'", None),
        ("""'["a", 5, null, "b", ["c"]]'""", ["a", "b"]),
        ("(repeat('[', 2000) || repeat(']', 2000))::jsonb", None),
    ],
)
async def test_odd_tags_are_shown_as_far_as_they_are_texts_and_can_be_changed(
    api: Api, postgres: Postgres, database: str, tags: str, shown: list[str] | None
) -> None:
    insert_image(postgres, database, tags=tags)
    assert (await served(api)).get("tags") == shown
    for path in ("/api/images?tag=space", "/api/images?search=Old&page=600", "/api/gallery?tag=space"):
        assert (await api.get(path)).status_code == 200
    assert (await api.patch(PATH, {"tags": ["new"]})).json()["data"]["tags"] == ["new"]


async def test_a_title_of_255_characters_is_served_and_kept_by_a_patch_of_something_else(
    api: Api, postgres: Postgres, database: str
) -> None:
    insert_image(postgres, database, title="repeat('x', 255)")
    insert_album(postgres, database, title="repeat('x', 255)")
    for path in (PATH, f"/api/albums/{ALBUM_ID}"):
        for body in ({"description": "D"}, {"title": "x" * 255, "description": "E"}):
            changed = await api.patch(path, body)
            assert (changed.status_code, changed.json()["data"]["title"]) == (200, "x" * 255)
        assert_failure(await api.patch(path, {"title": "y" * 255}), 400, "VALIDATION_ERROR", "title")


@pytest.mark.parametrize(
    ("image_url", "thumbnail_url"),
    [
        ("'/uploads/gallery/alice/uncategorized/a b.jpg'", "NULL"),
        ("'/uploads/1.jpg'", "'/uploads/t.jpg'"),
        ("'https://elsewhere.test/1.jpg'", "NULL"),
        ("''", "''"),
    ],
)
async def test_addresses_that_are_not_ours_are_served_as_they_are_and_deleting_does_not_fail(
    api: Api, postgres: Postgres, database: str, image_url: str, thumbnail_url: str
) -> None:
    insert_image(postgres, database, image_url=image_url, thumbnail_url=thumbnail_url)
    assert (await served(api))["imageUrl"] == image_url.strip("'")
    assert (await api.delete(PATH)).status_code == 200
    assert postgres.run("SELECT count(*) FROM gallery_images, file_leftovers", database) == ["0"]


async def test_an_image_in_an_album_that_is_gone_is_let_out_or_moved(
    api: Api, postgres: Postgres, database: str
) -> None:
    insert_image(postgres, database, album_id=f"'{NO_ID}'")
    assert (await api.get(PATH)).json()["data"]["albumId"] == NO_ID
    assert (await api.patch(PATH, {"albumId": NO_ID, "title": "Sent back"})).status_code == 200
    place = await album(api)
    assert (await api.patch(PATH, {"albumId": place["id"]})).json()["data"]["albumId"] == place["id"]
    assert (await api.patch(PATH, {"albumId": None})).status_code == 200
    assert await titles(api, "/api/images") == ["Sent back"]


async def test_a_cover_that_is_gone_or_somebody_elses_is_not_shown(api: Api, postgres: Postgres, database: str) -> None:
    insert_image(postgres, database, user_id="'bob'", album_id=f"'{ALBUM_ID}'")
    for cover in (NO_ID, ID):
        insert_album(postgres, database, cover_image_id=f"'{cover}'")
        shown = (await api.get("/api/albums")).json()["data"][0]
        assert (shown["coverImageId"], shown.get("coverImageUrl"), shown["imageCount"]) == (cover, None, 0)
        assert (await api.get(f"/api/albums/{ALBUM_ID}")).json()["data"] == {**shown, "images": []}
        assert (await api.get("/api/gallery")).json()["items"] == [{**shown, "type": "album"}]
        changed = await api.patch(f"/api/albums/{ALBUM_ID}", {"coverImageId": cover, "title": "Sent back"})
        assert changed.status_code == 200
        assert (await api.delete(f"/api/albums/{ALBUM_ID}")).status_code == 200


@pytest.mark.parametrize("moment", ["'infinity'", "'-infinity'", "'0001-01-01'", "'9999-12-31 23:59:59.999999'"])
async def test_times_at_the_edge_of_what_there_is_are_never_a_crash(
    api: Api, postgres: Postgres, database: str, moment: str
) -> None:
    insert_image(postgres, database, created_at=moment)
    insert_album(postgres, database, created_at=moment)
    for path in ("/api/images", "/api/albums", "/api/gallery", PATH, f"/api/albums/{ALBUM_ID}"):
        assert (await api.get(path)).status_code == 200
    first = (await api.get("/api/gallery?limit=1")).json()
    assert (await api.get(f"/api/gallery?limit=1&cursor={first['nextCursor']}")).status_code == 200


@pytest.mark.parametrize("zone", ["UTC", "America/New_York", "Asia/Kolkata"])
async def test_columns_with_a_time_zone_work_like_those_without(
    open_api: Open, postgres: Postgres, migrated_template: str, zone: str
) -> None:
    dsn = postgres.create_database(migrated_template)
    postgres.run(ZONED, dsn)
    postgres.run(f"ALTER DATABASE {dsn.rpartition('/')[2]} SET timezone TO '{zone}'")
    async with open_api(postgres=postgres.address(dsn)) as api:
        place = await album(api)
        made = await image(api, title="Falcon", albumId=place["id"])
        changed = (await api.patch(f"/api/images/{made['id']}", {"description": "D"})).json()["data"]
        assert changed["lastUpdatedAt"] > made["lastUpdatedAt"]
        insert_image(postgres, dsn, created_at="'2025-06-01 12:00:00+02'")
        assert (await api.get(PATH)).json()["data"]["createdAt"] == "2025-06-01T10:00:00.000Z"
        found, cursor = [], ""
        for _ in range(3):
            part = (await api.get(f"/api/gallery?limit=1&cursor={cursor}")).json()
            found += [item["title"] for item in part["items"]]
            cursor = part.get("nextCursor", "")
        assert found == ["Falcon", "Album", "Old"]
        assert (await api.post("/api/flag", {"imageId": ID}, "bob")).status_code == 201
        assert (await api.delete(f"/api/albums/{place['id']}")).status_code == 200
        assert (await api.delete(f"/api/images/{made['id']}")).status_code == 200


async def test_columns_that_another_release_adds_do_no_harm(
    open_api: Open, postgres: Postgres, migrated_template: str
) -> None:
    dsn = postgres.create_database(migrated_template)
    async with open_api(postgres=postgres.address(dsn)) as api:
        place = await album(api)
        made = await image(api, albumId=place["id"])
        await api.get(f"/api/albums/{place['id']}")
        for table in ("gallery_images", "gallery_albums"):
            postgres.run(f"ALTER TABLE {table} ADD COLUMN shiny boolean DEFAULT false NOT NULL", dsn)
        assert (await api.patch(f"/api/images/{made['id']}", {"title": "x"})).status_code == 200
        assert (await api.patch(f"/api/albums/{place['id']}", {"title": "x"})).status_code == 200
        assert (await api.get(f"/api/albums/{place['id']}")).json()["data"]["imageCount"] == 1
        assert (await api.delete(f"/api/albums/{place['id']}")).status_code == 200
