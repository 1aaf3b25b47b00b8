"""The load: batches are read ahead, several are written at once, and what is acknowledged without a gap is told."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from functools import partial
from typing import Any
from uuid import UUID

from cutover.core.reindex.models import Batch, ReindexStopped, Span, Written
from cutover.core.reindex.prefix import Acknowledged, Prefix
from cutover.core.reindex.window import Window
from cutover.reindex.ports import Source
from cutover.reindex.writer import Writer

READERS = 2  # spans that are read at once: PostgreSQL makes the bodies, each reader keeps one of its cores busy
READ_AHEAD = 2  # batches that are read or wait to be sent, besides those in flight
SETTLE_SECONDS = 5.0  # that requests under way get to be answered once the load has to end
_PAUSED_POLL_SECONDS = 0.1
_RESIZED = 1.25  # reading begins anew, behind the last row, when bodies so much larger or smaller are wanted

Report = Callable[[Acknowledged], None]
Tell = Callable[[Written], None]
_Done = Callable[[Written], Acknowledged | None]


async def load(
    source: Source, writer: Writer, spans: Sequence[Span], acknowledged: Report, progress: Tell, stop: asyncio.Event
) -> Written:
    """Write all rows of `spans`; what became of those that are written at the end, or when `stop` was set.

    `acknowledged` is told what is done without a gap in each span, in order, to be kept for a resumption; `progress`
    hears of each batch as it is done. Raises what `source` and `writer` raise, and ReindexStopped when more rows are
    dead than `writer.limits.bearable_dead`; before that, requests under way get a moment to be acknowledged.
    """
    loading = _Load(source, writer, acknowledged, progress)
    await loading.run(deque(spans), stop)
    return loading.written


class _Load:
    """One load: a single loop that begins reads and writes while there is room, and takes in what they bring."""

    def __init__(self, source: Source, writer: Writer, acknowledged: Report, progress: Tell) -> None:
        self.written = Written()
        self._source = source
        self._writer = writer
        self._acknowledged = acknowledged
        self._progress = progress
        self._resting: deque[_Reader] = deque()
        self._reads: dict[asyncio.Task[Batch | None], _Reader] = {}
        self._ready: deque[tuple[Batch, _Done]] = deque()
        self._writes: dict[asyncio.Task[Written], _Done] = {}

    async def run(self, spans: deque[Span], stop: asyncio.Event) -> None:
        """All of it. Whatever ends it, nothing is left running."""
        stopping = asyncio.ensure_future(stop.wait())
        patience_seconds = SETTLE_SECONDS
        try:
            while not stop.is_set() and self._begin(spans):
                await asyncio.wait(
                    {stopping, *self._reads, *self._writes},
                    timeout=_PAUSED_POLL_SECONDS if self._writer.window.paused else None,
                    return_when=asyncio.FIRST_COMPLETED,
                )
                self._take_writes()
                self._take_reads()
        except asyncio.CancelledError:
            patience_seconds = 0.0
            raise
        finally:
            stopping.cancel()
            await self._settle(patience_seconds)

    def _begin(self, spans: deque[Span]) -> bool:
        """Begin what there is room for. Whether anything is left to do."""
        window = self._writer.window
        while spans and len(self._resting) + len(self._reads) < READERS:
            self._resting.append(_Reader(self._source, spans.popleft(), window))
        while self._ready and not window.paused and len(self._writes) < window.in_flight:
            batch, done = self._ready.popleft()
            self._writes[asyncio.ensure_future(self._writer.write(batch))] = done
        while self._resting and len(self._reads) + len(self._ready) < READ_AHEAD:
            reader = self._resting.popleft()
            self._reads[asyncio.ensure_future(reader.next())] = reader
        return bool(self._reads or self._ready or self._writes)

    def _take_reads(self) -> None:
        for task in [task for task in self._reads if task.done()]:
            batch, reader = task.result(), self._reads.pop(task)
            if batch is None:
                self._report(reader.prefix.complete())
            else:
                entry = reader.prefix.expect(batch.last_id)
                self._ready.append((batch, partial(reader.prefix.done, entry)))
                self._resting.append(reader)

    def _take_writes(self) -> None:
        for task in [task for task in self._writes if task.done()]:
            done = self._writes.pop(task)
            self._take(task.result(), done)
        dead, bearable = self.written.dead, self._writer.limits.bearable_dead
        if len(dead) > bearable:
            raise ReindexStopped(
                f"{len(dead)} rows can't be indexed, more than {bearable}; the first, {dead[0].id}: {dead[0].reason}",
                "see the file of what could not be indexed, and mend the rows or the mapping; the same command goes on",
            )

    def _take(self, written: Written, done: _Done) -> None:
        self.written += written
        self._progress(written)
        self._report(done(written))

    def _report(self, news: Acknowledged | None) -> None:
        if news is not None:
            self._acknowledged(news)

    async def _settle(self, patience_seconds: float) -> None:
        """End all reads, give writes so long to be acknowledged, and take in those that are."""
        readers = (*self._reads.values(), *self._resting)
        await _cancelled(self._reads)
        for reader in readers:
            await reader.close()
        try:
            if self._writes:
                await asyncio.wait(self._writes, timeout=patience_seconds)
        finally:
            await _cancelled(self._writes)
        for task, done in self._writes.items():
            if not task.cancelled() and task.exception() is None:
                self._take(task.result(), done)


class _Reader:
    """The batches of one span, in bodies of the size that is wanted at the time."""

    def __init__(self, source: Source, span: Span, window: Window) -> None:
        self.prefix = Prefix(span)
        self._source = source
        self._span = span
        self._window = window
        self._after: UUID | None = span.after
        self._bytes_wanted = 0
        self._batches: AsyncIterator[Batch] | None = None

    async def next(self) -> Batch | None:
        """The next batch; None after the last. Raises DatabaseUnreachable."""
        wanted = self._window.bytes_wanted
        if self._batches is None or not self._bytes_wanted / _RESIZED <= wanted <= self._bytes_wanted * _RESIZED:
            await self.close()
            self._bytes_wanted = wanted
            self._batches = self._source.batches(Span(self._after, self._span.until), bytes_wanted=wanted)
        batch = await anext(self._batches, None)
        if batch is not None:
            self._after = batch.last_id
        return batch

    async def close(self) -> None:
        """End what reads on in the database."""
        if (close := getattr(self._batches, "aclose", None)) is not None:
            await close()


async def _cancelled(tasks: Iterable[asyncio.Task[Any]]) -> None:
    under_way = set(tasks)
    for task in under_way:
        task.cancel()
    await asyncio.gather(*under_way, return_exceptions=True)
