"""Records that others changed, field by field; and the exact batch that puts the known ones back."""

import json
from typing import Any

import pytest

from cutover.core.drifting import Difference, differences, owner_of, plan_restoring
from cutover.core.models import RecordSet, Snapshot, Weights
from cutover.core.plan import Plan
from cutover.core.zone import Drift, DriftKind, Sides
from tests.fakes.zone import record, weighted

SIDES = Sides("ecs", "lambda")
PLAIN: dict[str, Any] = {"AliasTarget": None, "TTL": 60, "ResourceRecords": [{"Value": "192.0.2.1"}]}


def bodies(records: list[RecordSet]) -> list[str]:
    """What the ledger keeps of them."""
    return [one.body for one in records]


def restored(live: list[RecordSet], known: list[RecordSet]) -> Plan:
    """The plan."""
    plan = plan_restoring(Snapshot(tuple(live)), bodies(known), SIDES)
    assert isinstance(plan, Plan)
    return plan


def test_equal_records_differ_in_nothing() -> None:
    assert differences(weighted(90, 10, "A", "AAAA"), bodies(weighted(90, 10, "AAAA", "A"))) == ()


def test_weights_differ_by_record() -> None:
    assert differences(weighted(50, 50), bodies(weighted(90, 10))) == (
        Difference("A ecs", "Weight", "90", "50"),
        Difference("A lambda", "Weight", "10", "50"),
    )


def test_an_aliass_fields_have_names_of_their_own() -> None:
    moved = {"DNSName": "other.", "EvaluateTargetHealth": True, "HostedZoneId": "ZALIAS"}
    live = [record("A", "ecs", 90, AliasTarget=moved), *weighted(90, 10)[1:]]

    assert differences(live, bodies(weighted(90, 10))) == (
        Difference("A ecs", "AliasTarget.DNSName", "ecs.target.example.", "other."),
        Difference("A ecs", "AliasTarget.EvaluateTargetHealth", "false", "true"),
    )


def test_a_field_that_came_or_went_is_absent_on_one_side() -> None:
    live = [record("A", "ecs", 90, **PLAIN | {"TTL": 300}), record("A", "lambda", 10, HealthCheckId="hc")]
    known = [record("A", "ecs", 90, **PLAIN), record("A", "lambda", 10)]

    assert differences(live, bodies(known)) == (
        Difference("A ecs", "TTL", "60", "300"),
        Difference("A lambda", "HealthCheckId", None, "hc"),
    )


def test_addresses_are_told_as_people_write_them() -> None:
    live = [record("A", "ecs", 90, **PLAIN | {"ResourceRecords": [{"Value": "192.0.2.1"}, {"Value": "192.0.2.2"}]})]

    found = differences(live, bodies([record("A", "ecs", 90, **PLAIN)]))

    assert found == (Difference("A ecs", "ResourceRecords", "192.0.2.1", "192.0.2.1, 192.0.2.2"),)


def test_whole_records_are_new_or_gone() -> None:
    simple = record("AAAA", None, None, **PLAIN)

    assert differences([*weighted(90, 10)[:1], simple], bodies(weighted(90, 10))) == (
        Difference("A lambda", "", "weight 10, lambda.target.example.", None),
        Difference("AAAA", "", None, "192.0.2.1"),
    )


def test_restoring_is_the_exact_exchange_of_all_records() -> None:
    third = record("A", "blue", 5)
    live, known = [*weighted(50, 50), third], weighted(90, 10)

    plan = restored(live, known)

    assert set(plan.records_before.records) == set(live)
    assert [r.body for r in plan.records_after.records] == bodies(known)
    assert plan.after == Weights(90, 10)


def test_records_that_carry_no_traffic_stay() -> None:
    plan = restored([*weighted(50, 50), record("TXT", None, None, AliasTarget=None)], weighted(90, 10))

    assert all(one.type == "A" for one in plan.records_before.records)


@pytest.mark.parametrize(
    ("live", "known", "raises"),
    [
        (weighted(50, 50), weighted(90, 10), False),
        (weighted(90, 10), weighted(90, 10), False),
        (weighted(100, 0), weighted(90, 10), True),
        (weighted(90, 10, "A") + weighted(100, 0, "AAAA"), weighted(90, 10, "A", "AAAA"), True),
        (weighted(90, 10, "A"), weighted(90, 10, "A", "AAAA"), True),
        (weighted(0, 0), weighted(50, 50), False),
        (weighted(1, 255), weighted(0, 100), True),
        ([record("A", None, None)], weighted(90, 10), True),
        ([], weighted(90, 10), True),
        ([], weighted(100, 0), False),
        ([*weighted(50, 50), record("A", "blue", 100)], weighted(50, 50), True),
    ],
    ids=[
        "lowered", "fields only", "raised", "of one type", "a type is gone", "zeros are equal shares", "sum of 256",
        "a simple record", "nothing", "nothing, to ECS", "a third record took from it",
    ],
)  # fmt: skip
def test_more_of_lambda_for_anybody_is_a_raise(live: list[RecordSet], known: list[RecordSet], raises: bool) -> None:
    assert restored(live, known).raises is raises


def test_a_simple_record_of_lambdas_target_is_all_of_lambda() -> None:
    target = json.loads(weighted(90, 10)[1].body)["AliasTarget"]
    plan = restored([record("A", None, None, AliasTarget=target)], weighted(90, 10))

    assert plan.before == Weights(0, 100)
    assert not plan.raises


def pointing(record_: RecordSet, name: str, **more: Any) -> RecordSet:
    """The same record with another target."""
    target = {"DNSName": name, "EvaluateTargetHealth": False, "HostedZoneId": "ZALIAS"}
    return record(record_.type, record_.set_identifier, record_.weight, AliasTarget=target, **more)


def test_lambdas_record_that_points_at_ecs_is_none_of_lambdas() -> None:
    ecs, ours = weighted(50, 50)

    plan = restored([ecs, pointing(ours, "ecs.target.example.")], weighted(50, 50))

    assert (plan.before, plan.after, plan.raises) == (Weights(100, 0), Weights(50, 50), True)


def test_ecss_record_that_points_at_lambda_is_lambdas() -> None:
    ecs, ours = weighted(50, 50)

    plan = restored([pointing(ecs, "LAMBDA.target.example"), ours], weighted(50, 50))

    assert (plan.before, plan.raises) == (Weights(0, 100), False)


@pytest.mark.parametrize(
    ("live", "known", "raises"),
    [("hc", None, True), ("hc", "other", True), ("hc", "hc", False), (None, "hc", False), (None, None, False)],
)
@pytest.mark.parametrize("identifier", ["lambda", "renamed"])
def test_taking_a_health_check_off_lambda_is_a_raise(
    identifier: str, live: str | None, known: str | None, raises: bool
) -> None:
    ecs, ours = weighted(50, 50)
    named = record("A", identifier, 50, HealthCheckId=live, AliasTarget=json.loads(ours.body)["AliasTarget"])
    before = weighted(50, 50)[0], record("A", "lambda", 50, HealthCheckId=known)

    assert restored([ecs, named], [*before]).raises is raises


def test_a_health_check_of_ecs_holds_nothing_off_lambda() -> None:
    assert not restored([record("A", "ecs", 50, HealthCheckId="hc"), weighted(50, 50)[1]], weighted(50, 50)).raises


def test_lambdas_health_check_may_go_where_it_gets_nothing() -> None:
    plan = restored([weighted(100, 0)[0], record("A", "lambda", 0, HealthCheckId="hc")], weighted(100, 0))

    assert (plan.unguards, plan.raises) == (True, False)


def test_what_the_ledger_knows_must_be_whole() -> None:
    found = plan_restoring(Snapshot(tuple(weighted(50, 50))), bodies(weighted(90, 10)[:1]), SIDES)

    assert isinstance(found, Drift)
    assert found.kind is DriftKind.MISSING


@pytest.mark.parametrize(
    ("agents", "owner"),
    [(["aws-cli", "Pulumi"], "Pulumi"), (["the console"], ""), ([], ""), (["CloudFormation"], "CloudFormation")],
)
def test_programs_that_hold_records_as_they_want_them_are_owners(agents: list[str], owner: str) -> None:
    assert owner_of(agents) == owner


def test_a_type_that_the_ledger_does_not_know_is_never_taken_from_the_name() -> None:
    known = [r.body for r in weighted(90, 10, "A")]
    found = plan_restoring(Snapshot(tuple(weighted(50, 50, "A", "AAAA"))), known, SIDES)
    assert isinstance(found, Drift)
    assert (found.kind, "there are AAAA records" in found.text) == (DriftKind.TYPES, True)
