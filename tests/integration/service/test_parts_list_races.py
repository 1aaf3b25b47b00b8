"""MOCs and files that go while their lists come: no deadlock, no row left over, no wrong sum."""

import asyncio
import random
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import httpx

from service.domains.parts_lists.building import build_parser
from service.jobs.port import ParseJob
from service.runtime import build_runtime
from service.settings import Settings
from tests.fakes.log_lines import LogLines
from tests.integration.postgres import Postgres
from tests.integration.s3 import Objects
from tests.integration.service.api import Api
from tests.integration.service.test_parts_list_old_route import sent
from tests.integration.service.test_parts_list_parsing import lazy, uploaded

__all__ = ["lazy"]

ROUNDS = 30
BODY = b"Part,Qty\n" + b"".join(b"%d,1\n" % row for row in range(2500))
ORPHANS = """SELECT (SELECT count(*) FROM moc_parts), (SELECT count(*) FROM moc_parts_lists),
 (SELECT count(*) FROM moc_files), count(*) FROM moc_instructions"""


async def after_a_moment(seconds: float, work: Any) -> Any:
    await asyncio.sleep(seconds)
    return await work


def statuses(answers: Sequence[Any]) -> set[int]:
    return {answer.status_code for answer in answers if isinstance(answer, httpx.Response)}


async def test_a_moc_deleted_at_any_moment_of_the_parsing_takes_everything_with_it(
    lazy: tuple[Api, Any], settings: Settings, postgres: Postgres, database: str, lines: LogLines
) -> None:
    api, _ = lazy
    other = build_runtime(settings)
    parsers = [build_parser(api.runtime), build_parser(other)]
    chance = random.Random(5)  # noqa: S311 - decides when, guards nothing
    for number in range(ROUNDS):
        moc = await api.create(title=str(number))
        lists = [await uploaded(api, moc, BODY, f"{name}.csv") for name in "ab"]
        jobs = [parser.parse(ParseJob(identity)) for identity in lists for parser in parsers]
        moment = chance.uniform(0, 0.04)
        (*_, deleted) = await asyncio.gather(*jobs, after_a_moment(moment, api.delete(f"/api/mocs/{moc['id']}")))
        assert deleted.status_code == 200, deleted.text
    await other.close()
    assert postgres.run(ORPHANS, database) == ["0|0|0|0"]
    assert lines.of("crashed") == lines.of("sweep_crashed") == lines.of("background_work_failed") == []
    assert lines.of("parts_list_parsed"), "no round was parsed before its MOC went"


async def test_uploads_of_both_routes_while_the_moc_goes_are_stored_or_404(
    api: Api, s3: Objects, bucket: str, postgres: Postgres, database: str, lines: LogLines
) -> None:
    chance = random.Random(6)  # noqa: S311 - decides when, guards nothing
    seen: set[int] = set()
    for number in range(ROUNDS // 2):
        moc = await api.create(title=str(number))
        answers = await asyncio.gather(
            sent(api, moc["id"], BODY, "old.csv"),
            api.upload(moc["id"], BODY, "new.csv"),
            after_a_moment(chance.uniform(0, 0.15), api.delete(f"/api/mocs/{moc['id']}")),
        )
        seen |= statuses(answers)
    await api.runtime.background.drain(20.0)
    assert {200} < seen <= {200, 201, 202, 404}
    assert postgres.run(ORPHANS, database) == ["0|0|0|0"]
    assert lines.of("crashed") == lines.of("background_work_failed") == []
    while await api.runtime.files.sweep():
        pass
    assert s3.keys(bucket) == postgres.run("SELECT key FROM file_leftovers", database)


async def test_files_deleted_while_lists_are_parsed_leave_lists_and_sums_alone(
    lazy: tuple[Api, Any], postgres: Postgres, database: str
) -> None:
    """Only the reference to the file goes; the row of the list is changed by both at once."""
    import asyncpg

    api, _ = lazy
    parser = build_parser(api.runtime)
    connection = await asyncpg.connect(database)
    try:
        for number in range(ROUNDS // 2):
            moc = await api.create(title=str(number))
            identity = await uploaded(api, moc, BODY)
            delete = "DELETE FROM moc_files WHERE moc_id = $1"
            await asyncio.gather(parser.parse(ParseJob(identity)), connection.execute(delete, UUID(moc["id"])))
    finally:
        await connection.close()
    found = postgres.run("SELECT DISTINCT status, total_parts_count, file_id IS NULL FROM moc_parts_lists", database)
    assert found == ["parsed|2500|t"]
    assert postgres.run("SELECT DISTINCT total_piece_count FROM moc_instructions", database) == ["2500"]


async def test_many_lists_of_one_moc_parsed_at_once_by_two_processes_sum_up(
    lazy: tuple[Api, Any], settings: Settings, postgres: Postgres, database: str
) -> None:
    api, _ = lazy
    other = build_runtime(settings)
    moc = await api.create()
    lists = [await uploaded(api, moc, b"Part,Qty\n1,%d\n" % 2**n, f"{n}.csv") for n in range(10)]
    parsers = [build_parser(api.runtime), build_parser(other)]
    await asyncio.gather(*(parser.parse(ParseJob(identity)) for parser in parsers for identity in lists))
    await other.close()
    assert postgres.run("SELECT total_piece_count FROM moc_instructions", database) == ["1023"]
    assert (await api.get(f"/api/mocs/{moc['id']}")).json()["data"]["totalPieceCount"] == 1023
