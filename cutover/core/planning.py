"""What a shift or a rollback would do: the exact records before and after, or the rule that refuses it."""

from collections.abc import Mapping, Sequence

from cutover.core.models import RecordSet, Snapshot, Verdict, Weights, Why
from cutover.core.plan import Known, Plan, Refused, Rule, Wish, plan_hash
from cutover.core.record import Event
from cutover.core.retired import ALONE, decommissioned, weights_of
from cutover.core.rules import refusals
from cutover.core.state import State
from cutover.core.zone import (
    Drift,
    DriftKind,
    Sides,
    beyond_rollback,
    both_sided,
    missing_records,
    read_weights,
    record_of,
    traffic,
    with_weights,
)

_RULES = {DriftKind.SUM: Rule.SUM, DriftKind.DECOMMISSIONED: Rule.DECOMMISSIONED}


def plan_shift(snapshot: Snapshot, sides: Sides, wish: Wish, known: Known) -> Plan | Refused:
    """The plan that gives Lambda `wish.target` percent, or the first rule against it. Lowering is never refused."""
    live = weights_of(known.state, snapshot, sides)
    if isinstance(live, Drift):
        return _unreadable(live)
    plan = exchange(traffic(snapshot), live, Weights.of_serverless(wish.target), sides)
    against = refusals(plan, wish, known)
    if not plan.raises:
        return _with(plan, tuple(r.text for r in against if r.rule in {Rule.DRIFT, Rule.PLAN}), {})
    standing = [refusal for refusal in against if refusal.rule not in wish.overrides]
    if standing:
        return standing[0]
    used = {refusal.rule: wish.overrides[refusal.rule] for refusal in against}
    return _with(plan, (*_overridden(against, wish), *_ecs_warnings(plan, known)), used)


def exchange(records: tuple[RecordSet, ...], live: Weights, target: Weights, sides: Sides) -> Plan:
    """The bare exchange of these records' weights, whatever the rules say of it."""
    after = with_weights(records, target, sides)
    return Plan(live, target, Snapshot(records), Snapshot(after), plan_hash(records, after))


def plan_rollback(snapshot: Snapshot, sides: Sides, known: Sequence[str] = ()) -> Plan | Drift:
    """The plan that gives ECS everything, whatever the weights are now; a drift only if ECS has no record to go to.

    `known` are the bodies of the records as last known: what is missing of them is created again.
    """
    missing, home = missing_records(snapshot, sides, known), Weights(100, 0)
    target = both_sided(Snapshot((*snapshot.records, *missing)), sides)
    records = tuple(record for record in target if record not in missing)
    before = read_weights(Snapshot(records) if records else snapshot, sides)
    if isinstance(before, Drift) and not target:
        return before
    after = with_weights(target, home, sides)
    left = beyond_rollback(Snapshot((*snapshot.records, *missing)), sides)
    warnings = tuple(f"the {one} stays: cutover can't move it" for one in left)
    return Plan(
        before=before if isinstance(before, Weights) else _nearest(records, sides),
        after=home,
        records_before=Snapshot(records),
        records_after=Snapshot(after),
        hash=plan_hash(records, after),
        warnings=warnings,
    )


def plan_return(state: State, rung: Event, snapshot: Snapshot, sides: Sides) -> Plan | Drift:
    """The rollback from the end: Lambda's plain records become both sides' again, with everything on ECS.

    A drift where the ledger does not know both sides' records of every type that is live.
    """
    records, home = traffic(snapshot), Weights(100, 0)
    after = with_weights(both_sided(Snapshot(tuple(map(record_of, state.records))), sides), home, sides)
    if {record.type for record in after} != {record.type for record in records}:
        return decommissioned(rung)
    return Plan(ALONE, home, Snapshot(records), Snapshot(after), plan_hash(records, after))


def _with(plan: Plan, warnings: tuple[str, ...], overridden: Mapping[Rule, str]) -> Plan:
    return Plan(plan.before, plan.after, plan.records_before, plan.records_after, plan.hash, warnings, dict(overridden))


def _unreadable(drift: Drift) -> Refused:
    rule = _RULES.get(drift.kind, Rule.DRIFT)
    return Refused(rule, drift.text, drift.kind.value, "two weighted records that sum to 100", drift.way_on)


def _overridden(against: Sequence[Refused], wish: Wish) -> tuple[str, ...]:
    return tuple(f"rule {r.rule.value!r} set aside ({wish.overrides[r.rule]}): {r.text}" for r in against)


def _ecs_warnings(plan: Plan, known: Known) -> tuple[str, ...]:
    if plan.before.serverless or known.judgement is None or known.judgement.verdict is Verdict.PASS:
        return ()
    return tuple(f.text for f in known.judgement.findings if f.verdict is not Verdict.PASS and f.why is not Why.BLIND)


def _nearest(records: Sequence[RecordSet], sides: Sides) -> Weights:
    """The weights to name as the old ones where the types disagree or the sum is off: the largest share of Lambda."""
    shares = [0.0]
    for type_ in {record.type for record in records}:
        pair = {r.set_identifier: r.weight or 0 for r in records if r.type == type_}
        total = sum(pair.values())
        shares.append(pair.get(sides.serverless, 0) / total if total else 0.5)
    return Weights.of_serverless(round(max(shares) * 100))
