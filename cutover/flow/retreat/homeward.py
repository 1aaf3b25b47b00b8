"""Going back to ECS by Route 53's weights: done again until it is certain."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from cutover.core.homing import as_known, created, elsewhere, leaner
from cutover.core.models import Weights
from cutover.core.plan import Plan, Rule
from cutover.core.record import Event, Kind
from cutover.core.retired import gone, retired, undo_of
from cutover.core.state import Phase, unfinished_rollback
from cutover.core.zone import Drift
from cutover.exits import Exit
from cutover.flow.asking import ask
from cutover.flow.journal import BestEffortJournal
from cutover.flow.outcome import KNOWN_ERRORS, Outcome, Stop, drifted
from cutover.flow.retreat.by_hand import by_hand, homeward_plan
from cutover.flow.sending import note_undone, send, wait_insync
from cutover.ports import ChangedMeanwhile, NotAllowed

HOME = Weights(100, 0)
ECS_SECONDS = 3.0  # real ones, to learn whether a deletion that was cut off has taken ECS along
_UNANSWERED: tuple[type[Exception], ...] = (*KNOWN_ERRORS, TimeoutError)
ATTEMPTS = 5  # when others keep changing the records between our reading and our writing


def homeward(journal: BestEffortJournal, reason: str, exit_: Exit, taken: Callable[[], None]) -> Outcome:
    """Give ECS everything, wait for INSYNC, and look whether it is so; `exit_` is the code for that.

    `taken` is called when Route 53 has taken the change, or has nothing to take. Raises ControlPlaneUnavailable or
    NotAllowed when Route 53 can't be told; stops with TIMED_OUT without INSYNC.
    """
    sent, made, left_out, known = 0, list[str](), list[str](), journal.state.records
    while True:
        plan = _plan(journal)
        if isinstance(plan, Outcome):
            return plan
        if not plan.changes and not _is_open(journal, sent):
            taken()
            if _recorded(journal, plan, known, reason):
                note_undone(journal, reason)
                strange = elsewhere(plan.records_after.records, known, journal.world.settings.sides)
                return _told((*plan.warnings, *left_out, *strange), bool(sent), made, reason, exit_)
            continue
        if sent == ATTEMPTS:
            raise Stop(_contested())
        sent += 1
        try:
            done, without = _send(journal, plan, reason)
            made, left_out = [*made, *created(done)], [*left_out, *without]
            taken()
            wait_insync(journal)
        except ChangedMeanwhile:
            journal.refresh()


def _send(journal: BestEffortJournal, plan: Plan, reason: str) -> tuple[Plan, list[str]]:
    """Send it, or as much of it as Route 53 takes; returns what was sent, and what was left out in words."""
    left_out = list[str]()
    while True:
        try:
            send(journal, plan, reason, {"rollback": True})
        except NotAllowed as refusal:
            less = leaner(plan, str(refusal), journal.world.settings.sides)
            if less is None:
                raise
            plan, left_out = less.plan, [*left_out, less.without]
        else:
            return plan, left_out


def _plan(journal: BestEffortJournal) -> Plan | Outcome:
    state, snapshot = journal.state, journal.world.weights.read()
    if (rung := retired(state, snapshot)) and _is_gone(journal):
        return _nobody_home(rung, gone(state))
    plan = homeward_plan(state, snapshot, journal.world.settings.sides)
    return replace(drifted(plan), way_on=by_hand(journal)) if isinstance(plan, Drift) else plan


def _is_gone(journal: BestEffortJournal) -> bool:
    """Whether there is no ECS service to answer clients; where its deletion was cut off, ECS is asked."""
    deleted = gone(journal.state)
    if not deleted or any(not event.evidence.get("begun") for event in deleted):
        return bool(deleted)
    try:
        return ask(journal.world.estate.scale).result(ECS_SECONDS) is None
    except _UNANSWERED:
        return True


def _nobody_home(rung: Event, deleted: Sequence[Event]) -> Outcome:
    names = ", ".join(str(event.evidence["rung"]).removeprefix("delete-").replace(":", " ", 1) for event in deleted)
    return Outcome(
        Exit.REFUSED,
        f"there is no ECS to go back to, deleted since {deleted[0].time:%d %b %H:%M} UTC: {names}; Lambda keeps all"
        " traffic, and nothing was changed",
        "from a bad deploy go back to Lambda's earlier version; cutover decommission plan shows what each part of ECS"
        f" is made again from; when it runs: {undo_of(rung)}; cutover rollback",
        Rule.DECOMMISSIONED.value,
    )


def _is_open(journal: BestEffortJournal, sent: int) -> bool:
    """Whether records that look right may still be unsent, so that only a sending of our own gives certainty.

    A change that an earlier process left under way is sent anew: whoever asks again has all the patience again.
    """
    state = journal.state
    if state.phase is Phase.SENDING or state.weights not in {None, HOME}:
        return True
    return not sent and (bool(journal.lost) or state.phase is Phase.PROPAGATING)


def _recorded(journal: BestEffortJournal, plan: Plan, known: Sequence[str], reason: str) -> bool:
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
        evidence={"records": as_known(plan.records_after.records, known, journal.world.settings.sides)},
    )
    return journal.state.seq == state.seq + 1


def _contested() -> Outcome:
    return Outcome(
        Exit.DRIFT,
        f"the live records changed under {ATTEMPTS} attempts to set them: somebody else is writing them",
        "stop whoever deploys the zone; then: cutover rollback",
    )


def _told(warnings: Sequence[str], is_sent: bool, made: Sequence[str], reason: str, exit_: Exit) -> Outcome:
    if warnings:
        return Outcome(
            Exit.DRIFT,
            "both sides' records are at ECS 100, but " + "; ".join(dict.fromkeys(warnings)),
            "mend that record in Route 53; then: cutover status",
        )
    if not is_sent:
        return Outcome(exit_, f"already at ECS 100, nothing to change ({reason})", _NEXT)
    again = f"; created again, for they were gone: {', '.join(made)}" if made else ""
    return Outcome(
        exit_, f"rolled back to ECS 100, INSYNC ({reason}){again}; caches follow within about a minute", _NEXT
    )


_NEXT = 'cutover status; to raise Lambda again later: cutover resume --reason "what was mended"'
