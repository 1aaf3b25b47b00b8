"""The safety rules, each a question to one plan: no answer, or the refusal with its number and limit."""

from collections.abc import Callable

from cutover.core.models import Finding, Verdict, Why
from cutover.core.plan import HASH_DIGITS, Known, Plan, Refused, Rule, Wish
from cutover.core.safety import SAFETY_CHECKS
from cutover.core.state import State
from cutover.core.zone import changed_by_others


def refusals(plan: Plan, wish: Wish, known: Known) -> list[Refused]:
    """Every rule that stands against the plan, the most telling first."""
    return [refusal for check in _CHECKS if (refusal := check(plan, wish, known))]


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


def _step(plan: Plan, _: Wish, known: Known) -> Refused | None:
    points = plan.after.serverless - plan.before.serverless
    limit = known.policy.later_step if plan.before.serverless else known.policy.first_step
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
    missing = [f.text for f in judgement.findings if _without_data(f)] if judgement else [known.blindness]
    if not missing:
        return None
    return Refused(
        Rule.TELEMETRY,
        "telemetry is missing: " + "; ".join(missing),
        "no data",
        "data of every side with traffic",
        "cutover check shows when it is back",
    )


def _without_data(finding: Finding) -> bool:
    """Silent for too long, or not heard of at all yet."""
    return finding.why is Why.BLIND or (finding.gate == "telemetry" and finding.verdict is Verdict.HOLD)


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
    *SAFETY_CHECKS,
    _telemetry,
    _gates,
)
