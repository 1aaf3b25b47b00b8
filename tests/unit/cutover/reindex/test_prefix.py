"""What counts as done: whatever comes before the first gap, each row once."""

from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from cutover.core.reindex.models import Span, Written
from cutover.core.reindex.prefix import Acknowledged, Prefix

SPAN = Span(None, UUID(int=1000))


def test_what_comes_in_order_is_told_at_once() -> None:
    prefix = Prefix(SPAN)
    first = prefix.expect(UUID(int=1))
    assert prefix.done(first, Written(5)) == Acknowledged(SPAN, UUID(int=1), Written(5), finished=False)


def test_what_comes_after_a_gap_waits() -> None:
    prefix = Prefix(SPAN)
    first, second = prefix.expect(UUID(int=1)), prefix.expect(UUID(int=2))
    assert prefix.done(second, Written(7)) is None
    assert prefix.done(first, Written(5)) == Acknowledged(SPAN, UUID(int=2), Written(12), finished=False)


def test_the_last_batch_finishes_a_span_that_is_read_to_its_end() -> None:
    prefix = Prefix(SPAN)
    only = prefix.expect(UUID(int=1))
    assert prefix.complete() is None
    assert prefix.done(only, Written(1)) == Acknowledged(SPAN, UUID(int=1), Written(1), finished=True)


def test_a_span_may_end_after_its_last_batch() -> None:
    prefix = Prefix(SPAN)
    prefix.done(prefix.expect(UUID(int=1)), Written(1))
    assert prefix.complete() == Acknowledged(SPAN, UUID(int=1), Written(), finished=True)


def test_an_empty_span_is_finished_without_a_row() -> None:
    assert Prefix(SPAN).complete() == Acknowledged(SPAN, None, Written(), finished=True)


@given(st.permutations(range(8)))
def test_in_whatever_order_every_row_is_told_once_and_never_before_those_in_front(order: list[int]) -> None:
    prefix = Prefix(SPAN)
    entries = [prefix.expect(UUID(int=number)) for number in range(8)]
    prefix.complete()
    told, done = 0, set[int]()
    for number in order:
        done.add(number)
        news = prefix.done(entries[number], Written(indexed=1))
        if news is not None:
            told += news.written.indexed
            assert news.last_id == UUID(int=told - 1)
            assert news.finished == (told == 8)
        assert set(range(told)) <= done
    assert told == 8
