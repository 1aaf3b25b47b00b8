"""One shift by hand: planned and judged, shown, then planned again under the lease and sent."""

from dataclasses import dataclass, replace

from cutover.core.models import Snapshot
from cutover.core.plan import Plan, Refused, Rule, Wish
from cutover.core.planning import plan_shift
from cutover.core.record import Kind
from cutover.core.state import Phase
from cutover.core.zone import read_weights
from cutover.exits import Exit
from cutover.flow.driver import Aim, Driver, Goal
from cutover.flow.examine import Exam, Examiner, as_live
from cutover.flow.journal import Journal
from cutover.flow.knowing import known
from cutover.flow.outcome import Outcome, Stop, refused
from cutover.flow.running import interrupted, run
from cutover.flow.sending import judged_evidence, reconcile, send
from cutover.ports import ControlPlaneUnavailable


@dataclass(frozen=True, slots=True)
class Prepared:
    """A shift as it would be now, and what it was judged by."""

    plan: Plan | Refused
    exam: Exam


def prepare(journal: Journal, wish: Wish) -> Prepared:
    """Read everything and plan; changes nothing. Raises what the ports raise."""
    state, snapshot = journal.refresh(), journal.world.weights.read()
    exam = _examined(journal, snapshot)
    under_way = state.phase is Phase.SENDING
    facts = known(journal, exam, replace(state, records=()) if under_way else state)
    return Prepared(plan_shift(snapshot, journal.world.settings.sides, wish, facts), exam)


def carry_out(journal: Journal, wish: Wish, planned: Plan, aim: Aim, reason: str) -> Outcome:
    """Under the lease: settle what was open, judge and plan again, send, and drive as far as `aim`."""
    world = journal.world
    with journal.leased():
        driver = Driver(journal, Goal(aim, world.settings.steps), began_at=journal.refresh().seq)
        snapshot = world.weights.read()
        exam = _examined(journal, snapshot)
        accepted = wish.overrides.get(Rule.DRIFT, "" if planned.raises else "lowering is never refused")
        reconcile(journal, snapshot, accepted)
        same = replace(wish, plan_hash=planned.hash)
        plan = plan_shift(world.weights.read(), world.settings.sides, same, known(journal, exam))
        if isinstance(plan, Refused):
            raise Stop(refused(plan))
        if not plan.changes:
            return already(plan)
        try:
            _send(journal, plan, exam, reason)
        except KeyboardInterrupt:
            return interrupted(journal)
        except ControlPlaneUnavailable:
            if not driver.must_go_back():
                raise
        return run(driver)


def already(plan: Plan) -> Outcome:
    """The outcome of a shift to where the weights are."""
    return Outcome(Exit.DONE, f"already at {plan.after}: nothing to change", "cutover status")


def _examined(journal: Journal, snapshot: Snapshot) -> Exam:
    now, live = journal.now(), read_weights(snapshot, journal.world.settings.sides)
    return Examiner(journal.world).examine(as_live(journal.state, live, now), now)


def _send(journal: Journal, plan: Plan, exam: Exam, reason: str) -> None:
    overrides = {rule.value: why for rule, why in plan.overridden.items()}
    if Rule.ROLLED_BACK in plan.overridden:
        journal.write(Kind.RESUMED, reason=plan.overridden[Rule.ROLLED_BACK])
    evidence = judged_evidence(exam.judgement) | ({"overrides": overrides} if overrides else {})
    send(journal, plan, reason, evidence)
