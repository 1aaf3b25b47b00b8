"""The walk along the keys of a table: statement after statement, smaller ones after trouble, row by row if need be."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar
from uuid import UUID

from cutover.core.reindex.models import DatabaseUnreachable, Span
from cutover.core.reindex.pace import Pace
from cutover.core.reindex.ranges import bounds
from cutover.reindex.database import DATA_FAULTS, StatementTooLong

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


@dataclass(frozen=True, slots=True)
class Asked:
    """What one statement is to read: `rows` of the keys from `first` to `last`, in order, ended after `most_bytes`."""

    first: UUID
    last: UUID
    rows: int
    most_bytes: int

    @property
    def keys(self) -> int:
        """How many keys may be in it."""
        return self.last.int - self.first.int + 1


@dataclass(frozen=True, slots=True)
class Page(Generic[T_co]):
    """An answer. `last` is the key up to which it goes; None: no more rows in what was asked for.

    `rows` and `size` (bytes) say what the next statement should ask for; `content` is None: nothing to hand on.
    """

    content: T_co | None
    rows: int
    size: int
    last: UUID | None


class Reading(Protocol[T_co]):
    """How a page is read, and how a single row that a statement fails for."""

    async def page(self, asked: Asked) -> Page[T_co]:
        """Raises StatementTooLong, DATA_FAULTS and what else `Database.fetch` raises."""
        ...

    async def first_key(self, asked: Asked) -> UUID | None:
        """The key of the first row; None: there is none."""
        ...

    async def alone(self, key: UUID) -> T_co | None:
        """One row; None: it is gone, or there is nothing to hand on."""
        ...


async def walk(reading: Reading[T], span: Span, pace: Pace) -> AsyncIterator[T]:
    """Whatever is read of a range, in the order of keys. Raises DatabaseUnreachable, ReindexStopped."""
    first, end = bounds(span)
    while first <= end:
        last = min(end, first + pace.width - 1)
        asked = Asked(UUID(int=first), UUID(int=last), pace.rows, pace.most_bytes)
        try:
            page = await _page(reading, asked)
        except StatementTooLong as error:
            pace = _slower(pace, asked, error)
            continue
        except DATA_FAULTS:
            pace = pace.fewer()
            continue
        if page.content is not None:
            yield page.content
        pace = pace.answered(page.rows, page.size)
        first = (asked.last if page.last is None else page.last).int + 1


async def _page(reading: Reading[T], asked: Asked) -> Page[T]:
    try:
        return await reading.page(asked)
    except DATA_FAULTS:
        if asked.rows > 1:
            raise
    key = await reading.first_key(asked)
    return Page(None, 0, 0, None) if key is None else Page(await reading.alone(key), 0, 0, key)


def _slower(pace: Pace, asked: Asked, error: StatementTooLong) -> Pace:
    slower = pace.too_slow(asked.keys)
    if slower.hopeless:
        raise DatabaseUnreachable(f"{error}, however little was asked for") from error
    return slower
