"""The cache in whole requests: never stale after a write, never anybody else's, one load for a crowd."""

import asyncio
from contextlib import AsyncExitStack
from typing import Any

import pytest

from service.domains.mocs import statements
from tests.fakes.databases import CountingDatabase
from tests.fakes.waiting import until
from tests.integration.postgres import Postgres
from tests.integration.service.api import MOC, Api, assert_failure
from tests.integration.service.conftest import Open

GENERATION = "user:generation:{alice}"
FENCE = b"!"


def reads(api: Api, statement: str) -> int:
    """How often the database was asked this."""
    database = api.runtime.database
    assert isinstance(database, CountingDatabase)
    return database.reads.count(statement)


@pytest.fixture
async def api(open_api: Open) -> Any:
    """The API on a database that counts its reads."""
    async with open_api(database=CountingDatabase) as api:
        yield api


async def titles(api: Api, query: str = "", sub: str = "alice") -> list[str]:
    return [moc["title"] for moc in (await api.get(f"/api/mocs{query}", sub)).json()["data"]]


async def test_the_second_read_comes_from_the_cache_and_is_the_same(api: Api) -> None:
    moc = await api.create()
    for path, statement in (("/api/mocs", statements.LIST), (f"/api/mocs/{moc['id']}", statements.DETAIL)):
        first, second = await api.get(path), await api.get(path)
        assert first.content == second.content
        assert reads(api, statement) == 1


async def test_lists_live_for_five_minutes_and_details_for_ten_less_some_jitter(api: Api, redis: Any) -> None:
    moc = await api.create()
    await api.get("/api/mocs")
    await api.get(f"/api/mocs/{moc['id']}")
    ttls = {key: await redis.ttl(key) for key in await redis.keys("*")}
    lists = [ttl for key, ttl in ttls.items() if b":list:" in key]
    details = [ttl for key, ttl in ttls.items() if b":detail:" in key]
    assert len(lists) == len(details) == 1
    assert 265 <= lists[0] <= 300
    assert 535 <= details[0] <= 600
    assert ttls[GENERATION.encode()] > 600  # no value outlives the generation that it names


async def test_every_write_is_seen_by_every_later_read(api: Api) -> None:
    moc = await api.create()
    for step in range(5):
        path = f"/api/mocs/{moc['id']}"
        await api.get(path)
        await titles(api)
        await api.patch(path, {"title": f"Step {step}"})
        assert await titles(api) == [f"Step {step}"]
        assert (await api.get(path)).json()["data"]["title"] == f"Step {step}"
    await api.delete(f"/api/mocs/{moc['id']}")
    assert await titles(api) == []


async def test_a_refused_write_changes_nothing_that_is_read(api: Api) -> None:
    await api.create()
    await titles(api)
    assert_failure(await api.post("/api/mocs", MOC), 409, "CONFLICT")
    assert await titles(api) == ["Falcon"]


async def test_a_write_of_one_user_leaves_the_others_cache_alone(api: Api) -> None:
    await api.create("alice")
    await titles(api)
    await api.create("bob")
    await titles(api)
    assert reads(api, statements.LIST) == 1


@pytest.mark.parametrize("path", ["list", "detail"])
async def test_what_was_loaded_before_a_write_is_never_served_after_it(api: Api, path: str) -> None:
    """A reader has its rows and stops; a writer comes and goes; the reader then stores what it has."""
    moc = await api.create(title="Old")
    where = "/api/mocs" if path == "list" else f"/api/mocs/{moc['id']}"
    database = api.runtime.database
    assert isinstance(database, CountingDatabase)
    database.gate = asyncio.Event()
    slow = asyncio.ensure_future(api.get(where))
    await until(lambda: database.waiting == 1)
    gate, database.gate = database.gate, None
    assert (await api.patch(f"/api/mocs/{moc['id']}", {"title": "New"})).status_code == 200
    gate.set()
    assert "Old" in (await slow).text  # it began before the write: either answer is right
    for _ in range(3):
        assert "New" in (await api.get(where)).text


async def test_a_reader_that_begins_during_a_write_leaves_nothing_stale_behind(
    api: Api, postgres: Postgres, database: str
) -> None:
    """The writer is held by a lock between its fence and its commit; meanwhile many read."""
    import asyncpg

    moc = await api.create(title="Old")
    path = f"/api/mocs/{moc['id']}"
    connection = await asyncpg.connect(database)
    try:
        async with connection.transaction():
            await connection.execute("SELECT 1 FROM moc_instructions FOR UPDATE")
            writing = asyncio.ensure_future(api.patch(path, {"title": "New"}))
            await until(lambda: waits(postgres))
            for _ in range(3):
                assert await titles(api) == ["Old"]
                assert (await api.get(path)).json()["data"]["title"] == "Old"
        assert (await writing).status_code == 200
    finally:
        await connection.close()
    assert await titles(api) == ["New"]
    assert (await api.get(path)).json()["data"]["title"] == "New"


def waits(postgres: Postgres) -> bool:
    return postgres.run("SELECT count(*) > 0 FROM pg_stat_activity WHERE wait_event_type = 'Lock'") == ["t"]


async def test_a_writer_that_dies_after_its_commit_leaves_a_fence_and_nothing_stale(
    api: Api, open_api: Open, redis: Any, postgres: Postgres, database: str
) -> None:
    moc = await api.create(title="Old")
    await titles(api)
    await redis.set(GENERATION, FENCE + b"1234", ex=30)  # what the writer had put there before it died
    postgres.run("UPDATE moc_instructions SET title = 'New'", database)
    for _ in range(3):
        assert await titles(api) == ["New"]
    assert (await api.get(f"/api/mocs/{moc['id']}")).json()["data"]["title"] == "New"
    assert await redis.get(GENERATION) == FENCE + b"1234"  # nobody but its writer, or time, takes it away


async def test_the_fence_of_a_writer_is_up_while_it_writes_and_gone_when_it_answers(
    api: Api, redis: Any, postgres: Postgres, database: str
) -> None:
    import asyncpg

    moc = await api.create()
    connection = await asyncpg.connect(database)
    try:
        async with connection.transaction():
            await connection.execute("SELECT 1 FROM moc_instructions FOR UPDATE")
            writing = asyncio.ensure_future(api.patch(f"/api/mocs/{moc['id']}", {"theme": "x"}))
            await until(lambda: waits(postgres))
            assert (await redis.get(GENERATION)).startswith(FENCE)
            assert 0 < await redis.ttl(GENERATION) <= 30
        await writing
    finally:
        await connection.close()
    assert await redis.get(GENERATION) is None


@pytest.mark.parametrize("first", [0, 1])
async def test_of_two_writers_the_first_to_finish_leaves_the_other_ones_fence(
    api: Api, open_api: Open, redis: Any, first: int
) -> None:
    """So that the other one may still die after its commit."""
    await api.create(title="Old")
    async with open_api() as other, AsyncExitStack() as left:
        writers = [AsyncExitStack(), AsyncExitStack()]
        for stack, side in zip(writers, (api, other), strict=True):
            await left.enter_async_context(stack)
            await stack.enter_async_context(side.runtime.aside.writing("user:generation:{alice}"))
        both = await redis.get(GENERATION)
        await writers[first].aclose()
        fence = await redis.get(GENERATION)
        assert (fence[:1], both.count(FENCE), fence.count(FENCE)) == (FENCE, 2, 1)
        assert 0 < await redis.ttl(GENERATION) <= 30
        assert await titles(api) == ["Old"]
        assert await redis.get(GENERATION) == fence  # nothing may be stored while it is up
        await writers[1 - first].aclose()
        assert await redis.get(GENERATION) is None
    assert await titles(api) == ["Old"]


async def test_a_generation_that_is_evicted_makes_everything_under_it_count_for_nothing(
    api: Api, redis: Any, postgres: Postgres, database: str
) -> None:
    await api.create(title="Old")
    await titles(api)
    postgres.run("UPDATE moc_instructions SET title = 'New'", database)
    assert await titles(api) == ["Old"]  # cached, as nobody here has written
    await redis.delete(GENERATION)
    assert await titles(api) == ["New"]


@pytest.mark.parametrize("state", ["nothing cached", "generation known", "just written"])
async def test_a_hundred_readers_of_one_cold_key_make_one_query(api: Api, redis: Any, state: str) -> None:
    moc = await api.create()
    path = f"/api/mocs/{moc['id']}"
    if state == "nothing cached":
        await redis.flushall()
    if state == "generation known":
        await titles(api, "?tag=other")
    if state == "just written":
        await api.get(path)
        await api.patch(path, {"theme": "x"})
    before = reads(api, statements.DETAIL)
    answers = await asyncio.gather(*(api.get(path) for _ in range(100)))
    assert len({answer.content for answer in answers}) == 1
    assert answers[0].status_code == 200
    assert reads(api, statements.DETAIL) - before == 1


async def test_errors_are_never_cached(api: Api, postgres: Postgres, database: str) -> None:
    path = "/api/mocs/00000000-0000-0000-0000-000000000001"
    assert_failure(await api.get(path), 404, "NOT_FOUND")
    insert = "INSERT INTO moc_instructions (id, user_id, title, type) VALUES ('{}', '{}', 'Falcon', 'moc')"
    postgres.run(insert.format(path.rpartition("/")[2], "alice"), database)
    assert (await api.get(path)).status_code == 200
    other = "/api/mocs/00000000-0000-0000-0000-000000000002"
    postgres.run(insert.format(other.rpartition("/")[2], "bob"), database)
    assert_failure(await api.get(other), 403, "FORBIDDEN")
    postgres.run("UPDATE moc_instructions SET user_id = 'alice', title = 'Mine' WHERE user_id = 'bob'", database)
    assert (await api.get(other)).status_code == 200


async def test_a_crowd_whose_one_load_fails_gets_the_failure_each_and_caches_nothing(api: Api, redis: Any) -> None:
    path = "/api/mocs/00000000-0000-0000-0000-000000000001"
    answers = await asyncio.gather(*(api.get(path) for _ in range(20)))
    ids = {assert_failure(answer, 404, "NOT_FOUND")["requestId"] for answer in answers}
    assert len(ids) == 20
    assert [key for key in await redis.keys("*") if b"detail" in key] == []


@pytest.mark.parametrize(
    ("generation", "value"),
    [
        (None, b"garbage"),
        (None, b'{"success": true, "data": [], "total": 0}'),
        (None, b""),
        (b"", b'{"data": [{"title": "forged"}]}'),
        (b"a", b'a{"data": [{"title": "forged"}]}'),
        (b"short", b"short" + b'{"data": [{"title": "forged"}]}'),
        (b"\xff\x00", b"\xff\x00forged"),
        (b"!", b"!forged"),
        (b"!1234", b'!1234{"data": [{"title": "forged"}]}'),
        (b"x" * 500_000, b"forged"),
    ],
)
async def test_what_somebody_else_wrote_under_our_keys_is_not_believed(
    api: Api, redis: Any, generation: bytes | None, value: bytes
) -> None:
    await api.create()
    await titles(api)
    for key in await redis.keys("moc:user:*"):
        await redis.set(key, value)
    if generation is not None:
        await redis.set(GENERATION, generation)
    for _ in range(2):
        assert await titles(api) == ["Falcon"]


async def test_keys_of_another_type_are_lived_with(api: Api, redis: Any) -> None:
    await api.create()
    await titles(api)
    keys = await redis.keys("*")
    assert len(keys) == 2
    for key in keys:
        await redis.delete(key)
        await redis.lpush(key, "a list")
    assert await titles(api) == ["Falcon"]
    await api.create(title="Second")
    assert await titles(api) == ["Second", "Falcon"]


async def test_somebody_elses_cached_answer_is_never_served(api: Api, redis: Any) -> None:
    moc = await api.create("alice")
    path = f"/api/mocs/{moc['id']}"
    await api.get(path)
    await titles(api)
    assert_failure(await api.get(path, "bob"), 403, "FORBIDDEN")
    assert await titles(api, "", "bob") == []
    keys = [key for key in await redis.keys("*") if b"bob" in key]
    assert all(b"alice" not in key for key in keys)


async def test_users_whose_names_begin_alike_share_nothing(api: Api) -> None:
    await api.create("al", title="Al's")
    await api.create("al:list", title="Al list's")
    for _ in range(2):
        assert await titles(api, "", "al") == ["Al's"]
        assert await titles(api, "", "al:list") == ["Al list's"]


async def test_two_processes_see_each_others_writes_at_once(api: Api, open_api: Open) -> None:
    """As during the cutover: ECS and Lambda beside each other, one Redis, one database."""
    async with open_api() as other:
        moc = await api.create(title="First")
        for step in range(4):
            writer, reader = (api, other) if step % 2 else (other, api)
            assert (await reader.get("/api/mocs")).status_code == 200
            await writer.patch(f"/api/mocs/{moc['id']}", {"title": f"Step {step}"})
            assert await titles(reader) == [f"Step {step}"]
            assert (await reader.get(f"/api/mocs/{moc['id']}")).json()["data"]["title"] == f"Step {step}"


async def test_a_load_that_its_request_did_not_wait_for_does_not_outlive_the_service(open_api: Open) -> None:
    """Nor does it open the cache again, to store what it has loaded."""
    before = asyncio.all_tasks()
    async with open_api(database=CountingDatabase) as api:
        database = api.runtime.database
        assert isinstance(database, CountingDatabase)
        database.gate = asyncio.Event()
        reading = asyncio.ensure_future(api.get("/api/mocs"))
        await until(lambda: database.waiting == 1)
        reading.cancel()
        await asyncio.wait([reading])
        assert asyncio.all_tasks() != before
    assert asyncio.all_tasks() == before
