"""Findings about the public name's records: adopted, whole, answered; and whether Route 53 judges targets rightly."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from cutover.core.account import TargetGroup
from cutover.core.doctor.access import NOBODY
from cutover.core.doctor.findings import Diagnosis, Theme, must_mend, not_checked, ok, warning
from cutover.core.models import RecordSet, Side, Snapshot, Weights
from cutover.core.record import Event
from cutover.core.surroundings import Surroundings
from cutover.core.words import NAMES, plural
from cutover.core.zone import ALIAS_TTL_SECONDS, Drift, Sides, changed_by_others, read_weights, traffic

_THEME = Theme.RECORDS
ENDED = "decommissioned"
_LOAD_BALANCER = ".elb."  # in the names that AWS gives load balancers


def unreadable(why: str) -> Diagnosis:
    """The finding where Route 53 could not be read."""
    return must_mend(_THEME, "records", why, "mend that; then: cutover doctor")


def shares(snapshot: Snapshot, sides: Sides) -> Diagnosis:
    """Whether every type has both sides' weighted records, which sum to 100 and agree."""
    live = read_weights(snapshot, sides)
    if isinstance(live, Drift):
        return must_mend(_THEME, "records", live.text, live.way_on)
    types = ", ".join(dict.fromkeys(record.type for record in traffic(snapshot)))
    return ok(_THEME, "records", f"{types}: weighted, both sides, {live}")


def ended(rung: Event) -> Diagnosis:
    """The finding after the end: one plain record a type, as it was written then."""
    said = f"decommissioned {rung.time:%d %b %H:%M} UTC: one plain record a type, which points at Lambda"
    return ok(_THEME, ENDED, said)


def known(snapshot: Snapshot, bodies: Sequence[str]) -> Diagnosis:
    """Whether the live records are those that the ledger knows."""
    if not bodies:
        return ok(_THEME, "drift", "the ledger knows no records yet: the first shift takes the live ones")
    drift = changed_by_others(traffic(snapshot), bodies)
    if drift is None:
        return ok(_THEME, "drift", "the live records are those that the ledger knows, field by field")
    return must_mend(_THEME, "drift", drift.text, "cutover drift shows who did it, and offers to take it or undo it")


def ttl(snapshot: Snapshot) -> Diagnosis:
    """Whether clients come back after a minute: an alias's TTL is 60 s, another record's should be."""
    others = {
        f"{record.type} {record.set_identifier or ''}".strip(): seconds
        for record in traffic(snapshot)
        if (seconds := json.loads(record.body).get("TTL", ALIAS_TTL_SECONDS)) != ALIAS_TTL_SECONDS
    }
    if not others:
        return ok(_THEME, "ttl", f"every record is an alias or has {ALIAS_TTL_SECONDS} s")
    stated = ", ".join(f"{name} {seconds} s" for name, seconds in others.items())
    return warning(
        _THEME,
        "ttl",
        f"{stated}, not {ALIAS_TTL_SECONDS} s: a rollback reaches clients that much later or earlier",
        f"set them to {ALIAS_TTL_SECONDS} s in Route 53; then: cutover drift --fix adopt",
    )


def target_health(snapshot: Snapshot, sides: Sides, groups: Sequence[TargetGroup] | None) -> Iterator[Diagnosis]:
    """Whether EvaluateTargetHealth is set as each side needs it."""
    evaluated = [record for record in traffic(snapshot) if _alias(record).get("EvaluateTargetHealth")]
    for record in evaluated:
        if not _is_load_balancer(record) and not _health_check(record):
            yield warning(
                _THEME,
                "health",
                f"{record.type} {record.set_identifier}: EvaluateTargetHealth says nothing of an HTTP API, which is"
                " unhealthy only with its whole region",
                "set it to false, and give the record a health check",
            )
    of_ecs = [r for r in evaluated if r.set_identifier == sides.ecs and _is_load_balancer(r)]
    yield from _empty_groups(of_ecs, groups, read_weights(snapshot, sides))


def ipv6(surroundings: Surroundings) -> Diagnosis:
    """Whether both sides, or neither, can be reached by IPv6."""
    reach = surroundings.ipv6
    if reach is None:
        return _unasked(surroundings, "ipv6", "ipv6")
    if reach.ecs == reach.serverless:
        return ok(_THEME, "ipv6", "both sides" if reach.ecs else "neither side; clients use IPv4")
    side = NAMES[Side.ECS if reach.ecs else Side.SERVERLESS]
    return must_mend(
        _THEME,
        "ipv6",
        f"{side} alone can be reached by IPv6: the weights do not hold for clients that use it",
        "give both sides an AAAA record and a dualstack address, or neither",
    )


def name_servers(by_side: Mapping[Side, int], unknown: int, weights: Weights | None) -> Diagnosis:
    """Whether the public name servers answer, and with these records; no weights: they are just being changed."""
    total = sum(by_side.values()) + unknown
    mend = "cutover verify asks each of them; does the registrar name this hosted zone's name servers?"
    if not total:
        return warning(_THEME, "name servers", "none answered by UDP", mend)
    if unknown:
        said = f"{unknown} of {plural(total, 'answer')} point at neither side's record"
        return must_mend(_THEME, "name servers", said, mend)
    share = {Side.ECS: weights.ecs, Side.SERVERLESS: weights.serverless} if weights else {}
    if wrong := [side for side, asked in share.items() if not asked and by_side[side]]:
        said = f"{by_side[wrong[0]]} of {plural(total, 'answer')} point at {NAMES[wrong[0]]}, which has weight 0"
        return must_mend(_THEME, "name servers", said, mend)
    return ok(_THEME, "name servers", f"{plural(total, 'answer')}, all of them one of the two sides")


def _empty_groups(
    records: Sequence[RecordSet], groups: Sequence[TargetGroup] | None, live: Weights | Drift
) -> Iterator[Diagnosis]:
    if not records:
        yield ok(_THEME, "health", "no record is taken out of the answers by its target's health")
        return
    if groups is None:
        yield not_checked(_THEME, "health", "the ECS record follows its targets' health, which could not be asked")
        return
    ill = [group for group in groups if not group.healthy]
    if not ill:
        healthy = sum(group.healthy for group in groups)
        yield ok(_THEME, "health", f"the ECS record follows its targets' health: {plural(healthy, 'healthy target')}")
        return
    find = warning if isinstance(live, Weights) and live.serverless == 100 else must_mend
    yield find(
        _THEME,
        "health",
        f"target group {ill[0].name!r} has {ill[0].healthy} healthy of {plural(ill[0].registered, 'target')}: with"
        " EvaluateTargetHealth Route 53 gives everything to Lambda, whatever the weights, and no rollback changes that",
        "start ECS tasks (desired count), or mend their health checks",
    )


def _unasked(surroundings: Surroundings, fact: str, check: str) -> Diagnosis:
    if why := surroundings.unknown.get(fact):
        return must_mend(_THEME, check, f"it can't be asked, so nothing may be raised: {why}", "mend that")
    return not_checked(_THEME, check, NOBODY)


def _alias(record: RecordSet) -> Mapping[str, Any]:
    alias: Mapping[str, Any] = json.loads(record.body).get("AliasTarget", {})
    return alias


def _is_load_balancer(record: RecordSet) -> bool:
    return _LOAD_BALANCER in str(_alias(record).get("DNSName", ""))


def _health_check(record: RecordSet) -> str:
    return str(json.loads(record.body).get("HealthCheckId", ""))
