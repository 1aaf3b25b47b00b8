"""Findings about what serves: telemetry of both sides, alarms, deploys, capacity, concurrency, request sizes."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from cutover.core.account import AccountFacts
from cutover.core.doctor.access import NOBODY
from cutover.core.doctor.findings import Diagnosis, Theme, must_mend, not_checked, ok, warning
from cutover.core.durations import format_duration
from cutover.core.models import Side, SideEvidence
from cutover.core.plan import Demand
from cutover.core.policy import Policy
from cutover.core.surroundings import Deploy, Surroundings
from cutover.core.words import NAMES, count, plural, roughly

DATA_HOURS = 24
_MEGABYTE = 1_000_000


def metrics(side: Side, found: SideEvidence | str, where: str) -> Diagnosis:
    """Whether CloudWatch has heard of the side in the newest day; `found` may be why it could not be asked.

    A wrong region, id, stage or metric looks like a side without requests: a gate could never tell.
    """
    check = f"{side.value} metrics"
    if isinstance(found, str):
        return must_mend(Theme.TELEMETRY, check, found, "mend that: without telemetry nothing is raised")
    minutes = [minute for minute in found.minutes if minute.requests is not None]
    if minutes:
        requests = sum(minute.requests or 0 for minute in minutes)
        said = f"{plural(requests, 'request')} in {plural(len(minutes), 'minute')} of the newest {DATA_HOURS} h"
        return ok(Theme.TELEMETRY, check, said)
    return must_mend(
        Theme.TELEMETRY,
        check,
        f"not one data point in {DATA_HOURS} h for {where}",
        f"is that the region, and are those the dimensions, under which {NAMES[side]} publishes?"
        f" aws cloudwatch list-metrics shows them; {_WAKE[side]}",
    )


def alarms(surroundings: Surroundings) -> Diagnosis:
    """Whether the veto alarms exist and are quiet."""
    theme, ringing = Theme.TELEMETRY, surroundings.alarms or ()
    if why := surroundings.unknown.get("alarms"):
        return must_mend(theme, "alarms", why, "mend that: an alarm that can't be asked stops every raise")
    if surroundings.alarms is None:
        mend = "name the alarms that must stop a raise in safety.veto_alarms"
        return warning(theme, "alarms", "no veto alarm is named, so the rule 'alarm' stops nothing", mend)
    if ringing:
        said = f"{plural(len(ringing), 'veto alarm')} in ALARM: {', '.join(ringing)}; nothing is raised meanwhile"
        return warning(theme, "alarms", said, "mend what it tells of")
    return ok(theme, "alarms", "every veto alarm exists, and none is in ALARM")


def deploys(surroundings: Surroundings, policy: Policy, now: datetime) -> Diagnosis:
    """When something that serves was changed last."""
    theme, found = Theme.RAISING, surroundings.deploys
    if why := surroundings.unknown.get("deploys"):
        return must_mend(theme, "deploys", why, "mend that: a deploy that can't be seen stops every raise")
    if not found:
        said = "no stack, service or function is named, so the rule 'deploy' stops nothing"
        return not_checked(theme, "deploys", said, "name them: safety.stacks, ecs.service, lambda.functions")
    newest: Deploy = max(found, key=lambda deploy: deploy.when)
    said = f"{newest.what} was deployed {roughly(max(now - newest.when, timedelta(0)))} ago"
    if now - newest.when >= policy.quiet_after_deploy:
        return ok(theme, "deploys", said)
    quiet = format_duration(policy.quiet_after_deploy)
    ends = f"wait until {newest.when + policy.quiet_after_deploy:%H:%M} UTC"
    return warning(theme, "deploys", f"{said}; nothing is raised within {quiet}", ends)


def capacity(surroundings: Surroundings, policy: Policy, serverless: int) -> Diagnosis:
    """Whether ECS keeps enough tasks for the way back; `serverless`: Lambda's weight now, in percent."""
    theme, found, floor = Theme.SIDES, surroundings.capacity, policy.warm_floor
    if why := surroundings.unknown.get("capacity"):
        return must_mend(theme, "ecs capacity", why, "mend that: a rollback needs those tasks")
    if found is None:
        said = "no service is named: the warm floor is not watched, and a rollback does not raise ECS"
        return not_checked(theme, "ecs capacity", said, "name ecs.cluster and ecs.service")
    said = f"{plural(found.running, 'task')} of {found.desired} run; the warm floor is {floor}"
    mend = f"set the service's desired count, and autoscaling's minimum, to {floor} or more"
    if min(found.running, found.desired) < floor:
        return (must_mend if serverless else warning)(theme, "ecs capacity", said, mend)
    if found.least is not None and found.least < floor:
        return warning(theme, "ecs capacity", f"{said}, and autoscaling's minimum is {found.least}", mend)
    if found.running < found.desired:
        return warning(theme, "ecs capacity", said, "look at the service's events: it does not reach its count")
    return ok(theme, "ecs capacity", said)


def concurrency(surroundings: Surroundings, policy: Policy, demand: Demand | None, now: int, then: int) -> Diagnosis:
    """Whether Lambda has room for all the traffic; `now`, `then`: its weight now and after the next step."""
    theme, room = Theme.SIDES, surroundings.concurrency
    if why := surroundings.unknown.get("concurrency"):
        return must_mend(theme, "concurrency", why, "mend that: without it nothing is raised")
    if room is None:
        said = "no function is named, so the rule 'concurrency' stops nothing"
        return not_checked(theme, "concurrency", said, "name lambda.functions")
    free = max(0, room.limit - room.used_peak)
    said = f"{count(free)} of {count(room.limit)} concurrent executions free at the newest hour's peak"
    if demand is None:
        return ok(theme, "concurrency", f"{said}; no traffic to compare it with")
    for share, find in ((then, must_mend), (100, warning)):
        needed = round(policy.concurrency_headroom * demand.concurrency(share - now))
        if free < needed:
            wanted = f"{said}; Lambda {share}% needs about {count(needed)}"
            return find(theme, "concurrency", wanted, "raise Lambda's concurrency quota in this region")
    return ok(theme, "concurrency", f"{said}: enough for Lambda 100%")


def bodies(facts: AccountFacts, limit_bytes: int, days: int) -> Diagnosis:
    """Whether clients send bodies that the gateway can't carry to Lambda."""
    theme, found = Theme.SIDES, facts.bodies
    if found is None:
        why = facts.unknown.get("bodies", NOBODY)
        return not_checked(theme, "request sizes", f"whether clients send over {_mb(limit_bytes)} is not known: {why}")
    seen = f"{plural(found.requests, 'request')} in {found.files_read} of {plural(found.files, 'log file')} of {days} d"
    if found.large:
        said = f"{found.large} of {seen} brought over {_mb(limit_bytes)}, up to {_mb(found.largest_bytes)}"
        mend = "move those clients to presigned uploads first: API Gateway and Lambda refuse such bodies"
        return must_mend(theme, "request sizes", said, mend)
    if found.requests and found.files_read == found.files:
        return ok(theme, "request sizes", f"none over {_mb(limit_bytes)} among {seen}")
    mend = "ask the whole access log (Athena: received_bytes) before the first shift"
    return warning(theme, "request sizes", f"none over {_mb(limit_bytes)} among {seen}: a sample", mend)


def _mb(size: int) -> str:
    return f"{size / _MEGABYTE:g} MB" if size % _MEGABYTE == 0 else f"{size / _MEGABYTE:.1f} MB"


_WAKE: Mapping[Side, str] = {
    Side.ECS: "mend aws.region or ecs.load_balancer",
    Side.SERVERLESS: "mend aws.region, lambda.api_id or lambda.api_stage; if nobody has called it yet, cutover verify"
    " does, and CloudWatch shows it after three minutes",
}
