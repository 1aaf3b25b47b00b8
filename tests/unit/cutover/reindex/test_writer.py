"""The writer: every row ends as indexed, stale or dead, whatever the cluster answers on the way."""

import json
from dataclasses import replace

import pytest

from cutover.core.reindex.models import Batch, DeadLetter, ReindexStopped, SearchUnreachable, Written
from cutover.reindex.ports import Answer
from cutover.reindex.writer import Limits, Writer
from tests.fakes.bulk_search import BAD, BUSY, CREATED, STALE, BulkSearch, Item, batch, id_of

LIMITS = Limits(first_pause_seconds=0.001, longest_pause_seconds=0.001, timeout_seconds=7.0)


class Pauses:
    """Remembers how long the writer would have waited."""

    def __init__(self) -> None:
        self.seconds: list[float] = []

    async def __call__(self, seconds: float) -> None:
        self.seconds.append(seconds)


def writer(search: BulkSearch, limits: Limits = LIMITS, pauses: Pauses | None = None) -> Writer:
    """One that waits for nothing."""
    return Writer(search, "index-1", limits, pause=pauses or Pauses(), chance=lambda: 1.0)


def once(*bad: int, item: Item = BUSY) -> BulkSearch:
    """Refuses these rows the first time."""
    left = {id_of(number) for number in bad}

    def verdict(one: str) -> Item:
        if one in left:
            left.discard(one)
            return item
        return CREATED

    return BulkSearch(verdict)


def too_large(most_bytes: int) -> BulkSearch:
    """Takes bodies of so many bytes at most."""

    class Small(BulkSearch):
        def _answer(self, body: bytes) -> Answer:
            return Answer(413, b'{"Message":"too large"}') if len(body) > most_bytes else super()._answer(body)

    return Small()


async def test_a_batch_is_one_request_to_the_index() -> None:
    search = BulkSearch()
    one = batch(1, 2, 3)
    assert await writer(search).write(one) == Written(indexed=3, bytes=len(one.body))
    ((method, path, ndjson, seconds),) = search.asked
    assert (method, ndjson, seconds) == ("POST", True, 7.0)
    assert path.startswith("/index-1/_bulk?filter_path=errors,items.*.status,items.*.error.type,items.*.error.reason")


async def test_rows_that_can_not_be_documents_are_dead_without_a_request() -> None:
    search, letter = BulkSearch(), DeadLetter("7", "no JSON")
    one = Batch(batch(7).first_id, batch(7).last_id, 0, b"", (letter,))
    assert await writer(search).write(one) == Written(dead=(letter,))
    assert search.asked == []


async def test_dead_rows_of_a_batch_come_with_the_others() -> None:
    letter = DeadLetter("7", "no JSON")
    written = await writer(BulkSearch()).write(replace(batch(1, 2), dead=(letter,)))
    assert (written.indexed, written.dead) == (2, (letter,))


async def test_only_refused_rows_are_sent_again() -> None:
    search = once(2, 4)
    one = batch(1, 2, 3, 4, 5)
    assert await writer(search).write(one) == Written(indexed=5, retried=2, bytes=len(one.body))
    assert search.sent == [[id_of(n) for n in (1, 2, 3, 4, 5)], [id_of(2), id_of(4)]]
    assert search.documents[id_of(4)] == {"id": id_of(4), "title": ""}


async def test_a_newer_version_in_the_index_is_fine() -> None:
    assert await writer(once(2, item=STALE)).write(batch(1, 2)) == Written(
        indexed=1, stale=1, bytes=len(batch(1, 2).body)
    )


async def test_a_row_that_can_not_be_indexed_is_a_dead_letter_with_its_document() -> None:
    written = await writer(once(2, item=BAD)).write(batch(1, 2, 3))
    (letter,) = written.dead
    assert (letter.id, letter.reason) == (id_of(2), "mapper_parsing_exception: failed to parse")
    assert json.loads(letter.document) == {"id": id_of(2), "title": ""}
    assert (written.indexed, written.retried) == (2, 0)


async def test_a_row_that_breaks_the_cluster_again_and_again_is_dead() -> None:
    fault = {"status": 500, "error": {"type": "null_pointer_exception", "reason": None}}
    search = BulkSearch(lambda one: fault if one == id_of(2) else CREATED)
    written = await writer(search).write(batch(1, 2, 3))
    assert [(letter.id, letter.reason) for letter in written.dead] == [(id_of(2), "null_pointer_exception: ")]
    assert (written.indexed, written.retried, len(search.sent)) == (2, 3, 4)


@pytest.mark.parametrize(
    "trouble",
    [Answer(503, b"<html>"), Answer(429, b"{}"), Answer(200, b"<html>"), Answer(500, b""), SearchUnreachable("closed")],
)
async def test_a_request_that_fails_whole_is_sent_again(trouble: Answer | Exception) -> None:
    search, pauses = BulkSearch(), Pauses()
    search.planned.append(trouble)
    ours = writer(search, pauses=pauses)
    written = await ours.write(batch(1, 2))
    assert (written.indexed, written.retried, len(search.sent), len(pauses.seconds)) == (2, 2, 2, 1)
    assert ours.window.in_flight == 2


async def test_pauses_double_up_to_the_longest_and_begin_anew_with_progress() -> None:
    search, pauses = BulkSearch(), Pauses()
    search.planned.extend([Answer(429, b"")] * 4)
    left = iter([BUSY])
    search.verdict = lambda one: next(left, CREATED) if one == id_of(2) else CREATED
    limits = Limits(first_pause_seconds=1.0, longest_pause_seconds=3.0)
    await writer(search, limits, pauses).write(batch(1, 2))
    assert pauses.seconds == [1.0, 2.0, 3.0, 3.0, 1.0]


async def test_a_pause_is_anything_up_to_its_length() -> None:
    search, pauses = BulkSearch(), Pauses()
    search.planned.append(Answer(429, b""))
    await Writer(search, "i", Limits(first_pause_seconds=1.0), pause=pauses, chance=lambda: 0.25).write(batch(1))
    assert pauses.seconds == [0.25]


async def test_a_request_without_an_answer_twice_is_tried_in_two() -> None:
    search = BulkSearch()
    search.planned.extend([SearchUnreachable("closed")] * 2)
    written = await writer(search).write(batch(1, 2, 3))
    assert (written.indexed, written.retried) == (3, 6)
    assert search.sent[2:] == [[id_of(1)], [id_of(2), id_of(3)]]


@pytest.mark.parametrize("trouble", [SearchUnreachable("nobody is there"), Answer(503, b'{"error":"nobody is there"}')])
async def test_without_any_progress_it_gives_up(trouble: Answer | Exception) -> None:
    search = BulkSearch()
    search.planned.extend([trouble] * 50)
    with pytest.raises(SearchUnreachable, match=r"no row was taken for 0 s: .*nobody is there"):
        await writer(search, replace(LIMITS, patience_seconds=0.0)).write(batch(1, 2))
    assert len(search.sent) == 1


async def test_as_long_as_some_rows_are_taken_it_goes_on() -> None:
    turns = {id_of(number): number for number in range(1, 6)}

    def verdict(one: str) -> Item:
        turns[one] -= 1
        return BUSY if turns[one] else CREATED

    written = await writer(BulkSearch(verdict), replace(LIMITS, patience_seconds=0.0)).write(batch(1, 2, 3, 4, 5))
    assert (written.indexed, written.retried) == (5, 4 + 3 + 2 + 1)


async def test_what_is_too_large_is_sent_in_two() -> None:
    search, one = too_large(1200), batch(*range(8), pad=100)
    ours = writer(search)
    written = await ours.write(one)
    assert (written.indexed, written.dead, written.bytes) == (8, (), len(one.body))
    assert len(search.documents) == 8
    assert ours.window.bytes_wanted == 100_000


async def test_a_size_that_was_refused_is_not_asked_for_again() -> None:
    search, one = too_large(200_000), batch(*range(4), pad=60_000)
    ours = writer(search)
    await ours.write(one)
    asked = len(search.asked)
    await ours.write(one)
    assert (asked, len(search.asked) - asked) == (3, 2)
    assert len(search.sent) == 4


async def test_a_single_row_that_is_too_large_is_dead_and_no_reason_for_small_bodies() -> None:
    ours = writer(too_large(1200))
    written = await ours.write(batch(1, pad=5000))
    assert [letter.reason for letter in written.dead] == ["413 error: too large"]
    assert ours.window.most_bytes == LIMITS.most_batch_bytes


async def test_what_the_cluster_can_not_read_is_narrowed_down_to_the_row() -> None:
    class Choosy(BulkSearch):
        def _answer(self, body: bytes) -> Answer:
            return Answer(400, b'{"error":"malformed"}') if id_of(5).encode() in body else super()._answer(body)

    search = Choosy()
    ours = writer(search)
    written = await ours.write(batch(*range(8)))
    assert (written.indexed, [letter.id for letter in written.dead]) == (7, [id_of(5)])
    assert ours.window.bytes_wanted >= LIMITS.batch_bytes


async def test_a_row_that_is_too_large_does_not_keep_its_neighbour_out() -> None:
    search, large, small = too_large(1200), batch(1, pad=5000), batch(2)
    both = Batch(large.first_id, small.last_id, 2, large.body + small.body)
    written = await writer(search, replace(LIMITS, bearable_dead=0)).write(both)
    assert (written.indexed, [letter.id for letter in written.dead]) == (1, [id_of(1)])


async def test_when_no_row_can_be_read_it_stops_early() -> None:
    search = BulkSearch()
    search.planned.extend([Answer(400, b'{"error":"unknown parameter"}')] * 10_000)
    with pytest.raises(ReindexStopped, match="none of 31 rows could be indexed: 400 error: unknown parameter"):
        await writer(search).write(batch(*range(1000)))
    assert len(search.sent) < 100


async def test_an_index_that_takes_no_writes_stops_it() -> None:
    block = {"status": 403, "error": {"type": "cluster_block_exception", "reason": "[FORBIDDEN/8/index write (api)]"}}
    search = BulkSearch(lambda _: block)
    with pytest.raises(ReindexStopped, match="takes no writes"):
        await writer(search).write(batch(1))
    assert len(search.sent) == 1


async def test_a_body_that_is_not_two_lines_for_each_row_is_never_taken_apart() -> None:
    search = BulkSearch()
    search.planned.append(Answer(429, b""))
    with pytest.raises(ReindexStopped, match="a bulk body of 1 rows has 4 lines"):
        await writer(search).write(replace(batch(1, 2), count=1))
    assert len(search.sent) == 1


async def test_good_answers_let_the_window_grow() -> None:
    ours = writer(BulkSearch())
    ours.window.shrink()
    await ours.write(batch(1))
    assert ours.window.bytes_wanted == 2_125_000
