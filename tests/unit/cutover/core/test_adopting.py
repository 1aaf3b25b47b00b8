"""A simple record becomes two weighted ones with the same answer; what can't be adopted is told with the way on."""

import json
from typing import Any

import pytest

from cutover.core.adopting import LambdaTarget, Unfit, plan_adoption, way_back
from cutover.core.batch import exchange
from cutover.core.models import RecordSet, Snapshot, Weights
from cutover.core.plan import Plan
from cutover.core.zone import Sides, canonical, read_weights
from cutover.rehearsal.aws.route53.checks import ZoneFacts
from cutover.rehearsal.aws.route53.records import batch_of
from cutover.rehearsal.aws.route53.zone import Zone
from tests.fakes.zone import NAME, record, weighted

SIDES = Sides("ecs", "lambda")
REGIONAL = "d-abc123.execute-api.us-east-1.amazonaws.com"
TARGET = LambdaTarget(REGIONAL, "Z1UJRXOUMOOFQ8")
DUAL = LambdaTarget(REGIONAL, "Z1UJRXOUMOOFQ8", ipv6=True)
ALB = {"DNSName": "alb.example.", "EvaluateTargetHealth": True, "HostedZoneId": "ZALB"}


def simple(type_: str = "A", **more: Any) -> RecordSet:
    return record(type_, None, None, **more)


def plain(type_: str, ttl: int, *values: str) -> RecordSet:
    return simple(type_, AliasTarget=None, TTL=ttl, ResourceRecords=[{"Value": value} for value in values])


def planned(*records: RecordSet, target: LambdaTarget = TARGET) -> Plan:
    found = plan_adoption(Snapshot(records), SIDES, target)
    assert isinstance(found, Plan), found
    return found


def unfit(*records: RecordSet, target: LambdaTarget = TARGET) -> Unfit:
    found = plan_adoption(Snapshot(records), SIDES, target)
    assert isinstance(found, Unfit), found
    return found


def bodies(plan: Plan) -> list[dict[str, Any]]:
    return [json.loads(r.body) for r in plan.records_after.records]


def test_ecs_keeps_every_field_and_lambda_begins_at_nothing() -> None:
    before = simple(AliasTarget=ALB, HealthCheckId="hc-ecs")

    plan = planned(before)

    ecs, serverless = bodies(plan)
    assert ecs == json.loads(before.body) | {"SetIdentifier": "ecs", "Weight": 100}
    assert serverless == {
        "Name": f"{NAME}.",
        "Type": "A",
        "SetIdentifier": "lambda",
        "Weight": 0,
        "AliasTarget": {"DNSName": f"{REGIONAL}.", "HostedZoneId": "Z1UJRXOUMOOFQ8", "EvaluateTargetHealth": False},
    }
    assert (plan.before, plan.after, plan.raises, plan.changes, plan.adopts) == (
        Weights(100, 0),
        Weights(100, 0),
        False,
        True,
        True,
    )
    assert read_weights(plan.records_after, SIDES) == Weights(100, 0)


def test_a_health_check_for_the_kill_switch_is_lambdas_alone() -> None:
    ecs, serverless = bodies(planned(simple(), target=LambdaTarget(REGIONAL, "Z1", health_check="hc-1")))

    assert "HealthCheckId" not in ecs
    assert serverless["HealthCheckId"] == "hc-1"


def test_every_type_of_the_name_goes_in_one_batch_and_other_records_stay() -> None:
    https = plain("HTTPS", 300, '1 . alpn="h2,h3"')

    plan = planned(simple("A"), simple("AAAA"), https, plain("TXT", 300, '"x"'), target=DUAL)

    assert [(r.type, r.set_identifier, r.weight) for r in plan.records_after.records] == [
        (type_, side, weight) for type_ in ("A", "AAAA", "HTTPS") for side, weight in (("ecs", 100), ("lambda", 0))
    ]
    assert {r.type for r in plan.records_before.records} == {"A", "AAAA", "HTTPS"}
    assert bodies(plan)[-1]["ResourceRecords"] == [{"Value": '1 . alpn="h2,h3"'}]
    assert bodies(plan)[-1]["TTL"] == 300


@pytest.mark.parametrize("ttl", [60, 30])
def test_a_cname_gets_a_cname_with_its_own_ttl_beside_it(ttl: int) -> None:
    serverless = bodies(planned(plain("CNAME", ttl, "alb.example.com")))[1]

    assert (serverless["TTL"], serverless["ResourceRecords"]) == (ttl, [{"Value": REGIONAL}])
    assert "AliasTarget" not in serverless


def test_addresses_may_stand_beside_an_alias_if_they_live_as_long() -> None:
    assert planned(plain("A", 60, "192.0.2.1")).changes


def test_a_type_that_is_weighted_already_stays_as_it_is() -> None:
    pair = weighted(100, 0, "A")

    plan = planned(*pair, simple("AAAA"), target=DUAL)

    assert [r for r in plan.records_after.records if r.type == "A"] == pair
    assert len(plan.records_after.records) == 4


def test_weighted_records_are_nothing_to_adopt() -> None:
    assert plan_adoption(Snapshot(tuple(weighted(50, 50))), SIDES, TARGET) == Weights(50, 50)


def test_an_alias_that_evaluates_health_is_told_of() -> None:
    plan = planned(simple(AliasTarget=ALB))

    assert plan.warnings == (
        "the A alias evaluates its target's health: when no ECS target is healthy, Route 53 answers with Lambda even"
        " at weight 0",
    )
    assert planned(simple()).warnings == ()


@pytest.mark.parametrize(
    ("records", "said"),
    [
        ([], "the name has no A, AAAA, CNAME or HTTPS record at all"),
        ([record("A", "eu", None, Region="eu-west-1")], "has another routing policy than weights"),
        ([*weighted(90, 10), record("A", "blue", 5)], "a third A record 'blue'"),
        ([record("A", "ecs", 100)], "the A record of lambda ('lambda') is missing"),
        ([*weighted(90, 10), simple("AAAA")], "the A records are weighted already, ecs 90 / lambda 10"),
    ],
)
def test_others_records_are_not_adopted(records: list[RecordSet], said: str) -> None:
    found = unfit(*records, target=DUAL)

    assert found.is_foreign
    assert said in found.text
    assert found.way_on


def test_ipv6_on_one_side_alone_is_refused() -> None:
    found = unfit(simple("A"), simple("AAAA"))

    assert (found.rule, found.is_foreign) == ("ipv6", False)
    assert "clients with IPv6 would stay at ECS" in found.text
    assert "--lambda-ipv6" in found.way_on


@pytest.mark.parametrize(
    ("one", "said"),
    [
        (plain("A", 300, "192.0.2.1"), "the A record has a TTL of 300 s, and the alias beside it would have 60 s"),
        (plain("A", 61, "192.0.2.1"), "a TTL of 61 s"),
        (plain("A", 30, "192.0.2.1"), "a TTL of 30 s"),
        (plain("CNAME", 61, "alb.example.com"), "the CNAME record has a TTL of 61 s: the traffic"),
    ],
)
def test_ttls_that_traffic_can_not_follow_are_refused(one: RecordSet, said: str) -> None:
    found = unfit(one)

    assert said in found.text
    assert "set its TTL to 60 s" in found.way_on


@pytest.mark.parametrize(
    "one",
    [
        plain("HTTPS", 60, "1 alb.example.com. alpn=h2"),
        plain("HTTPS", 60, "1 . alpn=h2 ipv4hint=192.0.2.1"),
        plain("SVCB", 60, "1"),
        simple("HTTPS"),
    ],
)
def test_a_service_binding_of_one_side_is_not_copied(one: RecordSet) -> None:
    found = unfit(simple("A"), one)

    assert "would be those of ECS on both sides" in found.text


@pytest.mark.parametrize("name", ["None.target.example", "none.TARGET.example.", NAME])
def test_lambda_needs_a_target_of_its_own(name: str) -> None:
    assert "Lambda needs a target of its own" in unfit(simple(), target=LambdaTarget(name, "Z1")).text


def test_the_way_back_is_the_same_batch_turned_round() -> None:
    plan = planned(simple(AliasTarget=ALB))

    document = way_back(plan, "cutover/production/1/ada")

    changes = [(c["Action"], c["ResourceRecordSet"].get("Weight")) for c in document["Changes"]]
    assert changes == [("DELETE", 100), ("DELETE", 0), ("CREATE", None)]
    assert document["Changes"][2]["ResourceRecordSet"] == json.loads(plan.records_before.records[0].body)


def test_route_53_takes_both_batches_and_stores_what_was_planned() -> None:
    """By the strict stand-in, which refuses a weighted record beside a simple one, and what is not exactly there."""
    facts = ZoneFacts("Z123", "example.com.", frozenset({"alb.example.", f"{REGIONAL}."}), frozenset({"hc-1"}))
    before = simple(AliasTarget=ALB)
    target = LambdaTarget(REGIONAL.upper(), "Z1UJRXOUMOOFQ8", health_check="hc-1")
    plan = planned(before, plain("HTTPS", 60, '1 . alpn="h2"'), target=target)
    first = batch_of(exchange(Snapshot(()), plan.records_before, ""), as_text=False)
    zone = Zone(facts, (c.resource_record_set for c in first.changes), insync_seconds=60, new_id=lambda: "C1")
    live = dict(zone.live)

    zone.submit(batch_of(exchange(plan.records_before, plan.records_after, "x"), as_text=False), 0, actor="ada")
    adopted = [one for one in zone.live.values() if one.name == f"{NAME}."]
    zone.submit(batch_of(way_back(plan, "x"), as_text=False), 0, actor="ada")

    assert len(adopted) == 4
    names = {one.alias_target.dns_name for one in adopted if one.alias_target}
    assert names == {json.loads(r.body)["AliasTarget"]["DNSName"] for r in plan.records_after.records if r.type == "A"}
    assert dict(zone.live) == live


def test_bodies_are_canonical() -> None:
    assert all(r.body == canonical(json.loads(r.body)) for r in planned(simple()).records_after.records)
