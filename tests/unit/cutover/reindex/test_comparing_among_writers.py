"""A comparison while others write to table and index: nothing newer is undone, nobody's writes count as faults."""

from collections.abc import Callable

import pytest

from cutover.core.reindex.models import Difference
from cutover.reindex.ports import Answer
from tests.fakes.versioned_index import Before
from tests.unit.cutover.reindex.compared import KEYS, Rig


@pytest.fixture
def rig() -> Rig:
    return Rig()


def on_question(rig: Rig, question: str, act: Callable[[int], None]) -> None:
    """Do something just before the table is asked this, with how many times it has been asked before."""
    times = 0

    def before(asked: str) -> None:
        nonlocal times
        if asked == question:
            act(times)
            times += 1

    rig.table.before = before


async def test_a_write_on_its_way_to_the_index_is_waited_for(rig: Rig) -> None:
    rig.row(2, 202, title="new")
    on_question(rig, "now", lambda times: rig.document(2, 202, title="new") if times == 1 else None)

    compared = await rig.compare(repair=False)

    assert compared.equal
    assert (rig.writes, rig.slept) == (0, [0.2])
    assert (compared.rows, compared.documents) == (8, 8)


async def test_a_removal_on_its_way_to_the_index_is_waited_for(rig: Rig) -> None:
    rig.delete_row(2)
    on_question(rig, "now", lambda times: rig.index.remove(str(KEYS[2]), 900) if times == 2 else None)

    compared = await rig.compare(repair=False)

    assert compared.equal
    assert (rig.writes, rig.slept) == (0, [0.2, 1.0])
    assert (compared.rows, compared.documents) == (7, 7)


async def test_a_newer_write_that_comes_between_look_and_mending_stays(rig: Rig) -> None:
    rig.row(2, 202, title="new")

    async def before(asked: str) -> None:
        if asked == "_bulk" and rig.version(2) < 303:
            rig.row(2, 303, title="newer")
            rig.document(2, 303, title="newer")

    rig.index.before = before

    compared = await rig.compare(repair=True)

    assert compared.equal
    assert rig.is_equal
    assert rig.version(2) == 303


async def test_a_write_later_than_the_mending_gets_in(rig: Rig) -> None:
    rig.document(2, 102, title="wrong")

    await rig.compare(repair=True)

    assert rig.version(2) == 102  # so that even a write of the very same moment would be taken


async def test_a_row_deleted_before_it_is_mended_ends_as_removed(rig: Rig) -> None:
    rig.row(9, 109)

    async def before(asked: str) -> None:
        if asked == "_bulk" and KEYS[9] in rig.table.held:
            rig.delete_row(9)

    rig.index.before = before

    compared = await rig.compare(repair=True)

    assert compared.equal
    assert rig.is_equal
    assert rig.version(9) == rig.table.clock


async def test_a_row_that_comes_back_after_its_document_was_removed_is_put_back(rig: Rig) -> None:
    row = rig.table.held.pop(KEYS[2])
    on_question(rig, "now", lambda times: rig.table.held.update({KEYS[2]: row}) if times == 1 else None)

    compared = await rig.compare(repair=True)

    assert compared.equal
    assert rig.is_equal


async def test_a_row_written_at_every_look_is_followed_and_no_fault(rig: Rig) -> None:
    on_question(rig, "some", lambda times: rig.row(2, 300 + times, title=f"title {times}"))
    rig.row(2, 299, title="new")

    compared = await rig.compare(repair=True)

    assert (compared.equal, compared.followed, compared.mended) == (True, 1, 0)
    assert rig.index.documents[str(KEYS[2])][1]["title"] == "title 2"  # as it was at the look before the last


async def test_a_row_written_at_every_look_that_the_index_does_not_follow_is_a_fault(rig: Rig) -> None:
    on_question(rig, "some", lambda times: rig.row(2, 300 + times, title=f"title {times}"))
    rig.row(2, 299, title="new")

    compared = await rig.compare(repair=False)

    assert compared.differences == (Difference(str(KEYS[2]), "different", ("title",)),)
    assert compared.followed == 0


async def test_a_row_created_at_the_last_look_is_followed(rig: Rig) -> None:
    rig.index.put(str(KEYS[9]), 109, {"id": str(KEYS[9])})
    on_question(rig, "some", lambda times: rig.row(9, 109) if times == 3 else None)

    async def before(asked: str) -> None:
        if asked == "_mget" and rig.index.asked.count("_mget") == 4:
            rig.index.remove(str(KEYS[9]), 900)

    rig.index.before = before

    compared = await rig.compare(repair=False)

    assert (compared.equal, compared.followed, compared.rows, compared.documents) == (True, 1, 9, 8)


async def test_rows_are_looked_at_last_and_the_clock_first(rig: Rig) -> None:
    """A clock read later would rank the mending above writes that the look did not see."""
    order: list[str] = []
    rig.delete_row(2)
    rig.table.before = order.append

    async def before(asked: str) -> None:
        order.append(asked)

    rig.index.before = before

    await rig.compare(repair=True)

    first = order.index("now")
    assert order[first : first + 4] == ["now", "_mget", "some", "_bulk"]


async def test_what_is_written_behind_the_reader_is_left_to_the_next_comparison(rig: Rig) -> None:
    def write(times: int) -> None:
        rig.row(9 + times % 7, 10_000 + times, title=f"title {times}")
        rig.table.held.pop(KEYS[1 + times % 8], None)

    on_question(rig, "rows", write)
    during = await rig.compare(repair=True)
    rig.table.before = lambda asked: None

    after = await rig.compare(repair=True)

    assert during.equal
    assert during.rows == during.documents
    assert after.equal
    assert rig.is_equal


async def test_what_the_cluster_refuses_for_now_is_mended_at_the_next_look(rig: Rig) -> None:
    rig.row(9, 109)
    rig.index.before = _once("_bulk", Answer(429, b'{"error":{"type":"rejected_execution_exception"}}'))

    compared = await rig.compare(repair=True)

    assert compared.equal
    assert rig.is_equal
    assert (rig.writes, rig.version(9)) == (2, 109)


def _once(question: str, answer: Answer) -> Before:
    left = [answer]

    async def before(asked: str) -> Answer | None:
        return left.pop() if asked == question and left else None

    return before
