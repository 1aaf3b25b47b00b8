"""Documents on which table and index seemed to differ: looked at again, both sides at once, until that is certain."""

import asyncio
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from cutover.core.reindex.differing import Side, difference, is_same, mending_version, state
from cutover.core.reindex.models import DeadLetter, Difference, Row
from cutover.reindex.kinds import version_of
from cutover.reindex.looking import Documents, canonical
from cutover.reindex.mending import Mend, Mender
from cutover.reindex.patience import Sleep
from cutover.reindex.ports import Source

AT_ONCE = 500
PAUSES_SECONDS = (0.2, 1.0, 2.0)  # between looks; the service's own writes to the index take up to two seconds


@dataclass(slots=True)
class Settled:
    """What became of the documents that were looked at, each counted as it was found last.

    `followed`: the index has what the row was at an earlier look, and the row has been written since: it is written
    faster than anybody can look. `dead`: rows that the index does not take.
    """

    rows: int = 0
    documents: int = 0
    mended: int = 0
    followed: int = 0
    differences: list[Difference] = field(default_factory=list)
    dead: list[DeadLetter] = field(default_factory=list)


@dataclass(slots=True)
class _Open:
    """A document that is not known to be right yet: the states in which its row was seen, what was tried."""

    rows: set[bytes] = field(default_factory=set)
    is_sent: bool = False
    dead: DeadLetter | None = None


@dataclass(frozen=True, slots=True)
class _Look:
    """Both sides of one document, at almost the same moment; `clock`: the database's, from before, in µs."""

    clock: int
    row: Side | None
    raw: bytes
    document: Side | None


@dataclass(frozen=True, slots=True)
class Settler:
    """Looks several times, with pauses. With a `mender` it sets right what differs, then looks whether it is."""

    source: Source
    documents: Documents
    mender: Mender | None = None
    pauses_seconds: Sequence[float] = PAUSES_SECONDS
    sleep: Sleep = asyncio.sleep

    async def settle(self, ids: Collection[str]) -> Settled:
        """What is certain of these documents. Raises as Source, Documents and Mender do."""
        settled = Settled()
        opened = {one: _Open() for one in ids}
        for pause in self.pauses_seconds:
            opened = await self._round(opened, settled, is_last=False)
            if not opened:
                return settled
            await self.sleep(pause)
        await self._round(opened, settled, is_last=True)
        return settled

    async def _round(self, opened: Mapping[str, _Open], settled: Settled, *, is_last: bool) -> dict[str, _Open]:
        """Look at each once: those that are not right yet. In the last round they get their names instead."""
        still: dict[str, _Open] = {}
        for ids in _chunks(list(opened)):
            looks = await self._look(ids)
            wrong = {one: look for one, look in looks.items() if not is_same(look.row, look.document)}
            for one in ids:
                if one not in wrong:
                    _count(settled, looks[one], opened[one])
                elif is_last:
                    _name(settled, one, looks[one], opened[one])
            if not is_last:
                still |= await self._mend(wrong, opened)
        return still

    async def _look(self, ids: Sequence[str]) -> Mapping[str, _Look]:
        """Both sides. The row last: what is not in the table then has no business in the index."""
        clock = version_of(await self.source.now())
        hits = await self.documents.some(ids)
        asked = {one: key for one in ids if (key := _key(one)) is not None}
        rows = {str(row.id): row for row in await self.source.some(list(asked.values()))} if asked else {}
        return {one: _sides(clock, rows.get(one), hits[one].side if one in hits else None) for one in ids}

    async def _mend(self, wrong: Mapping[str, _Look], opened: Mapping[str, _Open]) -> dict[str, _Open]:
        """Remember how the rows look now, and set the documents right if that is wanted."""
        still = {one: opened[one] for one in wrong}
        if self.mender is not None:
            mended = await self.mender.mend([_mend(one, look, opened[one]) for one, look in wrong.items()])
            for one, entry in still.items():
                entry.is_sent |= one in mended.sent
                entry.dead = mended.dead.get(one)
        for one, look in wrong.items():
            still[one].rows.add(state(look.row))
        return still


def _sides(clock: int, row: Row | None, document: Side | None) -> _Look:
    if row is None:
        return _Look(clock, None, b"", document)
    return _Look(clock, Side(row.version, canonical(row.document)), row.document, document)


def _mend(one: str, look: _Look, entry: _Open) -> Mend:
    version = mending_version(look.row, look.document, clock=look.clock, outranked=entry.is_sent)
    return Mend(one, version, look.raw if look.row else None)


def _count(settled: Settled, look: _Look, entry: _Open) -> None:
    settled.rows += look.row is not None
    settled.documents += look.document is not None
    settled.mended += entry.is_sent


def _name(settled: Settled, one: str, look: _Look, entry: _Open) -> None:
    """What still differs after the last look is a difference, unless the index is just behind a row on the move."""
    settled.rows += look.row is not None
    settled.documents += look.document is not None
    was = state(look.document)
    if was in entry.rows and was != state(look.row):
        settled.followed += 1
    elif entry.dead is not None:
        settled.dead.append(entry.dead)
    else:
        settled.differences.append(difference(one, look.row, look.document))


def _chunks(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    return (ids[first : first + AT_ONCE] for first in range(0, len(ids), AT_ONCE))


def _key(one: str) -> UUID | None:
    """The key that a row could have whose document has this id; None: none could."""
    try:
        return UUID(one)
    except ValueError:
        return None
