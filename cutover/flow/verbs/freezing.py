"""Windows in which nothing is raised, named and taken back by people; needs no lease."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from cutover.core.freezes import Frozen, WeeklyFreeze, frozen, opening, opens_at
from cutover.core.record import Kind
from cutover.core.standing import Freeze
from cutover.core.state import State
from cutover.exits import Exit
from cutover.flow.journal import Journal
from cutover.flow.outcome import Outcome
from cutover.flow.verbs.saying import say


@dataclass(frozen=True, slots=True)
class Window:
    """A window that somebody wants to name, [start, end) in UTC."""

    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Calendar:
    """Every window at one moment; `frozen` is the one that this moment lies in, `opens` when none is left."""

    now: datetime
    named: tuple[Freeze, ...]
    weekly: tuple[WeeklyFreeze, ...]
    frozen: Frozen | None
    opens: datetime

    @property
    def current(self) -> Sequence[Freeze]:
        """The named ones that are not over."""
        return [freeze for freeze in self.named if freeze.end > self.now]

    @property
    def opening(self) -> str:
        """When a raise is possible again, in words."""
        return opening(self.now, self.opens)


def calendar(journal: Journal) -> Calendar:
    """The windows now. Raises LedgerUnavailable."""
    named, now = journal.refresh().standing.freezes, journal.now()
    weekly = journal.world.settings.policy.weekly_freezes
    return Calendar(now, named, weekly, frozen(now, weekly, named), opens_at(now, weekly, named))


def window(now: datetime, start: datetime, end: datetime) -> Window:
    """The window from `start` to `end`. Raises ValueError where that is none, or is over already."""
    if end <= start:
        raise ValueError(f"it would end {end:%a %d %b %H:%M} UTC, before it starts {start:%a %d %b %H:%M} UTC")
    if end <= now:
        raise ValueError(f"it would be over already: {end:%a %d %b %Y %H:%M} UTC")
    return Window(_whole_seconds(start), _whole_seconds(end))


def freeze(journal: Journal, wanted: Window, reason: str) -> Outcome:
    """Name the window. Raises LedgerMoved, LedgerUnavailable."""

    def facts(state: State) -> dict[str, Any]:
        said = {"id": f"f{state.seq + 1}", "start": wanted.start.isoformat(), "end": wanted.end.isoformat()}
        return {"reason": reason, "evidence": said}

    say(journal, Kind.FROZEN, facts)
    id_ = journal.state.standing.freezes[-1].id
    text = f"frozen {id_}: nothing is raised {span(wanted.start, wanted.end)}; lowering is always allowed"
    return Outcome(Exit.DONE, text, f"cutover freeze list; cutover freeze rm {id_} takes it back")


def thaw(journal: Journal, id_: str, reason: str) -> Outcome:
    """Take a window back; one that was taken back meanwhile is. Raises LedgerMoved, LedgerUnavailable."""

    def facts(state: State) -> dict[str, Any] | None:
        return {"reason": reason, "evidence": {"id": id_}} if named(state, id_) else None

    say(journal, Kind.THAWED, facts)
    now = calendar(journal)
    still = f"; still frozen until {now.opening}: {now.frozen.text}" if now.frozen else ""
    return Outcome(Exit.DONE, f"{id_} is taken back{still}", "cutover freeze list")


def named(state: State, id_: str) -> Freeze | None:
    """The window of that id."""
    return next((freeze for freeze in state.standing.freezes if freeze.id == id_), None)


def span(start: datetime, end: datetime) -> str:
    """A window in words."""
    return f"from {start:%a %d %b %Y %H:%M} to {end:%a %d %b %Y %H:%M} UTC"


def _whole_seconds(time: datetime) -> datetime:
    return time.astimezone(UTC).replace(microsecond=0)
