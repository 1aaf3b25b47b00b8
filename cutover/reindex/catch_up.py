"""What was written while something else was under way: passes over the rows that changed, until hardly any is left."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from cutover.core.reindex.models import Batch, Written
from cutover.reindex.ports import Source
from cutover.reindex.writer import Writer

FEW_ROWS = 1_000  # less than a request's worth: what is left, the comparison mends
SHRINKS = 0.75  # a pass of more than that part of the one before has not shrunk
PASSES_WITHOUT_GAIN = 3
_PAUSED_POLL_SECONDS = 0.1


@dataclass(frozen=True, slots=True)
class CaughtUp:
    """What the passes wrote, and the rows of each. `since`: when the last one began, by the database's clock (aware).

    The next catch-up begins there.
    """

    written: Written
    since: datetime
    passes: Sequence[int]


async def catch_up(source: Source, writer: Writer, since: datetime, *, overlap: timedelta) -> CaughtUp:
    """Write the rows that changed since that moment (aware), and again those that changed meanwhile.

    Each pass looks back before the start of the one before by `overlap`: a transaction's times are from when it began,
    and its rows are seen when it ends; nor do all writers have the database's clock. What came even later, what changed
    without a new time, and what was deleted, only a comparison finds. Raises as Source and Writer do.
    """
    written, passes = Written(), list[int]()
    while True:
        began = await source.now()
        one = await _pass(source, writer, since - overlap)
        since = began
        written += one
        passes.append(one.rows)
        if is_enough(passes):
            return CaughtUp(written, since, passes)


def is_enough(passes: Sequence[int]) -> bool:
    """Whether another pass is of no use: the last one was small, or the last ones do not get smaller.

    Under steady writes none is ever smaller than what is written during the overlap.
    """
    if passes[-1] < FEW_ROWS:
        return True
    last = passes[-PASSES_WITHOUT_GAIN:]
    return len(last) == PASSES_WITHOUT_GAIN and all(later > SHRINKS * earlier for earlier, later in pairwise(last))


async def _pass(source: Source, writer: Writer, moment: datetime) -> Written:
    written = Written()
    writes: set[asyncio.Task[Written]] = set()
    try:
        async for batch in source.changed_since(moment, bytes_wanted=writer.window.bytes_wanted):
            while writer.window.paused:  # noqa: ASYNC110 - the window is a plain value, as the load uses it
                await asyncio.sleep(_PAUSED_POLL_SECONDS)
            writes.add(asyncio.ensure_future(_written(writer, batch)))
            if len(writes) >= writer.window.in_flight:
                done, writes = await asyncio.wait(writes, return_when=asyncio.FIRST_COMPLETED)
                written += _sum(done)
        while writes:
            done, writes = await asyncio.wait(writes, return_when=asyncio.FIRST_COMPLETED)
            written += _sum(done)
    finally:
        for task in writes:
            task.cancel()
        await asyncio.gather(*writes, return_exceptions=True)
    return written


async def _written(writer: Writer, batch: Batch) -> Written:
    """What became of a batch's rows, with those that never got as far as its body."""
    written = Written(dead=batch.dead)
    return written + await writer.write(batch) if batch.count else written


def _sum(done: set[asyncio.Task[Written]]) -> Written:
    return sum((task.result() for task in done), Written())
