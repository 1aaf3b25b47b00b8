"""PostgreSQL down, killed, cut at the commit, slow, full, restarted: never a wrong 2xx, never a strange answer."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import asyncpg
import pytest

from cutover.rehearsal.stack.ports import LOOPBACK
from service.db.credentials import Credentials
from service.db.database import Database
from service.settings import Settings
from tests.fakes.faulty_line import FaultyLine, line_to
from tests.fakes.log_lines import LogLines
from tests.fakes.waiting import until
from tests.integration.postgres import Postgres
from tests.integration.s3 import Objects
from tests.integration.service.api import MOC, Api, assert_failure
from tests.integration.service.conftest import Open
from tests.integration.service.test_parts_list_upload import CSV

NO_REDIS = f"{LOOPBACK}:1"


@pytest.fixture
async def line(postgres: Postgres) -> Any:
    """What stands between the service and PostgreSQL."""
    async with line_to(postgres.port) as line:
        yield line


@pytest.fixture
async def api(open_api: Open, line: FaultyLine, settings: Settings) -> Any:
    """The API with PostgreSQL behind the line and nothing cached."""
    async with open_api(postgres=replace(settings.postgres, port=line.port), redis_endpoint=NO_REDIS) as api:
        yield api


def assert_unavailable(answer: Any) -> None:
    assert_failure(answer, 503, "SERVICE_UNAVAILABLE")
    assert 1 <= int(answer.headers["retry-after"]) <= 60


def count(postgres: Postgres, database: str, table: str = "moc_instructions") -> int:
    return int(postgres.run(f"SELECT count(*) FROM {table}", database)[0])


async def test_down_at_the_start_everything_is_503_until_it_is_up(api: Api, line: FaultyLine, lines: LogLines) -> None:
    await line.refuse()
    assert_unavailable(await api.get("/api/mocs"))
    assert_unavailable(await api.post("/api/mocs", MOC))
    assert (await api.get("/api/mocs?search=x")).status_code == 200  # the search engine needs no help
    assert_unavailable(await api.delete("/api/mocs/00000000-0000-0000-0000-000000000000"))
    await line.behave()
    assert (await api.get("/api/mocs")).status_code == 200
    assert (await api.post("/api/mocs", MOC)).status_code == 201
    assert lines.of("crashed") == []
    assert len(lines.of("database_unavailable")) == 3


async def test_a_read_whose_connection_has_died_is_asked_again_on_another(api: Api, line: FaultyLine) -> None:
    await api.create()
    line.cut()
    assert (await api.get("/api/mocs")).json()["total"] == 1
    line.cut()
    assert (await api.get("/api/mocs")).json()["total"] == 1


async def test_a_read_that_is_cut_while_it_runs_is_asked_again_once(api: Api, line: FaultyLine) -> None:
    await api.create(tags=["slow"])
    line.lose_answer_to(b"jsonb_build_array", once=True)
    assert (await api.get("/api/mocs?tag=slow")).json()["total"] == 1
    line.lose_answer_to(b"json_strip_nulls")
    assert_unavailable(await api.get("/api/mocs/00000000-0000-0000-0000-000000000000"))


async def test_a_write_whose_connection_has_died_before_it_begins_goes_on_another(
    api: Api, line: FaultyLine, postgres: Postgres, database: str
) -> None:
    await api.create(title="First")
    line.lose_answer_to(b"BEGIN", once=True)
    assert (await api.post("/api/mocs", {**MOC, "title": "Second"})).status_code == 201
    line.cut()
    assert (await api.post("/api/mocs", {**MOC, "title": "Third"})).status_code == 201
    assert count(postgres, database) == 3


async def test_a_write_that_cannot_begin_on_another_either_is_503(
    api: Api, line: FaultyLine, postgres: Postgres, database: str
) -> None:
    await api.get("/api/mocs")
    line.lose_answer_to(b"BEGIN")
    assert_unavailable(await api.post("/api/mocs", MOC))
    assert count(postgres, database) == 0


async def test_a_write_whose_connection_dies_is_503_and_leaves_nothing(
    api: Api, line: FaultyLine, postgres: Postgres, database: str
) -> None:
    await api.get("/api/mocs")
    line.cut_at(b"INSERT INTO moc_instructions")
    assert_unavailable(await api.post("/api/mocs", MOC))
    assert count(postgres, database) == 0
    await line.behave()
    assert (await api.post("/api/mocs", MOC)).status_code == 201


async def test_a_session_that_the_server_ends_in_mid_request_is_503_and_leaves_nothing(
    api: Api, postgres: Postgres, database: str, lines: LogLines
) -> None:
    moc = await api.create()
    holder = await asyncpg.connect(database)
    try:
        async with holder.transaction():
            await holder.execute("SELECT 1 FROM moc_instructions FOR UPDATE")
            writing = asyncio.ensure_future(api.patch(f"/api/mocs/{moc['id']}", {"theme": "lost"}))
            killed = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
            await until(lambda: postgres.run(killed) == ["t"])
            answer = await writing
    finally:
        await holder.close()
    assert_unavailable(answer)
    assert postgres.run("SELECT theme IS NULL FROM moc_instructions", database) == ["t"]
    assert (await api.patch(f"/api/mocs/{moc['id']}", {"theme": "kept"})).status_code == 200
    assert lines.of("crashed") == []


class TestCutAtTheCommit:
    """PostgreSQL has committed, or not: nobody here knows, so nobody says that it has."""

    async def test_a_lost_answer_to_a_commit_is_never_2xx_and_a_retry_finds_the_row(
        self, api: Api, line: FaultyLine, postgres: Postgres, database: str
    ) -> None:
        await api.get("/api/mocs")
        line.lose_answer_to(b"COMMIT")
        assert_unavailable(await api.post("/api/mocs", MOC))
        await until(lambda: count(postgres, database) == 1)
        await line.behave()
        assert_failure(await api.post("/api/mocs", MOC), 409, "CONFLICT", "title")
        assert (await api.get("/api/mocs")).json()["total"] == 1

    async def test_a_lost_commit_is_never_2xx_and_a_retry_succeeds(
        self, api: Api, line: FaultyLine, postgres: Postgres, database: str
    ) -> None:
        await api.get("/api/mocs")
        line.cut_at(b"COMMIT")
        assert_unavailable(await api.post("/api/mocs", MOC))
        assert count(postgres, database) == 0
        await line.behave()
        assert (await api.post("/api/mocs", MOC)).status_code == 201

    @pytest.mark.parametrize("change", ["patch", "delete"])
    async def test_what_was_committed_after_all_is_what_later_reads_show(
        self, open_api: Open, line: FaultyLine, settings: Settings, change: str
    ) -> None:
        """With a cache that knows the old state."""
        async with open_api(postgres=replace(settings.postgres, port=line.port)) as api:
            moc = await api.create(title="Old")
            path = f"/api/mocs/{moc['id']}"
            await api.get(path)
            await api.get("/api/mocs")
            line.lose_answer_to(b"COMMIT")
            failed = await (api.patch(path, {"title": "New"}) if change == "patch" else api.delete(path))
            assert_unavailable(failed)
            await line.behave()
            expected = ["New"] if change == "patch" else []

            async def seen() -> bool:  # the server may need a moment to carry the commit out
                listed = (await api.get("/api/mocs")).json()["data"]
                return [found["title"] for found in listed] == expected

            await until(seen)
            assert (await api.get(path)).status_code == (200 if change == "patch" else 404)

    async def test_effects_do_not_run_when_nobody_knows(self, api: Api, line: FaultyLine, search_server: str) -> None:
        await api.get("/api/mocs")
        line.lose_answer_to(b"COMMIT")
        assert_unavailable(await api.post("/api/mocs", MOC))
        await api.runtime.background.drain(5.0)
        await line.behave()
        assert (await api.get("/api/mocs?search=falcon")).json()["total"] == 0

    async def test_an_upload_keeps_its_file_when_its_rows_may_stand(
        self, api: Api, line: FaultyLine, postgres: Postgres, database: str, s3: Objects, bucket: str
    ) -> None:
        moc = await api.create()
        line.lose_answer_to(b"COMMIT")
        assert_unavailable(await api.upload(moc["id"], CSV))
        await until(lambda: count(postgres, database, "moc_files") == 1)
        assert postgres.run("SELECT source_key FROM moc_parts_lists", database) == s3.keys(bucket)


class TestUploads:
    """The object is stored before its rows: when these fail, it goes again."""

    @pytest.mark.parametrize("at", [b"BEGIN", b"INSERT INTO moc_files", b"INSERT INTO moc_parts_lists"])
    async def test_when_the_rows_cannot_be_written_the_object_is_deleted(
        self, api: Api, line: FaultyLine, postgres: Postgres, database: str, s3: Objects, bucket: str, at: bytes
    ) -> None:
        moc = await api.create()
        line.cut_at(at)
        assert_unavailable(await api.upload(moc["id"], CSV))
        await api.runtime.background.drain(10.0)
        await line.behave()
        if at == b"BEGIN":  # the deletion could not begin either, so it is left to the sweep
            postgres.run("UPDATE file_leftovers SET due_at = '2000-01-01'", database)
            await api.runtime.files.sweep()
        assert s3.keys(bucket) == []
        assert count(postgres, database, "moc_files") == 0
        assert (await api.upload(moc["id"], CSV)).status_code == 202
        await api.runtime.background.drain(10.0)

    async def test_when_the_database_is_away_before_the_upload_nothing_is_stored(
        self, api: Api, line: FaultyLine, s3: Objects, bucket: str
    ) -> None:
        moc = await api.create()
        await line.refuse()
        assert_unavailable(await api.upload(moc["id"], CSV))
        assert s3.keys(bucket) == []

    async def test_an_upload_that_is_given_up_by_its_client_leaves_no_object(
        self, api: Api, postgres: Postgres, database: str, s3: Objects, bucket: str
    ) -> None:
        moc = await api.create()
        holder = await asyncpg.connect(database)
        try:
            async with holder.transaction():
                await holder.execute("SELECT 1 FROM moc_instructions FOR UPDATE")
                upload = asyncio.ensure_future(api.upload(moc["id"], CSV))
                await until(lambda: len(s3.keys(bucket)) == 1)
                waits = "SELECT count(*) > 0 FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
                await until(lambda: postgres.run(waits) == ["t"])
                upload.cancel()
                await asyncio.wait([upload])
        finally:
            await holder.close()
        await until(lambda: s3.keys(bucket) == [])
        assert count(postgres, database, "moc_files") == 0


class TestFullPools:
    """More want a connection than there are."""

    @pytest.fixture
    async def api(self, open_api: Open) -> Any:
        def two(settings: Settings) -> Database:
            credentials = Credentials(settings.postgres, settings.aws_region)
            return Database(settings.postgres, credentials, pool_size=2, statement_cache=10)

        async with open_api(database=two, redis_endpoint=NO_REDIS) as api:
            yield api

    async def test_who_gets_none_in_time_is_503_soon_and_the_pool_recovers(
        self, api: Api, database: str, lines: LogLines
    ) -> None:
        mocs = [await api.create(title=f"Moc {number}") for number in range(2)]
        holder = await asyncpg.connect(database)
        try:
            async with holder.transaction():
                await holder.execute("SELECT 1 FROM moc_instructions FOR UPDATE")
                held = [asyncio.ensure_future(api.patch(f"/api/mocs/{m['id']}", {"theme": "x"})) for m in mocs]
                await asyncio.sleep(0.1)
                answers = await asyncio.gather(*(api.get("/api/mocs") for _ in range(10)))
            assert {(await one).status_code for one in held} == {200}
        finally:
            await holder.close()
        for answer in answers:
            assert_unavailable(answer)
            assert answer.elapsed.total_seconds() < 5.0
        assert (await api.get("/api/mocs")).json()["total"] == 2
        assert len(lines.of("database_pool_exhausted")) == 10

    async def test_the_servers_own_limit_is_503_too(
        self, fragile_postgres: tuple[Postgres, str], open_api: Open
    ) -> None:
        server, template = fragile_postgres
        dsn = server.create_database(template)
        name = dsn.rpartition("/")[2]
        server.run("CREATE ROLE few LOGIN")
        server.run("GRANT ALL ON ALL TABLES IN SCHEMA public TO few", dsn)
        server.run(f"ALTER DATABASE {name} CONNECTION LIMIT 0")
        async with open_api(postgres=replace(server.address(dsn), username="few"), redis_endpoint=NO_REDIS) as api:
            assert_unavailable(await api.get("/api/mocs"))
            server.run(f"ALTER DATABASE {name} CONNECTION LIMIT -1")
            assert (await api.get("/api/mocs")).status_code == 200

    @pytest.mark.parametrize("wrong", [{"database": "no_such_database"}, {"username": "nobody"}])
    async def test_a_database_or_user_that_is_not_there_is_503_and_named_in_the_log_only(
        self, open_api: Open, settings: Settings, wrong: dict[str, Any], lines: LogLines
    ) -> None:
        async with open_api(postgres=replace(settings.postgres, **wrong), redis_endpoint=NO_REDIS) as api:
            answer = await api.get("/api/mocs")
        assert_unavailable(answer)
        named = next(iter(wrong.values()))
        assert named not in answer.text
        assert named in lines.stream.getvalue()


async def test_a_statement_that_takes_too_long_is_504_and_is_not_tried_again(
    api: Api, line: FaultyLine, postgres: Postgres, database: str
) -> None:
    """Ten seconds by the clock: the limit is a constant of the service."""
    await api.get("/api/mocs")
    holder = await asyncpg.connect(database)
    try:
        async with holder.transaction():
            await holder.execute("LOCK moc_instructions IN ACCESS EXCLUSIVE MODE")
            answer = await api.get("/api/mocs")
        running = "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND query LIKE '%moc_instructions%'"
        await until(lambda: postgres.run(f"{running} AND pid <> pg_backend_pid()") == ["0"])
    finally:
        await holder.close()
    assert_failure(answer, 504, "GATEWAY_TIMEOUT")
    assert 9.0 < answer.elapsed.total_seconds() < 16.0  # twice the limit would be a second attempt
    assert (await api.get("/api/mocs")).status_code == 200


class TestRestarts:
    """A server that goes away and comes back, as in a failover."""

    @pytest.fixture
    def server(self, fragile_postgres: tuple[Postgres, str]) -> Iterator[Postgres]:
        server, _ = fragile_postgres
        yield server
        if not server.child.running:
            server.start()

    @pytest.fixture
    def dsn(self, server: Postgres, fragile_postgres: tuple[Postgres, str]) -> str:
        return server.create_database(fragile_postgres[1])

    @pytest.mark.parametrize("ending", ["stop", "kill"])
    async def test_a_restart_is_got_over_without_help(
        self, open_api: Open, server: Postgres, dsn: str, ending: str, lines: LogLines
    ) -> None:
        async with open_api(postgres=server.address(dsn), redis_endpoint=NO_REDIS) as api:
            await asyncio.gather(*(api.get("/api/mocs") for _ in range(10)))  # so that the pool is full
            (server.child.stop if ending == "stop" else server.child.kill)()
            down = await asyncio.gather(*(api.get("/api/mocs") for _ in range(10)))
            assert (await api.get("/health", None)).json()["status"] == "unhealthy"
            server.start()
            after = await asyncio.gather(*(api.get("/api/mocs") for _ in range(20)))
            assert (await api.post("/api/mocs", MOC)).status_code == 201
            await until(lambda: healthy(api))
        assert {answer.status_code for answer in down} == {503}
        assert {answer.status_code for answer in after} == {200}
        assert lines.of("crashed") == []


async def healthy(api: Api) -> bool:
    return bool((await api.get("/health", None)).json()["components"]["database"] == "healthy")
