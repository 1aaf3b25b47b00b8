"""One shift by hand: planned and judged, shown, then planned again under the lease and sent."""

from dataclasses import dataclass, replace
from typing import Any

from cutover.core.plan import Plan, Refused, Rule, Wish
from cutover.core.planning import plan_shift
from cutover.core.record import Event, Kind
from cutover.core.state import Phase, State
from cutover.core.zone import Drift, read_weights
from cutover.exits import Exit
from cutover.flow.driver import Aim, Driver, Goal
from cutover.flow.examine import Exam, examine_live
from cutover.flow.journal import BestEffortJournal, Journal
from cutover.flow.knowing import known
from cutover.flow.outcome import Outcome, Stop, refused
from cutover.flow.running import interrupted, run
from cutover.flow.sending import judged_evidence, reconcile, send
from cutover.flow.verbs.saying import say
from cutover.ports import ControlPlaneUnavailable, LedgerMoved, LedgerUnavailable


@dataclass(frozen=True, slots=True)
class Prepared:
    """A shift as it would be now, what it was judged by, and the journal that it is to be carried out with."""

    plan: Plan | Refused
    exam: Exam
    journal: Journal


def prepare(journal: Journal, wish: Wish) -> Prepared:
    """Read everything and plan; changes nothing. Raises what the ports raise; a lowering needs no ledger."""
    world, snapshot = journal.world, journal.world.weights.read()
    try:
        journal.refresh()
    except LedgerUnavailable:
        live = read_weights(snapshot, world.settings.sides)
        if isinstance(live, Drift) or wish.target > live.serverless:
            raise
        journal = BestEffortJournal.after(journal)
        journal.refresh()
    state = journal.state
    exam = examine_live(world, state, snapshot, journal.now())
    under_way = state.phase is Phase.SENDING
    facts = known(journal, exam, replace(state, records=()) if under_way else state)
    return Prepared(plan_shift(snapshot, world.settings.sides, wish, facts), exam, journal)


def carry_out(journal: Journal, wish: Wish, planned: Plan, aim: Aim, reason: str) -> Outcome:
    """Under the lease: settle what was open, judge and plan again, send, and drive as far as `aim`."""
    world = journal.world
    with journal.leased():
        driver = Driver(journal, Goal(aim, world.settings.steps), began_at=journal.refresh().seq)
        snapshot = world.weights.read()
        exam = examine_live(world, journal.state, snapshot, journal.now())
        reconcile(journal, snapshot, wish.overrides.get(Rule.DRIFT, ""))
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


def _send(journal: Journal, plan: Plan, exam: Exam, reason: str) -> None:
    """Send it; only what was sent lifts a rollback that was set aside for it."""
    overrides = {rule.value: why for rule, why in plan.overridden.items()}
    evidence = judged_evidence(exam.judgement) | ({"overrides": overrides} if overrides else {})
    stood = journal.state.rolled_back
    send(journal, plan, reason, evidence)
    if stood and Rule.ROLLED_BACK in plan.overridden:
        _lift(journal, stood, plan.overridden[Rule.ROLLED_BACK])


def _lift(journal: Journal, stood: Event, reason: str) -> None:
    """Lift that rollback and nothing else: neither a pause, nor a rollback that somebody made meanwhile."""

    def facts(state: State) -> dict[str, Any] | None:
        if state.rolled_back is None or state.rolled_back.hash != stood.hash:
            return None
        return {"reason": reason, "evidence": {"rolled_back_only": True}}

    try:
        say(journal, Kind.RESUMED, facts)
    except (LedgerMoved, LedgerUnavailable) as error:
        journal.report.note(f"the rollback stands in the ledger, for its end could not be written: {error}")
