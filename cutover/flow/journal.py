"""The ledger as one command writes it: read, fold, append; and a kind that never stands in a rollback's way."""

import platform
from dataclasses import replace
from datetime import datetime
from typing import Any, Self

from cutover.core.record import Event, Kind, chained
from cutover.core.state import State, advance, fold
from cutover.flow.report import Report
from cutover.ports import LedgerMoved, LedgerUnavailable, World

RETRIES = 5  # a rollback's line is written behind whatever others wrote meanwhile, this many times


class Journal:
    """The events so far, the state they fold to, and the next line."""

    def __init__(self, world: World, command: str, report: Report) -> None:
        self.world = world
        self.report = report
        self.command = command
        self.state = State()
        self._last: Event | None = None
        self._actor = ""

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
        events = self.world.ledger.events()
        self._last = events[-1] if events else None
        self.state = fold(events)
        return self.state

    def write(self, kind: Kind, **facts: Any) -> Event:
        """Append one event with these fields of Event. Raises LedgerMoved, LedgerUnavailable."""
        event = self._next(kind, facts)
        self.world.ledger.append(event)
        self._take(event)
        return event

    def _next(self, kind: Kind, facts: dict[str, Any]) -> Event:
        blank = Event(0, self.now(), kind, self.actor, platform.node(), self.command)
        return chained(replace(blank, **facts), self._last)

    def _take(self, event: Event) -> None:
        self._last = event
        self.state = advance(self.state, event)
        self.report.event(event, self.state)


class BestEffortJournal(Journal):
    """For going back: a ledger that can't be read or written is told once, and stops nothing."""

    lost = ""

    @classmethod
    def after(cls, journal: Journal) -> Self:
        """One that goes on where that journal is."""
        mine = cls(journal.world, journal.command, journal.report)
        mine.state, mine._last, mine._actor = journal.state, journal._last, journal._actor
        return mine

    def refresh(self) -> State:
        """Read the ledger anew, if it can be read."""
        try:
            return super().refresh()
        except LedgerUnavailable as error:
            self._lose(error)
            return self.state

    def write(self, kind: Kind, **facts: Any) -> Event:
        """Append one event, behind whatever others wrote meanwhile, if the ledger can be written."""
        for _ in range(RETRIES):
            if self.lost:
                break
            try:
                return super().write(kind, **facts)
            except LedgerMoved:
                self.refresh()
            except LedgerUnavailable as error:
                self._lose(error)
        self._lose(LedgerUnavailable("others kept writing it"))
        unwritten = self._next(kind, facts)
        self._take(unwritten)
        return unwritten

    def _lose(self, error: LedgerUnavailable) -> None:
        if not self.lost:
            self.lost = str(error)
            self.report.note(f"the ledger is out of reach, so this is not recorded: {error}")
