"""What Route 53 refuses before it looks at the zone: fields that do not fit together, values beyond the schema."""

import msgspec
import pytest

from cutover.rehearsal.aws.route53.batch import applied
from cutover.rehearsal.aws.route53.records import Key, RecordSet, batch_of
from cutover.rehearsal.aws.wire import AwsError
from tests.unit.cutover.rehearsal.aws.factories import API, FACTS, alias, batch, plain, records_with, weighted


def raw_change(**fields: object) -> dict[str, object]:
    record = msgspec.to_builtins(weighted("ecs", 1)) | fields
    return {"Changes": [{"Action": "CREATE", "ResourceRecordSet": record}]}


FORM = {
    "weight without identifier": (alias(weight=1), "Missing field 'SetIdentifier'"),
    "identifier without weight": (alias(set_identifier="ecs"), "found none"),
    "alias with TTL": (alias(ttl=60), "found more than one"),
    "alias with values": (plain(API, "192.0.2.1", ttl=None, alias_target=alias().alias_target), "found more than one"),
    "neither alias nor values": (RecordSet(name=API, type="A"), "found none"),
    "values without TTL": (plain(API, "192.0.2.1", ttl=None), "found none"),
    "TTL without values": (plain(API), "found none"),
}


@pytest.mark.parametrize("action", ["CREATE", "UPSERT", "DELETE"])
@pytest.mark.parametrize(("record", "says"), FORM.values(), ids=FORM.keys())
def test_refused_as_invalid_input(record: RecordSet, says: str, action: str) -> None:
    with pytest.raises(AwsError) as caught:
        applied(records_with(), batch((action, record)), FACTS)
    error = caught.value
    assert (error.code, error.status) == ("InvalidInput", 400)
    assert says in error.message
    assert f"Action={action}" in error.message


SCHEMA = {
    "weight above 255": raw_change(Weight=256),
    "weight below 0": raw_change(Weight=-1),
    "weight that is no number": raw_change(Weight="many"),
    "identifier of 129 characters": raw_change(SetIdentifier="x" * 129),
    "empty identifier": raw_change(SetIdentifier=""),
    "unknown type": raw_change(Type="WKS"),
    "unknown field": raw_change(Colour="red"),
    "no changes": {"Changes": []},
    "changes that are no list": {"Changes": "all"},
    "change that is no structure": {"Changes": ["CREATE"]},
    "change without a record": {"Changes": [{"Action": "CREATE"}]},
    "nothing at all": None,
    "unknown action": {"Changes": [{"Action": "MERGE", "ResourceRecordSet": {"Name": API, "Type": "A"}}]},
    "comment of 257 characters": raw_change() | {"Comment": "x" * 257},
}


@pytest.mark.parametrize("raw", SCHEMA.values(), ids=SCHEMA.keys())
def test_refused_by_the_schema(raw: object) -> None:
    with pytest.raises(AwsError, match="InvalidInput"):
        batch_of(raw, as_text=True)


@pytest.mark.parametrize(
    "policy",
    [
        "Region",
        "GeoLocation",
        "Failover",
        "MultiValueAnswer",
        "TrafficPolicyInstanceId",
        "CidrRoutingConfig",
        "GeoProximityLocation",
    ],
)
def test_another_routing_policy_is_refused_by_name(policy: str) -> None:
    with pytest.raises(AwsError, match=f"simple and weighted routing only; remove {policy}"):
        batch_of(raw_change(**{policy: "x"}), as_text=True)


def test_text_counts_as_a_number_in_xml_only() -> None:
    assert batch_of(raw_change(Weight="7"), as_text=True).changes[0].resource_record_set.weight == 7
    with pytest.raises(AwsError, match="InvalidInput"):
        batch_of(raw_change(Weight="7"), as_text=False)


def test_names_are_stored_in_lower_case_with_a_trailing_dot() -> None:
    raw = raw_change(Name="API.Example.Test")
    wanted = batch_of(raw, as_text=True)
    assert Key(API, "A", "ecs") in applied(records_with(), wanted, FACTS)
