"""A shift before it is made: the exact batch, gates and rules now, how many requests move, and what happens when."""

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from cutover.core import batch
from cutover.core.foresight import Foresight, foresee
from cutover.core.ladder import owed_bake
from cutover.core.models import Evidence, Side
from cutover.core.plan import HASH_DIGITS, Wish
from cutover.core.stats import Tally
from cutover.core.zone import Drift
from cutover.exits import Exit
from cutover.flow.examine import Exam, examine_live
from cutover.flow.journal import Journal
from cutover.flow.knowing import DEMAND_MINUTES, known
from cutover.flow.outcome import Outcome, Stop, drifted, refused

INSYNC = timedelta(seconds=60)  # what Route 53 generally takes


@dataclass(frozen=True, slots=True)
class Prospect:
    """Everything that is known of a shift beforehand. `requests_per_minute`: of both sides, None: not known."""

    foresight: Foresight
    exam: Exam
    batch: dict[str, Any]
    requests_per_minute: float | None
    due: tuple[tuple[timedelta, str], ...]  # what happens how long after the shift
    has_switch: bool
    undo: str  # the plain command that goes back, of the newest change

    @property
    def moved_per_minute(self) -> float | None:
        """How many requests a minute will change sides."""
        plan, total = self.foresight.plan, self.requests_per_minute
        return None if total is None else total * abs(plan.after.serverless - plan.before.serverless) / 100

    @property
    def outcome(self) -> Outcome:
        """How it ends: with the refusal that a shift would meet."""
        plan, refusal = self.foresight.plan, self.foresight.refusal
        if refusal:
            told = refused(refusal)
            return replace(told, text=f"a shift would be refused: {told.text}")
        if not plan.changes:
            return Outcome(Exit.DONE, f"already at {plan.after}: nothing to change", "cutover status")
        way_on = f"cutover shift --lambda-weight {plan.after.serverless} --plan {plan.hash[:HASH_DIGITS]}"
        return Outcome(Exit.DONE, f"plan {plan.hash[:HASH_DIGITS]}; nothing was changed", way_on)


def prospect(journal: Journal, target: int) -> Prospect:
    """Read everything and plan; changes nothing. Stops with DRIFT where the records are no weights."""
    world, state = journal.world, journal.refresh()
    snapshot = world.weights.read()
    exam = examine_live(world, state, snapshot, journal.now())
    facts = known(journal, exam, replace(state, records=()) if state.intent else state)
    found = foresee(snapshot, world.settings.sides, Wish(target), facts)
    if isinstance(found, Drift):
        raise Stop(drifted(found))
    plan = found.plan
    comment = batch.comment(world.settings.stage, state.seq + 1, journal.actor)
    return Prospect(
        foresight=found,
        exam=exam,
        batch=batch.exchange(plan.records_before, plan.records_after, comment),
        requests_per_minute=_rate(exam.evidence),
        due=_due(journal, found) if plan.changes else (),
        has_switch=world.switch.is_set_up,
        undo=state.undo,
    )


def _rate(evidence: Evidence | None) -> float | None:
    if evidence is None:
        return None
    minutes = min(DEMAND_MINUTES, max(len(evidence.of(side).minutes) for side in Side))
    requests = sum(Tally(evidence.of(side).minutes).newest(DEMAND_MINUTES)[1] for side in Side)
    return requests / minutes if minutes else None


def _due(journal: Journal, found: Foresight) -> tuple[tuple[timedelta, str], ...]:
    settings = journal.world.settings
    settled = INSYNC + settings.span("settle")
    due = [
        (INSYNC, f"INSYNC, as a rule: every name server has it; not within {settings.timing.insync_timeout}: exit 11"),
        (settled, "settled: caches had their TTL of 60 s; connections that are kept alive stay until they close"),
    ]
    if step := owed_bake(settings.steps, found.plan.after):
        due.append((settled + step.bake, f"the bake of Lambda {step.weight}% is complete, if every minute counts"))
    return tuple(due)
