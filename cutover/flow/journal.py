"""The ledger as one command writes it: read, fold, append; and a kind that never stands in a rollback's way."""

import platform
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import datetime
from typing import Any, Self, TypeVar

from cutover.core.fitting import fitted
from cutover.core.record import GENESIS, Event, Kind, chained
from cutover.core.state import NOTHING, State, advance, awaits
from cutover.exits import Exit
from cutover.flow.asking import ask
from cutover.flow.folding import state_of
from cutover.flow.metering import of_line
from cutover.flow.outcome import Outcome, Stop
from cutover.flow.report import Report
from cutover.flow.telling import news
from cutover.ports import Lease, LedgerMoved, LedgerUnavailable, World

T = TypeVar("T")

# What the dashboard is told of. A rollback is marked when it is over: nothing is to be in its way before.
MARKED = frozenset({Kind.SETTLED, Kind.ROLLED_BACK, Kind.ADOPTED})
RETRIES = 5  # a rollback's line is written behind whatever others wrote meanwhile, this many times
HELD_SECONDS = 2.0  # real ones: after waiting so long for the ledger's lock, a rollback goes on without the ledger
# Real seconds that a rollback waits for a ledger that does not answer at all: long enough for a file's lock.
READ_SECONDS, APPEND_SECONDS = 3.0, 5.0
KEEP_SECONDS = 2.0  # with the two above, a change is sent before the kill switch's patience of 12 s ends


class Journal:
    """The events so far, the state they fold to, and the next line."""

    def __init__(self, world: World, command: str, report: Report) -> None:
        self.world = world
        self.report = report
        self.command = command
        self.state = State()
        self.has_written = False
        self.lease: Lease | None = None
        self._last: Event | None = None
        self._read_before: tuple[State, Event | None] = (NOTHING, None)  # what the ledger told, and its last line then
        self._actor = ""
        self._held = False  # a line took so long to write that a rollback may have passed unwritten

    @property
    def actor(self) -> str:
        """Who is acting; asked once."""
        self._actor = self._actor or self.world.identity.actor()
        return self._actor

    def now(self) -> datetime:
        """The time, in the whole milliseconds that a ledger line keeps."""
        now = self.world.clock.now()
        return now.replace(microsecond=now.microsecond // 1000 * 1000)

    def refresh(self) -> State:
        """Read the ledger anew. Raises LedgerUnavailable."""
        events = self._read()
        self.state = state_of(events, *self._read_before)
        self._last, self._held = events[-1] if events else None, False
        self._read_before = self.state, self._last
        return self.state

    def write(self, kind: Kind, **facts: Any) -> Event:
        """Append one event with these fields of Event. Raises LedgerMoved, LedgerUnavailable."""
        event, began = self._next(kind, facts), self.now()
        self._append(event)
        seconds = (self.now() - began).total_seconds() / self.world.clock.factor
        self.has_written, self._held = True, self._held or seconds >= HELD_SECONDS
        self._take(event)
        return event

    def insist(self, kind: Kind, **facts: Any) -> None:
        """Append what has happened already: behind whatever others wrote, and a loss is told and stops nothing."""
        lasting = BestEffortJournal.after(self)
        lasting.write(kind, **facts)
        self.state, self._last = lasting.state, lasting._last

    def keep(self, name: str, text: str) -> str:
        """Store a document beside the ledger and return where it is. Raises LedgerUnavailable."""
        return self.world.ledger.keep(name, text)

    @contextmanager
    def leased(self) -> Iterator[None]:
        """Hold the right to raise weights, and confirm it before each raise. Raises Locked, LedgerUnavailable."""
        with self.world.ledger.lease(f"{self.command} by {self.actor}") as lease:
            self.lease = lease
            try:
                yield
            finally:
                self.lease = None

    def must_be_alone(self) -> None:
        """Make sure, just before Lambda is given more, that nobody went back since the ledger was read.

        Raises LedgerMoved, LedgerUnavailable, Locked (the lease was broken); stops where our own writing kept a
        rollback from being written.
        """
        if self._held:
            raise Stop(_HELD)
        if self.lease:
            self.lease.confirm()
        if [event.hash for event in self.world.ledger.events()[-1:]] != [self._last.hash if self._last else GENESIS]:
            raise LedgerMoved("somebody else wrote the ledger meanwhile, so nothing is sent")

    def _read(self) -> Sequence[Event]:
        return self.world.ledger.events()

    def _append(self, event: Event) -> None:
        self.world.ledger.append(event)

    def _next(self, kind: Kind, facts: dict[str, Any]) -> Event:
        blank = Event(0, self.now(), kind, self.actor, platform.node(), self.command)
        sized = facts | {"evidence": fitted(facts.get("evidence", {}))}
        return chained(replace(blank, **sized), self._last)

    def _take(self, event: Event) -> None:
        before, self._last = self.state, event
        self.state = advance(before, event)
        self.report.event(event, self.state)
        if notice := news(event, before, self.state, self.world.settings):
            self.world.notifier.tell(notice)
        self.world.meter.put(of_line(event, before, self.state))
        if event.kind in MARKED:
            self.world.marker.mark()


class BestEffortJournal(Journal):
    """For going back: a ledger that can't be read or written is told once, and stops nothing."""

    lost = ""
    _is_told = False

    @classmethod
    def after(cls, journal: Journal) -> Self:
        """One that goes on where that journal is."""
        mine = cls(journal.world, journal.command, journal.report)
        mine.state, mine._last, mine._actor = journal.state, journal._last, journal._actor
        return mine

    def refresh(self) -> State:
        """Read the ledger anew, if it can be read; once it is lost, what was done since is known here alone."""
        if self.lost:
            return self.state
        try:
            return super().refresh()
        except LedgerUnavailable as error:
            self._lose(error)
            return self.state

    def write(self, kind: Kind, **facts: Any) -> Event:
        """Append one event, behind whatever others wrote meanwhile, if it is still news and can be written."""
        for _ in range(RETRIES):
            if self.lost:
                break
            try:
                return super().write(kind, **facts)
            except LedgerMoved:
                self.refresh()
                if kind is Kind.INSYNC and not awaits(self.state, facts["change_id"]):
                    return self._next(kind, facts)
            except LedgerUnavailable as error:
                self._lose(error)
        self._lose(LedgerUnavailable("others kept writing it"))
        unwritten = self._next(kind, facts)
        self._take(unwritten)
        return unwritten

    def insist(self, kind: Kind, **facts: Any) -> None:
        """As `write` does here."""
        self.write(kind, **facts)

    def keep(self, name: str, text: str) -> str:
        """Store it, if the ledger is not lost and takes it in time. Raises LedgerUnavailable."""
        if self.lost:
            raise LedgerUnavailable(self.lost)
        return _answered(lambda: self.world.ledger.keep(name, text), KEEP_SECONDS)

    def regain(self) -> None:
        """Try once more where the ledger was lost; if it can be read, the state is again what it says."""
        if self.lost:
            with suppress(LedgerUnavailable):
                Journal.refresh(self)
                self.lost = ""

    def _read(self) -> Sequence[Event]:
        return _answered(self.world.ledger.events, READ_SECONDS)

    def _append(self, event: Event) -> None:
        _answered(lambda: self.world.ledger.append(event), APPEND_SECONDS)

    def _lose(self, error: LedgerUnavailable) -> None:
        self.lost = self.lost or str(error)
        if not self._is_told:
            self._is_told = True
            self.report.note(f"the ledger is out of reach, so this is not recorded: {error}")


def _answered(question: Callable[[], T], seconds: float) -> T:
    """The ledger's answer. Raises LedgerUnavailable where it does not come in time, and what the ledger raises."""
    try:
        return ask(question).result(seconds)
    except TimeoutError:
        raise LedgerUnavailable(f"it did not answer within {seconds:.0f} s") from None


_HELD = Outcome(
    Exit.LOCKED,
    f"writing the ledger took over {HELD_SECONDS:.0f} s: whoever went back meanwhile could not write that down,"
    " so nothing is sent",
    "cutover status; then the same again",
)
