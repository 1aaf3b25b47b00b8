"""Records that others changed: field by field what is different, whose tool will do it again, and the way back."""

import json
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Any

from cutover.core.models import RecordSet, Snapshot, Weights
from cutover.core.plan import Plan, plan_hash
from cutover.core.zone import Drift, DriftKind, Sides, points_at, read_weights, record_of, traffic

# Programs that hold the records as they want them, and put them back so at their next run.
OWNERS = frozenset({"Pulumi", "Terraform", "OpenTofu", "SST", "CloudFormation", "CDK", "external-dns", "octoDNS"})


@dataclass(frozen=True, slots=True)
class Difference:
    """One field of one record: as the ledger last knew it, and as it is live; None where it is not there.

    `field` empty: the whole record is new, or gone.
    """

    record: str  # "A lambda"
    field: str  # "Weight", "AliasTarget.DNSName"
    known: str | None
    live: str | None


def differences(live: Iterable[RecordSet], known: Iterable[str]) -> tuple[Difference, ...]:
    """Every field that differs, by record and name."""
    before = {_name(body): body for body in map(json.loads, known)}
    after = {_name(body): body for body in (json.loads(record.body) for record in live)}
    return tuple(
        difference
        for name in sorted({*before, *after})
        for difference in _of_record(name, before.get(name), after.get(name))
    )


def plan_restoring(snapshot: Snapshot, known: Sequence[str], sides: Sides) -> Plan | Drift:
    """The plan that puts the known records in the place of all live ones that carry traffic, exactly.

    `before` says of Lambda what the type with its smallest live share says, by where the records point: if any client
    would get more of Lambda than now, the plan raises. A type that is not known is never taken from the name: that is
    a drift of its own.
    """
    live, wanted = traffic(snapshot), tuple(record_of(body) for body in known)
    if unknown := sorted({*_types(live)} - {*_types(wanted)}):
        return _unknown_types(unknown)
    after = read_weights(Snapshot(wanted), sides)
    if isinstance(after, Drift):
        return after
    home = _home(wanted, sides)
    before = Weights.of_serverless(int(min(_share(live, type_, home) for type_ in _types(wanted))))
    lost = _guards(live, home, sides) - _guards(wanted, home, sides)
    return Plan(before, after, Snapshot(live), Snapshot(wanted), plan_hash(live, wanted), unguards=bool(lost))


def _unknown_types(types: Sequence[str]) -> Drift:
    said = " and ".join(types)
    return Drift(
        DriftKind.TYPES,
        f"there are {said} records, and the ledger knows none: putting back what it knows would take {said} from the"
        " name",
        'cutover drift --fix adopt --reason "…" takes them as they are; or delete them in Route 53, then again',
    )


def owner_of(agents: Iterable[str]) -> str:
    """The first of these programs that will put its own records back; empty where none does."""
    return next((agent for agent in agents if agent in OWNERS), "")


def _of_record(name: str, before: Mapping[str, Any] | None, after: Mapping[str, Any] | None) -> Iterable[Difference]:
    if before is None or after is None:
        yield Difference(name, "", _said(before), _said(after))
        return
    old, new = _fields(before), _fields(after)
    for field in sorted({*old, *new}):
        if old.get(field) != new.get(field):
            yield Difference(name, field, old.get(field), new.get(field))


def _fields(body: Mapping[str, Any]) -> dict[str, str]:
    """A record's fields, those of its alias by their own names."""
    fields: dict[str, str] = {}
    for name, value in body.items():
        if isinstance(value, dict):
            fields |= {f"{name}.{inner}": _spelled(deep) for inner, deep in value.items()}
        elif name == "ResourceRecords":
            fields[name] = ", ".join(points_at(body))
        else:
            fields[name] = _spelled(value)
    return fields


def _said(body: Mapping[str, Any] | None) -> str | None:
    """A whole record in short: its weight and where it points."""
    if body is None:
        return None
    weight = f"weight {body['Weight']}, " if "Weight" in body else ""
    return f"{weight}{', '.join(points_at(body))}"


def _spelled(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, sort_keys=True)


def _name(body: Mapping[str, Any]) -> str:
    return f"{body['Type']} {body.get('SetIdentifier', '')}".strip()


def _types(records: Iterable[RecordSet]) -> Iterable[str]:
    return dict.fromkeys(record.type for record in records)


def _home(known: Iterable[RecordSet], sides: Sides) -> frozenset[str]:
    """Where the known records of Lambda point."""
    return frozenset(
        place for record in known if record.set_identifier == sides.serverless for place in _places(record)
    )


def _places(record: RecordSet) -> list[str]:
    """Where it points, in the one spelling of a host name."""
    return [place.lower().rstrip(".") for place in points_at(json.loads(record.body))]


def _leads(record: RecordSet, home: Set[str]) -> bool:
    """Whether its clients get to Lambda, whatever it is called: somebody may have pointed Lambda's record elsewhere."""
    return bool(places := _places(record)) and home >= {*places}


def _guards(records: Iterable[RecordSet], home: Set[str], sides: Sides) -> set[tuple[str, str]]:
    """The health checks of Lambda's records, with their types."""
    ours = [record for record in records if record.set_identifier == sides.serverless or _leads(record, home)]
    return {(r.type, str(check)) for r in ours if (check := json.loads(r.body).get("HealthCheckId"))}


def _share(live: Iterable[RecordSet], type_: str, home: Set[str]) -> float:
    """Lambda's share of that type's live answers, in percent."""
    group = [record for record in live if record.type == type_]
    weights = [1 if record.weight is None else record.weight for record in group]
    if not any(weights):  # all zero: Route 53 answers with each alike
        weights = [1] * len(group)
    ours = sum(w for w, record in zip(weights, group, strict=True) if _leads(record, home))
    return 100 * ours / max(1, sum(weights))
