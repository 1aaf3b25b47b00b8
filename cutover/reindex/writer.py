"""Rows into an index by bulk requests: what is refused for now is sent again, row by row, and the rest is told."""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

import msgspec

from cutover.core.reindex.answers import Judged, judge
from cutover.core.reindex.models import Batch, DeadLetter, ReindexStopped, SearchUnreachable, Written
from cutover.core.reindex.window import Window
from cutover.reindex.ports import Search

_PATIENT_ATTEMPTS = 4  # after so many, a fault inside the cluster over one row is that row's
_BROKEN_ATTEMPTS = 2  # after so many requests without any answer, half of it is tried
_ROWS_BY_CHANCE = 20  # so many rows and more, none of which can be read: it is not about single rows
_decode = msgspec.json.Decoder(dict[str, dict[str, object]]).decode
_PARAMETERS = "filter_path=errors,items.*.status,items.*.error.type,items.*.error.reason&timeout=30s"


@dataclass(frozen=True, slots=True)
class Limits:
    """How a Writer behaves. `patience_seconds`: without any progress of a batch; the pauses: before sending again."""

    batch_bytes: int = 4_000_000
    most_batch_bytes: int = 9_500_000
    in_flight: int = 4
    bearable_dead: int = 20
    timeout_seconds: float = 60.0
    patience_seconds: float = 180.0
    first_pause_seconds: float = 0.2
    longest_pause_seconds: float = 10.0


class Writer:
    """Writes batches into one index, several at once if asked to; `window` says how many it may be now."""

    def __init__(
        self,
        search: Search,
        index: str,
        limits: Limits,
        *,
        pause: Callable[[float], Awaitable[object]] = asyncio.sleep,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self.limits = limits
        self.window = Window(
            batch_bytes=limits.batch_bytes, most_batch_bytes=limits.most_batch_bytes, in_flight=limits.in_flight
        )
        self._search = search
        self._path = f"/{index}/_bulk?{_PARAMETERS}"
        self._pause = pause
        self._chance = chance

    async def write(self, batch: Batch) -> Written:
        """Send until every row is indexed, stale or dead.

        Raises SearchUnreachable (no progress for `patience_seconds`), ReindexStopped (no row can be written there).
        """
        written = Written(bytes=len(batch.body), dead=batch.dead)
        return written + await self._put(_Part(batch.body, batch.count), time.monotonic()) if batch.count else written

    async def _put(self, part: "_Part", since: float) -> Written:
        """`since`: when there last was progress."""
        written, attempts = Written(), 0
        if part.count > 1 and len(part.body) > self.window.most_bytes:
            return await self._halves(part, since)
        while True:
            attempts += 1
            judged, answered = await self._attempt(part, patient=attempts < _PATIENT_ATTEMPTS)
            written += Written(judged.indexed, judged.stale, dead=part.letters(judged.dead))
            if judged.split:
                return written + await self._smaller(part, judged, since)
            if not judged.again:
                return written
            since = self._still_waiting(since, judged, part)
            if not answered and attempts >= _BROKEN_ATTEMPTS and part.count > 1:
                return written + await self._halves(part, since)
            attempts = 1 if len(judged.again) < part.count else attempts
            part = part.only(judged.again)
            written += Written(retried=part.count)
            await self._pause(self._pause_seconds(attempts))

    def _still_waiting(self, since: float, judged: Judged, part: "_Part") -> float:
        """When there last was progress. Raises SearchUnreachable: that is too long ago."""
        now = time.monotonic()
        if len(judged.again) < part.count:
            return now
        if now - since > self.limits.patience_seconds:
            raise SearchUnreachable(f"no row was taken for {self.limits.patience_seconds:g} s: {judged.reason}")
        return since

    async def _attempt(self, part: "_Part", *, patient: bool) -> tuple[Judged, bool]:
        """What became of the rows, and whether there was an answer at all."""
        ticket, answered = self.window.ticket, True
        try:
            answer = await self._search.send(
                "POST", self._path, part.body, timeout_seconds=self.limits.timeout_seconds, ndjson=True
            )
            judged = judge(answer.status, answer.body, part.count, patient=patient)
        except SearchUnreachable as error:
            judged, answered = Judged(again=range(part.count), reason=str(error)), False
        if judged.again:
            self.window.busy(ticket)
        elif not judged.split:
            self.window.good()
        return judged, answered

    async def _smaller(self, part: "_Part", judged: Judged, since: float) -> Written:
        """The rows of a request that can't be taken whole; a single one is dead."""
        if part.count == 1:
            return Written(dead=part.letters([(0, judged.reason)]))
        if judged.too_large:
            self.window.too_large(len(part.body))
        return await self._halves(part, since)

    async def _halves(self, part: "_Part", since: float) -> Written:
        middle = part.count // 2
        first = await self._put(part.only(range(middle)), since)
        if first.rows == len(first.dead) > _ROWS_BY_CHANCE:
            raise ReindexStopped(
                f"none of {first.rows} rows could be indexed: {first.dead[0].reason}",
                "see what the cluster objects to; the same command goes on",
            )
        rest = await self._put(part.only(range(middle, part.count)), time.monotonic())
        return first + rest + Written(retried=part.count)

    def _pause_seconds(self, attempts: int) -> float:
        """Anything up to twice as long as the time before (full jitter), so that refused requests spread."""
        longest = min(self.limits.longest_pause_seconds, self.limits.first_pause_seconds * 2.0 ** min(attempts - 1, 16))
        return self._chance() * longest


class _Part:
    """Some rows as the body of a bulk request: two lines for each."""

    def __init__(self, body: bytes, count: int) -> None:
        self.body = body
        self.count = count

    def only(self, positions: Sequence[int]) -> "_Part":
        """These rows of it."""
        lines = self._lines()
        return _Part(b"".join(lines[2 * at] + b"\n" + lines[2 * at + 1] + b"\n" for at in positions), len(positions))

    def letters(self, dead: Sequence[tuple[int, str]]) -> tuple[DeadLetter, ...]:
        """Rows that can't be indexed, by their positions, with why."""
        if not dead:
            return ()
        lines = self._lines()
        return tuple(_letter(lines[2 * at], lines[2 * at + 1], why) for at, why in dead)

    def _lines(self) -> list[bytes]:
        lines = self.body.split(b"\n")
        if len(lines) != 2 * self.count + 1:
            raise ReindexStopped(
                f"a bulk body of {self.count} rows has {len(lines) - 1} lines, not two for each",
                "this is a fault of the reindex itself; please report it",
            )
        return lines


def _letter(action: bytes, document: bytes, why: str) -> DeadLetter:
    (target,) = _decode(action).values()
    return DeadLetter(str(target["_id"]), why, document.decode(errors="replace"))
