"""The space of all UUIDs in parts: each key in one of them, the parts alike in size."""

from itertools import pairwise
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cutover.core.reindex.models import Span
from cutover.core.reindex.ranges import KEYS, after, bounds, bucket_of, contains, spans, split

keys = st.uuids(allow_nil=True) | st.sampled_from([UUID(int=0), UUID(int=1), UUID(int=KEYS - 1), UUID(int=KEYS // 2)])
counts = st.integers(1, 300)


@given(keys, counts)
def test_each_key_is_in_the_one_part_that_its_number_names(key: UUID, count: int) -> None:
    assert [contains(span, key) for span in spans(count)].index(True) == bucket_of(key, count)
    assert sum(contains(span, key) for span in spans(count)) == 1


@given(keys, keys, counts)
def test_the_parts_of_a_range_follow_one_another_and_are_alike_in_size(one: UUID, other: UUID, count: int) -> None:
    whole = Span(min(one, other), max(one, other))
    first, last = bounds(whole)

    parts = split(whole, count)

    ends = [bounds(part) for part in parts]
    assert (ends[0][0], ends[-1][1]) == (first, last)
    assert all(before[1] + 1 == behind[0] for before, behind in pairwise(ends))
    sizes = [end - start + 1 for start, end in ends]
    assert max(sizes) - min(sizes) <= 1
    assert len(parts) == max(1, min(count, last - first + 1))


@pytest.mark.parametrize("count", [1, 2, 7, 256])
def test_all_keys_in_parts_have_no_bounds_at_their_ends(count: int) -> None:
    parts = spans(count)

    assert (parts[0].after, parts[-1].until) == (None, None)
    assert len(parts) == count


def test_a_range_can_not_be_split_in_none() -> None:
    with pytest.raises(ValueError, match="one part or more"):
        split(Span(), 0)


def test_nothing_comes_after_the_last_key() -> None:
    first, last = bounds(after(Span(), UUID(int=KEYS - 1)))

    assert first > last


@given(keys, keys)
def test_what_is_left_after_a_key_holds_neither_it_nor_what_was_outside(key: UUID, end: UUID) -> None:
    rest = after(Span(None, end), key)

    assert not contains(rest, key)
    assert rest.until == end
