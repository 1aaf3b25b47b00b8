"""Parts lists after they were accepted: parsed once, summed up, failed with reasons, found again when left lying."""

import asyncio
from collections.abc import Mapping
from typing import Any
from uuid import UUID

import pytest

from service.domains.parts_lists.building import build_parser
from service.domains.parts_lists.parsing import PartsListParser
from service.domains.parts_lists.sweep import PendingSweep
from service.jobs.periodic import Periodic
from service.jobs.port import ParseJob
from service.kernel.errors import Unavailable
from tests.fakes.faulty_line import line_to
from tests.fakes.log_lines import LogLines
from tests.fakes.scripted_http import Answer, Asked, scripted_http
from tests.fakes.waiting import until
from tests.integration.postgres import Postgres
from tests.integration.s3 import Objects
from tests.integration.service.api import Api
from tests.integration.service.conftest import Open
from tests.integration.service.test_parts_list_upload import CSV, lists_of, waits_for_a_lock

LISTS = "SELECT status, total_parts_count, row_count, error_count, errors FROM moc_parts_lists ORDER BY created_at"
PARTS = "SELECT count(*), coalesce(sum(quantity), 0) FROM moc_parts"
LAMBDA = "http://127.0.0.1:1"


async def uploaded(api: Api, moc: Mapping[str, Any], body: bytes = CSV, filename: str = "parts.csv") -> UUID:
    """The id of a list that is accepted."""
    answer = await api.upload(moc["id"], body, filename)
    assert answer.status_code == 202, answer.text
    return UUID(answer.json()["data"]["partsListId"])


@pytest.fixture
async def lazy(open_api: Open, monkeypatch: pytest.MonkeyPatch) -> Any:
    """An API whose parts lists are taken by a function that never parses them."""

    def accept(_: Asked) -> Answer:
        return 202, b""

    async with scripted_http(accept) as function:
        monkeypatch.setenv("AWS_ENDPOINT_URL_LAMBDA", function.url)
        async with open_api(parser_function="lego-api-csv-parser") as api:
            yield api, function


async def pending(lazy: tuple[Api, Any], body: bytes = CSV, filename: str = "parts.csv") -> tuple[Any, UUID]:
    """A MOC and its pending list."""
    api, _ = lazy
    moc = await api.create(title=filename)
    return moc, await uploaded(api, moc, body, filename)


class TestTotals:
    """`totalPieceCount` is the sum over the MOC's lists, whoever wrote them."""

    async def test_over_several_lists(self, api: Api) -> None:
        moc = await api.create()
        await uploaded(api, moc, b"Part,Qty\n3001,5\n", "a.csv")
        await uploaded(api, moc, b"Part,Qty\n3001,7\n3002,1\n", "b.csv")
        await lists_of(api, moc)
        assert (await api.get(f"/api/mocs/{moc['id']}")).json()["data"]["totalPieceCount"] == 13

    async def test_with_lists_of_the_first_backend_whose_counts_are_text(
        self, api: Api, postgres: Postgres, database: str
    ) -> None:
        moc = await api.create()
        counts = ("'435'", "'many'", "NULL", "''", "'-5'", "'1.5'", "' 7'", "'99999999999999999999'")
        values = ", ".join(f"('{moc['id']}', 'Old', {count})" for count in counts)
        postgres.run(f"INSERT INTO moc_parts_lists (moc_id, title, total_parts_count) VALUES {values}", database)
        await uploaded(api, moc, b"Part,Qty\n3001,5\n")
        await lists_of(api, moc)
        assert (await api.get(f"/api/mocs/{moc['id']}")).json()["data"]["totalPieceCount"] == 440

    async def test_never_more_than_the_column_holds(self, api: Api, postgres: Postgres, database: str) -> None:
        moc = await api.create()
        postgres.run(
            "INSERT INTO moc_parts_lists (moc_id, title, total_parts_count)"
            f" VALUES ('{moc['id']}', 'Huge', '2147483640'), ('{moc['id']}', 'Huger', '999999999999999999')",
            database,
        )
        await uploaded(api, moc, b"Part,Qty\n3001,500\n")
        await lists_of(api, moc)
        assert (await api.get(f"/api/mocs/{moc['id']}")).json()["data"]["totalPieceCount"] == 2_147_483_647

    async def test_of_two_lists_that_are_parsed_at_once(self, lazy: tuple[Api, Any]) -> None:
        api, _ = lazy
        moc = await api.create()
        jobs = [
            ParseJob(await uploaded(api, moc, f"Part,Qty\n{n},{10**n}\n".encode(), f"{n}.csv")) for n in range(1, 5)
        ]
        parser = build_parser(api.runtime)
        await asyncio.gather(*(parser.parse(job) for job in (*jobs, *reversed(jobs))))
        assert (await api.get(f"/api/mocs/{moc['id']}")).json()["data"]["totalPieceCount"] == 11_110

    async def test_the_search_index_learns_of_it(self, api: Api) -> None:
        moc = await api.create()
        await uploaded(api, moc, b"Part,Qty\n3001,5\n")

        async def known() -> bool:
            hits = (await api.get("/api/mocs?search=falcon")).json()["data"]
            return [hit.get("totalPieceCount") for hit in hits] == [5]

        await until(known, seconds=5.0)


class TestOutcomes:
    """Every accepted list ends as parsed, parsed-with-errors or failed, and says why."""

    async def test_bad_rows_are_reported_and_the_good_ones_count(
        self, api: Api, postgres: Postgres, database: str
    ) -> None:
        moc = await api.create()
        await uploaded(api, moc, b"Part,Qty\n3001,5\n3002,none\n,7\n3003,2\n")
        (found,) = await lists_of(api, moc)
        assert (found["status"], found["totalParts"], found["errorCount"]) == ("parsed-with-errors", 7, 2)
        line = postgres.run(
            "SELECT errors->0->>'line', errors->0->>'code', errors->1->>'line', errors->1->>'code', row_count,"
            " jsonb_array_length(errors) FROM moc_parts_lists",
            database,
        )
        assert line == ["3|BAD_QUANTITY|4|MISSING_PART|2|2"]
        assert postgres.run(PARTS, database) == ["2|7"]

    async def test_of_very_many_bad_rows_a_hundred_are_kept_and_all_counted(
        self, api: Api, postgres: Postgres, database: str
    ) -> None:
        moc = await api.create()
        await uploaded(api, moc, b"Part,Qty\n3001,5\n" + b"3002,none\n" * 250)
        (found,) = await lists_of(api, moc)
        assert found["errorCount"] == 250
        assert postgres.run("SELECT jsonb_array_length(errors) FROM moc_parts_lists", database) == ["100"]

    @pytest.mark.parametrize(
        ("body", "code"),
        [
            (b"Part,Qty\n", "EMPTY_FILE"),
            (b"hello", "NO_HEADER"),
            (b"\n\n\n", "EMPTY_FILE"),
            (b"Part,Qty\n,,,\n", "EMPTY_FILE"),
            (b"Part,Qty\n3001,\x00\n", "NUL_BYTE"),
            (b'Part,Qty\n"3001,5\n', "UNCLOSED_QUOTE"),
            (b"\xff\xfe\x00", "BAD_ENCODING"),
            (b"x" * 70_000, "LINE_TOO_LONG"),
            (b"Part,Qty\n" + b"3001,1\n" * 100_001, "TOO_MANY_ROWS"),
        ],
    )
    async def test_a_file_without_a_good_row_fails_with_its_reason_and_counts_nothing(
        self, api: Api, postgres: Postgres, database: str, body: bytes, code: str
    ) -> None:
        moc = await api.create()
        await uploaded(api, moc, b"Part,Qty\n1,3\n", "good.csv")
        await uploaded(api, moc, body)
        await lists_of(api, moc)
        found = postgres.run(
            "SELECT status, errors->0->>'code', total_parts_count IS NULL, row_count, error_count FROM moc_parts_lists"
            " WHERE title LIKE '%parts.csv'",
            database,
        )
        assert found == [f"failed|{code}|t|0|1"]
        assert postgres.run(PARTS, database) == ["1|3"]
        data = (await api.get(f"/api/mocs/{moc['id']}")).json()["data"]
        assert data["totalPieceCount"] == 3
        assert "totalParts" not in data["partsLists"][1]

    async def test_a_list_of_bad_rows_fails_with_all_their_reasons(
        self, api: Api, postgres: Postgres, database: str
    ) -> None:
        moc = await api.create()
        await uploaded(api, moc, b"Part,Qty\n3001,none\n,4\n" + b"3001,0\n" * 120)
        (found,) = await lists_of(api, moc)
        assert (found["status"], found["errorCount"]) == ("failed", 123)
        codes = postgres.run(
            "SELECT e->>'line', e->>'code' FROM moc_parts_lists, jsonb_array_elements(errors) e", database
        )
        assert codes[:3] == ["|NO_GOOD_ROW", "2|BAD_QUANTITY", "3|MISSING_PART"]
        assert len(codes) == 100

    async def test_a_list_that_fails_leaves_a_total_alone_that_no_list_accounts_for(
        self, api: Api, postgres: Postgres, database: str
    ) -> None:
        moc = await api.create()
        postgres.run("UPDATE moc_instructions SET total_piece_count = 1234", database)
        await uploaded(api, moc, b"hello")
        (found,) = await lists_of(api, moc)
        data = (await api.get(f"/api/mocs/{moc['id']}")).json()["data"]
        assert (found["status"], data["totalPieceCount"]) == ("failed", 1234)
        assert data["updatedAt"] == moc["updatedAt"]

    async def test_a_file_that_is_gone_fails_its_list(
        self, lazy: tuple[Api, Any], s3: Objects, bucket: str, postgres: Postgres, database: str
    ) -> None:
        moc, identity = await pending(lazy)
        s3.remove(bucket, s3.keys(bucket)[0])
        await build_parser(lazy[0].runtime).parse(ParseJob(identity))
        assert postgres.run("SELECT status, errors->0->>'code' FROM moc_parts_lists", database) == [
            "failed|FILE_MISSING"
        ]
        assert (await lists_of(lazy[0], moc))[0]["errorCount"] == 1

    async def test_a_hundred_thousand_rows_are_all_there(self, api: Api, postgres: Postgres, database: str) -> None:
        moc = await api.create()
        await uploaded(api, moc, b"Part,Qty\n" + b"".join(b"%d,2\n" % n for n in range(100_000)))
        (found,) = await lists_of(api, moc)
        assert (found["status"], found["totalParts"]) == ("parsed", 200_000)
        assert postgres.run(PARTS, database) == ["100000|200000"]


class TestOnceOnly:
    """A job may come twice, late, or for something that is gone."""

    async def test_the_same_job_again_changes_nothing(
        self, lazy: tuple[Api, Any], postgres: Postgres, database: str, lines: LogLines
    ) -> None:
        _, identity = await pending(lazy)
        parser = build_parser(lazy[0].runtime)
        await parser.parse(ParseJob(identity))
        before = postgres.run(f"{LISTS}; SELECT * FROM moc_parts; SELECT * FROM moc_instructions", database)
        await parser.parse(ParseJob(identity))
        assert postgres.run(f"{LISTS}; SELECT * FROM moc_parts; SELECT * FROM moc_instructions", database) == before
        assert len(lines.of("parts_list_not_pending")) == 1

    @pytest.mark.parametrize("body", [CSV, b"no header at all"])
    async def test_the_same_job_four_times_at_once_is_done_once(
        self, lazy: tuple[Api, Any], postgres: Postgres, database: str, lines: LogLines, body: bytes
    ) -> None:
        _, identity = await pending(lazy, body)
        parser = build_parser(lazy[0].runtime)
        await asyncio.gather(*(parser.parse(ParseJob(identity)) for _ in range(4)))
        assert len(lines.of("parts_list_parsed") + lines.of("parts_list_failed")) == 1
        assert postgres.run(PARTS, database) == ["2|7" if body == CSV else "0|0"]

    async def test_a_job_for_a_list_that_never_was_does_nothing(self, api: Api, lines: LogLines) -> None:
        await build_parser(api.runtime).parse(ParseJob(UUID(int=5)))
        assert [line["status"] for line in lines.of("parts_list_not_pending")] == [None]

    async def test_a_moc_deleted_while_it_is_parsed_takes_everything_with_it(
        self, lazy: tuple[Api, Any], postgres: Postgres, database: str
    ) -> None:
        import asyncpg

        _, identity = await pending(lazy)
        connection = await asyncpg.connect(database)
        try:
            async with connection.transaction():
                await connection.execute("SELECT 1 FROM moc_instructions FOR UPDATE")
                parsing = asyncio.ensure_future(build_parser(lazy[0].runtime).parse(ParseJob(identity)))
                await until(lambda: waits_for_a_lock(postgres))
                await connection.execute("DELETE FROM moc_instructions")
            await parsing
        finally:
            await connection.close()
        assert postgres.run(f"{PARTS}; {LISTS}", database) == ["0|0"]

    async def test_a_parse_that_dies_half_way_leaves_the_list_as_it_was(
        self, lazy: tuple[Api, Any], open_api: Open, postgres: Postgres, database: str
    ) -> None:
        _, identity = await pending(lazy, b"Part,Qty\n" + b"3001,1\n" * 50_000)
        async with (
            line_to(postgres.port) as line,
            open_api(postgres=postgres.address(database, line.port)) as api,
        ):
            line.cut_at(b"COPY ")
            with pytest.raises(Unavailable):
                await build_parser(api.runtime).parse(ParseJob(identity))
        assert postgres.run(f"{PARTS}; SELECT status FROM moc_parts_lists", database) == ["0|0", "pending"]
        await build_parser(lazy[0].runtime).parse(ParseJob(identity))
        assert postgres.run(PARTS, database) == ["50000|50000"]

    @pytest.mark.parametrize("passed", [0, 100, 3000])
    async def test_a_file_that_stops_half_way_is_tried_again_later(
        self,
        lazy: tuple[Api, Any],
        open_api: Open,
        monkeypatch: pytest.MonkeyPatch,
        moto: str,
        postgres: Postgres,
        database: str,
        passed: int,
    ) -> None:
        _, identity = await pending(lazy, b"Part,Qty\n" + b"3001,1\n" * 50_000)
        async with line_to(int(moto.rpartition(":")[2])) as line:
            monkeypatch.setenv("AWS_ENDPOINT_URL_S3", f"http://127.0.0.1:{line.port}")
            async with open_api() as api:
                line.cut_after(passed)
                with pytest.raises(Unavailable):
                    await build_parser(api.runtime).parse(ParseJob(identity))
                assert postgres.run("SELECT status FROM moc_parts_lists", database) == ["pending"]
                await line.behave()
                await build_parser(api.runtime).parse(ParseJob(identity))
        assert postgres.run(PARTS, database) == ["50000|50000"]


class TestHandingOver:
    """On Lambda another function parses; when it does not take the job, the list is parsed all the same."""

    async def test_the_function_is_invoked_asynchronously_with_the_lists_id(self, lazy: tuple[Api, Any]) -> None:
        _, identity = await pending(lazy)
        (asked,) = lazy[1].asked
        assert (asked.method, asked.path) == ("POST", "/2015-03-31/functions/lego-api-csv-parser/invocations")
        assert asked.headers["x-amz-invocation-type"] == "Event"
        assert asked.body == f'{{"partsListId": "{identity}"}}'.encode()

    @pytest.mark.parametrize("answer", [(500, b"{}"), (429, b"{}"), (404, b'{"Message":"no such function"}'), None])
    async def test_when_it_does_not_take_the_job_the_list_is_parsed_here(
        self, open_api: Open, monkeypatch: pytest.MonkeyPatch, answer: Answer | None, lines: LogLines
    ) -> None:
        def refuse(_: Asked) -> Answer:
            return answer or (500, b"")

        async with scripted_http(refuse) as function:
            monkeypatch.setenv("AWS_ENDPOINT_URL_LAMBDA", function.url if answer else LAMBDA)
            async with open_api(parser_function="lego-api-csv-parser") as api:
                moc = await api.create()
                await uploaded(api, moc)
                assert [one["totalParts"] for one in await lists_of(api, moc)] == [7]
        assert len(lines.of("parser_not_invoked")) == 1

    async def test_when_it_cannot_be_parsed_here_either_the_upload_is_accepted_and_stays_pending(
        self, open_api: Open, monkeypatch: pytest.MonkeyPatch, postgres: Postgres, database: str, moto: str
    ) -> None:
        """The rows and the object are there, so the answer must not say that they are not."""
        monkeypatch.setenv("AWS_ENDPOINT_URL_LAMBDA", LAMBDA)
        async with line_to(int(moto.rpartition(":")[2])) as line:
            monkeypatch.setenv("AWS_ENDPOINT_URL_S3", f"http://127.0.0.1:{line.port}")
            async with open_api(parser_function="lego-api-csv-parser") as api:
                moc = await api.create()
                line.cut_at(b"GET ")
                answer = await api.upload(moc["id"], CSV)
        assert answer.status_code == 202, answer.text
        assert postgres.run("SELECT status FROM moc_parts_lists", database) == ["pending"]


class TestTheSweep:
    """A long-lived process finds what was accepted and never parsed."""

    def sweep(self, api: Api, older_than_seconds: float = 0.0) -> PendingSweep:
        parser: PartsListParser = build_parser(api.runtime)
        return PendingSweep(parser.lists, parser, older_than_seconds=older_than_seconds)

    async def test_lists_left_pending_are_parsed(
        self, lazy: tuple[Api, Any], postgres: Postgres, database: str
    ) -> None:
        for name in ("a.csv", "b.csv"):
            await pending(lazy, CSV, name)
        assert await self.sweep(lazy[0]).sweep() == 2
        assert postgres.run("SELECT DISTINCT status FROM moc_parts_lists", database) == ["parsed"]
        assert await self.sweep(lazy[0]).sweep() == 0

    async def test_a_list_that_somebody_may_be_parsing_is_left_to_them(self, lazy: tuple[Api, Any]) -> None:
        await pending(lazy)
        assert await self.sweep(lazy[0], older_than_seconds=120.0).sweep() == 0

    async def test_lists_of_the_first_backend_are_never_touched(
        self, lazy: tuple[Api, Any], postgres: Postgres, database: str
    ) -> None:
        moc = await lazy[0].create()
        postgres.run(
            "INSERT INTO moc_parts_lists (moc_id, title, total_parts_count, created_at)"
            f" VALUES ('{moc['id']}', 'Old', '5', '2020-01-01')",
            database,
        )
        assert await self.sweep(lazy[0]).sweep() == 0

    async def test_a_list_that_cannot_be_parsed_now_does_not_keep_the_others_waiting(
        self, lazy: tuple[Api, Any], open_api: Open, monkeypatch: pytest.MonkeyPatch, moto: str,
        postgres: Postgres, database: str, s3: Objects, bucket: str, lines: LogLines
    ) -> None:  # fmt: skip
        for name in ("a.csv", "b.csv", "c.csv"):
            await pending(lazy, CSV, name)
        first = postgres.run("SELECT source_key FROM moc_parts_lists ORDER BY created_at LIMIT 1", database)[0]
        async with line_to(int(moto.rpartition(":")[2])) as line:
            monkeypatch.setenv("AWS_ENDPOINT_URL_S3", f"http://127.0.0.1:{line.port}")
            async with open_api() as api:
                line.cut_at(f"/{first}".encode())
                await self.sweep(api).sweep()
        found = postgres.run("SELECT status FROM moc_parts_lists ORDER BY created_at", database)
        assert found == ["pending", "parsed", "parsed"]
        assert len(lines.of("sweep_failed")) == 1

    async def test_it_goes_on_after_the_database_was_away(
        self, lazy: tuple[Api, Any], open_api: Open, postgres: Postgres, database: str, lines: LogLines
    ) -> None:
        async with (
            line_to(postgres.port) as line,
            open_api(postgres=postgres.address(database, line.port)) as api,
        ):
            await line.refuse()
            sweep = Periodic("sweep", self.sweep(api).sweep, every_seconds=0.05)
            await sweep.start()
            await until(lambda: lines.of("periodic_work_failed") != [])
            await pending(lazy)
            await line.behave()
            await until(lambda: postgres.run("SELECT status FROM moc_parts_lists", database) == ["parsed"])
            await sweep.stop()
