"""What a single change must satisfy, whatever else the zone holds."""

from collections.abc import Iterator
from dataclasses import dataclass

from cutover.rehearsal.aws.route53 import names, values
from cutover.rehearsal.aws.route53.records import AliasTarget, Change, RecordSet
from cutover.rehearsal.aws.wire import AwsError


@dataclass(frozen=True, slots=True)
class ZoneFacts:
    """What never changes: the zone, and what exists outside of it. Names are normalised."""

    zone_id: str
    name: str
    targets: frozenset[str]
    health_checks: frozenset[str] = frozenset()

    def knows_target(self, dns_name: str) -> bool:
        """Whether an alias may point there; load balancers answer to a `dualstack.` prefix too."""
        return dns_name in self.targets or dns_name.removeprefix("dualstack.") in self.targets


def check_form(change: Change) -> None:
    """The fields fit together. Raises AwsError InvalidInput."""
    record = change.resource_record_set
    if record.weight is not None and record.set_identifier is None:
        raise AwsError("InvalidInput", f"Invalid request: Missing field 'SetIdentifier' in {change}")
    if record.set_identifier is not None and record.weight is None:
        raise AwsError(
            "InvalidInput",
            f"Invalid request: Expected exactly one of [Weight, Region, Failover, GeoLocation, MultiValueAnswer, "
            f"GeoProximityLocation, or CidrRoutingConfig], but found none in {change}",
        )
    is_alias = record.alias_target is not None
    has_all, has_some = _plain_fields(record)
    if has_some if is_alias else not has_all:
        found = "more than one" if is_alias else "none"
        raise AwsError(
            "InvalidInput",
            f"Invalid request: Expected exactly one of [AliasTarget, all of [TTL, and ResourceRecords], or "
            f"TrafficPolicyInstanceId], but found {found} in {change}",
        )


def content_faults(record: RecordSet, facts: ZoneFacts) -> Iterator[str]:
    """What is wrong with a record that is to be written. Raises AwsError NoSuchHealthCheck."""
    if (fault := names.fault_of(record.name)) is not None:
        yield fault
    if not names.lies_in(record.name, facts.name):
        yield f"RRSet with DNS name {record.name} is not permitted in zone {facts.name}"
    if record.type == "SOA" and record.name != facts.name:
        yield f"RRSet of type SOA with DNS name {record.name} is not permitted below the apex of zone {facts.name}"
    if record.type == "CNAME" and record.name == facts.name:
        yield f"RRSet of type CNAME with DNS name {record.name} is not permitted at apex in zone {facts.name}"
    if record.health_check_id is not None and record.health_check_id not in facts.health_checks:
        raise AwsError("NoSuchHealthCheck", f"No health check exists with the ID {record.health_check_id}", 404)
    yield from _value_faults(record)
    if record.alias_target is not None:
        yield from _alias_faults(record, record.alias_target, facts)


def _plain_fields(record: RecordSet) -> tuple[bool, bool]:
    fields = (record.ttl is not None, bool(record.resource_records))
    return all(fields), any(fields)


def _value_faults(record: RecordSet) -> Iterator[str]:
    seen: set[str] = set()
    for value in record.values:
        if value in seen:
            yield f"Duplicate Resource Record: '{value}'"
        seen.add(value)
        if (fault := values.fault_of(record.type, value)) is not None:
            yield fault
    if record.type in {"CNAME", "SOA"} and len(record.values) > 1:
        yield f"RRSet of type {record.type} with DNS name {record.name} may hold one value only"


def _alias_faults(record: RecordSet, alias: AliasTarget, facts: ZoneFacts) -> Iterator[str]:
    tried = f"Tried to create an alias that targets {alias.dns_name}, type {record.type} in zone {alias.hosted_zone_id}"
    if names.lies_in(alias.dns_name, facts.name):
        if alias.hosted_zone_id != facts.zone_id:
            yield f"{tried}, but the alias target name does not lie within the target zone"
        elif alias.dns_name == record.name or record.type in {"NS", "SOA"}:
            yield f"{tried}, but that is not permitted"
    elif alias.hosted_zone_id == facts.zone_id:
        yield f"{tried}, but the alias target name does not lie within the target zone"
    elif not facts.knows_target(alias.dns_name) or record.type not in {"A", "AAAA"}:
        yield f"{tried}, but that target was not found"
