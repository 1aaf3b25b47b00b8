"""What a shift would do: the exact records before and after, or the safety rule that refuses it."""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from cutover.core.models import Judgement, RecordSet, Snapshot, Verdict, Weights, Why
from cutover.core.state import State
from cutover.core.zone import (
    Drift,
    DriftKind,
    Sides,
    beyond_rollback,
    both_sided,
    changed_by_others,
    read_weights,
    traffic,
    with_weights,
)

FIRST_STEP = 10  # percent points from 0
LATER_STEP = 50
HASH_DIGITS = 12  # as shown; the whole hash is in the ledger


class Rule(StrEnum):
    """The safety rules, by the names that `--override` knows them by."""

    STEP = "step"
    GATES = "gates"
    TELEMETRY = "telemetry"
    DRIFT = "drift"
    ROLLED_BACK = "rolled-back"
    PLAN = "plan"
    SUM = "sum"


OVERRIDABLE = tuple(rule for rule in Rule if rule is not Rule.SUM)


@dataclass(frozen=True, slots=True)
class Wish:
    """What is asked for: Lambda's percent, the plan it must be (a hash, or its start), rules set aside with reasons."""

    target: int
    plan_hash: str = ""
    overrides: Mapping[Rule, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Plan:
    """One exchange of records. `hash` covers the exact records before and after, and nothing else."""

    before: Weights
    after: Weights
    records_before: Snapshot
    records_after: Snapshot
    hash: str
    warnings: tuple[str, ...] = ()
    overridden: Mapping[Rule, str] = field(default_factory=dict)

    @property
    def changes(self) -> bool:
        """Whether anything would be different afterwards."""
        return self.records_before != self.records_after

    @property
    def raises(self) -> bool:
        """Whether Lambda would get more than now."""
        return self.after.serverless > self.before.serverless


@dataclass(frozen=True, slots=True)
class Refused:
    """The rule that stands against a shift, with its number, its limit and the way on."""

    rule: Rule
    text: str
    number: str
    limit: str
    way_on: str
    verdict: Verdict | None = None  # of the gates, where they refuse


@dataclass(frozen=True, slots=True)
class Known:
    """What a plan is checked against. `judgement` None: telemetry could not be read (`blindness` says why)."""

    state: State
    judgement: Judgement | None
    blindness: str = ""


def plan_shift(snapshot: Snapshot, sides: Sides, wish: Wish, known: Known) -> Plan | Refused:
    """The plan that gives Lambda `wish.target` percent, or the first rule against it. Lowering is never refused."""
    live = read_weights(snapshot, sides)
    if isinstance(live, Drift):
        return _unreadable(live)
    plan = _exchange(traffic(snapshot), live, Weights.of_serverless(wish.target), sides)
    refusals = [refusal for check in _CHECKS if (refusal := check(plan, wish, known))]
    if not plan.raises:
        return _with(plan, tuple(r.text for r in refusals if r.rule in {Rule.DRIFT, Rule.PLAN}), {})
    standing = [refusal for refusal in refusals if refusal.rule not in wish.overrides]
    if standing:
        return standing[0]
    used = {refusal.rule: wish.overrides[refusal.rule] for refusal in refusals}
    return _with(plan, (*_overridden(refusals, wish), *_ecs_warnings(plan, known)), used)


def plan_rollback(snapshot: Snapshot, sides: Sides) -> Plan | Drift:
    """The plan that gives ECS everything, whatever the weights are now; a drift only if ECS has no record to go to."""
    records, home = both_sided(snapshot, sides), Weights(100, 0)
    before = read_weights(Snapshot(records) if records else snapshot, sides)
    if isinstance(before, Drift) and not records:
        return before
    after = with_weights(records, home, sides)
    warnings = tuple(f"the {left} stays: cutover can't move it" for left in beyond_rollback(snapshot, sides))
    return Plan(
        before=before if isinstance(before, Weights) else _nearest(records, sides),
        after=home,
        records_before=Snapshot(records),
        records_after=Snapshot(after),
        hash=plan_hash(records, after),
        warnings=warnings,
    )


def plan_hash(before: Sequence[RecordSet], after: Sequence[RecordSet]) -> str:
    """SHA-256 over the exact records before and after."""
    bodies = [sorted(record.body for record in records) for records in (before, after)]
    return hashlib.sha256(json.dumps(bodies).encode()).hexdigest()


def _exchange(records: tuple[RecordSet, ...], live: Weights, target: Weights, sides: Sides) -> Plan:
    after = with_weights(records, target, sides)
    return Plan(live, target, Snapshot(records), Snapshot(after), plan_hash(records, after))


def _with(plan: Plan, warnings: tuple[str, ...], overridden: Mapping[Rule, str]) -> Plan:
    return Plan(plan.before, plan.after, plan.records_before, plan.records_after, plan.hash, warnings, dict(overridden))


def _unreadable(drift: Drift) -> Refused:
    rule = Rule.SUM if drift.kind is DriftKind.SUM else Rule.DRIFT
    return Refused(rule, drift.text, drift.kind.value, "two weighted records that sum to 100", drift.way_on)


def _drift(plan: Plan, _: Wish, known: Known) -> Refused | None:
    if not known.state.records:
        return None
    drift = changed_by_others(plan.records_before.records, known.state.records)
    if drift is None:
        return None
    was = str(known.state.weights or "unknown")
    return Refused(Rule.DRIFT, drift.text, str(plan.before), was, drift.way_on)


def _rolled_back(_: Plan, __: Wish, known: Known) -> Refused | None:
    return sticky(known.state)


def sticky(state: State) -> Refused | None:
    """The refusal that stands from a rollback until it is resumed."""
    event = state.rolled_back
    if event is None:
        return None
    when = f"{event.time:%d %b %H:%M} UTC"
    return Refused(
        Rule.ROLLED_BACK,
        f"rolled back {when} by {event.actor}: {event.reason or 'no reason given'}",
        when,
        "none since the last resume",
        'cutover resume --reason "what was mended"',
    )


def _plan_hash(plan: Plan, wish: Wish, _: Known) -> Refused | None:
    if plan.hash.startswith(wish.plan_hash.lower()):
        return None
    return Refused(
        Rule.PLAN,
        f"the plan is {plan.hash[:HASH_DIGITS]} by now, not {wish.plan_hash}: the live records have changed",
        plan.hash[:HASH_DIGITS],
        wish.plan_hash,
        f"cutover shift --lambda-weight {wish.target} --dry-run shows what it would be",
    )


def _step(plan: Plan, _: Wish, __: Known) -> Refused | None:
    points = plan.after.serverless - plan.before.serverless
    limit = LATER_STEP if plan.before.serverless else FIRST_STEP
    if points <= limit:
        return None
    return Refused(
        Rule.STEP,
        f"a step of {points} points from {plan.before.serverless}% is over the limit of {limit}",
        str(points),
        str(limit),
        f"cutover shift --lambda-weight {plan.before.serverless + limit}",
    )


def _telemetry(_: Plan, __: Wish, known: Known) -> Refused | None:
    judgement = known.judgement
    if judgement is not None and not judgement.held_for(Why.BLIND):
        return None
    missing = [f.text for f in judgement.findings if f.why is Why.BLIND] if judgement else [known.blindness]
    return Refused(
        Rule.TELEMETRY,
        "telemetry is missing: " + "; ".join(missing),
        "no data",
        "data of every side with traffic",
        "cutover check shows when it is back",
    )


def _gates(plan: Plan, _: Wish, known: Known) -> Refused | None:
    judgement = known.judgement
    if judgement is None or plan.before.serverless == 0 or judgement.verdict is Verdict.PASS:
        return None
    return Refused(
        Rule.GATES,
        f"the gates say {judgement.verdict.value.upper()}: " + "; ".join(judgement.reasons),
        judgement.verdict.value,
        Verdict.PASS.value,
        "cutover rollback" if judgement.verdict is Verdict.FAIL else "cutover check, until it passes",
        judgement.verdict,
    )


_CHECKS: tuple[Callable[[Plan, Wish, Known], Refused | None], ...] = (
    _drift,
    _rolled_back,
    _plan_hash,
    _step,
    _telemetry,
    _gates,
)


def _overridden(refusals: Sequence[Refused], wish: Wish) -> tuple[str, ...]:
    return tuple(f"rule {r.rule.value!r} set aside ({wish.overrides[r.rule]}): {r.text}" for r in refusals)


def _ecs_warnings(plan: Plan, known: Known) -> tuple[str, ...]:
    if plan.before.serverless or known.judgement is None or known.judgement.verdict is Verdict.PASS:
        return ()
    return tuple(f.text for f in known.judgement.findings if f.verdict is not Verdict.PASS and f.why is not Why.BLIND)


def _nearest(records: Sequence[RecordSet], sides: Sides) -> Weights:
    """The weights to name as the old ones where the types disagree or the sum is off: the largest share of Lambda."""
    shares = []
    for type_ in {record.type for record in records}:
        pair = {r.set_identifier: r.weight or 0 for r in records if r.type == type_}
        total = sum(pair.values())
        shares.append(pair[sides.serverless] / total if total else 0.5)
    return Weights.of_serverless(round(max(shares) * 100))
