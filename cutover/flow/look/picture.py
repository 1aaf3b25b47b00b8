"""Everything that `status` and `watch` show, as it was at one moment."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from cutover.core.ahead import Ahead
from cutover.core.freezes import Frozen, frozen, opens_at
from cutover.core.models import Evidence, Step, Weights
from cutover.core.policy import PLANNED, Policy
from cutover.core.record import Event
from cutover.core.state import State, unfinished_rollback
from cutover.core.surroundings import NOTHING_KNOWN, Surroundings
from cutover.core.trend import NO_TREND, Trend
from cutover.core.zone import Drift
from cutover.flow.examine import Exam
from cutover.flow.look.source import Dated
from cutover.ports import Answers, Holder


@dataclass(frozen=True, slots=True)
class Remembered:
    """The newest answers, however old: what a screen shows, with its age, while nothing newer can be had."""

    live: Dated[Weights] | None = None
    exam: Dated[Exam] | None = None  # the newest one that was made from evidence
    answers: Dated[Answers] | None = None


NOTHING_REMEMBERED = Remembered()


@dataclass(frozen=True, slots=True)
class Picture:
    """One screen's worth. What could not be asked is None, and `problems` says why, `ledger_lost` of the ledger."""

    now: datetime
    state: State
    events: Sequence[Event]
    live: Weights | None
    drift: Drift | None
    exam: Exam | None
    answers: Answers | None
    next_step: Step | None
    problems: tuple[str, ...]
    ledger_lost: str = ""
    holder: Holder | None = None
    serving: bool | None = None  # whether the kill switch lets Lambda serve; None: there is none, or nobody could tell
    surroundings: Surroundings = NOTHING_KNOWN
    ahead: Ahead | None = None
    policy: Policy = PLANNED
    retired: Event | None = None  # the rung after which Lambda's plain record is all there is
    is_thorough: bool = False  # whether the rules about what is around were asked
    trend: Trend = NO_TREND
    remembered: Remembered = NOTHING_REMEMBERED

    @property
    def evidence(self) -> Evidence | None:
        """What the judgement was made from."""
        return self.exam.evidence if self.exam else None

    @property
    def label(self) -> str:
        """The state in the words of the screens."""
        if self.ledger_lost:
            return "LEDGER UNREADABLE"
        if self.retired and not self.drift and not self.state.rolled_back:
            return "DECOMMISSIONED"
        return "ROLLING BACK" if unfinished_rollback(self.state) else self.state.label

    @property
    def weights(self) -> Weights | None:
        """The live weights, or those last known."""
        return self.live or self.state.weights

    @property
    def freeze(self) -> Frozen | None:
        """The freeze that this moment lies in."""
        return frozen(self.now, self.policy.weekly_freezes, self.state.standing.freezes)

    @property
    def opens(self) -> datetime:
        """When nothing is frozen any more."""
        return opens_at(self.now, self.policy.weekly_freezes, self.state.standing.freezes)
