"""Tables of PostgreSQL compared with indices of a search server: what differs is found, and mended for good."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
import pytest_asyncio

from cutover.core.reindex.models import ALIASES, Difference, ReindexStopped
from cutover.reindex.catch_up import catch_up
from cutover.reindex.comparing import compare
from cutover.reindex.http import HttpSearch
from cutover.reindex.writer import Limits, Writer
from tests.fakes.faulty_line import line_to
from tests.integration.reindex.compared import QUICK, LiveWriter, Pair, paired

MOCS, IMAGES, _ = ALIASES
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


@pytest_asyncio.fixture
async def mocs(database: str, search_server: str) -> AsyncIterator[Pair]:
    """300 MOCs, and an index that holds them."""
    async with paired(database, search_server, MOCS, 300) as pair:
        await catch_up(pair.table, Writer(pair.search, pair.index, Limits()), LONG_AGO, overlap=timedelta(minutes=5))
        yield pair


@pytest.mark.parametrize("alias", ALIASES)
async def test_what_a_catch_up_writes_is_equal(database: str, search_server: str, alias: str) -> None:
    async with paired(database, search_server, alias, 120) as pair:
        writer = Writer(pair.search, pair.index, Limits(batch_bytes=10_000))
        caught = await catch_up(pair.table, writer, LONG_AGO, overlap=timedelta(minutes=5))

        compared = await pair.compare(repair=False)

        assert (caught.written.indexed, caught.passes) == (120, [120])
        assert compared.equal
        assert (compared.rows, compared.documents) == (120, 120)
        assert await pair.is_equal()


@pytest.mark.parametrize("alias", ALIASES)
async def test_an_empty_index_is_filled(database: str, search_server: str, alias: str) -> None:
    async with paired(database, search_server, alias, 700) as pair:
        compared = await pair.compare(repair=True)

        assert compared.equal
        assert (compared.rows, compared.documents, compared.mended) == (700, 700, 700)
        assert await pair.is_equal()


async def test_missing_extra_and_changed_documents_are_named_then_mended(mocs: Pair) -> None:
    rows = await mocs.run("SELECT id FROM moc_instructions ORDER BY id")
    missing, extra, bumped, silent = (str(row["id"]) for row in (rows[0], rows[100], rows[200], rows[299]))
    await mocs.remove(missing, 2**60)
    await mocs.run("DELETE FROM moc_instructions WHERE id = $1", extra)
    await mocs.run("UPDATE moc_instructions SET theme = 'City', updated_at = now() WHERE id = $1", bumped)
    await mocs.run("UPDATE moc_instructions SET tags = NULL WHERE id = $1", silent)

    named = await mocs.compare(repair=False)
    mended = await mocs.compare(repair=True)

    assert {(one.id, one.how, tuple(one.fields)) for one in named.differences} == {
        (missing, "missing", ()),
        (extra, "extra", ()),
        (bumped, "different", ("theme", "updatedAt")),
        (silent, "different", ("tags",)),
    }
    # Its tombstone is of a version that no clock reaches: only a new index can hold that row.
    assert mended.differences == (Difference(missing, "missing"),)
    assert mended.mended == 3


async def test_images_that_left_a_deleted_album_without_a_new_time_are_mended(
    database: str, search_server: str
) -> None:
    async with paired(database, search_server, IMAGES, 100) as images:
        await images.compare(repair=True)
        await images.run("UPDATE gallery_images SET album_id = NULL")

        named = await images.compare(repair=False)
        mended = await images.compare(repair=True)

        assert {(one.how, tuple(one.fields)) for one in named.differences} == {("different", ("albumId",))}
        assert (len(named.differences), mended.mended) == (50, 50)
        assert await images.is_equal()


async def test_a_row_whose_last_state_is_older_than_the_index_wins(mocs: Pair) -> None:
    (row,) = await mocs.run("SELECT * FROM moc_instructions LIMIT 1")
    ahead = {**row, "updated_at": row["updated_at"] + timedelta(hours=1), "title": "of a clock ahead"}
    await mocs.put_row(ahead)

    compared = await mocs.compare(repair=True)

    assert compared.equal
    assert await mocs.is_equal()


async def test_a_late_write_of_a_deleted_row_does_not_come_back(mocs: Pair) -> None:
    (row,) = await mocs.run("SELECT * FROM moc_instructions LIMIT 1")
    await mocs.run("DELETE FROM moc_instructions WHERE id = $1", row["id"])
    await mocs.compare(repair=True)

    await mocs.put_row(row)

    assert await mocs.is_equal()


async def test_a_row_deleted_and_restored_is_found_again(mocs: Pair) -> None:
    await mocs.run("CREATE TABLE kept AS SELECT * FROM moc_instructions LIMIT 5")
    await mocs.run("DELETE FROM moc_instructions WHERE id IN (SELECT id FROM kept)")
    await mocs.compare(repair=True)
    await mocs.run("INSERT INTO moc_instructions SELECT * FROM kept")

    compared = await mocs.compare(repair=True)

    assert (compared.equal, compared.mended) == (True, 5)
    assert await mocs.is_equal()


async def test_documents_that_no_row_can_have_are_removed(mocs: Pair) -> None:
    (row,) = await mocs.run("SELECT id FROM moc_instructions LIMIT 1")
    fields = {"userId": "mallory", "title": "junk", "type": "moc"}
    await mocs.put("junk", 5, fields)
    await mocs.put("other", 5, {**fields, "id": str(row["id"])})
    await mocs.put(str(row["id"]).upper(), 5, {**fields, "id": str(row["id"]).upper()})

    compared = await mocs.compare(repair=True)

    assert (compared.equal, compared.mended) == (True, 3)
    assert await mocs.is_equal()


async def test_a_load_that_nobody_has_refreshed_is_compared_as_it_is(mocs: Pair) -> None:
    await mocs.search.ask("PUT", f"/{mocs.index}/_settings", {"index": {"refresh_interval": "-1"}})
    (row,) = await mocs.run(
        "UPDATE moc_instructions SET title = 'new', updated_at = now() WHERE parts_count = 7 RETURNING *"
    )
    await mocs.put_row(row)

    compared = await mocs.compare(repair=True)

    assert (compared.equal, compared.mended) == (True, 0)


async def test_an_index_that_takes_no_writes_stops_the_mending_and_says_so(mocs: Pair) -> None:
    await mocs.run("DELETE FROM moc_instructions WHERE parts_count < 10")
    await mocs.search.ask("PUT", f"/{mocs.index}/_settings", {"index.blocks.write": True})

    with pytest.raises(ReindexStopped, match="takes no writes"):
        await mocs.compare(repair=True)


async def test_an_index_that_others_write_to_is_never_set_back(mocs: Pair) -> None:
    """Some of the writers' own news to the index are lost, and some rows change without a new time."""
    stop = asyncio.Event()
    live = LiveWriter(mocs, tells_index=True, seed=1)
    writing = asyncio.ensure_future(live.write_until(stop))

    while live.writes <= 60:
        during = await mocs.compare(repair=True)
        assert during.equal
    stop.set()
    await writing
    after = await mocs.compare(repair=True)

    assert after.equal
    assert after.rows == after.documents
    assert await mocs.is_equal()


async def test_an_index_that_only_the_reindex_writes_to_ends_equal(mocs: Pair) -> None:
    stop = asyncio.Event()
    live = LiveWriter(mocs, tells_index=False, seed=2)
    writing = asyncio.ensure_future(live.write_until(stop))
    writer = Writer(mocs.search, mocs.index, Limits())

    caught = await catch_up(mocs.table, writer, LONG_AGO, overlap=timedelta(minutes=5))
    while live.writes <= 40:
        during = await mocs.compare(repair=True)
    stop.set()
    await writing
    await catch_up(mocs.table, writer, caught.since, overlap=timedelta(minutes=5))
    after = await mocs.compare(repair=True)

    assert during.equal
    assert after.equal
    assert await mocs.is_equal()


async def test_lost_connections_to_the_cluster_cost_a_repetition_only(mocs: Pair, search_server: str) -> None:
    await mocs.run("UPDATE moc_instructions SET title = title || '!', updated_at = now() WHERE parts_count < 100")
    async with line_to(int(search_server.rpartition(":")[2])) as line:
        search = HttpSearch(f"http://127.0.0.1:{line.port}", connections=4)
        try:
            for lost in (b"_search", b"_mget", b"_bulk"):
                line.lose_answer_to(lost, once=True)
                compared = await compare(mocs.table, search, mocs.index, repair=True, how=QUICK)
                assert compared.equal
                assert line.marker is None
                await mocs.run("UPDATE moc_instructions SET theme = $1 WHERE parts_count < 100", lost.decode())
        finally:
            await search.close()

        assert (await mocs.compare(repair=True)).mended == 99

    assert await mocs.is_equal()
