"""The public name's records: the weights they ask for, or the sentence that says why they are not readable as such."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import groupby
from typing import Any

from cutover.core.models import RecordSet, Side, Snapshot, Weights

# Types that carry traffic. A TXT or CAA record of the same name is nobody's side and stays as it is.
TRAFFIC_TYPES = frozenset({"A", "AAAA", "CNAME", "HTTPS", "SVCB"})
# An alias has no TTL of its own; its targets (load balancers, API Gateway) answer with 60 s.
ALIAS_TTL_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Sides:
    """The set identifiers of the two sides' records."""

    ecs: str
    serverless: str

    def identifier(self, side: Side) -> str:
        """The set identifier of one side."""
        return self.ecs if side is Side.ECS else self.serverless


class DriftKind(StrEnum):
    """How records can differ from two weighted ones that sum to 100."""

    NO_RECORDS = "no-records"
    SIMPLE = "simple-record"
    POLICY = "other-policy"
    THIRD = "third-record"
    MISSING = "missing-side"
    TTL = "ttl"
    SUM = "sum"
    TYPES = "types-disagree"
    CHANGED = "changed-by-others"
    DECOMMISSIONED = "decommissioned"


@dataclass(frozen=True, slots=True)
class Drift:
    """What is wrong with the live records, in a sentence, and what to do about it."""

    kind: DriftKind
    text: str
    way_on: str


def traffic(snapshot: Snapshot) -> tuple[RecordSet, ...]:
    """The records that carry traffic, sorted by type and set identifier."""
    return tuple(sorted((r for r in snapshot.records if r.type in TRAFFIC_TYPES), key=_key))


def read_weights(snapshot: Snapshot, sides: Sides) -> Weights | Drift:
    """The asked weights, if every type of the name has exactly both sides' records and all agree; else the drift."""
    records = traffic(snapshot)
    if not records:
        return Drift(
            DriftKind.NO_RECORDS,
            "the name has no A, AAAA, CNAME or HTTPS record at all",
            "check `name` and `hosted_zone_id` in the settings; cutover rollback creates again what the ledger last"
            f" knew; or create {_pair(sides)}",
        )
    groups = [list(group) for _, group in groupby(records, key=lambda r: r.type)]
    for check in (_foreign, _missing, _ttl, _sum):
        for group in groups:
            if drift := check(group, sides):
                return drift
    return _agreed([_weights_of(group, sides) for group in groups], groups)


def with_weights(records: Iterable[RecordSet], weights: Weights, sides: Sides) -> tuple[RecordSet, ...]:
    """The same records with new weights; every other field stays as it was read."""
    share = {sides.ecs: weights.ecs, sides.serverless: weights.serverless}
    return tuple(_reweighted(r, share[str(r.set_identifier)]) for r in records)


def both_sided(snapshot: Snapshot, sides: Sides) -> tuple[RecordSet, ...]:
    """Both sides' weighted records of every type that has both: what a rollback can always move."""
    mine = [r for r in traffic(snapshot) if r.weight is not None and r.set_identifier in {sides.ecs, sides.serverless}]
    by_type = {type_: list(group) for type_, group in groupby(mine, key=lambda r: r.type)}
    return tuple(r for group in by_type.values() if len(group) == 2 for r in group)


def beyond_rollback(snapshot: Snapshot, sides: Sides) -> tuple[str, ...]:
    """The records that would still draw traffic away from ECS after both sides' weights are 100/0, in words."""
    moved = set(both_sided(snapshot, sides))
    return tuple(
        f"{r.type} record {r.set_identifier or 'without a set identifier'!r}"
        for r in traffic(snapshot)
        if r not in moved and r.set_identifier != sides.ecs and r.weight != 0
    )


def missing_records(snapshot: Snapshot, sides: Sides, known: Iterable[str]) -> tuple[RecordSet, ...]:
    """The sides' known records without which a type can't go back to ECS: its ECS record, or both where it has none.

    Not where a record of another policy has the name by now: Route 53 refuses a weighted one beside it; nor a CNAME
    beside any other type, or the reverse.
    """
    types = {record.type for record in snapshot.records}
    live = {type_: list(group) for type_, group in groupby(traffic(snapshot), key=lambda r: r.type)}
    lost = []
    for record in readable(known):
        if types and (record.type == "CNAME") is not (types == {"CNAME"}):
            continue
        beside = live.get(record.type, [])
        without_ecs = all(r.weight is not None and r.set_identifier != sides.ecs for r in beside)
        present = {r.set_identifier for r in beside}
        if without_ecs and record.set_identifier in {sides.ecs, sides.serverless} - present:
            lost.append(record)
    return tuple(lost)


def readable(bodies: Iterable[str]) -> Iterator[RecordSet]:
    """The record sets among these bodies; what is none is left out."""
    for body in bodies:
        with suppress(ValueError, TypeError, KeyError, RecursionError):
            yield record_of(body)


def changed_by_others(live: Sequence[RecordSet], known: Sequence[str]) -> Drift | None:
    """The drift of live records from the bodies that the ledger last knew; None when there is none."""
    return None if sorted(record.body for record in live) == sorted(known) else difference(live, known)


def difference(live: Sequence[RecordSet], known: Sequence[str]) -> Drift:
    """The drift that tells field by field how live records differ from known bodies."""
    before = {_identity(json.loads(body)): json.loads(body) for body in known}
    after = {_identity(json.loads(r.body)): json.loads(r.body) for r in live}
    differences = [
        text for key in sorted({*before, *after}) if (text := _difference(key, before.get(key), after.get(key)))
    ]
    return Drift(
        DriftKind.CHANGED,
        "the live records are not those that the ledger last knew: " + "; ".join(differences),
        'if that is right: cutover resume --reason "…" takes them as they are; if not: cutover rollback',
    )


def targets(snapshot: Snapshot, sides: Sides) -> Mapping[Side, tuple[str, ...]]:
    """Where each side's records point: alias names, CNAMEs and addresses."""
    found: dict[Side, list[str]] = {side: [] for side in Side}
    for record in traffic(snapshot):
        for side in Side:
            if record.set_identifier == sides.identifier(side) and record.type in {"A", "CNAME"}:
                found[side] += points_at(json.loads(record.body))
    return {side: tuple(dict.fromkeys(names)) for side, names in found.items()}


def points_at(body: Mapping[str, Any]) -> list[str]:
    """Where a record set points: its alias name, or its values."""
    if alias := body.get("AliasTarget"):
        return [str(alias["DNSName"])]
    return [str(record["Value"]) for record in body.get("ResourceRecords", [])]


def canonical(body: Mapping[str, Any]) -> str:
    """A record set as the one spelling in which two equal ones are equal."""
    return json.dumps(body, sort_keys=True, separators=(",", ":"))


def _key(record: RecordSet) -> tuple[str, str]:
    return record.type, record.set_identifier or ""


def _pair(sides: Sides) -> str:
    return f"two weighted records, {sides.ecs!r} at 100 and {sides.serverless!r} at 0, in one batch"


def _foreign(group: Sequence[RecordSet], sides: Sides) -> Drift | None:
    for record in group:
        if record.set_identifier is None:
            return Drift(
                DriftKind.SIMPLE,
                f"the {record.type} record is a simple one, not weighted: its traffic can't be split",
                f"cutover adopt replaces it by {_pair(sides)}: clients get the same answer as before",
            )
        if record.weight is None:
            return Drift(
                DriftKind.POLICY,
                f"the {record.type} record {record.set_identifier!r} has another routing policy than weights",
                f"replace it in Route 53 by {_pair(sides)}; then: cutover status",
            )
        if record.set_identifier not in {sides.ecs, sides.serverless}:
            return Drift(
                DriftKind.THIRD,
                f"a third {record.type} record {record.set_identifier!r} (weight {record.weight}) shares the name",
                f"delete it in Route 53, or name the sides right in the settings ({sides.ecs!r}, {sides.serverless!r}"
                " now); then: cutover status",
            )
    return None


_CREATE = {
    Side.ECS: "cutover rollback creates it again as the ledger last knew it, with all traffic; then: cutover status",
    Side.SERVERLESS: "create it in Route 53 with weight 0; then: cutover status",
}


def _missing(group: Sequence[RecordSet], sides: Sides) -> Drift | None:
    present = {record.set_identifier for record in group}
    for side in Side:
        if sides.identifier(side) not in present:
            return Drift(
                DriftKind.MISSING,
                f"the {group[0].type} record of {side.value} ({sides.identifier(side)!r}) is missing:"
                f" clients that ask for {group[0].type} never reach that side",
                _CREATE[side],
            )
    return None


def _ttl(group: Sequence[RecordSet], _sides: Sides) -> Drift | None:
    ttls = {str(r.set_identifier): json.loads(r.body).get("TTL", ALIAS_TTL_SECONDS) for r in group}
    if len(set(ttls.values())) == 1:
        return None
    stated = ", ".join(f"{name!r} {ttl} s" for name, ttl in sorted(ttls.items()))
    return Drift(
        DriftKind.TTL,
        f"the TTLs of the {group[0].type} records differ ({stated}): the traffic can't follow the weights",
        "give them one TTL in Route 53 (an alias counts as 60 s); then: cutover status",
    )


def _sum(group: Sequence[RecordSet], _sides: Sides) -> Drift | None:
    weights = {str(r.set_identifier): r.weight or 0 for r in group}
    if sum(weights.values()) == 100:
        return None
    asked = " + ".join(f"{name} {weight}" for name, weight in sorted(weights.items()))
    meaning = ", which Route 53 takes as equal shares" if not any(weights.values()) else ""
    return Drift(
        DriftKind.SUM,
        f"the {group[0].type} weights {asked} sum to {sum(weights.values())}, not 100{meaning}",
        "cutover rollback sets them to 100 % ECS; or mend them in Route 53",
    )


def _weights_of(group: Sequence[RecordSet], sides: Sides) -> Weights:
    share = {record.set_identifier: record.weight or 0 for record in group}
    return Weights(share[sides.ecs], share[sides.serverless])


def _agreed(weights: Sequence[Weights], groups: Sequence[Sequence[RecordSet]]) -> Weights | Drift:
    if len(set(weights)) == 1:
        return weights[0]
    stated = ", ".join(f"{group[0].type} {asked}" for group, asked in zip(groups, weights, strict=True))
    return Drift(
        DriftKind.TYPES,
        f"one type of the name has other weights than another: {stated}",
        "cutover rollback sets every type to 100 % ECS; or mend them in Route 53",
    )


def record_of(body: str) -> RecordSet:
    """A record set from its canonical body. Raises ValueError, TypeError, KeyError, RecursionError if it is none."""
    raw = json.loads(body)
    if not isinstance(raw["Type"], str) or not isinstance(raw.get("SetIdentifier"), str | None):
        raise TypeError("not a record set: type and set identifier are texts")
    return RecordSet(str(raw["Name"]).rstrip("."), raw["Type"], raw.get("SetIdentifier"), raw.get("Weight"), body)


def _reweighted(record: RecordSet, weight: int) -> RecordSet:
    return replace(record, weight=weight, body=canonical(json.loads(record.body) | {"Weight": weight}))


def _identity(body: Mapping[str, Any]) -> tuple[str, str]:
    return str(body.get("Type", "")), str(body.get("SetIdentifier", ""))


def _difference(key: tuple[str, str], before: Mapping[str, Any] | None, after: Mapping[str, Any] | None) -> str | None:
    name = " ".join(part for part in key if part)
    if before is None:
        return f"{name} is new"
    if after is None:
        return f"{name} is gone"
    fields = [field for field in sorted({*before, *after}) if before.get(field) != after.get(field)]
    if not fields:
        return None
    return f"{name} has " + ", ".join(
        f"{field} {_short(after.get(field))} instead of {_short(before.get(field))}" for field in fields
    )


def _short(value: object) -> str:
    text = json.dumps(value, sort_keys=True)
    return text if len(text) <= 60 else text[:59] + "…"
