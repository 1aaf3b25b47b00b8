"""Resource record sets and changes as the API carries them; the field names are boto3's."""

from collections.abc import Iterable, Mapping
from typing import Annotated, Literal, NamedTuple

import msgspec
from msgspec import Meta

from cutover.rehearsal.aws.route53.names import normalised
from cutover.rehearsal.aws.wire import AwsError

RecordType = Literal[
    "A", "AAAA", "CAA", "CNAME", "DS", "HTTPS", "MX", "NAPTR", "NS", "PTR", "SOA", "SPF", "SRV", "SSHFP", "SVCB",
    "TLSA", "TXT",
]  # fmt: skip
_OTHER_POLICIES = (
    "Region",
    "GeoLocation",
    "Failover",
    "MultiValueAnswer",
    "TrafficPolicyInstanceId",
    "CidrRoutingConfig",
    "GeoProximityLocation",
)


class _Shape(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    pass


class ResourceRecord(_Shape, frozen=True, rename="pascal", order=True):
    """One value of a record set that is not an alias."""

    value: Annotated[str, Meta(max_length=4000)]


class AliasTarget(_Shape, frozen=True, rename="pascal"):
    """Where an alias points."""

    hosted_zone_id: Annotated[str, Meta(max_length=32)]
    dns_name: Annotated[str, Meta(max_length=1024)] = msgspec.field(name="DNSName")
    evaluate_target_health: bool


class Key(NamedTuple):
    """What tells record sets apart; None is a simple record's identifier."""

    name: str
    type: str
    set_identifier: str | None

    def __str__(self) -> str:
        identifier = f", set-identifier='{self.set_identifier}'" if self.set_identifier is not None else ""
        return f"[name='{self.name}', type='{self.type}'{identifier}]"


class RecordSet(_Shape, frozen=True, rename="pascal"):
    """A resource record set, in the order of the XML's elements."""

    name: Annotated[str, Meta(min_length=1, max_length=1024)]
    type: RecordType
    set_identifier: Annotated[str, Meta(min_length=1, max_length=128)] | None = None
    weight: Annotated[int, Meta(ge=0, le=255)] | None = None
    ttl: Annotated[int, Meta(ge=0, le=2_147_483_647)] | None = msgspec.field(name="TTL", default=None)
    resource_records: tuple[ResourceRecord, ...] = ()
    alias_target: AliasTarget | None = None
    health_check_id: Annotated[str, Meta(max_length=64)] | None = None

    @property
    def key(self) -> Key:
        """What tells it apart."""
        return Key(self.name, self.type, self.set_identifier)

    @property
    def values(self) -> tuple[str, ...]:
        """The values; none for an alias."""
        return tuple(record.value for record in self.resource_records)

    def normalised(self) -> "RecordSet":
        """With its names as Route 53 stores them."""
        alias = self.alias_target
        if alias is not None:
            alias = msgspec.structs.replace(alias, dns_name=normalised(alias.dns_name))
        return msgspec.structs.replace(self, name=normalised(self.name), alias_target=alias)

    def same_as(self, other: "RecordSet") -> bool:
        """Whether every field agrees; the order of the values does not count."""
        return self._sorted() == other._sorted()

    def _sorted(self) -> "RecordSet":
        return msgspec.structs.replace(self, resource_records=tuple(sorted(self.resource_records)))


class Change(_Shape, frozen=True, rename="pascal"):
    """One change of a batch."""

    action: Literal["CREATE", "DELETE", "UPSERT"]
    resource_record_set: RecordSet

    def __str__(self) -> str:
        record = self.resource_record_set
        identifier = record.set_identifier or "null"
        return f"Change with [Action={self.action}, Name={record.name}, Type={record.type}, SetIdentifier={identifier}]"


class ChangeBatch(_Shape, frozen=True, rename="pascal"):
    """Changes that happen together or not at all."""

    changes: Annotated[tuple[Change, ...], Meta(min_length=1)]
    comment: Annotated[str, Meta(max_length=256)] = ""


def batch_of(raw: object, *, as_text: bool) -> ChangeBatch:
    """A batch from XML (`as_text`: numbers and booleans are text there) or JSON, its names normalised.

    Raises AwsError InvalidInput, as Route 53's schema check does.
    """
    _refuse_other_policies(raw)
    try:
        batch = msgspec.convert(raw, ChangeBatch, strict=not as_text)
    except msgspec.ValidationError as error:
        raise AwsError("InvalidInput", f"Invalid XML ; {error}") from error
    changes = tuple(
        msgspec.structs.replace(change, resource_record_set=change.resource_record_set.normalised())
        for change in batch.changes
    )
    return msgspec.structs.replace(batch, changes=changes)


def _refuse_other_policies(raw: object) -> None:
    for record in _raw_record_sets(raw):
        for policy in _OTHER_POLICIES:
            if policy in record:
                raise AwsError("InvalidInput", f"this stand-in knows simple and weighted routing only; remove {policy}")


def _raw_record_sets(raw: object) -> Iterable[Mapping[str, object]]:
    changes = raw.get("Changes") if isinstance(raw, Mapping) else None
    for change in changes if isinstance(changes, list) else []:
        record = change.get("ResourceRecordSet") if isinstance(change, Mapping) else None
        if isinstance(record, Mapping):
            yield record
