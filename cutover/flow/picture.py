"""Everything that `status` shows, asked for all at once and waited for as long as a person will."""

import time
from concurrent.futures import Future
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeVar

from cutover.core.ladder import next_step
from cutover.core.models import Evidence, Snapshot, Step, Weights
from cutover.core.record import Event
from cutover.core.state import State, fold, unfinished_rollback
from cutover.core.zone import Drift, changed_by_others, read_weights, targets, traffic
from cutover.flow.asking import ask
from cutover.flow.examine import Exam, Examiner, as_live
from cutover.flow.outcome import KNOWN_ERRORS
from cutover.ports import Answers, LedgerUnavailable, World

# Of the second that `status` may take, a third goes to starting Python and its libraries.
DEADLINE_SECONDS = 0.65
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Picture:
    """One screen's worth. What could not be asked is None, and `problems` says why, `ledger_lost` of the ledger."""

    now: datetime
    state: State
    events: tuple[Event, ...]
    live: Weights | None
    drift: Drift | None
    exam: Exam | None
    answers: Answers | None
    next_step: Step | None
    problems: tuple[str, ...]
    ledger_lost: str = ""

    @property
    def evidence(self) -> Evidence | None:
        """What the judgement was made from."""
        return self.exam.evidence if self.exam else None

    @property
    def label(self) -> str:
        """The state in the words of the screens."""
        if self.ledger_lost:
            return "LEDGER UNREADABLE"
        return "ROLLING BACK" if unfinished_rollback(self.state) else self.state.label

    @property
    def weights(self) -> Weights | None:
        """The live weights, or those last known."""
        return self.live or self.state.weights


def take(world: World, deadline_seconds: float = DEADLINE_SECONDS) -> Picture:
    """Look at everything for at most so many real seconds, and the ledger's besides. Never raises what ports raise."""
    now, zone = world.clock.now(), ask(world.weights.read)
    events, lost = _events(world)  # a long one takes its time, of which the others must not be robbed
    state, ends, problems = fold(events), time.monotonic() + deadline_seconds, [f"ledger: {lost}"] if lost else []
    exam = ask(lambda: Examiner(world, at_once=True).examine(state, now)) if state.weights else None
    answers = ask(lambda: _sample(world, zone, ends))
    snapshot = _waited(zone, ends, "Route 53", problems)
    live, drift = _compared(world, state, snapshot) if snapshot else (None, None)
    found = live or drift
    judged = as_live(state, found, now) if found else state
    if found and (exam is None or judged is not state):
        exam = ask(lambda: _of_unknown_age(world, judged, now))
    return Picture(
        now=now,
        state=state,
        events=events,
        live=live,
        drift=drift,
        exam=_waited(exam, ends, "CloudWatch", problems) if exam else None,
        answers=_waited(answers, ends, "the name servers", problems if snapshot else []),
        next_step=next_step(world.settings.steps, live or state.weights or Weights(100, 0)),
        problems=tuple(problems),
        ledger_lost=lost,
    )


def _events(world: World) -> tuple[tuple[Event, ...], str]:
    """The ledger, or why it can't be read."""
    try:
        return tuple(world.ledger.events()), ""
    except LedgerUnavailable as error:
        return (), str(error)


def _of_unknown_age(world: World, state: State, now: datetime) -> Exam:
    """The gates of weights that the ledger does not know: since when they hold is assumed, so no bake is counted."""
    return replace(Examiner(world, at_once=True).examine(state, now), clock=None)


def _sample(world: World, zone: Future[Snapshot], ends: float) -> Answers:
    settings = world.settings
    where = targets(zone.result(_left(ends)), settings.sides)
    return world.names.sample(where, settings.dns.questions, 0.9 * _left(ends))


def _waited(answer: Future[T], ends: float, name: str, problems: list[str]) -> T | None:
    try:
        return answer.result(_left(ends))
    except TimeoutError:
        problems.append(f"{name} did not answer in time")
    except KNOWN_ERRORS as error:
        problems.append(f"{name}: {error}")
    return None


def _left(ends: float) -> float:
    return max(0.0, ends - time.monotonic())


def _compared(world: World, state: State, snapshot: Snapshot) -> tuple[Weights | None, Drift | None]:
    live = read_weights(snapshot, world.settings.sides)
    if isinstance(live, Drift):
        return None, live
    if state.intent or not state.records:
        return live, None
    return live, changed_by_others(traffic(snapshot), state.records)
