"""A screen's report that also remembers every ledger line of its own process: when what was done, by us."""

from datetime import datetime

from cutover.core.record import Event, Kind
from cutover.core.state import State
from cutover.flow.report import Report, Tick


class Stopwatch:
    """Hands everything on to the screen, and keeps the lines, also those that a lost ledger never got."""

    def __init__(self, screen: Report) -> None:
        self._screen = screen
        self.lines: list[Event] = []

    def event(self, event: Event, state: State) -> None:
        """A ledger line was written."""
        self.lines.append(event)
        self._screen.event(event, state)

    def tick(self, tick: Tick) -> None:
        """The world was looked at."""
        self._screen.tick(tick)

    def note(self, text: str) -> None:
        """Something that a person should know."""
        self._screen.note(text)

    def wrote(self, event: Event) -> bool:
        """Whether that line is one of ours."""
        return any(line.hash == event.hash for line in self.lines)

    def seconds_to(self, kind: Kind, since: datetime) -> float | None:
        """Until the first line of that kind since then; None: there is none."""
        found = [line.time for line in self.lines if line.kind is kind and line.time >= since]
        return (found[0] - since).total_seconds() if found else None
