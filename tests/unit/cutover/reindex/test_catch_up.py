"""Passes over what changed: where they begin, when they end, what they count."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta

import pytest

from cutover.core.reindex.models import Batch, DeadLetter, ReindexStopped
from cutover.reindex.catch_up import catch_up, is_enough
from cutover.reindex.ports import Answer
from cutover.reindex.writer import Limits, Writer
from tests.fakes.rows_in_memory import EPOCH, MICROSECOND, RowsInMemory
from tests.fakes.versioned_index import NAME, VersionedIndex
from tests.unit.cutover.reindex.compared import KEYS

OVERLAP = timedelta(microseconds=50)


def at(microseconds: int) -> datetime:
    return EPOCH + microseconds * MICROSECOND


def writer(index: VersionedIndex) -> Writer:
    return Writer(index, NAME, Limits(in_flight=2))


@pytest.fixture
def table() -> RowsInMemory:
    table = RowsInMemory(page=1, clock=1_000)
    for number in range(1, 9):
        table.put(KEYS[number], 100 * number, title=f"castle {number}")
    return table


async def test_what_changed_since_then_or_within_the_overlap_is_written(table: RowsInMemory) -> None:
    index = VersionedIndex()

    caught = await catch_up(table, writer(index), at(550), overlap=OVERLAP)

    assert set(index.documents) == {str(KEYS[number]) for number in (5, 6, 7, 8)}
    assert (caught.passes, caught.written.indexed, caught.since) == ([4], 4, at(1_000))
    assert table.passes == [at(500)]


async def test_another_pass_begins_where_the_one_before_began_less_the_overlap(
    table: RowsInMemory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cutover.reindex.catch_up.FEW_ROWS", 3)
    index = VersionedIndex()

    def write(asked: str) -> None:
        if asked == "changed_since" and len(table.passes) == 1:
            table.clock = 2_000
            table.put(KEYS[9], 960, title="committed late, under a time from before the pass")

    table.before = write

    caught = await catch_up(table, writer(index), at(0), overlap=OVERLAP)

    assert table.passes == [at(-50), at(950)]
    assert (caught.passes, caught.since) == ([9, 1], at(2_000))
    assert str(KEYS[9]) in index.documents


async def test_nothing_newer_is_undone(table: RowsInMemory) -> None:
    index = VersionedIndex()
    index.put(str(KEYS[8]), 5_000, {"id": "newer"})

    caught = await catch_up(table, writer(index), at(0), overlap=OVERLAP)

    assert (caught.written.indexed, caught.written.stale) == (7, 1)
    assert index.documents[str(KEYS[8])] == (5_000, {"id": "newer"})


async def test_rows_without_documents_are_dead_letters(table: RowsInMemory) -> None:
    letter = DeadLetter(str(KEYS[1]), "no document can be made of it")

    class Unfit(RowsInMemory):
        async def changed_since(self, moment: datetime, *, bytes_wanted: int) -> AsyncIterator[Batch]:
            yield Batch(KEYS[1], KEYS[1], 0, b"", (letter,))

    index = VersionedIndex()

    caught = await catch_up(Unfit(), writer(index), at(0), overlap=OVERLAP)

    assert (caught.written.dead, caught.passes) == ((letter,), [1])
    assert index.asked == []


async def test_a_pass_that_is_paused_goes_on_when_it_may(table: RowsInMemory) -> None:
    index = VersionedIndex()
    paused = writer(index)
    paused.window.pause()
    asked = 0

    def resume(question: str) -> None:
        nonlocal asked
        asked += 1
        assert index.asked == []

    table.before = resume

    async def go_on(_: float) -> None:
        paused.window.resume()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("cutover.reindex.catch_up.asyncio.sleep", go_on)
        caught = await catch_up(table, paused, at(800), overlap=OVERLAP)

    assert caught.written.indexed == 1


async def test_a_failure_ends_the_writes_under_way(table: RowsInMemory) -> None:
    index = VersionedIndex()

    async def before(asked: str) -> Answer:
        return Answer(403, b'{"error":{"type":"security_exception","reason":"no"}}')

    index.before = before

    with pytest.raises(ReindexStopped, match="security_exception"):
        await catch_up(table, writer(index), at(0), overlap=OVERLAP)
    assert len(index.asked) <= 2


@pytest.mark.parametrize(
    ("passes", "enough"),
    [
        ([999], True),
        ([1_000], False),
        ([90_000, 50_000], False),
        ([90_000, 89_000], False),
        ([90_000, 89_000, 91_000], True),
        ([90_000, 60_000, 59_000], False),
        ([90_000, 60_000, 59_000, 58_000], True),
        ([90_000, 40_000, 20_000, 10_000], False),
    ],
)
def test_passes_end_when_they_are_small_or_no_longer_shrink(passes: list[int], enough: bool) -> None:
    assert is_enough(passes) is enough
