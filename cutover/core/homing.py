"""What to make of a way home that is not the whole one: records that Route 53 refuses, records that lead elsewhere."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, replace

from cutover.core.models import RecordSet, Snapshot
from cutover.core.plan import Plan, plan_hash
from cutover.core.planning import plan_rollback
from cutover.core.zone import Drift, Sides, canonical, points_at, readable

_NO_CHECK = "NoSuchHealthCheck"  # Route 53's own code: a record names a health check that somebody deleted


@dataclass(frozen=True, slots=True)
class Leaner:
    """A rollback that asks less of Route 53, and in words what it leaves out."""

    plan: Plan
    without: str


def created(plan: Plan) -> tuple[str, ...]:
    """Which records are gone and will be created again, as "A ecs"."""
    before = {(record.type, record.set_identifier) for record in plan.records_before.records}
    return tuple(
        f"{record.type} {record.set_identifier}"
        for record in plan.records_after.records
        if (record.type, record.set_identifier) not in before
    )


def leaner(plan: Plan, refusal: str, sides: Sides) -> Leaner | None:
    """What can still be done of a rollback that Route 53 refused as a whole; None where nothing can be left out.

    First the records that are gone stay so; then health checks that are gone are no longer asked for: Lambda's record
    has weight 0 anyway, and ECS's is to answer in any case.
    """
    if made := created(plan):
        bare = plan_rollback(plan.records_before, sides)
        return None if isinstance(bare, Drift) else Leaner(bare, f"{', '.join(made)} could not be created: {refusal}")
    if _NO_CHECK not in refusal:
        return None
    for side in (sides.serverless, sides.ecs):
        after = tuple(_unchecked(r) if r.set_identifier == side else r for r in plan.records_after.records)
        if after != plan.records_after.records:
            less = replace(plan, records_after=Snapshot(after), hash=plan_hash(plan.records_before.records, after))
            return Leaner(less, f"the health check of {side!r} is gone, so its record names none any more")
    return None


def elsewhere(records: Iterable[RecordSet], known: Iterable[str], sides: Sides) -> tuple[str, ...]:
    """The ECS records that lead to another place than the ledger knows of, in words."""
    home = _home(known, sides)
    return tuple(
        f"the {r.type} record {sides.ecs!r} points at {', '.join(_places(r))}, and not at"
        f" {', '.join(_places(home[r.type]))} as the ledger knows it: whether ECS answers is open"
        for r in records
        if _leads_elsewhere(r, home, sides)
    )


def as_known(records: Iterable[RecordSet], known: Iterable[str], sides: Sides) -> list[str]:
    """The bodies to remember: of an ECS record that leads elsewhere the known one, so that the drift stays told."""
    home = _home(known, sides)
    return sorted(
        canonical(json.loads(home[r.type].body) | {"Weight": r.weight}) if _leads_elsewhere(r, home, sides) else r.body
        for r in records
    )


def _home(known: Iterable[str], sides: Sides) -> dict[str, RecordSet]:
    return {record.type: record for record in readable(known) if record.set_identifier == sides.ecs}


def _leads_elsewhere(record: RecordSet, home: dict[str, RecordSet], sides: Sides) -> bool:
    is_ours = record.set_identifier == sides.ecs and record.type in home
    return is_ours and _places(record) != _places(home[record.type])


def _places(record: RecordSet) -> list[str]:
    return sorted(place.lower().rstrip(".") for place in points_at(json.loads(record.body)))


def _unchecked(record: RecordSet) -> RecordSet:
    body = json.loads(record.body)
    body.pop("HealthCheckId", None)
    return replace(record, body=canonical(body))
