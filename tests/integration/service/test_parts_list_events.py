"""Lists found by the S3 event of their file: early, late, twice, at once, and for files that are no lists."""

import asyncio
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest

from service.domains.parts_lists.building import build_parser
from service.domains.parts_lists.parsing import PartsListParser
from service.domains.parts_lists.sweep import PendingSweep
from service.jobs.port import ParseJob
from service.runtime import build_runtime
from service.settings import Settings
from service.telemetry.pseudonym import without_owner
from tests.fakes.log_lines import LogLines
from tests.integration.postgres import Postgres
from tests.integration.s3 import Objects
from tests.integration.service.api import Api
from tests.integration.service.conftest import Open
from tests.integration.service.test_functions import invoke
from tests.integration.service.test_parts_list_parsing import PARTS, lazy, pending, uploaded
from tests.unit.service.test_parts_list_events import bridged, record

__all__ = ["lazy"]

STATE = "SELECT status, total_parts_count, row_count, updated_at FROM moc_parts_lists; SELECT * FROM moc_parts;"
MOCS = "SELECT total_piece_count, updated_at FROM moc_instructions"


@dataclass(frozen=True, slots=True)
class Waiting:
    """A list that nobody has parsed: its id and its object's key."""

    identity: UUID
    key: str


@pytest.fixture
async def waiting(lazy: tuple[Api, Any], postgres: Postgres, database: str) -> Waiting:
    _, identity = await pending(lazy)
    (key,) = postgres.run("SELECT source_key FROM moc_parts_lists", database)
    return Waiting(identity, key)


async def test_the_key_names_the_list(
    lazy: tuple[Api, Any], waiting: Waiting, postgres: Postgres, database: str
) -> None:
    assert await build_parser(lazy[0].runtime).parse_object(waiting.key) == waiting.identity
    assert postgres.run(PARTS, database) == ["2|7"]


async def test_events_and_jobs_in_any_order_and_number_change_nothing_more(
    lazy: tuple[Api, Any], waiting: Waiting, postgres: Postgres, database: str
) -> None:
    parser = build_parser(lazy[0].runtime)
    await parser.parse_object(waiting.key)
    before = postgres.run(f"{STATE} {MOCS}", database)
    for _ in range(2):
        await parser.parse(ParseJob(waiting.identity))
        assert await parser.parse_object(waiting.key) == waiting.identity
    assert postgres.run(f"{STATE} {MOCS}", database) == before


async def test_an_object_that_is_no_list_is_left_alone(
    api: Api, lines: LogLines, postgres: Postgres, database: str
) -> None:
    assert await build_parser(api.runtime).parse_object("images/alice/1.webp") is None
    assert [line["key"] for line in lines.of("object_is_no_parts_list")] == [without_owner("images/alice/1.webp")]
    assert postgres.run(PARTS, database) == ["0|0"]


async def test_two_parsers_of_two_processes_at_the_same_moment_make_one_set_of_rows_and_one_sum(
    open_api: Open, settings: Settings, lazy: tuple[Api, Any], postgres: Postgres, database: str, lines: LogLines
) -> None:
    runtimes = [build_runtime(settings) for _ in range(2)]
    parsers: list[PartsListParser] = [build_parser(runtime) for runtime in runtimes]
    for number in range(8):
        body = b"Part,Qty\n" + b"".join(b"%d,1\n" % row for row in range(3000))
        _, identity = await pending(lazy, body, f"{number}.csv")
        (key,) = postgres.run(f"SELECT source_key FROM moc_parts_lists WHERE id = '{identity}'", database)
        await asyncio.gather(*(parser.parse_object(key) for parser in parsers), parsers[0].parse(ParseJob(identity)))
    for runtime in runtimes:
        await runtime.close()
    assert postgres.run(PARTS, database) == ["24000|24000"]
    assert postgres.run("SELECT DISTINCT total_piece_count FROM moc_instructions", database) == ["3000"]
    assert len(lines.of("parts_list_parsed")) == 8


async def test_an_event_that_comes_before_its_row_is_made_up_for_by_the_sweep(
    lazy: tuple[Api, Any], postgres: Postgres, database: str
) -> None:
    api, _ = lazy
    moc = await api.create()
    parser = build_parser(api.runtime)
    seen: list[UUID | None] = []
    put = type(api.runtime.storage).put

    async def put_and_tell(self: Any, key: str, body: bytes, content_type: str) -> None:
        await put(self, key, body, content_type)
        seen.append(await parser.parse_object(key))  # the event is quicker than the commit

    type(api.runtime.storage).put = put_and_tell  # type: ignore[method-assign]
    try:
        await uploaded(api, moc)
    finally:
        type(api.runtime.storage).put = put  # type: ignore[method-assign]
    assert seen == [None]
    assert postgres.run("SELECT status FROM moc_parts_lists", database) == ["pending"]
    sweep = PendingSweep(parser.lists, parser, older_than_seconds=0.0)
    assert await sweep.sweep() == 1
    assert postgres.run(PARTS, database) == ["2|7"]


def test_the_function_takes_events_of_s3_and_eventbridge(
    settings: Settings, postgres: Postgres, database: str, s3: Objects, bucket: str
) -> None:
    moc = UUID(int=7)
    keys = [f"mocs/a+b c/{moc}/{number}.csv" for number in range(3)]
    values = ", ".join(f"('{UUID(int=n)}', '{moc}', 'L', 'pending', '{key}')" for n, key in enumerate(keys, 1))
    postgres.run(
        f"""INSERT INTO moc_instructions (id, user_id, title, type) VALUES ('{moc}', 'alice', 'Falcon', 'moc');
        INSERT INTO moc_parts_lists (id, moc_id, title, status, source_key) VALUES {values}""",
        database,
    )
    encoded = [key.replace("+", "%2B").replace(" ", "+") for key in keys]
    records = {"Records": [record(key, bucket=bucket) for key in (encoded[0], "images/x.webp", encoded[1])]}
    events: list[Any] = [
        {"Service": "Amazon S3", "Event": "s3:TestEvent", "Bucket": bucket},
        {"Records": [record(encoded[0], bucket="another")]},
        records,
        records,
        bridged(keys[2], bucket=bucket),
        {"Records": [None]},
    ]
    first_two, third = [str(UUID(int=1)), str(UUID(int=2))], str(UUID(int=3))
    assert invoke("parts_lists", settings, events) == [
        {"partsListIds": []},
        {"partsListIds": []},
        {"partsListIds": first_two},
        {"partsListIds": first_two},
        {"partsListIds": [third]},
        {"raised": "MalformedEvent"},
    ]
    found = postgres.run("SELECT DISTINCT status, errors->0->>'code' FROM moc_parts_lists", database)
    assert found == ["failed|FILE_MISSING"]


def test_a_record_that_cannot_be_parsed_now_keeps_no_other_waiting_and_is_tried_again(
    settings: Settings, postgres: Postgres, database: str, moto: str, bucket: str
) -> None:
    """The file store is away; what it is not needed for is done, and Lambda is asked to come again."""
    moc, done, left = UUID(int=7), UUID(int=1), UUID(int=2)
    postgres.run(
        f"""INSERT INTO moc_instructions (id, user_id, title, type) VALUES ('{moc}', 'alice', 'Falcon', 'moc');
        INSERT INTO moc_parts_lists (id, moc_id, title, status, source_key)
          VALUES ('{left}', '{moc}', 'L', 'pending', 'left.csv'), ('{done}', '{moc}', 'L', 'parsed', 'done.csv')""",
        database,
    )
    event = {"Records": [record(key, bucket=bucket) for key in ("left.csv", "done.csv")]}
    away = {"AWS_ENDPOINT_URL": "http://127.0.0.1:1", "AWS_ENDPOINT_URL_S3": "http://127.0.0.1:1"}
    assert invoke("parts_lists", settings, [event], **away) == [{"raised": "Unavailable"}]
    assert invoke("parts_lists", settings, [event]) == [{"partsListIds": [str(left), str(done)]}]
    assert postgres.run(f"SELECT status FROM moc_parts_lists WHERE id = '{left}'", database) == ["failed"]
