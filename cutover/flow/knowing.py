"""Everything that a plan is checked against, gathered."""

from cutover.core.models import Evidence, Side
from cutover.core.plan import Demand, Known
from cutover.core.state import State
from cutover.core.stats import Tally
from cutover.flow.examine import Exam
from cutover.flow.journal import Journal

SURVEY_SECONDS = 10.0
DEMAND_MINUTES = 60


def known(journal: Journal, exam: Exam, state: State | None = None) -> Known:
    """The ledger's state (or `state` in its place), the judgement, and what is true around the two sides."""
    world = journal.world
    return Known(
        state=state or journal.state,
        judgement=exam.judgement,
        now=journal.now(),
        policy=world.settings.policy,
        surroundings=world.surveyor.survey(SURVEY_SECONDS),
        demand=demand(exam.evidence) if exam.evidence else None,
    )


def demand(evidence: Evidence) -> Demand | None:
    """The traffic of the newest hour, and the slower side's newest p95; None where either is not known."""
    sides = [evidence.of(side) for side in Side]
    minutes = [min(DEMAND_MINUTES, len(side.minutes)) for side in sides]
    slowest = max((w.p95_ms or 0.0 for side in sides for w in side.windows[-1:]), default=0.0)
    requests = sum(Tally(side.minutes).newest(DEMAND_MINUTES)[1] for side in sides)
    if not slowest or not max(minutes):
        return None
    return Demand(requests / (60 * max(minutes)), slowest / 1000)
