"""What Route 53 refuses in a change batch, and what it accepts."""

import msgspec
import pytest

from cutover.rehearsal.aws.route53.batch import applied
from cutover.rehearsal.aws.route53.records import AliasTarget, ChangeBatch, Key, RecordSet
from cutover.rehearsal.aws.wire import AwsError
from tests.unit.cutover.rehearsal.aws.factories import (
    ALB,
    API,
    FACTS,
    ZONE,
    alias,
    batch,
    creating,
    plain,
    records_with,
    weighted,
)


def refusal(before: dict[Key, RecordSet], wanted: ChangeBatch) -> AwsError:
    """The refusal of a batch that must not change anything."""
    untouched = dict(before)
    with pytest.raises(AwsError) as caught:
        applied(before, wanted, FACTS)
    assert before == untouched
    return caught.value


def in_zone_alias(name: str, target: str, **fields: object) -> RecordSet:
    points = AliasTarget(hosted_zone_id=FACTS.zone_id, dns_name=target, evaluate_target_health=False)
    return alias(name, **({"alias_target": points} | fields))  # type: ignore[arg-type]


def addresses(many: int) -> list[str]:
    return [f"192.0.2.{number}" for number in range(many)]


def test_a_simple_record_becomes_two_weighted_ones_in_one_batch() -> None:
    before = records_with(alias())
    wanted = batch(("DELETE", alias()), ("CREATE", weighted("ecs", 100)), ("CREATE", weighted("lambda", 0)))
    after = applied(before, wanted, FACTS)
    assert {key.set_identifier for key in after if key.name == API} == {"ecs", "lambda"}
    assert Key(API, "A", None) in before


def test_a_weight_changes_by_deleting_what_was_read_and_creating_the_new() -> None:
    before = records_with(weighted("ecs", 100), weighted("lambda", 0))
    wanted = batch(
        ("DELETE", weighted("ecs", 100)),
        ("CREATE", weighted("ecs", 90)),
        ("DELETE", weighted("lambda", 0)),
        ("CREATE", weighted("lambda", 10)),
    )
    after = applied(before, wanted, FACTS)
    assert [after[Key(API, "A", side)].weight for side in ("ecs", "lambda")] == [90, 10]


def test_an_upsert_replaces_the_whole_record() -> None:
    before = records_with(weighted("ecs", 100, health_check_id="check-1"))
    after = applied(before, batch(("UPSERT", weighted("ecs", 90))), FACTS)
    assert after[Key(API, "A", "ecs")].health_check_id is None


def test_a_delete_removes_only_that_name_and_identifier() -> None:
    other = weighted("ecs", 5, name="other.example.test.")
    before = records_with(weighted("ecs", 100), weighted("lambda", 0), other)
    after = applied(before, batch(("DELETE", weighted("ecs", 100))), FACTS)
    assert set(before) - set(after) == {Key(API, "A", "ecs")}


def test_a_batch_that_is_refused_half_way_changes_nothing() -> None:
    before = records_with(weighted("ecs", 100))
    error = refusal(before, batch(("UPSERT", weighted("ecs", 1)), ("CREATE", plain("www.other.test.", "192.0.2.1"))))
    assert error.code == "InvalidChangeBatch"
    assert before[Key(API, "A", "ecs")].weight == 100


def test_all_problems_of_a_batch_are_named() -> None:
    error = refusal(records_with(), creating(plain("a.other.test.", "192.0.2.1"), plain("b.example.test.", "no ip")))
    assert len(error.messages) == 2
    assert error.message == f"[{', '.join(error.messages)}]"


def test_the_order_of_values_does_not_matter_to_a_delete() -> None:
    before = records_with(plain("two.example.test.", "192.0.2.1", "192.0.2.2"))
    after = applied(before, batch(("DELETE", plain("two.example.test.", "192.0.2.2", "192.0.2.1"))), FACTS)
    assert Key("two.example.test.", "A", None) not in after


SOA = records_with()[Key(ZONE, "SOA", None)]
NS = records_with()[Key(ZONE, "NS", None)]
LOW = plain(API, "192.0.2.1", set_identifier="low", weight=1)
HIGH = plain(API, "192.0.2.2", set_identifier="high", weight=1, ttl=300)
TWIN = plain(API, "192.0.2.2", set_identifier="twin", weight=1)
NAME = "w.example.test."

REFUSED = {
    "create of an existing": ([weighted("ecs", 1)], creating(weighted("ecs", 2)), "already exists"),
    "delete of a missing": ([], batch(("DELETE", weighted("ecs", 1))), "was not found"),
    "stale weight": ([weighted("ecs", 1)], batch(("DELETE", weighted("ecs", 2))), "values provided do not match"),
    "delete that leaves a field out": (
        [weighted("ecs", 1, health_check_id="check-1")],
        batch(("DELETE", weighted("ecs", 1))),
        "values provided do not match",
    ),
    "weighted beside simple": ([alias()], creating(weighted("ecs", 1)), "non-weighted set exists"),
    "simple beside weighted": ([weighted("ecs", 1)], creating(alias()), "other RRSets exist"),
    "weighted before the simple is gone": (
        [alias()],
        batch(("CREATE", weighted("ecs", 1)), ("DELETE", alias())),
        "non-weighted set exists",
    ),
    "twice in a batch": (
        [],
        batch(("UPSERT", weighted("ecs", 1)), ("UPSERT", weighted("ecs", 2))),
        "invalid set of changes",
    ),
    "bad IPv4 address": ([], creating(plain(NAME, "192.0.2.300")), "valid IPv4 address"),
    "bad IPv6 address": ([], creating(plain(NAME, "192.0.2.1", kind="AAAA")), "valid IPv6 address"),
    "unquoted text": ([], creating(plain(NAME, "bare", kind="TXT")), "quotation marks"),
    "bad MX": ([], creating(plain(NAME, "nonsense", kind="MX")), "InvalidMXValue"),
    "a value twice": ([], creating(plain(NAME, "192.0.2.1", "192.0.2.1")), "Duplicate"),
    "two CNAMEs": ([], creating(plain(NAME, "a.test", "b.test", kind="CNAME")), "one value only"),
    "CNAME at the apex": ([], creating(plain(ZONE, "a.test", kind="CNAME")), "at apex"),
    "CNAME beside A": ([plain(API, "192.0.2.1")], creating(plain(API, "a.test", kind="CNAME")), "conflicts"),
    "A beside CNAME": ([plain(API, "a.test", kind="CNAME")], creating(plain(API, "192.0.2.1")), "conflicting"),
    "another zone": ([], creating(plain("www.other.test.", "192.0.2.1")), "not permitted in zone"),
    "a name that only ends like the zone": (
        [],
        creating(plain("myexample.test.", "192.0.2.1")),
        "not permitted in zone",
    ),
    "empty label": ([], creating(plain("a..example.test.", "192.0.2.1")), "DomainLabelEmpty"),
    "long label": ([], creating(plain(f"{'a' * 64}.example.test.", "192.0.2.1")), "DomainLabelTooLong"),
    "long name": ([], creating(plain("abcdefg." * 32 + ZONE, "192.0.2.1")), "DomainNameTooLong"),
    "blank in the name": ([], creating(plain("a b.example.test.", "192.0.2.1")), "UnsupportedCharacter"),
    "wildcard": ([], creating(plain("*.example.test.", "192.0.2.1")), "wildcards"),
    "one TTL in a group": ([], creating(LOW, HIGH), "same TTL"),
    "101 in a group": ([], creating(*(weighted(f"r{number}", 1) for number in range(101))), "At most 100"),
    "unknown target": ([], creating(alias(target="typo.elb.amazonaws.com.")), "target was not found"),
    "alias of another type": ([], creating(alias(type="MX")), "target was not found"),
    "alias to a missing name": ([], creating(in_zone_alias(NAME, API)), "target was not found"),
    "own zone, foreign target": ([], creating(in_zone_alias(NAME, ALB)), "within the target zone"),
    "foreign zone, own target": ([alias()], creating(alias(NAME, target=API)), "within the target zone"),
    "alias to itself": ([], creating(in_zone_alias(API, API)), "not permitted"),
    "without the zone's SOA": ([], batch(("DELETE", SOA)), "at least one SOA"),
    "without the zone's NS": ([], batch(("DELETE", NS)), "at least one NS"),
    "SOA below the apex": ([], creating(plain(API, "ns.test. h.test. 1 2 3 4 5", kind="SOA")), "below the apex"),
    "1100 values": (
        [],
        creating(*(plain(f"n{number}.example.test.", *addresses(100)) for number in range(11))),
        "limit of 1000",
    ),
    "600 values upserted": (
        [],
        batch(*(("UPSERT", plain(f"n{number}.example.test.", *addresses(100))) for number in range(6))),
        "limit of 1000",
    ),
    "36,000 characters": (
        [],
        creating(*(plain(f"n{number}.example.test.", f'"{"x" * 250}"', kind="TXT") for number in range(144))),
        "limit of 32000",
    ),
}


@pytest.mark.parametrize(("existing", "wanted", "says"), REFUSED.values(), ids=REFUSED.keys())
def test_refused_as_an_invalid_batch(existing: list[RecordSet], wanted: ChangeBatch, says: str) -> None:
    error = refusal(records_with(*existing), wanted)
    assert (error.code, error.status) == ("InvalidChangeBatch", 400)
    assert says in error.message


def test_the_limits_themselves_are_allowed() -> None:
    largest = creating(*(weighted(f"{number:0128}", 255) for number in range(100)))
    assert len(applied(records_with(), largest, FACTS)) == 102
    thousand = creating(*(plain(f"n{number}.example.test.", *addresses(100)) for number in range(10)))
    assert len(applied(records_with(), thousand, FACTS)) == 12


def test_a_label_of_63_characters_is_allowed() -> None:
    longest = plain(f"{'a' * 63}.example.test.", "192.0.2.1")
    assert longest.key in applied(records_with(), creating(longest), FACTS)


def test_the_ttl_of_a_whole_group_changes_in_one_batch() -> None:
    slower = [msgspec.structs.replace(record, ttl=300) for record in (LOW, TWIN)]
    changes = [("DELETE", record) for record in (LOW, TWIN)] + [("CREATE", record) for record in slower]
    after = applied(records_with(LOW, TWIN), batch(*changes), FACTS)
    assert {after[record.key].ttl for record in slower} == {300}


def test_an_empty_text_is_allowed_and_half_a_quotation_is_not() -> None:
    empty = plain(NAME, '""', kind="TXT")
    assert empty.key in applied(records_with(), creating(empty), FACTS)
    assert "quotation marks" in refusal(records_with(), creating(plain(NAME, '"', kind="TXT"))).message


def test_all_zero_weights_are_allowed() -> None:
    after = applied(records_with(), creating(weighted("ecs", 0), weighted("lambda", 0)), FACTS)
    assert after[Key(API, "A", "ecs")].weight == 0


def test_a_refusal_names_the_record_with_its_identifier() -> None:
    message = refusal(records_with(), batch(("DELETE", weighted("ecs", 1)))).message
    assert f"[name='{API}', type='A', set-identifier='ecs']" in message
    message = refusal(records_with(), batch(("DELETE", alias()))).message
    assert f"[name='{API}', type='A']" in message


def test_a_dualstack_target_is_known() -> None:
    record = alias(target=f"dualstack.{ALB}")
    assert record.key in applied(records_with(), creating(record), FACTS)


def test_an_alias_may_point_at_a_name_of_the_same_batch() -> None:
    after = applied(records_with(), creating(in_zone_alias(NAME, API), alias()), FACTS)
    assert Key(NAME, "A", None) in after


def test_an_alias_and_a_plain_record_may_share_a_group() -> None:
    after = applied(records_with(), creating(LOW, weighted("ecs", 1)), FACTS)
    assert {"low", "ecs"} <= {key.set_identifier for key in after}


def test_an_unknown_health_check_is_not_found() -> None:
    error = refusal(records_with(), creating(alias(health_check_id="check-2")))
    assert (error.code, error.status) == ("NoSuchHealthCheck", 404)
