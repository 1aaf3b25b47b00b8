"""Giving Lambda less by hand: beside a run at work and without a ledger too, for that must never be refused."""

from cutover.core.models import Judgement, Weights
from cutover.core.plan import Plan
from cutover.core.planning import exchange
from cutover.core.zone import Drift, read_weights, traffic
from cutover.exits import Exit
from cutover.flow.driver import Aim, Driver, Goal
from cutover.flow.journal import BestEffortJournal, Journal
from cutover.flow.outcome import Outcome, Stop, drifted
from cutover.flow.running import interrupted, run
from cutover.flow.sending import judged_evidence, reconcile, send, wait_insync
from cutover.ports import ChangedMeanwhile

ATTEMPTS = 5  # when a run at work, or others, keep changing the records between our reading and our writing


def lower(journal: Journal, target: int, judgement: Judgement, aim: Aim, reason: str) -> Outcome:
    """Send it without the lease, written down where that can be; then drive as far as `aim`.

    Raises ControlPlaneUnavailable, NotAllowed, and ChangedMeanwhile if others keep writing the records.
    """
    best = journal if isinstance(journal, BestEffortJournal) else BestEffortJournal.after(journal)
    began_at = best.refresh().seq
    try:
        after = _sent(best, target, reason, judgement)
        if best.lost:
            return _followed(best, after, aim)
    except KeyboardInterrupt:
        return interrupted(best)
    finally:
        journal.state = best.state
    return run(Driver(journal, Goal(aim, journal.world.settings.steps), began_at=began_at))


def _sent(journal: BestEffortJournal, target: int, reason: str, judgement: Judgement) -> Weights:
    """Send it until Route 53 has taken it, by whomever: a run that finds the intent carries it out too."""
    for left in reversed(range(ATTEMPTS)):
        plan = _planned(journal, target)
        if not plan.changes:
            break
        try:
            send(journal, plan, reason, judged_evidence(judgement))
            break
        except ChangedMeanwhile:
            if not left:
                raise
            journal.refresh()
    return plan.after


def _planned(journal: BestEffortJournal, target: int) -> Plan:
    """The exchange by what is live now. Stops where it would give Lambda more by now."""
    world = journal.world
    snapshot = world.weights.read()
    live = read_weights(snapshot, world.settings.sides)
    if isinstance(live, Drift):
        raise Stop(drifted(live))
    if live.serverless < target:
        text = f"Lambda was lowered to {live.serverless}% meanwhile, below {target}%: nothing was changed"
        raise Stop(Outcome(Exit.LOCKED, text, "cutover status"))
    if journal.state.intent is None:
        reconcile(journal, snapshot, "lowering is never refused")
    return exchange(traffic(snapshot), live, Weights.of_serverless(target), world.settings.sides)


def _followed(journal: BestEffortJournal, after: Weights, aim: Aim) -> Outcome:
    """Wait for INSYNC without a ledger, which a bake can't do without."""
    wait_insync(journal)
    text = f"INSYNC: {after} on every name server; the ledger does not know of it ({journal.lost})"
    way_on = 'cutover resume --reason "…", when the ledger is back, takes it as it is'
    if aim is Aim.INSYNC:
        return Outcome(Exit.DONE, text, way_on)
    return Outcome(Exit.REFUSED, f"{text}: nothing more can be waited for", way_on)
