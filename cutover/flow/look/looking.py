"""Looking at everything at once, and waiting for it as long as a person will; again and again, for a watch."""

import time
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any

from cutover.core.ahead import Ahead, ahead
from cutover.core.ladder import next_step
from cutover.core.models import MINUTE, Side, Snapshot, Weights
from cutover.core.plan import Known
from cutover.core.record import Event
from cutover.core.retired import ALONE, retired, with_side
from cutover.core.state import State
from cutover.core.surroundings import NOTHING_KNOWN, Surroundings
from cutover.core.trend import NO_TREND, Trend, oldest
from cutover.core.zone import Drift, changed_by_others, read_weights, targets, traffic
from cutover.flow.examine import Exam, Examiner, as_live, exposed, floor
from cutover.flow.folding import state_of
from cutover.flow.knowing import demand
from cutover.flow.look.picture import Picture, Remembered
from cutover.flow.look.source import Dated, Source, left
from cutover.ports import Answers, Holder, LedgerUnavailable, NotAllowed, SwitchUnavailable, TelemetryUnavailable, World

# Of the second that `status` may take, a third goes to starting Python and its libraries.
DEADLINE_SECONDS = 0.65


@dataclass(frozen=True, slots=True)
class Around:
    """What is around the two sides: the surveyor's facts, and whether the kill switch lets Lambda serve."""

    surroundings: Surroundings
    serving: bool | None


@dataclass(frozen=True, slots=True)
class Looked:
    """What one question to CloudWatch brought."""

    exam: Exam
    trend: Trend


def take(world: World, deadline_seconds: float | None = None) -> Picture:
    """Look at everything for at most so many real seconds (DEADLINE_SECONDS), and the ledger's besides.

    Never raises what ports raise.
    """
    return Looker(world).look(DEADLINE_SECONDS if deadline_seconds is None else deadline_seconds)


class Looker:
    """Looks as often as it is told to.

    Route 53 and the ledger are asked at every look; CloudWatch, the name servers and what is around once a minute of
    the world's clock, and only for what is new.
    """

    def __init__(self, world: World, *, thorough: bool = False) -> None:
        """`thorough`: also what is around the sides, and the newest hour by the minute, for which one has no second."""
        self._world, self._thorough = world, thorough
        self._ledger: Source[tuple[Event, ...]] = Source("ledger")
        self._zone: Source[Snapshot] = Source("Route 53")
        self._gates: Source[Looked] = Source("CloudWatch")
        self._names: Source[Answers] = Source("the name servers")
        self._around: Source[Around] = Source("alarms, deploys and capacity")
        self._examiner = Examiner(world, at_once=True)
        self._state = State()
        self._subject: object = None  # what the gates are asked about
        self._trend = NO_TREND
        self._exam: Dated[Exam] | None = None

    def look(self, deadline_seconds: float) -> Picture:
        """Look at everything for at most so many real seconds, and the ledger's besides."""
        now = self._world.clock.now()
        zone = self._zone.ask(self._world.weights.read, now)
        lost = self._read_ledger(now)  # a long one takes its time, of which the others must not be robbed
        ends = time.monotonic() + deadline_seconds
        self._ask_beside(zone, now, ends)
        self._zone.wait(ends)
        live, drift = self._compared(self._zone.current)
        if drift and not lost:  # or somebody has changed the weights between the two readings
            lost = self._read_ledger(now)
            live, drift = self._compared(self._zone.current)
        if found := live or drift:
            self._judge(found, now)
        for source in (self._gates, self._names, self._around):
            source.wait(ends)
        self._keep()
        picture = self._picture(now, live, drift, lost)
        return replace(picture, ahead=self._ahead(picture))

    def _read_ledger(self, now: datetime) -> str:
        """Read it; why it can't be read, if it can't."""
        try:
            events = tuple(self._world.ledger.events())
            self._state = state_of(events)
        except LedgerUnavailable as error:
            self._ledger.gone(f": {error}", now)
            return str(error)
        self._ledger.take(events, now)
        return ""

    def _ask_beside(self, zone: "Future[Snapshot]", now: datetime, ends: float) -> None:
        """Ask all that need not wait for Route 53; the gates by the weights that were live the last time."""
        live, drift = self._compared(self._zone.last)
        if live or drift or self._state.weights:
            self._judge(live or drift, now)
        minute = floor(now, MINUTE)
        self._names.ask_once(minute, lambda: self._sample(zone, ends), now)
        if self._thorough:
            self._around.ask_once(minute, lambda: self._survey(left(ends)), now)

    def _compared(self, zone: Dated[Snapshot] | None) -> tuple[Weights | None, Drift | None]:
        """The live weights, and how the records differ from what the ledger knows."""
        state, changed = self._state, self._state.applied_at
        if zone is None:
            return None, None
        if changed and zone.when < changed:  # read before the newest change, of which the ledger tells
            return state.weights, None
        if retired(state, zone.value):
            return ALONE, None
        live = read_weights(zone.value, self._world.settings.sides)
        if isinstance(live, Drift):
            return None, live
        if state.intent or not state.records:
            return live, None
        return live, changed_by_others(traffic(zone.value), state.records)

    def _judge(self, found: Weights | Drift | None, now: datetime) -> None:
        """Ask CloudWatch about what is live, unless just that was asked; an answer about anything else is dropped."""
        state = as_live(self._state, found, floor(now, MINUTE)) if found else self._state
        is_assumed = state is not self._state  # since when these weights hold, so that no bake is counted
        subject = (exposed(state), state.phase, is_assumed or state.since or state.sent_at)
        if subject != self._subject:
            self._gates.forget()
            self._subject, self._examiner = subject, Examiner(self._world, at_once=True)
        examiner = self._examiner
        question = partial(self._looked, state, examiner, now, is_assumed=is_assumed)
        self._gates.ask_once(examiner.settled(now), question, now)

    def _looked(self, state: State, examiner: Examiner, now: datetime, *, is_assumed: bool) -> Looked:
        exam = examiner.examine(state, now)
        if is_assumed:
            exam = replace(exam, clock=None)
        return Looked(exam, self._with_history(exam, examiner.settled(now)) if self._thorough else self._trend)

    def _with_history(self, exam: Exam, until: datetime) -> Trend:
        if exam.evidence is None:
            return self._trend
        trend = self._trend.with_evidence(exam.evidence).with_findings(exam.judgement.findings, until - MINUTE)
        if since := trend.first_missing(until):
            window = self._world.settings.limits.p95_window
            with suppress(TelemetryUnavailable, NotAllowed):
                for side in Side:
                    trend = trend.with_side(side, self._world.metrics.read(side, since, until, window))
        return trend.since(oldest(until))

    def _sample(self, zone: "Future[Snapshot]", ends: float) -> Answers:
        settings = self._world.settings
        where = targets(with_side(self._state, zone.result(left(ends)), settings.sides), settings.sides)
        return self._world.names.sample(where, settings.dns.questions, 0.9 * left(ends))

    def _survey(self, deadline_seconds: float) -> Around:
        serving = None
        if self._world.switch.is_set_up:
            with suppress(SwitchUnavailable, NotAllowed):
                serving = self._world.switch.serving()
        return Around(self._world.surveyor.survey(0.9 * deadline_seconds), serving)

    def _keep(self) -> None:
        """Keep what the next look begins with."""
        if self._zone.current is None:
            self._names.forget()  # whose question needs the records
        if looked := self._gates.current:
            self._trend = looked.value.trend
            if looked.value.exam.evidence:
                self._exam = Dated(looked.value.exam, looked.when)

    def _picture(self, now: datetime, live: Weights | None, drift: Drift | None, lost: str) -> Picture:
        looked, around = self._gates.fresh, self._around.fresh or Around(NOTHING_KNOWN, None)
        asked: list[Source[Any]] = [self._ledger, self._zone, self._gates, self._around]
        if self._zone.current:  # else one sentence about Route 53 does
            asked.append(self._names)
        return Picture(
            now=now,
            state=self._state,
            events=self._ledger.last.value if self._ledger.last else (),
            live=live,
            drift=drift,
            exam=looked.exam if looked else None,
            answers=self._names.fresh,
            next_step=next_step(self._world.settings.steps, live or self._state.weights or Weights(100, 0)),
            problems=tuple(filter(None, (source.problem(now) for source in asked))),
            ledger_lost=lost,
            holder=self._holder(),
            serving=around.serving,
            surroundings=around.surroundings,
            policy=self._world.settings.policy,
            trend=self._trend,
            retired=self._retired(),
            is_thorough=self._thorough,
            remembered=Remembered(self._last_live(), self._exam, self._names.last),
        )

    def _ahead(self, picture: Picture) -> Ahead | None:
        exam, zone, settings = picture.exam, self._zone.fresh, self._world.settings
        if picture.live is None or zone is None:
            return None
        known = Known(
            state=picture.state,
            judgement=exam.judgement if exam else None,
            now=picture.now,
            policy=picture.policy,
            surroundings=picture.surroundings,
            demand=demand(exam.evidence) if exam and exam.evidence else None,
        )
        return ahead(settings.steps, zone, settings.sides, known, exam.clock if exam else None)

    def _holder(self) -> Holder | None:
        with suppress(LedgerUnavailable):
            return self._world.ledger.holder()
        return None

    def _retired(self) -> Event | None:
        zone = self._zone.last
        return retired(self._state, zone.value) if zone else None

    def _last_live(self) -> Dated[Weights] | None:
        last = self._zone.last
        live, _ = self._compared(last)
        return Dated(live, last.when) if last and live else None
