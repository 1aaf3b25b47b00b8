"""The walk along the keys, against a table in memory whose statements fail as they are told."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

import pytest

from cutover.core.reindex.models import DatabaseUnreachable, Span
from cutover.core.reindex.pace import GIVE_UP_AFTER, Pace
from cutover.core.reindex.ranges import EVERYTHING, KEYS
from cutover.reindex.database import StatementTooLong
from cutover.reindex.walking import Asked, Page, walk

ROW_BYTES = 100
SOME = [UUID(int=KEYS // 1000 * number) for number in range(1, 1000)]


@dataclass
class Keys:
    """A table of keys. A statement over more than `slow_keys` keys takes too long; one that meets `bad` fails."""

    keys: Sequence[UUID] = field(default_factory=lambda: SOME)
    bad: frozenset[UUID] = frozenset()
    gone: frozenset[UUID] = frozenset()
    slow_keys: int = KEYS
    asked: list[Asked] = field(default_factory=list)

    async def page(self, asked: Asked) -> Page[list[UUID]]:
        self.asked.append(asked)
        if asked.keys > self.slow_keys:
            raise StatementTooLong("too long")
        found = [key for key in self.keys if asked.first <= key <= asked.last][: asked.rows]
        if self.bad.intersection(found):
            raise ValueError("a value that can't be read")
        last = found[-1] if len(found) == asked.rows else None
        return Page(found or None, len(found), len(found) * ROW_BYTES, last)

    async def first_key(self, asked: Asked) -> UUID | None:
        inside = [key for key in self.keys if asked.first <= key <= asked.last and key not in self.gone]
        return inside[0] if inside else None

    async def alone(self, key: UUID) -> list[UUID] | None:
        return [key]


async def walked(reading: Keys, span: Span = EVERYTHING, rows: int = 100) -> list[UUID]:
    """All keys that a walk gives, in the order in which it does."""
    return [key async for page in walk(reading, span, Pace(rows * ROW_BYTES, ROW_BYTES)) for key in page]


async def test_each_key_is_read_once_and_in_order() -> None:
    reading = Keys()

    assert await walked(reading) == SOME
    assert len(reading.asked) == 10


async def test_only_the_keys_of_a_range_are_read_the_last_with_them_the_first_without() -> None:
    assert await walked(Keys(), Span(SOME[10], SOME[20])) == SOME[11:21]


async def test_an_empty_range_asks_for_nothing() -> None:
    reading = Keys()

    assert await walked(reading, Span(SOME[3], SOME[3])) == []
    assert reading.asked == []


async def test_the_last_key_of_all_ends_the_walk() -> None:
    last = UUID(int=KEYS - 1)

    assert await walked(Keys([last]), rows=1) == [last]


async def test_statements_that_take_too_long_are_asked_again_in_smaller_parts() -> None:
    reading = Keys(slow_keys=KEYS // 16)

    assert await walked(reading) == SOME


async def test_a_table_that_never_answers_in_time_is_given_up() -> None:
    reading = Keys(slow_keys=0)

    with pytest.raises(DatabaseUnreachable, match="however little"):
        await walked(reading)
    assert len(reading.asked) == GIVE_UP_AFTER


async def test_rows_that_statements_fail_for_are_read_alone_and_all_others_together() -> None:
    reading = Keys(bad=frozenset({SOME[0], SOME[500], SOME[501], SOME[998]}))

    assert await walked(reading) == SOME
    assert len(reading.asked) < 200


async def test_a_row_that_is_gone_when_it_is_looked_at_alone_ends_nothing() -> None:
    reading = Keys(bad=frozenset({SOME[500]}), gone=frozenset({SOME[500]}))

    found = await walked(reading)

    assert found == [key for key in SOME if key != SOME[500]]
