"""Ranges of primary keys: the space of all UUIDs in equal parts, for readers side by side and for buckets."""

from collections.abc import Sequence
from uuid import UUID

from cutover.core.reindex.models import Span

KEYS = 1 << 128
"""How many UUIDs there are."""

EVERYTHING = Span()


def bounds(span: Span) -> tuple[int, int]:
    """The first and the last key of a range as numbers; of an empty range the first is more than the last."""
    first = 0 if span.after is None else span.after.int + 1
    return first, KEYS - 1 if span.until is None else span.until.int


def split(span: Span, count: int) -> Sequence[Span]:
    """The range in `count` parts (at least one) that differ by one key at most, in order; no key is in two.

    Of a range of fewer keys than that: each key by itself. Random keys fall into them alike, keys made in the order of
    time do not.
    """
    if count < 1:
        raise ValueError(f"a range can't be split in {count}: ask for one part or more")
    first, last = bounds(span)
    size = last - first + 1
    parts = max(1, min(count, size))
    ends = [UUID(int=first + size * number // parts - 1) for number in range(1, parts)]
    return [Span(after, until) for after, until in zip((span.after, *ends), (*ends, span.until), strict=True)]


def spans(count: int) -> Sequence[Span]:
    """All keys in `count` parts."""
    return split(EVERYTHING, count)


def bucket_of(key: UUID, count: int) -> int:
    """Which of `spans(count)`, counted from 0, a key is in."""
    return ((key.int + 1) * count - 1) // KEYS


def contains(span: Span, key: UUID) -> bool:
    """Whether a key is in a range."""
    first, last = bounds(span)
    return first <= key.int <= last


def after(span: Span, key: UUID) -> Span:
    """What is left of a range once everything up to and with `key` has been dealt with."""
    return Span(key, span.until)
