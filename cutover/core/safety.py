"""The safety rules about time, receipts and surroundings: no answer, or the refusal with its number and limit."""

import math
from collections.abc import Callable

from cutover.core.durations import format_duration
from cutover.core.freezes import frozen, opening, opens_at
from cutover.core.plan import Known, Plan, Refused, Rule, Wish
from cutover.core.words import count, plural, roughly

Check = Callable[[Plan, Wish, Known], Refused | None]


def _paused(_: Plan, __: Wish, known: Known) -> Refused | None:
    event = known.state.standing.paused
    if event is None:
        return None
    return Refused(
        Rule.PAUSED,
        f"paused {event.time:%d %b %H:%M} UTC by {event.actor}: {event.reason}",
        f"{event.time:%d %b %H:%M} UTC",
        "no pause",
        'cutover resume --reason "why it may go on"',
    )


def _freeze(plan: Plan, _: Wish, known: Known) -> Refused | None:
    weekly, named = known.policy.weekly_freezes, known.state.standing.freezes
    window = frozen(known.now, weekly, named)
    if window is None:
        return None
    opens = opening(known.now, opens_at(known.now, weekly, named))
    return Refused(
        Rule.FREEZE,
        f"frozen until {opens}: {window.text}; it is {known.now:%a %d %b %H:%M} UTC",
        f"{known.now:%a %H:%M} UTC",
        opens,
        f"wait until {opens}; or: cutover shift --lambda-weight {plan.after.serverless}"
        ' --override freeze="why it can\'t wait"; lowering is always allowed',
    )


def _deploy(_: Plan, __: Wish, known: Known) -> Refused | None:
    quiet = known.policy.quiet_after_deploy
    newest = max(known.surroundings.deploys or (), key=lambda deploy: deploy.when, default=None)
    if newest is None or known.now - newest.when >= quiet:
        return None
    ends = newest.when + quiet
    return Refused(
        Rule.DEPLOY,
        f"{newest.what} was deployed {roughly(known.now - newest.when)} ago; nothing is raised within"
        f" {format_duration(quiet)} of a deploy",
        roughly(known.now - newest.when),
        format_duration(quiet),
        f"wait until {ends:%H:%M} UTC",
    )


def _alarm(_: Plan, __: Wish, known: Known) -> Refused | None:
    alarms = known.surroundings.alarms
    if not alarms:
        return None
    return Refused(
        Rule.ALARM,
        f"{plural(len(alarms), 'veto alarm')} in ALARM: {', '.join(alarms)}",
        str(len(alarms)),
        "0",
        "mend what it tells of; cutover doctor shows when it is quiet again",
    )


def _drill(plan: Plan, wish: Wish, known: Known) -> Refused | None:
    limit, highest = known.policy.drill_above, max(plan.after.serverless, wish.top)
    if highest <= limit:
        return None
    receipt, oldest = known.state.standing.drill, known.policy.drill_max_age
    if receipt is not None and known.now - receipt.time <= oldest:
        return None
    how_old = f"is {roughly(known.now - receipt.time)} old" if receipt else "does not exist"
    at_first = "" if plan.before.serverless == 0 else ", when Lambda is at 0 again"
    # A step within the limit is refused for what follows it alone, which setting the rule aside for it does not mend.
    aside = f'; or: cutover shift --lambda-weight {plan.after.serverless} --override drill="why"'
    return Refused(
        Rule.DRILL,
        f"the receipt of a rollback drill {how_old}; above {limit}% one of the last {format_duration(oldest)} is"
        " needed",
        roughly(known.now - receipt.time) if receipt else "none",
        format_duration(oldest),
        f"cutover drill{at_first}{aside if plan.after.serverless > limit else ''}",
    )


def _verify(_: Plan, __: Wish, known: Known) -> Refused | None:
    """A failure stands until a verification passes, however long ago it was."""
    event = known.state.standing.verified
    if event is None or event.evidence.get("ok"):
        return None
    return Refused(
        Rule.VERIFY,
        f"the newest verification, {roughly(known.now - event.time)} ago, failed: {event.reason}",
        "failed",
        "passed",
        "mend that; then: cutover verify",
    )


def _ipv6(_: Plan, __: Wish, known: Known) -> Refused | None:
    reach = known.surroundings.ipv6
    if reach is None or reach.ecs == reach.serverless:
        return None
    one, other = ("ECS", "Lambda") if reach.ecs else ("Lambda", "ECS")
    return Refused(
        Rule.IPV6,
        f"{one} can be reached by IPv6 and {other} can not: clients with IPv6 would not be shared out by the weights",
        f"{one} only",
        "both sides or neither",
        "give both sides IPv6 (AAAA records, dualstack), or neither; then: cutover doctor",
    )


def _concurrency(plan: Plan, _: Wish, known: Known) -> Refused | None:
    room, demand, headroom = known.surroundings.concurrency, known.demand, known.policy.concurrency_headroom
    if room is None or demand is None:
        return None
    needed = math.ceil(headroom * demand.concurrency(plan.after.serverless - plan.before.serverless))
    free = max(0, room.limit - room.used_peak)
    if free >= needed:
        return None
    if not demand.has_p95:
        return Refused(
            Rule.CONCURRENCY,
            f"the rule 'concurrency' can't be checked: there is traffic and no p95 of it; at"
            f" {demand.seconds_per_request:.0f} s a request Lambda {plan.after.serverless}% needs {count(needed)} more"
            f" concurrent executions, and {count(free)} of {count(room.limit)} are free",
            "not known",
            "known",
            "cutover check shows when there is a p95; cutover doctor",
        )
    return Refused(
        Rule.CONCURRENCY,
        f"Lambda {plan.after.serverless}% needs about {count(needed)} more concurrent executions"
        f" ({headroom:g} times the expected), and {count(free)} of {count(room.limit)} are free",
        count(free),
        count(needed),
        "raise the concurrency quota of Lambda in this region; then: cutover doctor",
    )


def _warm_floor(plan: Plan, _: Wish, known: Known) -> Refused | None:
    capacity, floor = known.surroundings.capacity, known.policy.warm_floor
    if plan.after.serverless < 100 or capacity is None:
        return None
    # Autoscaling takes an idle service down to its minimum, whatever runs now.
    lasting = min(capacity.running, capacity.desired, floor if capacity.least is None else capacity.least)
    if lasting >= floor:
        return None
    scaled = "" if capacity.least is None else f", autoscaling's minimum {capacity.least}"
    return Refused(
        Rule.WARM_FLOOR,
        f"ECS runs {plural(capacity.running, 'task')} (asked {capacity.desired}{scaled}): at Lambda 100% a rollback"
        f" needs {floor} of them",
        str(lasting),
        str(floor),
        f"set the ECS service's desired count, and autoscaling's minimum, to {floor} or more",
    )


def _kill_switch(plan: Plan, _: Wish, known: Known) -> Refused | None:
    """By the ledger, and by the switch's own word: it can be thrown by hand."""
    event = known.state.standing.switched
    if event is None and known.surroundings.serving is not False:
        return None
    thrown = (
        f"was thrown {event.time:%d %b %H:%M} UTC by {event.actor}"
        if event
        else "is thrown by its own word, and the ledger does not know by whom"
    )
    back = 'cutover resume --reason "what was mended" puts it back'
    return Refused(
        Rule.KILL_SWITCH,
        f"the kill switch {thrown}: Lambda gets no traffic whatever the weights",
        "thrown",
        "serving",
        f"cutover rollback; then {back}" if plan.before.serverless else back,
    )


def _unknown(fact: str, rule: Rule) -> Check:
    """What was to be asked and could not be is no good news."""

    def check(plan: Plan, _: Wish, known: Known) -> Refused | None:
        why = known.surroundings.unknown.get(fact)
        if not why or (rule is Rule.WARM_FLOOR and plan.after.serverless < 100):
            return None
        return Refused(rule, f"the rule {rule.value!r} can't be checked: {why}", "not known", "known", "cutover doctor")

    return check


SAFETY_CHECKS: tuple[Check, ...] = (
    _kill_switch,
    _paused,
    _freeze,
    _deploy,
    _alarm,
    _drill,
    _verify,
    _ipv6,
    _concurrency,
    _warm_floor,
    _unknown("serving", Rule.KILL_SWITCH),
    _unknown("alarms", Rule.ALARM),
    _unknown("deploys", Rule.DEPLOY),
    _unknown("concurrency", Rule.CONCURRENCY),
    _unknown("capacity", Rule.WARM_FLOOR),
    _unknown("ipv6", Rule.IPV6),
)
