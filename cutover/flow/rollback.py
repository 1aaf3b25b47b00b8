"""Going back to ECS: no lock, no metrics, no questions; done again until it is certain."""

from cutover.core.models import Weights
from cutover.core.plan import Plan
from cutover.core.planning import plan_rollback
from cutover.core.record import Kind
from cutover.core.state import Phase
from cutover.core.zone import Drift
from cutover.exits import Exit
from cutover.flow.journal import BestEffortJournal
from cutover.flow.outcome import Outcome, Stop, drifted
from cutover.flow.sending import send, wait_insync
from cutover.ports import ChangedMeanwhile

HOME = Weights(100, 0)
ATTEMPTS = 5  # when others keep changing the records between our reading and our writing


def roll_back(journal: BestEffortJournal, reason: str, exit_: Exit = Exit.DONE) -> Outcome:
    """Give ECS everything and wait for INSYNC; `exit_` is the code for that.

    Raises ControlPlaneUnavailable or NotAllowed when Route 53 can't be told; stops with TIMED_OUT without INSYNC.
    """
    journal.refresh()
    plan, already = _send_home(journal, reason)
    if isinstance(plan, Drift):
        return drifted(plan)
    wait_insync(journal)
    if journal.state.rolled_back is None or journal.state.rolled_back.kind is Kind.INTENT:
        journal.write(
            Kind.ROLLED_BACK,
            reason=reason,
            plan_hash=plan.hash,
            after=(100, 0),
            evidence={"records": sorted(record.body for record in plan.records_after.records)},
        )
    return _told(plan, already, reason, exit_)


def by_hand(journal: BestEffortJournal) -> str:
    """What to do when Route 53 can't be told from here."""
    if journal.state.undo:
        return f"cutover rollback, again and again; or without this tool: {journal.state.undo}"
    settings = journal.world.settings
    ecs, serverless = settings.ecs.set_identifier, settings.serverless.set_identifier
    return (
        f"cutover rollback, again and again; or in the Route 53 console, zone {settings.hosted_zone_id}:"
        f" {settings.name} {ecs!r} to weight 100, {serverless!r} to 0, of every type"
    )


def _send_home(journal: BestEffortJournal, reason: str) -> tuple[Plan | Drift, bool]:
    """The plan that is live now or on its way, and whether it was so before we came."""
    settings = journal.world.settings
    for attempt in range(ATTEMPTS):
        plan = plan_rollback(journal.world.weights.read(), settings.sides)
        if isinstance(plan, Drift):
            return plan, False
        if not plan.changes and not _unconfirmed(journal):
            return plan, attempt == 0
        try:
            send(journal, plan, reason, {"rollback": True})
        except ChangedMeanwhile:
            journal.refresh()
            continue
        return plan, False
    raise Stop(
        Outcome(
            Exit.DRIFT,
            f"the live records changed under {ATTEMPTS} attempts to set them: somebody else is writing them",
            "stop whoever deploys the zone; then: cutover rollback",
        )
    )


def _unconfirmed(journal: BestEffortJournal) -> bool:
    """Whether records that look right may still be unsent, so that only a sending of our own gives certainty."""
    elsewhere = journal.state.weights not in {None, HOME}
    return bool(journal.lost) or journal.state.phase is Phase.SENDING or elsewhere


def _told(plan: Plan, already: bool, reason: str, exit_: Exit) -> Outcome:
    if plan.warnings:
        return Outcome(
            Exit.DRIFT,
            "both sides' records are at ECS 100, but " + "; ".join(plan.warnings),
            "mend that record in Route 53; then: cutover status",
        )
    if already:
        return Outcome(exit_, f"already at ECS 100, nothing to change ({reason})", _NEXT)
    return Outcome(exit_, f"rolled back to ECS 100, INSYNC ({reason}); caches follow within about a minute", _NEXT)


_NEXT = 'cutover status; to raise Lambda again later: cutover resume --reason "what was mended"'
