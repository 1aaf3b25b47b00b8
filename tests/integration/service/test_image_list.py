"""GET /api/images: whose, where, in which order, which part; the same by the search engine and without it."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import pytest

from service.search.indices import IMAGES
from tests.fakes.search_engine import scripted_engine
from tests.fakes.waiting import until
from tests.integration.postgres import Postgres
from tests.integration.service.api import Api, assert_failure
from tests.integration.service.conftest import Open
from tests.integration.service.gallery import NO_ID, album, image, indexed, many_images, titles

NOBODY_LISTENS = "http://127.0.0.1:1"
PATH = "/api/images"


async def test_a_user_without_images_has_an_empty_first_page(api: Api) -> None:
    assert (await api.get(PATH)).json() == {"success": True, "data": [], "total": 0, "page": 1, "limit": 20}


async def test_nobody_lists_without_signing_in(api: Api) -> None:
    assert_failure(await api.get(PATH, None), 401, "UNAUTHORIZED")


class TestParts:
    """The newest first, those of one moment by their id; part by part without gap or overlap."""

    @pytest.fixture(autouse=True)
    def images(self, api: Api, postgres: Postgres, database: str) -> None:
        many_images(postgres, database, 25)

    async def test_twenty_a_page_unless_asked_otherwise(self, api: Api) -> None:
        body = (await api.get(PATH)).json()
        assert (body["total"], body["page"], body["limit"], len(body["data"])) == (25, 1, 20, 20)

    async def test_the_newest_come_first_and_those_of_one_moment_by_their_id(self, api: Api) -> None:
        data = (await api.get(f"{PATH}?limit=100")).json()["data"]
        moments = [one["createdAt"] for one in data]
        assert moments == sorted(moments, reverse=True)
        pairs = [(one, other) for one, other in pairwise(data) if one["createdAt"] == other["createdAt"]]
        assert len(pairs) == 12
        assert all(one["id"] < other["id"] for one, other in pairs)

    async def test_pages_follow_each_other_and_past_the_end_there_is_the_total(self, api: Api) -> None:
        everything = await titles(api, f"{PATH}?limit=100")
        pages = [await titles(api, f"{PATH}?limit=7&page={page}") for page in (1, 2, 3, 4, 5)]
        assert [title for page in pages for title in page] == everything
        assert [len(page) for page in pages] == [7, 7, 7, 4, 0]
        past = (await api.get(f"{PATH}?limit=7&page=10000000")).json()
        assert past == {"success": True, "data": [], "total": 25, "page": 10_000_000, "limit": 7}

    async def test_old_clients_cursor_leaves_out_so_many(self, api: Api) -> None:
        everything = await titles(api, f"{PATH}?limit=100")
        for cursor in (0, 1, 5, 24, 25, 999_999_999):
            body = (await api.get(f"{PATH}?cursor={cursor}&limit=5")).json()
            assert [one["title"] for one in body["data"]] == everything[cursor : cursor + 5]
            assert (body["total"], body["limit"], body["page"]) == (25, 5, cursor // 5 + 1)
        assert await titles(api, f"{PATH}?cursor=&limit=5&page=2") == everything[5:10]


BAD = [
    *(("page", value) for value in ("0", "-1", "abc", "1.5", "", "1e3", "٣")),
    *(("limit", value) for value in ("0", "101", "-1", "abc", "2.0", "")),
    *(("cursor", value) for value in ("-1", "abc", "1.5", "1e3", "9999999999", "٣", "MjAy")),
    *(("search", value) for value in ("%00", "a%0ab", "a" * 201)),
    *(("tag", value) for value in ("%00", "t" * 201)),
    *(("albumId", value) for value in ("abc", "5", NO_ID.replace("-", ""), f"%7B{NO_ID}%7D", "%00")),
]


@pytest.mark.parametrize(("name", "value"), BAD)
async def test_a_parameter_that_does_not_fit_is_400_and_named(api: Api, name: str, value: str) -> None:
    assert_failure(await api.get(f"{PATH}?{name}={value}"), 400, "VALIDATION_ERROR", name)


@pytest.mark.parametrize("name", ["page", "limit", "cursor", "search", "tag", "albumId"])
async def test_a_parameter_that_comes_twice_is_400(api: Api, name: str) -> None:
    assert_failure(await api.get(f"{PATH}?{name}=1&{name}=1"), 400, "VALIDATION_ERROR", name)


class TestWhere:
    """Outside any album, or in one."""

    @pytest.fixture(autouse=True)
    async def place(self, api: Api) -> str:
        mine = await album(api)
        await image(api, title="Outside", tags="a")
        await image(api, title="Inside", tags="a,b", albumId=mine["id"])
        await image(api, "bob", title="Bob's", tags="a")
        place: str = mine["id"]
        return place

    async def test_without_an_album_those_outside_any(self, api: Api) -> None:
        assert await titles(api, PATH) == ["Outside"]
        assert await titles(api, f"{PATH}?albumId=") == ["Outside"]

    async def test_with_one_those_in_it(self, api: Api, place: str) -> None:
        assert await titles(api, f"{PATH}?albumId={place}") == ["Inside"]
        assert await titles(api, f"{PATH}?albumId={place.upper()}") == ["Inside"]
        assert await titles(api, f"{PATH}?albumId={NO_ID}") == []

    async def test_nobody_sees_what_others_own_not_even_an_admin(self, api: Api, place: str) -> None:
        assert await titles(api, PATH, "bob") == ["Bob's"]
        assert await titles(api, f"{PATH}?albumId={place}", "bob") == []
        assert await titles(api, PATH, "admin") == []
        assert await titles(api, f"{PATH}?albumId={place}", "admin") == []

    async def test_a_tag_narrows_either(self, api: Api, place: str) -> None:
        assert await titles(api, f"{PATH}?tag=a") == ["Outside"]
        assert await titles(api, f"{PATH}?tag=b") == []
        assert await titles(api, f"{PATH}?tag=%20") == ["Outside"]
        assert await titles(api, f"{PATH}?albumId={place}&tag=b") == ["Inside"]

    async def test_lists_are_never_mixed_up_in_the_cache(self, api: Api, place: str) -> None:
        for _ in range(2):
            assert await titles(api, PATH) == ["Outside"]
            assert await titles(api, f"{PATH}?tag=b") == []
            assert await titles(api, f"{PATH}?albumId={place}") == ["Inside"]
            assert await titles(api, f"{PATH}?albumId={place}&tag=a") == ["Inside"]
            assert await titles(api, f"{PATH}?page=2") == []


async def test_a_change_by_anybody_ends_what_the_owner_has_cached_and_nobody_elses(api: Api, redis: Any) -> None:
    mine, place = await image(api, title="Old"), await album(api)
    for change in ({"title": "New"}, {"albumId": place["id"]}, {"albumId": None}):
        await titles(api, PATH)
        assert (await api.patch(f"{PATH}/{mine['id']}", change, "admin")).status_code == 200
        expected = [] if change.get("albumId") else ["New"]
        assert await titles(api, PATH) == expected
    await api.delete(f"{PATH}/{mine['id']}", "admin")
    assert await titles(api, PATH) == []
    assert [key for key in await redis.keys("*") if b"admin" in key] == []


async def fill(api: Api) -> str:
    """Images to be found; the id of the album that one of them lies in."""
    place = await album(api)
    await image(api, title="Winter castle", description="A grey tower")
    await image(api, title="Crane", description="Beside the castle", tags="harbour")
    await image(api, title="Castle dungeon", albumId=place["id"])
    await image(api, title="100% wood_work \\ done")
    await image(api, "bob", title="Bob's castle")
    where: str = place["id"]
    return where


class TestByTheEngine:
    """What the engine finds, in its order, where it is looked for."""

    @pytest.fixture(autouse=True)
    async def place(self, api: Api, search_server: str) -> str:
        place = await fill(api)
        await indexed(search_server, 5)
        return place

    async def test_a_word_in_the_title_counts_for_more(self, api: Api) -> None:
        assert await titles(api, f"{PATH}?search=castle") == ["Winter castle", "Crane"]

    async def test_titles_tags_and_descriptions_are_searched_and_slips_forgiven(self, api: Api) -> None:
        assert await titles(api, f"{PATH}?search=harbour") == ["Crane"]
        assert await titles(api, f"{PATH}?search=tower") == ["Winter castle"]
        assert "Winter castle" in await titles(api, f"{PATH}?search=castel")

    async def test_it_looks_in_the_album_that_is_named(self, api: Api, place: str) -> None:
        assert await titles(api, f"{PATH}?search=castle&albumId={place}") == ["Castle dungeon"]
        assert await titles(api, f"{PATH}?search=castle&albumId={place}", "bob") == []

    async def test_nobody_finds_what_others_own(self, api: Api) -> None:
        assert await titles(api, f"{PATH}?search=castle", "bob") == ["Bob's castle"]
        assert await titles(api, f"{PATH}?search=castle", "admin") == []

    async def test_a_tag_narrows_the_search(self, api: Api) -> None:
        assert await titles(api, f"{PATH}?search=castle&tag=harbour") == ["Crane"]

    async def test_parts_follow_each_other(self, api: Api) -> None:
        assert await titles(api, f"{PATH}?search=castle&limit=1&page=2") == ["Crane"]
        assert await titles(api, f"{PATH}?search=castle&limit=1&cursor=1") == ["Crane"]
        assert (await api.get(f"{PATH}?search=castle&limit=1&page=9")).json()["total"] == 2

    async def test_a_hit_is_what_the_list_shows(self, api: Api) -> None:
        listed = {one["id"]: one for one in (await api.get(PATH)).json()["data"]}
        for one in (await api.get(f"{PATH}?search=castle")).json()["data"]:
            assert one == listed[one["id"]]

    async def test_a_move_a_change_and_a_deletion_are_found_soon(self, api: Api, place: str) -> None:
        winter = (await api.get(f"{PATH}?search=winter")).json()["data"][0]
        await api.patch(f"{PATH}/{winter['id']}", {"albumId": place})
        await until(lambda: finds(api, "castle", ["Crane"]), seconds=5.0)
        await api.patch(f"{PATH}/{winter['id']}", {"albumId": None, "title": "Summer palace"})
        await until(lambda: finds(api, "palace", ["Summer palace"]), seconds=5.0)
        await api.delete(f"{PATH}/{winter['id']}")
        await until(lambda: finds(api, "palace", []), seconds=5.0)

    async def test_what_an_albums_deletion_lets_go_is_found_outside_it(self, api: Api, place: str) -> None:
        await api.delete(f"/api/albums/{place}")
        await until(lambda: finds(api, "dungeon", ["Castle dungeon"]), seconds=5.0)
        assert await titles(api, f"{PATH}?search=castle&albumId={place}") == []


async def finds(api: Api, words: str, expected: Sequence[str]) -> bool:
    return await titles(api, f"{PATH}?search={words}") == expected


class TestWithoutTheEngine:
    """PostgreSQL's ILIKE on title and description takes the words literally."""

    @pytest.fixture
    async def api(self, open_api: Open) -> Any:
        async with open_api(opensearch_endpoint=NOBODY_LISTENS) as api:
            yield api

    @pytest.mark.parametrize(
        ("query", "found"),
        [
            ("search=castle", ["Winter castle", "Crane"]),
            ("search=CASTLE&tag=harbour", ["Crane"]),
            ("search=100%25", ["100% wood_work \\ done"]),
            ("search=wood_work", ["100% wood_work \\ done"]),
            ("search=woodxwork", []),
            ("search=%25", ["100% wood_work \\ done"]),
            ("search=%5C", ["100% wood_work \\ done"]),
            ("search=castle&page=2&limit=1", ["Crane"]),
            ("search=castle&page=600", []),
        ],
    )
    async def test_the_same_words_find_the_same(self, api: Api, query: str, found: Sequence[str]) -> None:
        await fill(api)
        assert await titles(api, f"{PATH}?{query}") == found

    async def test_it_looks_in_the_album_that_is_named(self, api: Api) -> None:
        place = await fill(api)
        assert await titles(api, f"{PATH}?search=castle&albumId={place}") == ["Castle dungeon"]


async def test_a_hit_that_belongs_to_somebody_else_is_not_shown(open_api: Open) -> None:
    async with scripted_engine() as engine, open_api(opensearch_endpoint=engine.url) as api:
        await image(api, title="Castle")
        engine.hits = [await image(api, "bob", title="Bob's secret castle")]
        assert await titles(api, f"{PATH}?search=castle") == ["Castle"]
        assert any(path.startswith(f"/{IMAGES}/_search") for _, path in engine.calls)
