"""Reading the evidence and judging it: kept between ticks, so that each tick asks only for what is new."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from cutover.core.bake import BakeClock, bake_clock
from cutover.core.judge import blind, judge
from cutover.core.ladder import owed_bake
from cutover.core.latency_gate import suited_window
from cutover.core.models import MINUTE, Evidence, Judge, Judgement, Side, SideEvidence, Snapshot, Span, Weights
from cutover.core.standing import NOTHING_SAID, Standing
from cutover.core.state import Phase, State
from cutover.core.zone import Drift, read_weights
from cutover.flow.asking import ask
from cutover.flow.past import Past, bursts, client_past
from cutover.ports import NotAllowed, TelemetryUnavailable, World

# CloudWatch may still correct the last minutes: Lambda's are stamped at the invocation's start, a timeout comes later.
REREAD = timedelta(minutes=10)
# How much is read to learn the rate, from which the length of the p95 windows follows.
PROBE = timedelta(minutes=60)
# With all traffic on ECS there is no bake to judge; ECS's own health is that of the newest quarter of an hour.
ECS_ONLY = timedelta(minutes=15)
# Weights that the ledger does not know the age of are judged by the newest hour.
UNKNOWN_AGE = timedelta(hours=1)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
T = TypeVar("T")
_Key = tuple[Weights, datetime, datetime, tuple[Span, ...]]


@dataclass(frozen=True, slots=True)
class Exam:
    """A judgement with what it was made from; `evidence` and `clock` are None where there is none."""

    judgement: Judgement
    evidence: Evidence | None = None
    clock: BakeClock | None = None


class Examiner:
    """Judges the state it is given by the evidence since that state began."""

    def __init__(self, world: World, judge: Judge = judge, *, at_once: bool = False) -> None:
        """`at_once` reads both sides at the same time, which a tick has no need of."""
        self._world = world
        self._judge = judge
        self._at_once = at_once
        self._readers = {side: SideReader(world, side) for side in Side}
        self._past = Past(world)
        self._last: tuple[_Key, Exam] | None = None

    def examine(self, state: State, now: datetime) -> Exam:
        """The judgement of everything since the asked weights settled, or were sent."""
        weights, since = exposed(state), state.since or state.sent_at or now
        until = self.settled(now)
        if not weights.serverless:
            since = until - ECS_ONLY
        return self.between(weights, since, until, baking=state.phase is Phase.STEADY, standing=state.standing)

    def between(
        self,
        weights: Weights,
        since: datetime,
        until: datetime,
        *,
        baking: bool,
        standing: Standing = NOTHING_SAID,
    ) -> Exam:
        """The judgement of one interval; with a bake clock if that interval is a bake. Blind where it can't be read.

        `standing` tells the load tests in it, and how bursty ECS's errors were when that was last known.
        """
        key = (weights, since, until, standing.loads)
        if self._last and self._last[0] == key:
            return self._last[1]
        try:
            evidence = self._gather(weights, since, until, standing)
        except (TelemetryUnavailable, NotAllowed) as error:
            return Exam(blind(str(error)))
        exam = self.judged(evidence, baking=baking)
        self._last = (key, exam)
        return exam

    def judged(self, evidence: Evidence, *, baking: bool) -> Exam:
        """The judgement of evidence that is already there."""
        settings = self._world.settings
        judgement = self._judge(evidence, settings.limits)
        step = owed_bake(settings.steps, evidence.weights) if baking else None
        clock = bake_clock(evidence, judgement, step, settings.limits) if step else None
        return Exam(judgement, evidence, clock)

    def settled(self, now: datetime) -> datetime:
        """The newest moment whose minutes CloudWatch will hardly change any more."""
        return floor(now - self._world.settings.span("data_delay"), MINUTE)

    def _gather(self, weights: Weights, since: datetime, until: datetime, standing: Standing) -> Evidence:
        since = min(ceiling(since, MINUTE), until)
        before = self._asked(lambda: self._past.read(weights, since))
        beside = self._asked(lambda: self._readers[Side.ECS].read(since, until))
        serverless = self._readers[Side.SERVERLESS].read(since, until)
        ecs = beside()
        seen = (*before(), *(ecs.minutes if weights.ecs else ()))
        limits = self._world.settings.limits
        errors, client_errors = bursts(seen, standing, limits.most_burst)
        past = client_past(seen, standing, limits)
        return Evidence(since, until, weights, ecs, serverless, errors, client_errors, standing.loads, past)

    def _asked(self, question: Callable[[], T]) -> Callable[[], T]:
        """The answer, or the question still to be asked."""
        return ask(question).result if self._at_once else question


class SideReader:
    """One side's evidence of a growing interval, kept; its p95 windows are made long enough for its rate."""

    def __init__(self, world: World, side: Side) -> None:
        self._metrics, self._side, self._limits = world.metrics, side, world.settings.limits
        self._since = self._until = EPOCH
        self._window = self._limits.p95_window
        self._known = SideEvidence((), ())

    def read(self, since: datetime, until: datetime) -> SideEvidence:
        """The whole interval. Raises TelemetryUnavailable, NotAllowed."""
        if until <= since:
            return SideEvidence((), ())
        if since != self._since:
            self._begin(since, until)
        start = since
        if self._until > since:
            start = max(since, floor(self._until - REREAD - self._window, self._window))
        fresh = self._metrics.read(self._side, start, until, self._window)
        self._until, self._known = until, _merged(self._known, fresh, start)
        if (suited := suited_window(self._known.minutes, self._limits, self._window)) != self._window:
            self._window, self._known = suited, self._with_windows(since, until, suited)
        return self._known

    def _begin(self, since: datetime, until: datetime) -> None:
        self._window = self._limits.p95_window
        if until - since > PROBE:
            probe = self._metrics.read(self._side, until - PROBE, until, self._window)
            self._window = suited_window(probe.minutes, self._limits)
        self._since, self._until, self._known = since, since, SideEvidence((), ())

    def _with_windows(self, since: datetime, until: datetime, length: timedelta) -> SideEvidence:
        read = self._metrics.read(self._side, since, until, length)
        return replace(self._known, windows=read.windows, window=length, borrows=read.borrows)


def exposed(state: State) -> Weights:
    """The weights to judge by: while a change's fate is open, those that give Lambda more."""
    known = state.weights or Weights(100, 0)
    if state.phase is Phase.SENDING and state.intent and state.intent.after:
        asked = Weights(*state.intent.after)
        return asked if asked.serverless > known.serverless else known
    return known


def as_live(state: State, live: Weights | Drift, now: datetime) -> State:
    """The state to judge by when other weights are live than the ledger knows: as if settled an hour ago."""
    if isinstance(live, Drift) or live == state.weights:
        return state
    return State(phase=Phase.STEADY, weights=live, since=now - UNKNOWN_AGE, standing=state.standing)


def examine_live(world: World, state: State, snapshot: Snapshot, now: datetime) -> Exam:
    """The judgement of what is live by that snapshot, whatever the ledger's state says of it."""
    live = read_weights(snapshot, world.settings.sides)
    return Examiner(world).examine(as_live(state, live, now), now)


def floor(time: datetime, unit: timedelta) -> datetime:
    """The last whole `unit` at or before `time`."""
    return time - (time - EPOCH) % unit


def ceiling(time: datetime, unit: timedelta) -> datetime:
    """The first whole `unit` at or after `time`."""
    return floor(time + unit - timedelta(microseconds=1), unit)


def _merged(old: SideEvidence, new: SideEvidence, start: datetime) -> SideEvidence:
    minutes = [m for m in old.minutes if m.start < start]
    windows = [w for w in old.windows if w.start < start]
    borrows = [w for w in old.borrows if w.start < start]
    return SideEvidence((*minutes, *new.minutes), (*windows, *new.windows), new.window, (*borrows, *new.borrows))
