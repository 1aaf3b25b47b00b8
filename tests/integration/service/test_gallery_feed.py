"""GET /api/gallery: images and albums in one list, part by part, whatever comes and goes meanwhile."""

from base64 import urlsafe_b64encode
from collections.abc import Sequence
from typing import Any

import pytest

from tests.integration.postgres import Postgres
from tests.integration.service.api import Api, assert_failure
from tests.integration.service.gallery import NO_ID, album, image, titles

PATH = "/api/gallery"


def fill(postgres: Postgres, database: str, count: int) -> list[str]:
    """That many images and albums of alice's, several of each moment: their titles as the list shows them."""
    postgres.run(
        f"""INSERT INTO gallery_images (user_id, title, image_url, created_at)
         SELECT 'alice', 'Image ' || n, '/uploads/' || n,
          timestamp '2025-01-01 00:00:00.000123' + n / 3 * interval '1 s'
         FROM generate_series(1, {count}) AS n;
        INSERT INTO gallery_albums (user_id, title, created_at)
         SELECT 'alice', 'Album ' || n, timestamp '2025-01-01 00:00:00.000123' + n / 2 * interval '1 s'
         FROM generate_series(1, {count}) AS n""",
        database,
    )
    return postgres.run(
        """SELECT title FROM (SELECT title, created_at, id FROM gallery_images UNION ALL
         SELECT title, created_at, id FROM gallery_albums) AS item ORDER BY created_at DESC, id""",
        database,
    )


async def parts(api: Api, query: str, cursor: str = "") -> list[list[str]]:
    """Every part of the list behind the cursor, as a client asks for one after the other."""
    found = []
    while True:
        body = (await api.get(f"{PATH}?{query}&cursor={cursor}")).json()
        found.append([item["title"] for item in body["items"]])
        assert body["hasMore"] is ("nextCursor" in body)
        if not body["hasMore"]:
            return found
        cursor = body["nextCursor"]


async def test_without_anything_it_is_empty(api: Api) -> None:
    assert (await api.get(PATH)).json() == {
        "success": True, "data": [], "total": 0, "limit": 20, "items": [], "hasMore": False
    }  # fmt: skip
    assert_failure(await api.get(PATH, None), 401, "UNAUTHORIZED")


async def test_each_item_is_what_its_own_list_shows_and_says_what_it_is(api: Api) -> None:
    place = await album(api, description="D")
    inside, outside = await image(api, tags="a", albumId=place["id"]), await image(api)
    await image(api, "bob")
    await album(api, "bob")
    shown_album = (await api.get("/api/albums")).json()["data"][0]
    body = (await api.get(PATH)).json()
    assert body["data"] == [
        {**outside, "type": "image"},
        {**inside, "type": "image"},
        {**shown_album, "type": "album"},
    ]
    assert body == {
        "success": True, "data": body["data"], "items": body["data"], "total": 3, "limit": 20, "hasMore": False
    }  # fmt: skip
    assert (await api.get(PATH, "admin")).json()["total"] == 0


async def test_a_write_is_seen_at_once(api: Api) -> None:
    mine = await image(api, title="Old")
    assert await titles(api, PATH) == ["Old"]
    await api.patch(f"/api/images/{mine['id']}", {"title": "New"})
    assert await titles(api, PATH) == ["New"]
    await api.delete(f"/api/images/{mine['id']}")
    assert await titles(api, PATH) == []


class TestParts:
    """Behind the item that was the last, not behind so many."""

    @pytest.mark.parametrize("limit", [1, 2, 7, 39, 40, 41])
    async def test_they_follow_each_other_without_gap_or_overlap(
        self, api: Api, postgres: Postgres, database: str, limit: int
    ) -> None:
        expected = fill(postgres, database, 20)
        found = await parts(api, f"limit={limit}")
        assert [title for part in found for title in part] == expected
        assert all(len(part) == limit for part in found[:-1])
        assert found[-1] != []

    async def test_what_comes_and_goes_meanwhile_neither_repeats_nor_hides_anything(
        self, api: Api, postgres: Postgres, database: str
    ) -> None:
        expected = fill(postgres, database, 10)
        body = (await api.get(f"{PATH}?limit=8")).json()
        seen = [item["title"] for item in body["items"]]
        gone, last = body["items"][0], body["items"][-1]
        for item in (gone, last):  # the very item that the cursor names, too
            assert (await api.delete(f"/api/{item['type']}s/{item['id']}")).status_code == 200
        await album(api, title="New")
        rest = await parts(api, "limit=5", body["nextCursor"])
        assert seen + [title for part in rest for title in part] == expected

    async def test_old_clients_numbers_leave_out_so_many(self, api: Api, postgres: Postgres, database: str) -> None:
        expected = fill(postgres, database, 10)
        for cursor in (0, 1, 7, 19, 20, 999_999_999):
            body = (await api.get(f"{PATH}?limit=5&cursor={cursor}")).json()
            assert [item["title"] for item in body["items"]] == expected[cursor : cursor + 5]
            assert (body["total"], body["hasMore"]) == (20, cursor + 5 < 20)

    async def test_a_filter_holds_for_every_part(self, api: Api, postgres: Postgres, database: str) -> None:
        expected = [title for title in fill(postgres, database, 10) if title.startswith("Album")]
        found = await parts(api, "limit=3&type=album")
        assert [title for part in found for title in part] == expected


class TestFilters:
    """By kind, tag, album, flag and words."""

    @pytest.fixture(autouse=True)
    async def place(self, api: Api, postgres: Postgres, database: str) -> str:
        place = await album(api, title="Castles", description="Of stone")
        await image(api, title="Tower", tags="grey,tall", albumId=place["id"])
        await image(api, title="Sandcastle", tags="tall")
        flagged = await image(api, title="Spam", description="Not a castle")
        postgres.run(f"UPDATE gallery_images SET flagged = true WHERE id = '{flagged['id']}'", database)
        postgres.run("UPDATE gallery_images SET flagged = NULL WHERE title = 'Tower'", database)
        where: str = place["id"]
        return where

    @pytest.mark.parametrize(
        ("query", "found"),
        [
            ("", ["Spam", "Sandcastle", "Tower", "Castles"]),
            ("type=all", ["Spam", "Sandcastle", "Tower", "Castles"]),
            ("type=", ["Spam", "Sandcastle", "Tower", "Castles"]),
            ("type=image", ["Spam", "Sandcastle", "Tower"]),
            ("type=album", ["Castles"]),
            ("tag=tall", ["Sandcastle", "Tower"]),
            ("tag=tal", []),
            ("tag=%20", ["Spam", "Sandcastle", "Tower", "Castles"]),
            ("tag=tall&type=album", []),
            ("flagged=true", ["Spam"]),
            ("flagged=false", ["Sandcastle", "Tower", "Castles"]),
            ("flagged=", ["Spam", "Sandcastle", "Tower", "Castles"]),
            ("flagged=false&type=image", ["Sandcastle", "Tower"]),
            ("search=castle", ["Spam", "Sandcastle", "Castles"]),
            ("search=STONE", ["Castles"]),
            ("search=%25", []),
            ("search=castle&flagged=true", ["Spam"]),
            ("search=castle&type=image&tag=tall", ["Sandcastle"]),
            (f"albumId={NO_ID}", []),
            ("albumId=&userId=bob", ["Spam", "Sandcastle", "Tower", "Castles"]),
        ],
    )
    async def test_each_and_several_together(self, api: Api, query: str, found: Sequence[str]) -> None:
        body = (await api.get(f"{PATH}?{query}")).json()
        assert ([item["title"] for item in body["items"]], body["total"]) == (found, len(found))

    async def test_an_album_shows_its_images(self, api: Api, place: str) -> None:
        assert await titles(api, f"{PATH}?albumId={place}") == ["Tower"]
        assert await titles(api, f"{PATH}?albumId={place}", "bob") == []

    async def test_nobody_sees_what_others_own(self, api: Api) -> None:
        for query in ("", "type=image", "tag=tall", "search=castle", "flagged=true"):
            assert await titles(api, f"{PATH}?{query}", "bob") == []


def cursor_of(plain: str) -> str:
    return urlsafe_b64encode(plain.encode()).decode().rstrip("=")


BAD: list[tuple[str, Any]] = [
    *(("limit", value) for value in ("0", "101", "-1", "abc", "1.0", "")),
    *(("type", value) for value in ("images", "ALL", "0")),
    *(("flagged", value) for value in ("1", "TRUE", "yes")),
    *(("albumId", value) for value in ("abc", NO_ID.replace("-", ""))),
    *(("tag", value) for value in ("%00", "t" * 201)),
    *(("search", value) for value in ("%00", "a" * 201)),
    *(("cursor", value) for value in ("-1", "abc", "1.5", "9" * 10, "%00", "٣", "a" * 4000, "====", "null")),
    *(
        ("cursor", cursor_of(plain))
        for plain in (
            f"2025-01-01T00:00:00 {NO_ID} moc",
            f"2025-01-01T00:00:00 {NO_ID}",
            f"2025-01-01T00:00:00+00:00 {NO_ID} image",
            f"2025-13-01T00:00:00 {NO_ID} image",
            f"infinity {NO_ID} image",
            f"20250101 {NO_ID} image",
            "2025-01-01T00:00:00 x image",
            f"2025-01-01T00:00:00 {{{NO_ID}}} image",
            f"2025-01-01T00:00:00'; {NO_ID} image",
            "ä ö ü",
        )
    ),
]


@pytest.mark.parametrize(("name", "value"), BAD)
async def test_a_parameter_that_does_not_fit_is_400_and_named(api: Api, name: str, value: str) -> None:
    assert_failure(await api.get(f"{PATH}?{name}={value}"), 400, "VALIDATION_ERROR", name)


@pytest.mark.parametrize("name", ["type", "flagged", "albumId", "tag", "search", "limit", "cursor"])
async def test_a_parameter_that_comes_twice_is_400(api: Api, name: str) -> None:
    assert_failure(await api.get(f"{PATH}?{name}=1&{name}=1"), 400, "VALIDATION_ERROR", name)


async def test_a_cursor_of_any_moment_that_there_can_be_is_taken(api: Api) -> None:
    await album(api)
    for moment, found in (("0001-01-01T00:00:00", 0), ("9999-12-31T23:59:59.999999", 1)):
        cursor = cursor_of(f"{moment} {NO_ID} image")
        assert len((await api.get(f"{PATH}?cursor={cursor}")).json()["items"]) == found
