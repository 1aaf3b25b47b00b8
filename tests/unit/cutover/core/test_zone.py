"""Reading records as weights, and naming what is wrong when they are not."""

import json

import pytest

from cutover.core import batch
from cutover.core.models import RecordSet, Side, Snapshot, Weights
from cutover.core.zone import (
    ALIAS_TTL_SECONDS,
    Drift,
    Sides,
    beyond_rollback,
    both_sided,
    changed_by_others,
    missing_records,
    read_weights,
    targets,
    traffic,
    with_weights,
)
from tests.fakes.zone import record, weighted

SIDES = Sides("ecs", "lambda")


def read(*records: RecordSet) -> Weights | Drift:
    """What these records say."""
    return read_weights(Snapshot(records), SIDES)


def drift(*records: RecordSet) -> Drift:
    """The drift of these records."""
    found = read(*records)
    assert isinstance(found, Drift)
    assert found.way_on
    return found


@pytest.mark.parametrize("types", [("A",), ("A", "AAAA"), ("A", "AAAA", "HTTPS")])
def test_both_sides_of_every_type_are_weights(types: tuple[str, ...]) -> None:
    assert read(*weighted(90, 10, *types)) == Weights(90, 10)


def test_records_that_carry_no_traffic_do_not_matter() -> None:
    assert read(*weighted(90, 10), record("TXT", None, None), record("CAA", None, None)) == Weights(90, 10)


@pytest.mark.parametrize(
    ("records", "kind", "said"),
    [
        ([], "no-records", "has no A, AAAA, CNAME or HTTPS record at all"),
        ([record("TXT", None, None)], "no-records", "no A"),
        ([record("A", None, None)], "simple-record", "the A record is a simple one"),
        ([*weighted(90, 10), record("HTTPS", None, None)], "simple-record", "the HTTPS record is a simple one"),
        ([*weighted(90, 10), record("A", "eu", None, Region="eu-west-1")], "other-policy", "'eu' has another routing"),
        ([*weighted(90, 10), record("A", "green", 5)], "third-record", "a third A record 'green' (weight 5)"),
        ([record("A", "ecs", 100)], "missing-side", "the A record of lambda ('lambda') is missing"),
        (
            [*weighted(90, 10), record("AAAA", "lambda", 10)],
            "missing-side",
            "the AAAA record of ecs ('ecs') is missing",
        ),
        (
            [record("A", "ecs", 90, TTL=300, AliasTarget=None), record("A", "lambda", 10)],
            "ttl",
            "the TTLs of the A records differ ('ecs' 300 s, 'lambda' 60 s)",
        ),
        (weighted(90, 20), "sum", "ecs 90 + lambda 20 sum to 110, not 100"),
        (weighted(0, 0), "sum", "sum to 0, not 100, which Route 53 takes as equal shares"),
        (weighted(1, 255), "sum", "sum to 256"),
        ([*weighted(90, 10, "A"), *weighted(50, 50, "AAAA")], "types-disagree", "A ecs 90 / lambda 10, AAAA ecs 50"),
    ],
)
def test_what_is_wrong_is_named(records: list[RecordSet], kind: str, said: str) -> None:
    found = drift(*records)

    assert found.kind.value == kind
    assert said in found.text


def test_an_alias_counts_as_its_targets_ttl() -> None:
    plain = record("A", "ecs", 90, TTL=ALIAS_TTL_SECONDS, AliasTarget=None, ResourceRecords=[{"Value": "192.0.2.1"}])

    assert read(plain, record("A", "lambda", 10)) == Weights(90, 10)


def test_new_weights_leave_every_other_field() -> None:
    before = record("A", "ecs", 90, HealthCheckId="hc-1", TTL=60, MultiValueAnswer=True)

    (after,) = with_weights([before], Weights(50, 50), SIDES)

    assert json.loads(after.body) == json.loads(before.body) | {"Weight": 50}
    assert after.weight == 50


def test_a_rollback_moves_what_has_both_sides_and_names_the_rest() -> None:
    live = Snapshot(
        (*weighted(50, 50), record("AAAA", "lambda", 100), record("A", "green", 10), record("TXT", None, None))
    )

    assert {(r.type, r.set_identifier) for r in both_sided(live, SIDES)} == {("A", "ecs"), ("A", "lambda")}
    assert beyond_rollback(live, SIDES) == ("A record 'green'", "AAAA record 'lambda'")


def test_a_type_without_its_ecs_record_misses_it_and_one_without_any_misses_both() -> None:
    known = [r.body for r in weighted(90, 10, "A", "AAAA", "HTTPS")] + [record("A", "green", 0).body]
    live = Snapshot((record("A", "lambda", 10), *weighted(90, 10, "HTTPS")[:1]))

    found = missing_records(live, SIDES, known)

    assert {(r.type, r.set_identifier) for r in found} == {("A", "ecs"), ("AAAA", "ecs"), ("AAAA", "lambda")}
    assert {r.body for r in found} <= set(known)
    assert {r.name for r in found} == {"api.example.com"}


def test_nothing_is_missing_beside_a_record_of_another_policy() -> None:
    known = [r.body for r in weighted(90, 10)]

    assert missing_records(Snapshot((record("A", None, None),)), SIDES, known) == ()


def test_a_missing_record_is_never_mended_by_deleting_the_other() -> None:
    assert "cutover rollback creates it again" in drift(record("A", "lambda", 100)).way_on
    assert "create it in Route 53 with weight 0" in drift(record("A", "ecs", 100)).way_on


def test_records_that_draw_no_traffic_are_not_in_a_rollbacks_way() -> None:
    live = Snapshot((*weighted(50, 50), record("AAAA", "ecs", 100), record("A", "green", 0)))

    assert beyond_rollback(live, SIDES) == ()


def test_a_simple_record_is_named_without_an_identifier() -> None:
    assert beyond_rollback(Snapshot((record("AAAA", None, None),)), SIDES) == (
        "AAAA record 'without a set identifier'",
    )


def test_what_others_changed_is_told_field_by_field() -> None:
    known = [r.body for r in weighted(90, 10)]
    live = [record("A", "ecs", 90, HealthCheckId="hc-1"), record("A", "green", 5)]

    found = changed_by_others(live, known)

    assert found is not None
    assert 'A ecs has HealthCheckId "hc-1" instead of null' in found.text
    assert "A green is new" in found.text
    assert "A lambda is gone" in found.text


def test_long_values_are_cut_in_sentences() -> None:
    known = [record("A", "ecs", 90).body]

    found = changed_by_others([record("A", "ecs", 90, HealthCheckId="x" * 200)], known)

    assert found is not None
    assert "…" in found.text
    assert len(found.text) < 250


def test_the_same_records_in_another_order_are_no_change() -> None:
    records = weighted(90, 10, "A", "AAAA")

    assert changed_by_others(records[::-1], [r.body for r in records]) is None


def test_targets_are_aliases_names_and_addresses() -> None:
    plain = record(
        "A", "lambda", 10, AliasTarget=None, ResourceRecords=[{"Value": "192.0.2.1"}, {"Value": "192.0.2.2"}]
    )

    found = targets(Snapshot((record("A", "ecs", 90), record("AAAA", "ecs", 90), plain)), SIDES)

    assert found == {Side.ECS: ("ecs.target.example.",), Side.SERVERLESS: ("192.0.2.1", "192.0.2.2")}


def test_a_batch_deletes_exactly_and_creates_anew() -> None:
    before = traffic(Snapshot(tuple(weighted(90, 10))))
    after = with_weights(before, Weights(50, 50), SIDES)

    made = batch.exchange(Snapshot(before), Snapshot(after), "c" * 300)

    assert [c["Action"] for c in made["Changes"]] == ["DELETE", "DELETE", "CREATE", "CREATE"]
    assert [c["ResourceRecordSet"]["Weight"] for c in made["Changes"]] == [90, 10, 50, 50]
    assert len(made["Comment"]) == 256


def test_a_comment_names_its_line_within_route_53s_limit() -> None:
    assert batch.comment("prod", 7, "arn:ada") == "cutover/prod/7/arn:ada"
    assert len(batch.comment("prod", 7, "a" * 999)) == 256
