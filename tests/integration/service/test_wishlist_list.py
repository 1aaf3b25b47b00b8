"""GET /api/wishlist and /api/wishlist/search: whose items, which of them, from the cache or by the search engine."""

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

from service.domains.wishlist import statements
from service.search.indices import WISHLIST
from tests.fakes.databases import CountingDatabase
from tests.fakes.log_lines import LogLines
from tests.fakes.search_engine import ScriptedEngine, scripted_engine
from tests.fakes.waiting import until
from tests.integration.postgres import Postgres
from tests.integration.servers import send
from tests.integration.service.api import Api, assert_failure
from tests.integration.service.conftest import Open
from tests.integration.service.test_moc_search import NOBODY_LISTENS, version_in
from tests.integration.service.wishes import LIST, detail, insert, titles, wish

SEARCH = f"{LIST}/search"


async def found(api: Api, query: str, sub: str = "alice") -> list[str]:
    return await titles(api, f"/search?{query}", sub)


async def test_a_user_without_items_has_an_empty_list(api: Api) -> None:
    assert (await api.get(LIST)).json() == {"success": True, "data": [], "total": 0}
    empty = {"success": True, "data": [], "items": [], "total": 0, "page": 1, "limit": 20}
    assert (await api.get(SEARCH)).json() == empty


async def test_the_list_is_all_items_by_sort_order(api: Api) -> None:
    for order in range(30, 0, -1):
        await wish(api, title=str(order), sortOrder=order)
    body = (await api.get(LIST)).json()
    assert set(body) == {"success", "data", "total"}
    assert ([item["title"] for item in body["data"]], body["total"]) == ([str(n) for n in range(1, 31)], 30)


async def test_nobody_sees_what_others_own_not_even_an_admin(api: Api) -> None:
    await wish(api, title="Alice's")
    await wish(api, "bob", title="Bob's")
    assert await titles(api) == ["Alice's"]
    assert await titles(api, "", "bob") == ["Bob's"]
    for query in ("", "?search=s", "?page=1", "/search", "/search?q=s"):
        assert await titles(api, query, "admin") == []


class TestFilters:
    """`category` is compared exactly; `search` looks into title and description; both keep the order."""

    @pytest.fixture(autouse=True)
    async def items(self, api: Api) -> None:
        await wish(api, title="Zebra castle", category="Star Wars", description="100% wood_work \\ done")
        await wish(api, title="Crane", category="City", description="Beside the CASTLE")
        await wish(api, title="Castle", category="star wars")
        await wish(api, title="Lamp", category="wood, old")
        await wish(api, "bob", title="Bob's castle", category="Star Wars")

    @pytest.mark.parametrize(
        ("query", "expected"),
        [
            ("category=Star%20Wars", ["Zebra castle"]),
            ("category=star%20wars", ["Castle"]),
            ("category=Star", []),
            ("category=wood,%20old", ["Lamp"]),
            ("category=%25", []),
            ("category=Star%20Wars%20", []),
            ("category=", ["Zebra castle", "Crane", "Castle", "Lamp"]),
            ("category=%20", ["Zebra castle", "Crane", "Castle", "Lamp"]),
            ("search=castle", ["Zebra castle", "Crane", "Castle"]),
            ("search=%20castle%20", ["Zebra castle", "Crane", "Castle"]),
            ("search=CASTLE&category=City", ["Crane"]),
            ("search=%25", ["Zebra castle"]),
            ("search=_", ["Zebra castle"]),
            ("search=%5C", ["Zebra castle"]),
            ("search=woodXwork", []),
            ("search=wars", []),
            ("search=%20&nobody=knows", ["Zebra castle", "Crane", "Castle", "Lamp"]),
        ],
    )
    async def test_they_find(self, api: Api, query: str, expected: Sequence[str]) -> None:
        for _ in range(2):  # the second time, the cache has been there
            body = (await api.get(f"{LIST}?{query}")).json()
            assert ([item["title"] for item in body["data"]], body["total"]) == (expected, len(expected))
            assert set(body) == {"success", "data", "total"}

    async def test_a_page_is_answered_when_one_is_asked_for(self, api: Api) -> None:
        body = (await api.get(f"{LIST}?limit=2&page=2")).json()
        assert [item["title"] for item in body["data"]] == ["Castle", "Lamp"]
        assert (body["total"], body["page"], body["limit"]) == (4, 2, 2)
        body = (await api.get(f"{LIST}?page=1")).json()
        assert (len(body["data"]), body["total"], body["page"], body["limit"]) == (4, 4, 1, 20)
        assert await titles(api, "?limit=1&search=castle&page=2") == ["Crane"]
        assert (await api.get(f"{LIST}?limit=1&category=City&page=9")).json()["total"] == 1

    async def test_lists_of_different_categories_are_never_mixed_up_in_the_cache(self, api: Api) -> None:
        for _ in range(2):
            assert await titles(api, "?category=City") == ["Crane"]
            assert len(await titles(api)) == 4
            assert await titles(api, "?category=Star%20Wars") == ["Zebra castle"]
            assert await titles(api, "?category=Star%20Wars", "bob") == ["Bob's castle"]


BAD = [
    *(("page", value) for value in ("0", "-1", "abc", "1.5", "", "1e3", "9" * 23, "٣", "%201")),
    *(("limit", value) for value in ("0", "101", "-1", "abc", "2.0", "")),
    *(("search", value) for value in ("%00", "a%0ab", "%ff", "a" * 201)),
    *(("category", value) for value in ("%00", "a%7f", "%ff", "a" * 201)),
]


@pytest.mark.parametrize(("name", "value"), BAD)
@pytest.mark.parametrize("path", [LIST, SEARCH])
async def test_a_parameter_that_does_not_fit_is_400_and_named(api: Api, path: str, name: str, value: str) -> None:
    assert_failure(await api.get(f"{path}?{name}={value}"), 400, "VALIDATION_ERROR", name)


@pytest.mark.parametrize("name", ["category", "search", "page", "limit"])
async def test_a_parameter_that_comes_twice_is_400(api: Api, name: str) -> None:
    assert_failure(await api.get(f"{LIST}?{name}=1&{name}=1"), 400, "VALIDATION_ERROR", name)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("from", value) for value in ("-1", "abc", "1.5", "", "9" * 12)),
        *(("size", value) for value in ("0", "101", "-1", "x", "")),
        *(("q", value) for value in ("%00", "%ff", "a" * 201)),
    ],
)
async def test_old_parameters_have_the_same_rules(api: Api, name: str, value: str) -> None:
    assert_failure(await api.get(f"{SEARCH}?{name}={value}"), 400, "VALIDATION_ERROR", name)


async def test_from_and_size_are_an_offset_and_a_limit(api: Api) -> None:
    for number in range(6):
        await wish(api, title=f"Wish {number}")
    for start in (0, 1, 3, 5, 100):
        body = (await api.get(f"{SEARCH}?from={start}&size=2")).json()
        assert [item["title"] for item in body["items"]] == [f"Wish {n}" for n in range(start, min(start + 2, 6))]
        assert body["items"] == body["data"]
        assert (body["total"], body["limit"], body["page"]) == (6, 2, start // 2 + 1)


class TestTheCache:
    """What is cached is never stale after a write, and never anybody else's."""

    @pytest.fixture
    async def api(self, open_api: Open) -> Any:
        """The API on a database that counts its reads."""
        async with open_api(database=CountingDatabase) as api:
            yield api

    async def test_the_second_read_comes_from_the_cache(self, api: Api) -> None:
        item = await wish(api, category="City")
        for path, statement in (
            (LIST, statements.LIST),
            (f"{LIST}?category=City", statements.LIST),
            (f"{LIST}/{item['id']}", statements.ITEM),
        ):
            before = reads(api, statement)
            first, second = await api.get(path), await api.get(path)
            assert first.content == second.content
            assert reads(api, statement) == before + 1

    async def test_every_write_is_seen_by_every_later_read(self, api: Api) -> None:
        item = await wish(api)
        for step in range(3):
            await titles(api), await detail(api, item)
            await api.patch(f"{LIST}/{item['id']}", {"title": f"Step {step}"})
            assert await titles(api) == [f"Step {step}"]
            assert (await detail(api, item))["title"] == f"Step {step}"
        other = await wish(api, title="Other")
        assert await titles(api) == ["Step 2", "Other"]
        await api.post(f"{LIST}/reorder", {"items": [{"id": other["id"], "sortOrder": 0}]})
        assert await titles(api) == ["Other", "Step 2"]
        await api.delete(f"{LIST}/{other['id']}")
        assert await titles(api) == ["Step 2"]

    async def test_somebody_elses_item_stays_403_while_its_owner_has_it_cached(self, api: Api) -> None:
        item = await wish(api)
        await detail(api, item)
        for _ in range(2):
            assert_failure(await api.get(f"{LIST}/{item['id']}", "bob"), 403, "FORBIDDEN")

    async def test_a_failure_is_not_cached(self, api: Api, postgres: Postgres, database: str) -> None:
        item = await wish(api)
        await api.delete(f"{LIST}/{item['id']}")
        assert_failure(await api.get(f"{LIST}/{item['id']}"), 404, "NOT_FOUND")
        insert(postgres, database, id=f"'{item['id']}'")
        assert (await detail(api, item))["title"] == "Old"

    async def test_a_crowd_at_a_cold_list_makes_one_query(self, api: Api) -> None:
        await wish(api)
        await asyncio.gather(*(titles(api) for _ in range(10)))
        assert reads(api, statements.LIST) == 1

    async def test_without_the_cache_the_answers_are_the_same(self, open_api: Open) -> None:
        async with open_api(redis_endpoint="127.0.0.1:1") as api:
            item = await wish(api)
            assert await titles(api) == ["Falcon"]
            await api.patch(f"{LIST}/{item['id']}", {"title": "New"})
            assert await titles(api) == ["New"]


def reads(api: Api, statement: str) -> int:
    database = api.runtime.database
    assert isinstance(database, CountingDatabase)
    return database.reads.count(statement)


class TestByTheEngine:
    """What the search engine finds, the best first."""

    @pytest.fixture(autouse=True)
    async def items(self, api: Api, search_server: str) -> None:
        await wish(api, title="Crane", description="Beside the castle", category="Castle ruins")
        await wish(api, title="Castle", description="Grey", imageUrl="https://a.example/x.png", category="Star Wars")
        await wish(api, title="Harbour", category="castle")
        await wish(api, "bob", title="Bob's castle", category="castle")
        await until(lambda: indexed(search_server) == 4, seconds=5.0)

    async def test_titles_categories_and_descriptions_are_searched_titles_first(self, api: Api) -> None:
        assert (await found(api, "q=castle"))[0] == "Castle"
        assert set(await found(api, "search=castle")) == {"Castle", "Crane", "Harbour"}
        assert await found(api, "q=wars") == ["Castle"]
        assert await found(api, "q=grey&search=ignored") == ["Castle"]

    async def test_a_slip_of_the_pen_is_forgiven(self, api: Api) -> None:
        assert "Castle" in await found(api, "q=castel")

    async def test_a_category_narrows_the_search(self, api: Api) -> None:
        assert await found(api, "q=castle&category=castle") == ["Harbour"]
        assert await found(api, "q=castle&category=cast") == []

    async def test_a_hit_shows_everything_that_the_list_shows(self, api: Api) -> None:
        by_title = {item["title"]: item for item in (await api.get(LIST)).json()["data"]}
        body = (await api.get(f"{SEARCH}?q=castle&limit=2")).json()
        assert body["items"] == body["data"] == [by_title[item["title"]] for item in body["data"]]
        assert (len(body["data"]), body["total"], body["page"], body["limit"]) == (2, 3, 1, 2)

    async def test_nobody_finds_what_others_own(self, api: Api) -> None:
        assert await found(api, "q=castle", "bob") == ["Bob's castle"]
        assert await found(api, "q=castle", "admin") == []

    async def test_changes_orders_and_deletions_are_found_within_five_seconds(self, api: Api) -> None:
        item = (await api.get(f"{SEARCH}?q=harbour")).json()["data"][0]
        await api.patch(f"{LIST}/{item['id']}", {"title": "Palace"})
        await until(lambda: finds(api, "palace", [item["sortOrder"]]), seconds=5.0)
        await api.post(f"{LIST}/reorder", {"items": [{"id": item["id"], "sortOrder": "77"}]})
        await until(lambda: finds(api, "palace", ["77"]), seconds=5.0)
        await api.delete(f"{LIST}/{item['id']}")
        await until(lambda: finds(api, "palace", []), seconds=5.0)


def indexed(search_server: str) -> int:
    count: int = send("POST", f"{search_server}/{WISHLIST}/_count", {"query": {"match_all": {}}})["count"]
    return count


async def finds(api: Api, words: str, orders: list[str]) -> bool:
    return [item["sortOrder"] for item in (await api.get(f"{SEARCH}?q={words}")).json()["data"]] == orders


async def test_without_the_engine_postgresql_finds_the_words_literally(open_api: Open) -> None:
    async with open_api(opensearch_endpoint=NOBODY_LISTENS) as api:
        await wish(api, title="Lamp", description="100% wood_work \\ and a castle", category="x")
        await wish(api, title="Castle", category="x")
        await wish(api, title="Old castle", category="y")
        await wish(api, "bob", title="Bob's castle", category="x")
        assert await found(api, "q=CASTLE") == ["Old castle", "Castle", "Lamp"]  # titles first, then the newest change
        assert await found(api, "q=castle&category=x") == ["Castle", "Lamp"]
        assert await found(api, "q=castle&from=1&size=1") == ["Castle"]
        assert await found(api, "q=%25") == await found(api, "q=_") == await found(api, "q=%5C") == ["Lamp"]
        assert await found(api, "q=castle", "bob") == ["Bob's castle"]
        body = (await api.get(f"{SEARCH}?q=castle&page=7")).json()
        assert (body["data"], body["items"], body["total"]) == ([], [], 3)


class TestEnginesThatCannotBeBelieved:
    """Wrong or foreign hits are not shown; writes never wait, and late ones undo nothing."""

    @pytest.fixture
    async def engine(self) -> Any:
        async with scripted_engine() as engine:
            yield engine

    @pytest.fixture
    async def api(self, open_api: Open, engine: ScriptedEngine) -> Any:
        async with open_api(opensearch_endpoint=engine.url) as api:
            yield api

    async def test_a_hit_that_belongs_to_somebody_else_is_not_shown(self, api: Api, engine: ScriptedEngine) -> None:
        await wish(api, title="Castle")
        engine.hits = [await wish(api, "bob", title="Bob's castle")]
        assert await found(api, "q=castle") == ["Castle"]

    async def test_every_write_of_an_item_carries_a_newer_version(self, api: Api, engine: ScriptedEngine) -> None:
        item = await wish(api)
        await api.patch(f"{LIST}/{item['id']}", {"title": "New"})
        await api.post(f"{LIST}/reorder", {"items": [{"id": item["id"], "sortOrder": 9}]})
        await api.delete(f"{LIST}/{item['id']}")
        await api.runtime.background.drain(5.0)
        (bulk,) = [asked.body.decode() for asked in engine.http.asked if asked.path == "/_bulk"]
        target, document, end = bulk.split("\n")
        assert ('"version_type":"external_gte"' in target, '"sortOrder":"9"' in document, end) == (True, True, "")
        put, patched, gone = [version_in(path) for _, path in engine.calls if "_doc" in path]
        assert put < patched < int(target.partition('"version":')[2].partition(",")[0]) < gone

    async def test_an_order_that_changes_nothing_is_not_indexed(self, api: Api, engine: ScriptedEngine) -> None:
        item = await wish(api)
        await api.post(f"{LIST}/reorder", {"items": [{"id": item["id"], "sortOrder": "1"}]})
        await api.runtime.background.drain(5.0)
        assert [path for _, path in engine.calls if path == "/_bulk"] == []

    @pytest.mark.parametrize(
        ("answer", "told"),
        [
            ((200, b'{"items":[{"index":{"status":409}}]}'), 0),
            ((200, b'{"items":[{"index":{"status":429}}]}'), 1),
            ((500, b"{}"), 1),
            ((200, b"[]"), 1),
        ],
    )
    async def test_an_order_is_200_whatever_the_engine_says_and_a_lost_update_is_told(
        self, api: Api, engine: ScriptedEngine, lines: LogLines, answer: tuple[int, bytes], told: int
    ) -> None:
        item = await wish(api)
        engine.bulk_answer = answer
        done = await api.post(f"{LIST}/reorder", {"items": [{"id": item["id"], "sortOrder": 9}]})
        assert done.status_code == 200
        await api.runtime.background.drain(5.0)
        assert len(lines.of("after_commit_failed")) == told


async def test_thousands_of_documents_are_indexed_at_once(
    api: Api, postgres: Postgres, database: str, search_server: str
) -> None:
    postgres.run(
        "INSERT INTO wishlist_items (user_id, title, sort_order) SELECT 'alice', n, n FROM generate_series(1, 1201) n",
        database,
    )
    items = (await api.get(LIST)).json()["data"]
    places = [{"id": item["id"], "sortOrder": f"-{item['sortOrder']}"} for item in items]
    assert (await api.post(f"{LIST}/reorder", {"items": places})).status_code == 200
    await until(lambda: indexed(search_server) == 1201, seconds=5.0)
