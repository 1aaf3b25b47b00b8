"""Making weighted records of a simple one: the exact exchange that changes no answer, or why it can't be made."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from cutover.core.models import RecordSet, Snapshot, Weights
from cutover.core.plan import Plan, Rule, plan_hash
from cutover.core.zone import ALIAS_TTL_SECONDS, Drift, Sides, canonical, points_at, read_weights, traffic

HOME = Weights(100, 0)
BINDINGS = frozenset({"HTTPS", "SVCB"})


@dataclass(frozen=True, slots=True)
class LambdaTarget:
    """Where Lambda's record will point: the regional name of the API's custom domain, and that name's own zone."""

    dns_name: str
    zone_id: str
    ipv6: bool = False  # whether it has IPv6 addresses
    health_check: str = ""  # the id of the kill switch's health check; empty: none


@dataclass(frozen=True, slots=True)
class Unfit:
    """Why the records can't be adopted, and what to do. `rule` names the safety rule where one refuses.

    `is_foreign`: others' records are in the way; else these records, or the target, are not as they have to be.
    """

    text: str
    way_on: str
    is_foreign: bool = False
    rule: str = ""


def plan_adoption(snapshot: Snapshot, sides: Sides, target: LambdaTarget) -> Plan | Unfit | Weights:
    """The exchange of every simple record by a weighted pair at 100/0; the weights where they are weighted already."""
    live, records = read_weights(snapshot, sides), traffic(snapshot)
    if isinstance(live, Weights):
        return live
    if not records:
        return Unfit(live.text, live.way_on, is_foreign=True)
    groups = [tuple(group) for _, group in groupby(records, key=lambda r: r.type)]
    for check in (_foreign, _ipv6, _ttl, _binding, _circular):
        for group in groups:
            if unfit := check(group, sides, target):
                return unfit
    after = tuple(made for group in groups for made in (_pair(group[0], sides, target) if _simple(group) else group))
    warnings = tuple(text for group in groups if (text := _standby(group)))
    return Plan(HOME, HOME, Snapshot(records), Snapshot(after), plan_hash(records, after), warnings)


def way_back(plan: Plan, comment: str) -> dict[str, Any]:
    """The batch that makes simple records of an adoption's pairs again, as they were."""
    changes = [("DELETE", plan.records_after.records), ("CREATE", plan.records_before.records)]
    listed = [
        {"Action": action, "ResourceRecordSet": json.loads(record.body)}
        for action, records in changes
        for record in records
    ]
    return {"Comment": comment, "Changes": listed}


def _simple(group: Sequence[RecordSet]) -> bool:
    return all(record.set_identifier is None for record in group)


def _foreign(group: Sequence[RecordSet], sides: Sides, _: LambdaTarget) -> Unfit | None:
    """A group that is not simple has to be what an adoption makes of one."""
    if _simple(group):
        return None
    found = read_weights(Snapshot(tuple(group)), sides)
    if isinstance(found, Drift):
        return Unfit(found.text, found.way_on, is_foreign=True)
    if found == HOME:
        return None
    return Unfit(
        f"the {group[0].type} records are weighted already, {found}, and another type of the name is a simple record:"
        " its pair would begin at ecs 100 / lambda 0",
        "cutover rollback gives ECS everything; then: cutover adopt",
        is_foreign=True,
    )


def _ipv6(group: Sequence[RecordSet], _: Sides, target: LambdaTarget) -> Unfit | None:
    if group[0].type != "AAAA" or not _simple(group) or target.ipv6:
        return None
    return Unfit(
        f"the name has an AAAA record, and nothing says that {target.dns_name} has IPv6 addresses: clients with IPv6"
        " would stay at ECS whatever the weights",
        "make the API's custom domain dualstack and say so: cutover adopt --lambda-ipv6; or delete the AAAA record in"
        " Route 53, wait its TTL out, and adopt what is left",
        rule=Rule.IPV6.value,
    )


def _ttl(group: Sequence[RecordSet], _: Sides, __: LambdaTarget) -> Unfit | None:
    """A rollback is as slow as the TTL, and two TTLs in a pair share traffic out by themselves."""
    if not _simple(group) or group[0].type in BINDINGS:
        return None
    ttl = json.loads(group[0].body).get("TTL", ALIAS_TTL_SECONDS)
    if ttl == ALIAS_TTL_SECONDS or (group[0].type == "CNAME" and ttl < ALIAS_TTL_SECONDS):
        return None
    beside = "" if group[0].type == "CNAME" else f", and the alias beside it would have {ALIAS_TTL_SECONDS} s"
    return Unfit(
        f"the {group[0].type} record has a TTL of {ttl} s{beside}: the traffic can't follow the weights",
        f"set its TTL to {ALIAS_TTL_SECONDS} s in Route 53, and wait {ttl} s for caches; then: cutover adopt",
    )


def _binding(group: Sequence[RecordSet], _: Sides, __: LambdaTarget) -> Unfit | None:
    """A service binding may be copied where it says nothing of one side alone: target `.`, and no addresses."""
    if not _simple(group) or group[0].type not in BINDINGS:
        return None
    body = json.loads(group[0].body)
    if "AliasTarget" not in body and all(_is_common(value) for value in points_at(body)):
        return None
    return Unfit(
        f"the {group[0].type} record names a host or addresses, which would be those of ECS on both sides",
        f"let it point at the name itself (target `.`, no ipv4hint, no ipv6hint) in Route 53, or delete the"
        f" {group[0].type} record; then: cutover adopt",
    )


def _is_common(value: str) -> bool:
    words = value.split()
    return words[1:2] == ["."] and not any("hint=" in word for word in words)


def _circular(group: Sequence[RecordSet], _: Sides, target: LambdaTarget) -> Unfit | None:
    taken = {_dotted(name) for name in (group[0].name, *points_at(json.loads(group[0].body)))}
    if not _simple(group) or _dotted(target.dns_name) not in taken:
        return None
    return Unfit(
        f"the {group[0].type} record points at {target.dns_name} already, or would at itself: Lambda needs a target of"
        " its own",
        "name the regional domain of the API's custom domain (d-….execute-api.REGION.amazonaws.com) by --lambda-target",
    )


def _pair(record: RecordSet, sides: Sides, target: LambdaTarget) -> tuple[RecordSet, RecordSet]:
    """ECS's record with every field as it was read, and Lambda's beside it."""
    body = json.loads(record.body)
    pointing = _pointing(record.type, body, target)
    checked = {"HealthCheckId": target.health_check} if target.health_check else {}
    lambdas = {"Name": body["Name"], "Type": record.type, **pointing, **checked}
    return _weighted(record, body, sides.ecs, HOME.ecs), _weighted(record, lambdas, sides.serverless, HOME.serverless)


def _pointing(type_: str, body: Mapping[str, Any], target: LambdaTarget) -> dict[str, Any]:
    if type_ in BINDINGS:
        return {"TTL": body["TTL"], "ResourceRecords": body["ResourceRecords"]}
    if type_ == "CNAME":
        ttl = body.get("TTL", ALIAS_TTL_SECONDS)
        return {"TTL": ttl, "ResourceRecords": [{"Value": _dotted(target.dns_name).rstrip(".")}]}
    # Evaluating the health of an API Gateway says nothing more than that the region is up.
    alias = {"DNSName": _dotted(target.dns_name), "HostedZoneId": target.zone_id, "EvaluateTargetHealth": False}
    return {"AliasTarget": alias}


def _weighted(record: RecordSet, body: Mapping[str, Any], identifier: str, weight: int) -> RecordSet:
    body = {**body, "SetIdentifier": identifier, "Weight": weight}
    return RecordSet(record.name, record.type, identifier, weight, canonical(body))


def _standby(group: Sequence[RecordSet]) -> str:
    """Route 53 looks at records of weight 0 once every other one is unhealthy."""
    alias = json.loads(group[0].body).get("AliasTarget", {})
    if not _simple(group) or not alias.get("EvaluateTargetHealth"):
        return ""
    return (
        f"the {group[0].type} alias evaluates its target's health: when no ECS target is healthy, Route 53 answers with"
        " Lambda even at weight 0"
    )


def _dotted(name: str) -> str:
    """A host name as Route 53 spells it."""
    return name.rstrip(".").lower() + "."
