"""What of a range has been acknowledged without a gap: the point from which an interrupted load goes on. Pure."""

from collections import deque
from dataclasses import dataclass
from uuid import UUID

from cutover.core.reindex.models import Span, Written


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """Progress within `span`: every row of it up to and with `last_id` is done; None: it had no rows.

    `written`: what became of the rows since the report before this one. `finished`: the span holds no more rows.
    """

    span: Span
    last_id: UUID | None
    written: Written
    finished: bool


class Prefix:
    """The batches of one span in the order of their keys, which may be acknowledged in any order."""

    def __init__(self, span: Span) -> None:
        self._span = span
        self._entries: deque[_Entry] = deque()
        self._last_id: UUID | None = None
        self._complete = False
        self._finished = False

    def expect(self, last_id: UUID) -> "_Entry":
        """The next batch in order, which ends at that key: hand what it returns to `done`."""
        entry = _Entry(last_id)
        self._entries.append(entry)
        return entry

    def done(self, entry: "_Entry", written: Written) -> Acknowledged | None:
        """A batch is acknowledged: what is new without a gap, if anything is."""
        entry.written = written
        return self._advance()

    def complete(self) -> Acknowledged | None:
        """The span holds no more batches than were expected: what that finishes, if anything."""
        self._complete = True
        return self._advance()

    def _advance(self) -> Acknowledged | None:
        done: list[Written] = []
        while self._entries and (written := self._entries[0].written) is not None:
            self._last_id = self._entries.popleft().last_id
            done.append(written)
        finished = self._complete and not self._entries
        if not done and finished == self._finished:
            return None
        self._finished = finished
        return Acknowledged(self._span, self._last_id, sum(done, Written()), finished)


@dataclass(slots=True)
class _Entry:
    """One batch on its way."""

    last_id: UUID
    written: Written | None = None
