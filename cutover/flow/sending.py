"""Sending a change: intent, call, applied; then following it until it is in sync and settled."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from cutover.core import batch
from cutover.core.models import Judgement, RecordSet, Snapshot, Weights
from cutover.core.parts import PartKind
from cutover.core.plan import Plan
from cutover.core.record import Kind
from cutover.core.retired import dns_rung, weights_of
from cutover.core.state import Phase, Recovery, State, recover
from cutover.core.words import percent
from cutover.core.zone import Drift, DriftKind, changed_by_others, difference, traffic, with_weights
from cutover.exits import Exit
from cutover.flow.journal import BestEffortJournal, Journal
from cutover.flow.outcome import Outcome, Stop, drifted
from cutover.flow.retreat.by_hand import plain_line
from cutover.flow.retreat.reinforcing import tasks_at_home
from cutover.ports import (
    ChangedMeanwhile,
    ControlPlaneUnavailable,
    LedgerMoved,
    LedgerUnavailable,
    Locked,
    NotAllowed,
)

FIRST_POLL = timedelta(seconds=5)
LONGEST_POLL = timedelta(seconds=60)
MOST_SENDS = 4  # of one change, evenly over `insync_timeout`


def send(journal: Journal, plan: Plan, reason: str = "", evidence: dict[str, Any] | None = None) -> None:
    """Write the intent, send the batch, write that it was taken. The way back is kept beside the ledger first.

    Raises ChangedMeanwhile, NotAllowed, LedgerMoved and LedgerUnavailable when nothing was changed,
    ControlPlaneUnavailable when that is open.
    """
    world = journal.world
    comment = batch.comment(world.settings.stage, journal.state.seq + 1, journal.actor)
    facts: dict[str, Any] = {
        "records": _bodies(plan.records_after.records),
        "undo": _keep_way_back(journal, plan, comment),
    }
    if plan.raises and not plan.before.serverless:
        facts |= tasks_at_home(world)
    journal.write(
        Kind.INTENT,
        reason=reason,
        plan_hash=plan.hash,
        before=None if plan.adopts else (plan.before.ecs, plan.before.serverless),
        after=(plan.after.ecs, plan.after.serverless),
        evidence=facts | (evidence or {}),
    )
    _apply(journal, plan.records_before, plan.records_after, plan.after, comment, raises=plan.raises)


def judged_evidence(judgement: Judgement | None) -> dict[str, Any]:
    """What the ledger keeps of a judgement."""
    if judgement is None:
        return {}
    burst = judgement.burst
    known: dict[str, Any] = {"burst": {"phi": round(burst.phi, 3), "source": burst.source}} if burst.minutes else {}
    past = judgement.client_past
    if past and past.minutes:
        known["client_past"] = {key: value for key, value in asdict(past).items() if key != "minutes"}
    return {"verdict": judgement.verdict.value, "findings": [f.text for f in judgement.findings]} | known


def reconcile(journal: Journal, snapshot: Snapshot, accepted: str = "") -> None:
    """Bring the ledger and the live records together: adopt, send again, abandon; or stop at a drift.

    `accepted` is a person's reason to take other records than the ledger knows as they are.
    """
    settings, state = journal.world.settings, journal.state
    live, records = weights_of(state, snapshot, settings.sides), traffic(snapshot)
    if isinstance(live, Drift):
        raise _drift(journal, live)
    note_undone(journal, "the live records are weighted")
    if state.intent is None:
        _meet(journal, records, live, accepted)
        return
    wanted = Weights(*state.intent.after) if state.intent.after else live
    match recover(state.intent, live, _bodies(records)):
        case Recovery.ADOPT:
            journal.write(Kind.APPLIED, reason="found live after an interruption", evidence={"recovered": True})
        case Recovery.SEND_AGAIN:
            target = with_weights(records, wanted, settings.sides)
            comment = batch.comment(settings.stage, state.intent.seq, journal.actor)
            _apply(journal, Snapshot(records), Snapshot(target), wanted, comment, raises=False)
        case Recovery.ABANDON:
            journal.write(Kind.ABANDONED, reason="it was never carried out; the gates are asked again first")
        case Recovery.DRIFT:
            drift = difference(records, state.intent.evidence.get("records", ()))
            _take_or_stop(journal, records, live, drift, accepted)


def follow(journal: Journal) -> None:
    """Take the change that is under way one step further, if it is ready. Stops with TIMED_OUT when INSYNC is late."""
    world, state, now = journal.world, journal.state, journal.now()
    if state.phase is Phase.SETTLING and state.insync_at and now - state.insync_at >= world.settings.span("settle"):
        journal.write(Kind.SETTLED)
    if state.phase is not Phase.PROPAGATING:
        return
    synced = world.weights.in_sync(state.change_id) if state.change_id else None
    if synced:
        journal.write(Kind.INSYNC, change_id=state.change_id)
    elif _stranded(journal, synced, state.sends, state.applied_at):
        _send_again(journal)
    elif is_late(journal):
        raise Stop(late(state))


def wait_insync(journal: Journal) -> None:
    """Follow the change until every name server has it.

    Stops with TIMED_OUT; raises ControlPlaneUnavailable, and ChangedMeanwhile if the records are others by then.
    """
    pause = FIRST_POLL
    while journal.state.phase is Phase.PROPAGATING:
        try:
            follow(journal)
        except ControlPlaneUnavailable:
            if is_late(journal):
                raise
        if journal.state.phase is Phase.PROPAGATING:
            journal.world.clock.sleep(pause)
            pause = min(2 * pause, LONGEST_POLL)


def wait_insync_of(journal: Journal, change_id: str, bodies: Sequence[str]) -> None:
    """The same for a change that no intent in the ledger stands for: of these records, sent a moment ago.

    Stops with TIMED_OUT; raises ControlPlaneUnavailable, ChangedMeanwhile.
    """
    world, sends, pause = journal.world, 1, FIRST_POLL
    began = sent = journal.now()
    while not (synced := world.weights.in_sync(change_id)):
        if _stranded(journal, synced, sends, sent):
            (_, change_id), sends, sent = _sent_again(journal, bodies), sends + 1, journal.now()
        elif journal.now() - began > world.settings.span("insync_timeout"):
            text = "Route 53 took the change to the plain record, but INSYNC did not come in time; it may still come"
            raise Stop(Outcome(Exit.TIMED_OUT, text, "cutover decommission plan"))
        world.clock.sleep(pause)
        pause = min(2 * pause, LONGEST_POLL)


def is_late(journal: Journal) -> bool:
    """Whether the change has been under way for longer than `insync_timeout`."""
    sent = journal.state.sent_at
    return sent is not None and journal.now() - sent > journal.world.settings.span("insync_timeout")


def _bodies(records: Iterable[RecordSet]) -> list[str]:
    return sorted(record.body for record in records)


def _keep_way_back(journal: Journal, plan: Plan, comment: str) -> str:
    world = journal.world
    document = batch.way_back(plan.records_after.records, world.settings.sides, comment)
    try:
        place = journal.keep(f"rollback-{journal.state.seq + 1}.json", json.dumps(document, indent=2))
    except LedgerUnavailable:
        if isinstance(journal, BestEffortJournal):
            return ""
        raise
    return plain_line(world.settings, f"file://{place}")


def _apply(
    journal: Journal, before: Snapshot, after: Snapshot, weights: Weights, comment: str, *, raises: bool
) -> None:
    try:
        if raises:
            journal.must_be_alone()
        change_id = journal.world.weights.apply(before, after, comment)
    except (ChangedMeanwhile, NotAllowed, LedgerMoved, LedgerUnavailable, Locked, Stop) as error:
        journal.insist(Kind.ABANDONED, reason=str(error), **_named(after, weights))
        raise
    journal.insist(Kind.APPLIED, change_id=change_id, **_named(after, weights))


def _named(after: Snapshot, weights: Weights | None) -> dict[str, Any]:
    """What tells a line's change from another's: a rollback may have written its own intent in between."""
    pair = (weights.ecs, weights.serverless) if weights else None
    return {"after": pair, "evidence": {"records": _bodies(after.records)}}


def note_undone(journal: Journal, reason: str) -> None:
    """Write down that the name is weighted again, where a rung says that it is, or is to become, plain."""
    if dns_rung(journal.state):
        facts = {"rung": PartKind.DNS.rung, "undone": True}
        journal.insist(Kind.RUNG, reason=f"{PartKind.DNS.rung} undone ({reason})", evidence=facts)


def _meet(journal: Journal, records: tuple[RecordSet, ...], live: Weights, accepted: str) -> None:
    if not journal.state.records:
        _adopt(journal, records, live, "first seen")
    elif drift := changed_by_others(records, journal.state.records):
        _take_or_stop(journal, records, live, drift, accepted)


def _take_or_stop(journal: Journal, records: tuple[RecordSet, ...], live: Weights, drift: Drift, accepted: str) -> None:
    if not accepted:
        raise _drift(journal, drift)
    _adopt(journal, records, live, f"{accepted} ({drift.text})")


def _adopt(journal: Journal, records: tuple[RecordSet, ...], live: Weights, reason: str) -> None:
    journal.write(
        Kind.ADOPTED, reason=reason, after=(live.ecs, live.serverless), evidence={"records": _bodies(records)}
    )


def _drift(journal: Journal, drift: Drift) -> Stop:
    if journal.state.drift != drift.text and drift.kind is not DriftKind.DECOMMISSIONED:
        journal.write(Kind.DRIFT, reason=drift.text)
    return Stop(drifted(drift))


def _stranded(journal: Journal, synced: bool | None, sends: int, applied_at: datetime | None) -> bool:
    """A change whose id Route 53 does not know is sent again at once; one that stays PENDING, after a while."""
    if sends >= MOST_SENDS:
        return False
    patience = journal.world.settings.span("insync_timeout") / MOST_SENDS
    return synced is None or (applied_at is not None and journal.now() - applied_at >= patience)


def _send_again(journal: Journal) -> None:
    ours, change_id = _sent_again(journal, journal.state.records)
    state = journal.state
    why = "sent again: the change id was lost or stayed PENDING"
    journal.insist(Kind.APPLIED, reason=why, change_id=change_id, **_named(ours, state.weights))


def _sent_again(journal: Journal, bodies: Sequence[str]) -> tuple[Snapshot, str]:
    """Exchange these records by themselves, if they are still live; with the new change's id."""
    world, live = journal.world, traffic(journal.world.weights.read())
    ours = Snapshot(tuple(record for record in live if record.body in bodies))
    if len(ours.records) < len(bodies):
        raise ChangedMeanwhile(difference(live, bodies).text)
    comment = batch.comment(world.settings.stage, journal.state.seq, journal.actor)
    return ours, world.weights.apply(ours, ours, comment)


def late(state: State, why: str = "") -> Outcome:
    """The end where INSYNC is late. `why`: what kept it from being asked for."""
    share = percent(state.weights.serverless / 100) if state.weights else "the new share"
    return Outcome(
        Exit.TIMED_OUT,
        f"Route 53 took the change to Lambda {share}, but INSYNC did not come in time; it may still come"
        + (f" ({why})" if why else ""),
        "cutover status; then cutover run to go on, or cutover rollback",
    )
