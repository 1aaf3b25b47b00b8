"""Values as plain JSON: the field names that programs rely on."""

from datetime import datetime
from typing import Any

from cutover.core.ahead import Ahead
from cutover.core.bake import BakeClock
from cutover.core.decommission import LADDER, Rung
from cutover.core.models import Finding, Judgement, Side, Step, Weights
from cutover.core.plan import Plan
from cutover.core.record import Event
from cutover.core.retired import gone, undo_of
from cutover.core.traffic_gates import observed_share
from cutover.flow.look.picture import Picture
from cutover.flow.outcome import Outcome
from cutover.flow.report import Tick


def weights(value: Weights | None) -> dict[str, int] | None:
    """Asked weights, in percent."""
    return {"ecs": value.ecs, "lambda": value.serverless} if value else None


def judgement(value: Judgement | None) -> dict[str, Any]:
    """A verdict with its findings."""
    if value is None:
        return {"verdict": None, "findings": []}
    return {"verdict": value.verdict.value, "findings": [finding(f) for f in value.findings]}


def finding(value: Finding) -> dict[str, Any]:
    """One gate's answer; rates as fractions, times in milliseconds."""
    return {
        "gate": value.gate,
        "side": value.side.value,
        "verdict": value.verdict.value,
        "why": value.why.value if value.why else None,
        "value": value.value,
        "bound": value.bound,
        "score": value.score,
        "threshold": value.threshold,
        "limit": value.limit,
        "samples": value.samples,
        "text": value.text,
    }


def bake(clock: BakeClock | None) -> dict[str, Any] | None:
    """A bake clock."""
    return clock.plain() if clock else None


def step(value: Step | None) -> dict[str, Any] | None:
    """A step of the ladder."""
    if value is None:
        return None
    return {
        "lambda": value.weight,
        "bake_seconds": int(value.bake.total_seconds()),
        "min_requests": value.min_requests,
    }


def event(value: Event) -> dict[str, Any]:
    """A ledger line."""
    return {
        "seq": value.seq,
        "time": value.time.isoformat(timespec="milliseconds"),
        "kind": value.kind.value,
        "actor": value.actor,
        "host": value.host,
        "command": value.command,
        "reason": value.reason,
        "plan_hash": value.plan_hash,
        "before": list(value.before) if value.before else None,
        "after": list(value.after) if value.after else None,
        "change_id": value.change_id,
        "evidence": dict(value.evidence),
    }


def plan(value: Plan) -> dict[str, Any]:
    """A plan, with the exact records before and after as canonical JSON."""
    return {
        "hash": value.hash,
        "before": weights(value.before),
        "after": weights(value.after),
        "records_before": [record.body for record in value.records_before.records],
        "records_after": [record.body for record in value.records_after.records],
        "warnings": list(value.warnings),
        "overridden": {rule.value: reason for rule, reason in value.overridden.items()},
    }


def tick(value: Tick) -> dict[str, Any]:
    """One tick of a run."""
    return {
        "time": value.time.isoformat(timespec="milliseconds"),
        "event": "tick",
        "state": value.label,
        "phase": value.phase.value,
        "weights": weights(value.weights),
        "asked_weight": value.weights.serverless if value.weights else None,
        **judgement(value.judgement),
        "bake": bake(value.clock),
        "next_step": step(value.next_step),
        "trouble": value.trouble.text if value.trouble else None,
        "waiting": waiting(value.waiting),
    }


def waiting(value: Outcome | None) -> dict[str, str] | None:
    """The rule that the next step waits for, with its numbers and the way on."""
    return {"rule": value.rule, "text": value.text, "next": value.way_on} if value else None


def picture(value: Picture) -> dict[str, Any]:
    """Everything that `status` knows."""
    state, share = value.state, observed_share(value.evidence) if value.evidence else (None, 0)
    answers = value.answers
    return {
        "time": value.now.isoformat(timespec="milliseconds"),
        "state": value.label,
        "phase": state.phase.value,
        "weights": weights(value.weights),
        "weights_source": "route53" if value.live else "ledger",
        "since": state.since.isoformat(timespec="milliseconds") if state.since else None,
        "ledger": {
            "seq": state.seq,
            "last": state.last_at.isoformat() if state.last_at else None,
            "problem": value.ledger_lost or None,
        },
        "rolled_back": event(state.rolled_back) if state.rolled_back else None,
        "drift": {"kind": value.drift.kind.value, "text": value.drift.text} if value.drift else None,
        "dns": {
            "answers": answers.total,
            "lambda": answers.by_side[Side.SERVERLESS],
            "ecs": answers.by_side[Side.ECS],
            "unknown": answers.unknown,
        }
        if answers
        else None,
        "observed": {"lambda_share": share[0], "requests": share[1]},
        **judgement(value.exam.judgement if value.exam else None),
        "bake": bake(value.exam.clock if value.exam else None),
        "next_step": step(value.next_step),
        "ahead": ahead(value.ahead),
        **standing(value),
        "decommissioned": event(value.retired) if value.retired else None,
        "rollback": _rollback(value),
        "problems": list(value.problems),
    }


def _rollback(value: Picture) -> list[str]:
    """The lines that go back; where no ECS task runs, first the one that brings them back."""
    if value.retired and gone(value.state):
        return []
    undo = undo_of(value.retired) if value.retired else value.state.undo
    first = [LADDER[Rung.DRAIN].undo] if Rung.DRAIN in value.state.standing.rungs else []
    return [*first, "cutover rollback", *([undo] if undo else [])]


def ahead(value: Ahead | None) -> dict[str, Any] | None:
    """The next step's earliest moment, what decides it, and the rules that stand in its way."""
    if value is None:
        return None
    return {
        "lambda": value.step.weight,
        "due": _moment(value.due),
        "by": value.by.value,
        "stands": [
            {"rule": r.rule.value, "text": r.text, "number": r.number, "limit": r.limit, "next": r.way_on}
            for r in value.stands
        ],
    }


def standing(value: Picture) -> dict[str, Any]:
    """What people have said and shown, and who is at work."""
    said, holder = value.state.standing, value.holder
    return {
        "paused": event(said.paused) if said.paused else None,
        "promoted": said.promoted,
        "frozen_until": _moment(value.opens) if value.freeze else None,
        "freezes": [
            {"id": f.id, "start": _moment(f.start), "end": _moment(f.end), "reason": f.reason, "actor": f.actor}
            for f in said.freezes
        ],
        "drill": event(said.drill) if said.drill else None,
        "verified": event(said.verified) if said.verified else None,
        "kill_switch": {"thrown": event(said.switched) if said.switched else None, "serving": value.serving},
        "alarms": None if value.surroundings.alarms is None else list(value.surroundings.alarms),
        "at_work": {"name": holder.name, "fence": holder.fence, "until": _moment(holder.until)} if holder else None,
        "rungs": {name: event(taken) for name, taken in said.rungs.items()},
        "load_tests": [event(test.event) for test in said.load_tests if test.is_under_way(value.now)],
    }


def _moment(when: datetime | None) -> str | None:
    return when.isoformat(timespec="milliseconds") if when else None
