"""What a running command tells its screen, whatever that is."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from cutover.core.bake import BakeClock
from cutover.core.models import Judgement, Step, Weights
from cutover.core.record import Event
from cutover.core.state import Phase, State
from cutover.flow.outcome import Outcome


@dataclass(frozen=True, slots=True)
class Tick:
    """One look at everything.

    `trouble`: what could not be done this time; `waiting`: which rule the next step waits for.
    """

    time: datetime
    label: str
    phase: Phase
    weights: Weights | None
    judgement: Judgement | None
    clock: BakeClock | None
    next_step: Step | None
    trouble: Outcome | None = None
    waiting: Outcome | None = None


class Report(Protocol):
    """The screen of a running command."""

    def event(self, event: Event, state: State) -> None:
        """A ledger line was written, and this is the state with it."""
        ...

    def tick(self, tick: Tick) -> None:
        """The world was looked at."""
        ...

    def note(self, text: str) -> None:
        """Something that a person should know."""
        ...
