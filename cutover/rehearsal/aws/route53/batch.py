"""A change batch applied to a zone's records: the whole of it or nothing."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping

from cutover.rehearsal.aws.route53 import names
from cutover.rehearsal.aws.route53.checks import ZoneFacts, check_form, content_faults
from cutover.rehearsal.aws.route53.records import Change, ChangeBatch, Key, RecordSet
from cutover.rehearsal.aws.wire import AwsError

Records = Mapping[Key, RecordSet]

_MAX_RECORDS = 1000  # ResourceRecord elements in a request
_MAX_CHARACTERS = 32_000  # of all values in a request
_MAX_GROUP = 100  # weighted records of one name and type


def applied(records: Records, batch: ChangeBatch, facts: ZoneFacts) -> dict[Key, RecordSet]:
    """The records after the batch. Raises AwsError: InvalidInput, NoSuchHealthCheck, InvalidChangeBatch."""
    for change in batch.changes:
        check_form(change)
    problems = [*_size_faults(batch), *_repetition_faults(batch)]
    after = dict(records)
    for change in batch.changes:
        faults = list(_change_faults(change, after, facts))
        if not faults:
            _apply(change, after)
        problems += faults
    if not problems:
        problems += _end_faults(batch, after, facts)
    if problems:
        raise AwsError("InvalidChangeBatch", f"[{', '.join(problems)}]", messages=tuple(problems))
    return after


def _size_faults(batch: ChangeBatch) -> Iterator[str]:
    values = [(_times(change), change.resource_record_set.values) for change in batch.changes]
    if sum(times * len(texts) for times, texts in values) > _MAX_RECORDS:
        yield f"Number of records limit of {_MAX_RECORDS} exceeded."
    if sum(times * sum(map(len, texts)) for times, texts in values) > _MAX_CHARACTERS:
        yield f"Number of characters limit of {_MAX_CHARACTERS} exceeded."


def _times(change: Change) -> int:
    return 2 if change.action == "UPSERT" else 1


def _repetition_faults(batch: ChangeBatch) -> Iterator[str]:
    actions: dict[Key, list[str]] = defaultdict(list)
    for change in batch.changes:
        actions[change.resource_record_set.key].append(change.action)
    for key, done in actions.items():
        # Taking away what was read and putting the new in its place is how a careful client writes.
        if len(done) > 1 and done != ["DELETE", "CREATE"]:
            yield f"The request contains an invalid set of changes for a resource record set '{key.type} {key.name}'"


def _change_faults(change: Change, records: Records, facts: ZoneFacts) -> Iterator[str]:
    wanted = change.resource_record_set
    present = records.get(wanted.key)
    if change.action == "DELETE":
        yield from _delete_faults(wanted, present)
        return
    if change.action == "CREATE" and present is not None:
        yield f"Tried to create resource record set {wanted.key} but it already exists"
    yield from content_faults(wanted, facts)
    yield from _conflicts(wanted, records, facts)


def _delete_faults(wanted: RecordSet, present: RecordSet | None) -> Iterator[str]:
    tried = f"Tried to delete resource record set {wanted.key}"
    if present is None:
        yield f"{tried} but it was not found"
    elif not wanted.same_as(present):
        yield f"{tried} but the values provided do not match the current values"


def _conflicts(wanted: RecordSet, records: Records, facts: ZoneFacts) -> Iterator[str]:
    """Simple beside weighted, a CNAME beside anything."""
    others = [key for key in records if key.name == wanted.name and key != wanted.key]
    same_type = [key for key in others if key.type == wanted.type]
    about = f"RRSet with DNS name {wanted.name}, type {wanted.type}"
    if wanted.set_identifier is None and same_type:
        yield f"{about} cannot be created as other RRSets exist with the same name and type."
    elif any(key.set_identifier is None for key in same_type):
        yield (
            f"{about}, SetIdentifier {wanted.set_identifier} cannot be created as a non-weighted set exists with the "
            f"same name and type."
        )
    other_types = {key.type for key in others} - {wanted.type}
    if wanted.type == "CNAME" and other_types:
        yield (
            f"RRSet of type CNAME with DNS name {wanted.name} is not permitted as it conflicts with other records "
            f"with the same DNS name in zone {facts.name}"
        )
    elif "CNAME" in other_types:
        yield (
            f"RRSet of type {wanted.type} with DNS name {wanted.name} is not permitted because a conflicting RRSet of "
            f"type CNAME with the same DNS name already exists in zone {facts.name}"
        )


def _apply(change: Change, records: dict[Key, RecordSet]) -> None:
    wanted = change.resource_record_set
    if change.action == "DELETE":
        del records[wanted.key]
    else:
        records[wanted.key] = wanted


def _end_faults(batch: ChangeBatch, after: Records, facts: ZoneFacts) -> Iterator[str]:
    """What can only be judged when all changes are in."""
    for kind in ("SOA", "NS"):
        if Key(facts.name, kind, None) not in after:
            yield f"A HostedZone must contain at least one {kind} record for the zone itself."
    groups = Counter(key[:2] for key in after)
    for change in batch.changes:
        wanted = change.resource_record_set
        if change.action == "DELETE":
            continue
        if groups[wanted.key[:2]] > _MAX_GROUP:
            yield f"At most {_MAX_GROUP} RRSets may share the DNS name {wanted.name} and type {wanted.type}."
        yield from _ttl_faults(wanted, after)
        yield from _dangling_faults(wanted, after, facts)


def _ttl_faults(wanted: RecordSet, after: Records) -> Iterator[str]:
    group = (record for key, record in after.items() if key[:2] == wanted.key[:2])
    if wanted.ttl is not None and any(record.ttl not in {None, wanted.ttl} for record in group):
        yield (
            f"RRSet with DNS name {wanted.name}, type {wanted.type}, SetIdentifier {wanted.set_identifier} cannot be "
            f"created as weighted sets must contain the same TTL."
        )


def _dangling_faults(wanted: RecordSet, after: Records, facts: ZoneFacts) -> Iterator[str]:
    alias = wanted.alias_target
    if alias is None or not names.lies_in(alias.dns_name, facts.name):
        return
    if not any(key[:2] == (alias.dns_name, wanted.type) for key in after):
        yield (
            f"Tried to create an alias that targets {alias.dns_name}, type {wanted.type} in zone {facts.zone_id}, but "
            f"that target was not found"
        )
