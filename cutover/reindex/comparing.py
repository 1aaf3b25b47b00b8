"""Table and index side by side, key range by key range, while others write to both; what differs is mended or named."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Coroutine, Iterable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from cutover.core.reindex.models import Compared, DeadLetter, Difference, Row, Span
from cutover.core.reindex.ranges import spans
from cutover.reindex.looking import Documents, Hit, canonical
from cutover.reindex.mending import Mender
from cutover.reindex.patience import Patient, Sleep
from cutover.reindex.ports import Search, Source
from cutover.reindex.settling import PAUSES_SECONDS, Settled, Settler

Told = Callable[[Compared], None]

BUCKET_ROWS = 4_000  # a page of documents of usual length has 2 MB then
BUCKET_BYTES = 4_000_000
BEYOND = 1_000  # so many more documents than rows fit on a bucket's first page
SUSPECTS_AT_ONCE = 10_000  # held in memory until they are looked at again
NAMED = 10_000  # differences that are listed; nobody reads more
READERS = 4  # ranges at once: while one waits for PostgreSQL, the others wait for the cluster


@dataclass(frozen=True, slots=True)
class How:
    """How a comparison goes about it; the defaults are for a real cluster."""

    readers: int = READERS
    bucket_rows: int = BUCKET_ROWS
    suspects_at_once: int = SUSPECTS_AT_ONCE
    pauses_seconds: Sequence[float] = PAUSES_SECONDS
    sleep: Sleep = asyncio.sleep


async def compare(
    source: Source,
    search: Search,
    index: str,
    *,
    repair: bool,
    progress: Told | None = None,
    how: How | None = None,
) -> Compared:
    """Compare every row with its document, and find documents without rows. `index`: its own name, or an alias.

    Writers may be at work: what differs at first sight is looked at again, both sides at once, up to four times. That
    every document was equal to its row at some moment of the comparison is what "equal" means. `repair`: set right what
    differs, without undoing anything newer. An index that nobody writes to falls behind a table that is written to, so
    there only a comparison that repairs ends equal. Rows that no document can be made of are dead letters, whatever
    was known of them. `progress` is told the counts from time to time.
    Raises SearchUnreachable, SearchRefused, DatabaseUnreachable; ReindexStopped: the index takes no writes.
    """
    how = how or How()
    patient = Patient(search, how.sleep)
    documents = Documents(patient, index)
    settler = Settler(source, documents, Mender(search, index) if repair else None, how.pauses_seconds, how.sleep)
    comparison = _Comparison(source, documents, settler, how, progress or _untold)
    return await comparison.made()


@dataclass(slots=True)
class _Tally:
    """What is known so far. `same`: rows that were equal to their documents at first sight."""

    same: int = 0
    buckets: int = 0
    differing_buckets: int = 0
    unnamed: int = 0
    settled: Settled = field(default_factory=Settled)

    def add(self, other: Settled) -> None:
        """Count in what has been settled."""
        mine = self.settled
        mine.rows += other.rows
        mine.documents += other.documents
        mine.mended += other.mended
        mine.followed += other.followed
        mine.dead += other.dead
        named = other.differences[: NAMED - len(mine.differences)]
        self.unnamed += len(other.differences) - len(named)
        mine.differences += named

    def compared(self) -> Compared:
        """It in the shape that is handed out."""
        settled = self.settled
        differences: Sequence[Difference] = tuple(settled.differences)
        dead: Sequence[DeadLetter] = tuple(settled.dead)
        return Compared(
            self.same + settled.rows,
            self.same + settled.documents,
            self.buckets,
            self.differing_buckets,
            settled.mended,
            differences,
            settled.followed,
            dead,
            self.unnamed,
        )


@dataclass(frozen=True, slots=True)
class _Bucket:
    """The rows of a range of keys, as texts: more than `after`, up to and with `until`."""

    after: str | None
    until: str | None
    rows: Sequence[Row]


class _Comparison:
    """One comparison: readers that find suspects, and a settler that takes them in turn."""

    def __init__(self, source: Source, documents: Documents, settler: Settler, how: How, told: Told) -> None:
        self._source, self._documents, self._settler, self._how, self._told = source, documents, settler, how, told
        self._tally = _Tally()
        self._suspects: set[str] = set()
        self._lost: set[str] = set()
        self._settling = asyncio.Lock()

    async def made(self) -> Compared:
        """Do it."""
        await self._documents.refresh()
        self._suspects.update(await self._documents.strays())
        await _all(self._read(span) for span in spans(self._how.readers))
        await self._settle(0)
        await self._settle_lost()
        compared = self._tally.compared()
        self._told(compared)
        return compared

    async def _read(self, span: Span) -> None:
        async with aclosing(_buckets(self._rows(span), span, self._how.bucket_rows)) as buckets:
            async for bucket in buckets:
                self._tally.differing_buckets += await self._differs(bucket)
                self._tally.buckets += 1
                self._told(self._tally.compared())
                await self._settle(self._how.suspects_at_once)

    def _rows(self, span: Span) -> AsyncIterator[Sequence[Row]]:
        return self._source.rows(span, lambda letter: self._lost.add(letter.id))

    async def _settle_lost(self) -> None:
        """Look again at the rows that no document could be made of: those that one can be made of now are compared."""
        dead = await self._source.dead([UUID(one) for one in sorted(self._lost)])
        self._suspects |= self._lost - {letter.id for letter in dead}
        self._tally.add(Settled(rows=len(dead), dead=list(dead)))
        await self._settle(0)

    async def _differs(self, bucket: _Bucket) -> bool:
        """Whether table and index do not agree at first sight on one bucket; on which ids, the suspects tell.

        Any number of documents may lie between two rows, so they are settled page by page.
        """
        left = {str(row.id): row for row in bucket.rows}
        differs = False
        async for hits in self._documents.between(bucket.after, bucket.until, len(bucket.rows) + BEYOND):
            for hit in hits:
                row = left.pop(hit.id, None)
                if row is None or not _is_alike(row, hit):
                    self._suspects.add(hit.id)
                    differs = True
                else:
                    self._tally.same += 1
            await self._settle(self._how.suspects_at_once)
        self._suspects |= left.keys()
        return differs or bool(left)

    async def _settle(self, most: int) -> None:
        """Look at the suspects again if there are more than `most`; readers that find more of them wait here."""
        async with self._settling:
            if len(self._suspects) <= most:
                return
            suspects, self._suspects = self._suspects, set()
            settler = self._settler
            if len(self._tally.settled.differences) >= NAMED and settler.mender is None:
                settler = replace(settler, pauses_seconds=())  # what that many differences mean is certain by now
            self._tally.add(await settler.settle(suspects))


def _is_alike(row: Row, hit: Hit) -> bool:
    """As differing.is_same, but quick: what this reindex has written is the same byte for byte."""
    if hit.version < row.version:
        return False
    document = bytes(hit.source)
    return document == row.document or canonical(document) == canonical(row.document)


async def _buckets(pages: AsyncIterator[Sequence[Row]], span: Span, least_rows: int) -> AsyncGenerator[_Bucket, None]:
    """Ranges that cover the whole span without a gap, each with the rows that are in it."""
    after, rows, size = _text(span.after), list[Row](), 0
    async for page in pages:
        rows += page
        size += sum(len(row.document) for row in page)
        if len(rows) >= least_rows or size >= BUCKET_BYTES:
            until = str(rows[-1].id)
            yield _Bucket(after, until, rows)
            after, rows, size = until, [], 0
    yield _Bucket(after, _text(span.until), rows)


def _text(key: UUID | None) -> str | None:
    return None if key is None else str(key)


async def _all(work: Iterable[Coroutine[Any, Any, None]]) -> None:
    """Do all at once; when one fails, end the others and raise what it raised."""
    tasks = [asyncio.ensure_future(one) for one in work]
    try:
        await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _untold(compared: Compared) -> None:
    pass
