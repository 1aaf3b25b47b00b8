"""The load: everything read is written once, in a bounded number of requests, and told without gaps."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Any, cast
from uuid import UUID

import pytest

from cutover.core.reindex.models import (
    Batch,
    DatabaseUnreachable,
    DeadLetter,
    ReindexStopped,
    SearchUnreachable,
    Span,
    Written,
)
from cutover.core.reindex.prefix import Acknowledged
from cutover.reindex import loading
from cutover.reindex.loading import READ_AHEAD, load
from cutover.reindex.ports import Source
from cutover.reindex.writer import Limits, Writer
from tests.fakes.bulk_search import BAD, CREATED, BulkSearch, batch, id_of
from tests.fakes.waiting import until

EVERYTHING = Span()


class Rows:
    """As much of a Source as a load needs: rows 1 to `last`, ten to a batch. `fails_at`: reading that row raises."""

    def __init__(self, last: int, fails_at: int = 0) -> None:
        self.last, self.fails_at = last, fails_at
        self.opened: list[tuple[Span, int]] = []
        self.closed = self.read = 0

    async def batches(self, span: Span, *, bytes_wanted: int) -> AsyncIterator[Batch]:
        self.opened.append((span, bytes_wanted))
        try:
            first = 1 if span.after is None else span.after.int + 1
            last = self.last if span.until is None else min(self.last, span.until.int)
            for start in range(first, last + 1, 10):
                await asyncio.sleep(0)
                if self.fails_at and start >= self.fails_at:
                    raise DatabaseUnreachable("gone")
                self.read += 1
                yield batch(*range(start, min(start + 10, last + 1)))
        finally:
            self.closed += 1


class Told:
    """What a load reported."""

    def __init__(self) -> None:
        self.acknowledged: list[Acknowledged] = []
        self.progress: list[Written] = []
        self.stop = asyncio.Event()

    def points(self) -> Sequence[tuple[int, int]]:
        """Up to which row, and how many rows since the report before."""
        return [(0 if one.last_id is None else one.last_id.int, one.written.rows) for one in self.acknowledged]


def writer(search: BulkSearch, in_flight: int = 3, bearable_dead: int = 20) -> Writer:
    """One that hardly waits."""
    limits = Limits(in_flight=in_flight, bearable_dead=bearable_dead, first_pause_seconds=0.001, patience_seconds=0.0)
    return Writer(search, "index-1", limits)


async def loaded(rows: Rows, ours: Writer, told: Told, spans: Sequence[Span] = (EVERYTHING,)) -> Written:
    """The load."""
    return await load(cast(Source, rows), ours, spans, told.acknowledged.append, told.progress.append, told.stop)


async def test_every_row_is_written_once() -> None:
    search, rows, told = BulkSearch(), Rows(95), Told()
    written = await loaded(rows, writer(search), told)
    assert (written.indexed, written.rows, rows.closed) == (95, 95, len(rows.opened))
    assert sorted(id for ids in search.sent for id in ids) == [id_of(number) for number in range(1, 96)]
    assert sum(one.rows for one in told.progress) == 95
    assert told.acknowledged[-1].finished
    assert told.acknowledged[-1].last_id == UUID(int=95)


async def test_an_empty_table_is_finished_at_once() -> None:
    told = Told()
    assert await loaded(Rows(0), writer(BulkSearch()), told) == Written()
    assert told.acknowledged == [Acknowledged(EVERYTHING, None, Written(), finished=True)]


async def test_without_spans_there_is_nothing_to_do() -> None:
    told, rows = Told(), Rows(10)
    assert await loaded(rows, writer(BulkSearch()), told, ()) == Written()
    assert (rows.opened, told.acknowledged) == ([], [])


async def test_spans_are_read_beside_one_another_and_told_apart() -> None:
    search, rows, told = BulkSearch(), Rows(100), Told()
    spans = [Span(None, UUID(int=30)), Span(UUID(int=30), UUID(int=60)), Span(UUID(int=60), None)]
    written = await loaded(rows, writer(search), told, spans)
    assert (written.indexed, len(search.documents)) == (100, 100)
    last = {one.span: (one.last_id, one.finished) for one in told.acknowledged}
    assert last == {
        spans[0]: (UUID(int=30), True),
        spans[1]: (UUID(int=60), True),
        spans[2]: (UUID(int=100), True),
    }


async def test_as_many_requests_are_under_way_as_the_window_lets() -> None:
    search = BulkSearch()
    search.gate = asyncio.Event()
    rows, told = Rows(200), Told()
    load_ = asyncio.ensure_future(loaded(rows, writer(search, in_flight=3), told))
    await until(lambda: search.under_way == 3 and rows.read == 3 + READ_AHEAD)
    search.gate.set()
    await load_
    assert (search.most_under_way, len(search.documents)) == (3, 200)


async def test_what_is_done_behind_a_gap_is_not_told() -> None:
    search, told = BulkSearch(), Told()
    slow = asyncio.Event()
    answer_at_once = search.send

    async def send(method: str, path: str, body: bytes = b"", **options: Any) -> Any:
        if id_of(1).encode() in body:
            await slow.wait()
        return await answer_at_once(method, path, body, **options)

    search.send = send  # type: ignore[method-assign]  # slow for one batch alone
    load_ = asyncio.ensure_future(loaded(Rows(40), writer(search, in_flight=2), told))
    await until(lambda: sum(one.rows for one in told.progress) == 30)
    assert told.acknowledged == []
    slow.set()
    await load_
    assert (told.points()[-1][0], sum(rows for _, rows in told.points())) == (40, 40)


async def test_a_pause_holds_new_requests_until_it_ends() -> None:
    search, told = BulkSearch(), Told()
    ours = writer(search)
    ours.window.pause()
    rows = Rows(50)
    load_ = asyncio.ensure_future(loaded(rows, ours, told))
    await until(lambda: rows.read == READ_AHEAD)
    assert search.sent == []
    ours.window.resume()
    assert (await load_).indexed == 50


async def test_reading_begins_anew_behind_the_last_row_when_other_bodies_are_wanted() -> None:
    search, rows, told = BulkSearch(), Rows(100), Told()
    ours = writer(search, in_flight=1)
    shrunk = False

    def progress(_: Written) -> None:
        nonlocal shrunk
        if not shrunk:
            ours.window.shrink()
            shrunk = True

    written = await load(cast(Source, rows), ours, [EVERYTHING], told.acknowledged.append, progress, told.stop)
    assert (written.indexed, len(search.documents)) == (100, 100)
    assert len(rows.opened) > 1
    assert rows.opened[1][0].after is not None
    assert rows.opened[1][1] < rows.opened[0][1]
    assert rows.closed == len(rows.opened)


async def test_told_to_stop_it_ends_after_what_is_under_way() -> None:
    search, rows, told = BulkSearch(), Rows(10_000), Told()
    load_ = asyncio.ensure_future(loaded(rows, writer(search), told))
    await until(lambda: bool(told.acknowledged))
    told.stop.set()
    written = await load_
    assert 0 < written.rows < 10_000
    assert written.rows == len(search.documents) == sum(rows for _, rows in told.points())
    assert (rows.closed, search.under_way) == (len(rows.opened), 0)
    assert not told.acknowledged[-1].finished


async def test_told_to_stop_it_does_not_wait_for_a_cluster_that_hangs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loading, "SETTLE_SECONDS", 0.05)
    search, rows, told = BulkSearch(), Rows(100), Told()
    search.gate = asyncio.Event()
    load_ = asyncio.ensure_future(loaded(rows, writer(search), told))
    await until(lambda: search.under_way == 3)
    told.stop.set()
    assert await load_ == Written()
    assert (told.acknowledged, search.under_way) == ([], 0)


async def test_cancelled_it_leaves_nothing_running() -> None:
    search, rows, told = BulkSearch(), Rows(100), Told()
    search.gate = asyncio.Event()
    load_ = asyncio.ensure_future(loaded(rows, writer(search), told))
    await until(lambda: search.under_way == 3)
    load_.cancel()
    with pytest.raises(asyncio.CancelledError):
        await load_
    assert (search.under_way, rows.closed) == (0, 1)


async def test_a_database_that_goes_away_ends_it_after_what_is_under_way() -> None:
    search, rows, told = BulkSearch(), Rows(100, fails_at=51), Told()
    with pytest.raises(DatabaseUnreachable):
        await loaded(rows, writer(search), told)
    assert len(search.documents) == sum(rows for _, rows in told.points()) > 0
    assert told.acknowledged[-1].last_id == UUID(int=len(search.documents))


async def test_a_cluster_that_goes_away_ends_it_and_what_was_acknowledged_stays() -> None:
    search, rows, told = BulkSearch(), Rows(100), Told()
    search.planned.extend([None, None, *[SearchUnreachable("gone")] * 100])
    with pytest.raises(SearchUnreachable, match="gone"):
        await loaded(rows, writer(search, in_flight=1), told)
    assert told.points() == [(10, 10), (20, 10)]
    assert rows.closed == 1


async def test_a_few_dead_rows_are_told_and_the_load_goes_on() -> None:
    search, told = BulkSearch(lambda one: BAD if one in (id_of(3), id_of(44)) else CREATED), Told()
    written = await loaded(Rows(100), writer(search), told)
    assert (written.indexed, {letter.id for letter in written.dead}) == (98, {id_of(3), id_of(44)})
    assert [letter.id for one in told.acknowledged for letter in one.written.dead] == [id_of(3), id_of(44)]


async def test_too_many_dead_rows_stop_it_after_they_are_told() -> None:
    search, rows, told = BulkSearch(lambda _: BAD), Rows(10_000), Told()
    with pytest.raises(ReindexStopped, match=r"\d+ rows can't be indexed, more than 5; the first, .*: mapper_parsing"):
        await loaded(rows, writer(search, in_flight=1, bearable_dead=5), told)
    letters: list[DeadLetter] = [letter for one in told.acknowledged for letter in one.written.dead]
    assert letters[0].id == id_of(1)
    assert len(letters) == 10
    assert (len(search.documents), rows.closed) == (0, 1)


async def test_what_can_not_be_kept_ends_it() -> None:
    def acknowledged(_: Acknowledged) -> None:
        raise OSError(28, "No space left on device")

    search, rows = BulkSearch(), Rows(10_000)
    with pytest.raises(OSError, match="No space left"):
        await load(
            cast(Source, rows), writer(search), [EVERYTHING], acknowledged, Told().progress.append, asyncio.Event()
        )
    assert (rows.closed, search.under_way) == (1, 0)
