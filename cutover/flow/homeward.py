"""Going back to ECS by Route 53's weights: done again until it is certain."""

from collections.abc import Callable
from dataclasses import replace

from cutover.core.models import Weights
from cutover.core.plan import Plan
from cutover.core.planning import plan_rollback
from cutover.core.record import Kind
from cutover.core.state import Phase, unfinished_rollback
from cutover.core.zone import Drift
from cutover.exits import Exit
from cutover.flow.by_hand import by_hand
from cutover.flow.journal import BestEffortJournal
from cutover.flow.outcome import Outcome, Stop, drifted
from cutover.flow.sending import send, wait_insync
from cutover.ports import ChangedMeanwhile

HOME = Weights(100, 0)
ATTEMPTS = 5  # when others keep changing the records between our reading and our writing


def homeward(journal: BestEffortJournal, reason: str, exit_: Exit, taken: Callable[[], None]) -> Outcome:
    """Give ECS everything, wait for INSYNC, and look whether it is so; `exit_` is the code for that.

    `taken` is called when Route 53 has taken the change, or has nothing to take. Raises ControlPlaneUnavailable or
    NotAllowed when Route 53 can't be told; stops with TIMED_OUT without INSYNC.
    """
    sent, created = 0, list[str]()
    while True:
        plan = _plan(journal)
        if isinstance(plan, Drift):
            return replace(drifted(plan), way_on=by_hand(journal))
        if not plan.changes and not _is_open(journal, sent):
            taken()
            if _recorded(journal, plan, reason):
                return _told(plan, bool(sent), created, reason, exit_)
            continue
        if sent == ATTEMPTS:
            raise Stop(_contested())
        sent, created = sent + 1, created + _missing_in(plan)
        try:
            send(journal, plan, reason, {"rollback": True})
            taken()
            wait_insync(journal)
        except ChangedMeanwhile:
            journal.refresh()


def _plan(journal: BestEffortJournal) -> Plan | Drift:
    return plan_rollback(journal.world.weights.read(), journal.world.settings.sides, journal.state.records)


def _is_open(journal: BestEffortJournal, sent: int) -> bool:
    """Whether records that look right may still be unsent, so that only a sending of our own gives certainty.

    A change that an earlier process left under way is sent anew: whoever asks again has all the patience again.
    """
    state = journal.state
    if state.phase is Phase.SENDING or state.weights not in {None, HOME}:
        return True
    return not sent and (bool(journal.lost) or state.phase is Phase.PROPAGATING)


def _recorded(journal: BestEffortJournal, plan: Plan, reason: str) -> bool:
    """Write down that it is done, where that is news; False if others wrote meanwhile, so that it may not be so."""
    journal.regain()
    state = journal.state
    is_told = state.rolled_back is not None and unfinished_rollback(state) is None
    if is_told and state.weights == HOME and state.phase is Phase.STEADY:
        return True
    journal.write(
        Kind.ROLLED_BACK,
        reason=reason,
        plan_hash=plan.hash,
        after=(HOME.ecs, HOME.serverless),
        evidence={"records": sorted(record.body for record in plan.records_after.records)},
    )
    return journal.state.seq == state.seq + 1


def _missing_in(plan: Plan) -> list[str]:
    """Which records are gone and will be created again."""
    before = {(record.type, record.set_identifier) for record in plan.records_before.records}
    made = [r for r in plan.records_after.records if (r.type, r.set_identifier) not in before]
    return [f"{record.type} {record.set_identifier}" for record in made]


def _contested() -> Outcome:
    return Outcome(
        Exit.DRIFT,
        f"the live records changed under {ATTEMPTS} attempts to set them: somebody else is writing them",
        "stop whoever deploys the zone; then: cutover rollback",
    )


def _told(plan: Plan, is_sent: bool, created: list[str], reason: str, exit_: Exit) -> Outcome:
    if plan.warnings:
        return Outcome(
            Exit.DRIFT,
            "both sides' records are at ECS 100, but " + "; ".join(plan.warnings),
            "mend that record in Route 53; then: cutover status",
        )
    if not is_sent:
        return Outcome(exit_, f"already at ECS 100, nothing to change ({reason})", _NEXT)
    again = f"; created again, for they were gone: {', '.join(created)}" if created else ""
    return Outcome(
        exit_, f"rolled back to ECS 100, INSYNC ({reason}){again}; caches follow within about a minute", _NEXT
    )


_NEXT = 'cutover status; to raise Lambda again later: cutover resume --reason "what was mended"'
