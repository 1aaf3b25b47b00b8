"""The source reads each row once, in bodies of the size that was asked for, whatever becomes of its connections."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from cutover.core.reindex.models import Batch, DatabaseUnreachable, ReindexStopped, Span
from cutover.core.reindex.ranges import spans
from cutover.reindex.source import Table, open_source
from tests.fakes.faulty_line import FaultyLine, line_to
from tests.integration.postgres import Postgres
from tests.integration.reindex.rows_of_any_kind import in_bodies

WISHES = "wishlist_items"
ROWS = 3000
BODY_BYTES = 100_000  # about 350 rows
WAIT_SECONDS = 20.0
_INSERT = f"""
INSERT INTO {WISHES} (id, user_id, title, sort_order, created_at, updated_at)
SELECT md5('wish ' || n)::uuid, 'alice', 'Wish no. ' || n, n, timestamp '2025-11-02',
    timestamp '2025-11-02 10:00' + n * interval '1 second'
FROM generate_series(1, {{rows}}) n"""
_WITHOUT_ENCODING = f"""
CREATE TABLE {WISHES} (id uuid PRIMARY KEY, user_id text, title text, description text, product_link text,
    image_url text, category text, sort_order text, created_at timestamp, updated_at timestamp);
{_INSERT.format(rows=200)};
UPDATE {WISHES} SET title = E'\\xff' WHERE sort_order IN ('7', '70')"""
_WITHOUT_TIME = f"""
ALTER TABLE {WISHES} ALTER created_at DROP NOT NULL;
UPDATE {WISHES} SET created_at = NULL WHERE sort_order = '9'"""
_OURS = "FROM pg_stat_activity WHERE application_name = 'cutover reindex' AND datname = current_database()"


@pytest.fixture
def wishes(postgres: Postgres, database: str) -> str:
    """A database with 3,000 wishlist items."""
    postgres.run(_INSERT.format(rows=ROWS), database)
    return database


@pytest.fixture
async def other(wishes: str) -> AsyncIterator[Any]:
    """Somebody else's connection to it."""
    connection = await asyncpg.connect(wishes)
    yield connection
    await connection.close()


@asynccontextmanager
async def source_by_line(port: int, dsn: str, **options: Any) -> AsyncIterator[tuple[Table, FaultyLine]]:
    """The same by a line that can be broken."""
    async with line_to(port) as line, source(dsn.replace(f":{port}/", f":{line.port}/"), **options) as table:
        yield table, line


@asynccontextmanager
async def source(dsn: str, **options: Any) -> AsyncIterator[Table]:
    """The table of wishes, closed in the end."""
    table = await open_source(dsn, WISHES, **options)
    try:
        yield table
    finally:
        await table.close()


async def read(batches: AsyncIterator[Batch]) -> list[Batch]:
    """All of them."""
    return [batch async for batch in batches]


def ids(batches: Sequence[Batch]) -> list[str]:
    """Of the rows in these bodies, in their order; fails when one is there twice."""
    return list(in_bodies([batch.body for batch in batches]))


def expected(rows: Sequence[Any]) -> list[str]:
    """The ids that a statement gave."""
    return [str(row["id"]) for row in rows]


async def all_ids(connection: Any) -> list[str]:
    """In the order of keys."""
    return expected(await connection.fetch(f"SELECT id FROM {WISHES} ORDER BY id"))


async def test_bodies_have_the_size_that_was_asked_for_and_say_what_is_in_them(wishes: str, other: Any) -> None:
    async with source(wishes) as table:
        batches = await read(table.batches(Span(), bytes_wanted=BODY_BYTES))

    assert ids(batches) == await all_ids(other)
    assert all(BODY_BYTES / 2 < len(batch.body) < BODY_BYTES * 1.3 for batch in batches[1:-1])
    for batch in batches:
        inside = ids([batch])
        assert (str(batch.first_id), str(batch.last_id), batch.count) == (inside[0], inside[-1], len(inside))


async def test_a_large_row_after_small_ones_ends_its_body(wishes: str, other: Any) -> None:
    large = f"UPDATE {WISHES} SET description = repeat('x', 200000) WHERE id > $1"
    await other.execute(large, UUID("f0000000-0000-0000-0000-000000000000"))

    async with source(wishes) as table:
        batches = await read(table.batches(Span(), bytes_wanted=BODY_BYTES))

    assert ids(batches) == await all_ids(other)
    assert max(len(batch.body) for batch in batches) < BODY_BYTES * 1.25 + 201_000


async def test_readers_side_by_side_read_all_rows_between_them(wishes: str, other: Any) -> None:
    async with source(wishes, connections=2) as table:
        parts = await asyncio.gather(*(read(table.batches(part, bytes_wanted=BODY_BYTES)) for part in spans(3)))

    assert ids([batch for part in parts for batch in part]) == await all_ids(other)


async def test_a_batch_goes_on_where_the_one_before_ended(wishes: str, other: Any) -> None:
    async with source(wishes) as table:
        first = await anext(table.batches(Span(), bytes_wanted=BODY_BYTES))
        rest = await read(table.batches(Span(after=first.last_id), bytes_wanted=BODY_BYTES))

    assert ids([first, *rest]) == await all_ids(other)


@pytest.mark.parametrize("sort", ["timestamp", "timestamptz"])
async def test_rows_changed_at_a_moment_or_later_are_read_by_the_moment_in_utc(
    sort: str, wishes: str, other: Any
) -> None:
    await other.execute(f"ALTER TABLE {WISHES} ALTER COLUMN updated_at TYPE {sort}")
    moment = datetime(2025, 11, 2, 10, tzinfo=UTC) + timedelta(seconds=ROWS - 500)

    async with source(wishes) as table:
        batches = await read(table.changed_since(moment, bytes_wanted=BODY_BYTES))

    later = await other.fetch(f"SELECT id FROM {WISHES} WHERE substr(title, 10)::int >= $1 ORDER BY id", ROWS - 500)
    assert len(later) == 501
    assert ids(batches) == expected(later)


async def test_pages_have_the_rows_of_their_range_only(wishes: str, other: Any) -> None:
    part = spans(4)[2]

    async with source(wishes) as table:
        pages = [page async for page in table.rows(part)]

    inside = await other.fetch(
        f"SELECT id FROM {WISHES} WHERE id > $1 AND id <= $2 ORDER BY id", part.after, part.until
    )
    assert [str(row.id) for page in pages for row in page] == expected(inside)


async def test_of_some_rows_those_are_given_that_exist(wishes: str, other: Any) -> None:
    there = [UUID(key) for key in (await all_ids(other))[:1200]]

    async with source(wishes) as table:
        found = await table.some([*reversed(there), UUID(int=5)])
        none = await table.some([])

    assert [row.id for row in found] == there
    assert list(none) == []


async def test_the_rows_are_counted_and_the_clock_is_the_databases(wishes: str, other: Any) -> None:
    async with source(wishes) as table:
        count, now = await table.count(), await table.now()

    assert count == ROWS
    assert now.utcoffset() == timedelta(0)
    assert abs(now - await other.fetchval("SELECT clock_timestamp()")) < timedelta(minutes=1)


async def test_an_empty_table_gives_nothing(database: str) -> None:
    async with source(database) as table:
        assert await read(table.batches(Span(), bytes_wanted=BODY_BYTES)) == []
        assert [page async for page in table.rows(Span())] == []
        assert await table.count() == 0


async def test_connections_that_the_server_ends_lose_and_repeat_nothing(wishes: str, other: Any) -> None:
    batches: list[Batch] = []

    async with source(wishes) as table:
        async for batch in table.batches(Span(), bytes_wanted=BODY_BYTES):
            batches.append(batch)
            assert await other.fetchval(f"SELECT count(pg_terminate_backend(pid)) {_OURS}") == 1

    assert ids(batches) == await all_ids(other)


async def test_a_connection_that_has_died_while_it_lay_idle_is_not_used(wishes: str, other: Any) -> None:
    async with source(wishes, patience_seconds=0) as table:
        await other.fetchval(f"SELECT count(pg_terminate_backend(pid)) {_OURS}")
        await asyncio.sleep(0.2)  # until the end of the connection is heard of

        assert await table.count() == ROWS


async def test_an_answer_that_breaks_off_in_the_middle_is_asked_for_again(
    postgres: Postgres, wishes: str, other: Any
) -> None:
    batches: list[Batch] = []

    async with source_by_line(postgres.port, wishes) as (table, line):
        async for batch in table.batches(Span(), bytes_wanted=BODY_BYTES):
            batches.append(batch)
            if len(batches) in (2, 5):
                line.cut_after(BODY_BYTES // 2)
                asyncio.get_running_loop().call_later(0.2, setattr, line, "left", None)
        accepted = line.accepted

    assert accepted > 2
    assert ids(batches) == await all_ids(other)


async def test_a_database_that_comes_back_in_time_is_waited_for(postgres: Postgres, wishes: str, other: Any) -> None:
    async with source_by_line(postgres.port, wishes) as (table, line):
        batches = table.batches(Span(), bytes_wanted=BODY_BYTES)
        first = await anext(batches)
        await line.refuse()
        reading = asyncio.create_task(read(batches))
        await asyncio.sleep(0.3)  # some attempts' time
        await line.behave()
        rest = await reading

    assert ids([first, *rest]) == await all_ids(other)


async def test_a_database_that_stays_away_is_unreachable(postgres: Postgres, wishes: str) -> None:
    async with source_by_line(postgres.port, wishes, patience_seconds=0.3) as (table, line):
        await line.refuse()
        with pytest.raises(DatabaseUnreachable, match=r"did not answer for 0\.3 s"):
            await table.count()


async def test_statements_that_are_held_up_are_asked_again(wishes: str, other: Any) -> None:
    async with source(wishes, statement_seconds=0.2) as table:
        async with other.transaction():
            await other.execute(f"LOCK TABLE {WISHES}")
            reading = asyncio.create_task(read(table.batches(Span(), bytes_wanted=BODY_BYTES)))
            await _wait_for(other, lambda seen, now: len(seen) == 3)
        batches = await reading

    assert ids(batches) == await all_ids(other)


async def test_a_time_limit_of_the_servers_own_is_borne_likewise(postgres: Postgres, wishes: str, other: Any) -> None:
    postgres.run(f"ALTER DATABASE {wishes.rpartition('/')[2]} SET statement_timeout = '200ms'")

    async with source(wishes) as table:
        async with other.transaction():
            await other.execute(f"LOCK TABLE {WISHES}")
            reading = asyncio.create_task(read(table.batches(Span(), bytes_wanted=BODY_BYTES)))
            await _wait_for(other, lambda seen, now: len(seen) == 3)
        batches = await reading

    assert ids(batches) == await all_ids(other)


async def test_a_table_that_is_held_up_for_good_is_unreachable_and_no_statement_is_left(
    wishes: str, other: Any
) -> None:
    async with source(wishes, statement_seconds=0.05) as table, other.transaction():
        await other.execute(f"LOCK TABLE {WISHES}")
        with pytest.raises(DatabaseUnreachable, match="however little"):
            await read(table.batches(Span(), bytes_wanted=BODY_BYTES))
        await _wait_for(other, lambda seen, now: not now)


async def test_a_reader_that_is_stopped_in_the_middle_leaves_its_turn_to_the_next(wishes: str, other: Any) -> None:
    async with source(wishes, connections=1) as table:
        async with other.transaction():
            await other.execute(f"LOCK TABLE {WISHES}")
            reading = asyncio.create_task(read(table.batches(Span(), bytes_wanted=BODY_BYTES)))
            await _wait_for(other, lambda seen, now: now)
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)

        assert reading.cancelled()
        assert await table.count() == ROWS


async def test_rows_that_postgresql_itself_can_not_read_are_dead_and_the_others_are_not(postgres: Postgres) -> None:
    name = "without_encoding"
    postgres.run(f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'SQL_ASCII' LC_COLLATE 'C' LC_CTYPE 'C'")
    dsn = postgres.dsn(name)
    postgres.run(_WITHOUT_ENCODING, dsn)
    bad = postgres.run(f"SELECT id FROM {WISHES} WHERE sort_order IN ('7', '70') ORDER BY id", dsn)

    async with source(dsn) as table:
        batches = await read(table.batches(Span(), bytes_wanted=BODY_BYTES))
        pages = [row async for page in table.rows(Span()) for row in page]
        some = await table.some([UUID(bad[0]), pages[0].id])

    assert len(ids(batches)) == len(pages) == 198
    assert [letter.id for batch in batches for letter in batch.dead] == bad
    assert [row.id for row in some] == [pages[0].id]


async def test_a_row_without_what_each_document_has_is_dead(postgres: Postgres, wishes: str) -> None:
    postgres.run(_WITHOUT_TIME, wishes)

    async with source(wishes) as table:
        batches = await read(table.batches(Span(), bytes_wanted=BODY_BYTES))

    (letter,) = [letter for batch in batches for letter in batch.dead]
    assert "AttributeError" in letter.reason
    assert sum(batch.count for batch in batches) == ROWS - 1


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (f"DROP TABLE {WISHES}", f"there is no table {WISHES}"),
        (f"ALTER TABLE {WISHES} DROP COLUMN category", f"{WISHES}.category is missing"),
        (f"ALTER TABLE {WISHES} ALTER COLUMN category TYPE bytea USING NULL", "of type bytea"),
    ],
)
async def test_a_table_that_is_not_the_services_is_refused(
    change: str, words: str, postgres: Postgres, database: str
) -> None:
    postgres.run(change, database)

    with pytest.raises(ReindexStopped, match=words) as refused:
        await open_source(database, WISHES)

    assert "migrate it" in refused.value.way_on


async def test_a_user_that_may_not_read_the_table_is_told_what_is_missing(postgres: Postgres, database: str) -> None:
    postgres.run("DROP ROLE IF EXISTS nobodys; CREATE ROLE nobodys LOGIN")

    async with source(database.replace("postgres@", "nobodys@")) as table:
        with pytest.raises(ReindexStopped, match="permission denied") as refused:
            await table.count()

    assert "SELECT" in refused.value.way_on


async def test_a_database_that_is_not_there_is_said_at_once(postgres: Postgres) -> None:
    with pytest.raises(DatabaseUnreachable, match="does not exist"):
        await open_source(postgres.dsn("no_such"), WISHES)


@pytest.mark.parametrize(
    "url",
    [
        "mysql://root:hidden@127.0.0.1/moc",
        "postgresql://root:12?hidden@127.0.0.1/moc",
        "postgresql://root:hidden/hidden@127.0.0.1/moc",
        "postgresql://root:]hidden[@127.0.0.1/moc",
    ],
)
async def test_a_url_that_is_none_is_refused_without_its_password(url: str) -> None:
    with pytest.raises(ReindexStopped, match="the database's URL is none") as refused:
        await open_source(url, WISHES)

    assert "hidden" not in str(refused.value)
    assert "%XX" in refused.value.way_on


async def test_a_url_as_sqlalchemy_has_it_is_understood(wishes: str) -> None:
    async with source(wishes.replace("postgresql://", "postgresql+asyncpg://")) as table:
        assert await table.count() == ROWS


async def _wait_for(other: Any, enough: Callable[[set[int], set[int]], object]) -> None:
    """Until the processes of the server that have waited for the table, and those that do so now, are enough."""
    seen: set[int] = set()
    async with asyncio.timeout(WAIT_SECONDS):
        while True:
            waiting = await other.fetch(
                "SELECT pid FROM pg_locks WHERE NOT granted AND relation = $1::regclass", WISHES
            )
            now = {row["pid"] for row in waiting}
            seen |= now
            if enough(seen, now):
                return
            await asyncio.sleep(0.01)
