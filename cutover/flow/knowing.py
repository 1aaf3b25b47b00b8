"""Everything that a plan is checked against, gathered."""

import time
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import replace

from cutover.core.models import Evidence, LatencyWindow, Side
from cutover.core.plan import Demand, Known
from cutover.core.state import State
from cutover.core.stats import Tally
from cutover.core.surroundings import Surroundings
from cutover.flow.asking import ask
from cutover.flow.examine import Exam
from cutover.flow.journal import Journal
from cutover.ports import NotAllowed, SwitchUnavailable, World

SURVEY_SECONDS = 10.0
DEMAND_MINUTES = 60
LONGEST_REQUEST_SECONDS = 30.0  # API Gateway's limit: Lambda keeps no request for longer


def known(journal: Journal, exam: Exam, state: State | None = None) -> Known:
    """The ledger's state (or `state` in its place), the judgement, and what is true around the two sides."""
    world = journal.world
    return Known(
        state=state or journal.state,
        judgement=exam.judgement,
        now=journal.now(),
        policy=world.settings.policy,
        surroundings=surroundings(world, SURVEY_SECONDS),
        demand=(demand(exam.evidence) or unmeasured(exam.evidence)) if exam.evidence else None,
    )


def surroundings(world: World, deadline_seconds: float) -> Surroundings:
    """The surveyor's facts, and the kill switch's own word beside them; what can't be asked in time is `unknown`."""
    ends = time.monotonic() + deadline_seconds
    asked = ask(world.switch.serving) if world.switch.is_set_up else None
    found = world.surveyor.survey(deadline_seconds)
    return found if asked is None else _with_switch(found, asked, ends)


def demand(evidence: Evidence) -> Demand | None:
    """The traffic of the newest hour, and the slower side's newest p95; None where either is not known."""
    slowest = max((_newest_p95(evidence.of(side).windows) for side in Side), default=0.0)
    rate = _rate(evidence)
    return Demand(rate, slowest / 1000) if slowest and rate is not None else None


def unmeasured(evidence: Evidence) -> Demand | None:
    """The traffic where no p95 is known: as if Lambda kept each request as long as it can. None without traffic."""
    rate = _rate(evidence)
    return Demand(rate, LONGEST_REQUEST_SECONDS, has_p95=False) if rate else None


def _with_switch(found: Surroundings, asked: "Future[bool]", ends: float) -> Surroundings:
    try:
        return replace(found, serving=asked.result(max(0.0, ends - time.monotonic())))
    except TimeoutError:
        why = "the kill switch did not answer in time"
    except (SwitchUnavailable, NotAllowed) as error:
        why = str(error)
    return replace(found, unknown={**found.unknown, "serving": why})


def _newest_p95(windows: Sequence[LatencyWindow]) -> float:
    """Of the newest window that has one; 0 where none has."""
    return next((window.p95_ms for window in reversed(windows) if window.p95_ms), 0.0)


def _rate(evidence: Evidence) -> float | None:
    """Requests a second of both sides in the newest hour, or in as much of it as there is; None of no minute."""
    sides = [evidence.of(side) for side in Side]
    minutes = max(min(DEMAND_MINUTES, len(side.minutes)) for side in sides)
    requests = sum(Tally(side.minutes).newest(DEMAND_MINUTES)[1] for side in sides)
    return requests / (60 * minutes) if minutes else None
