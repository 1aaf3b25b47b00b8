"""A rollback that Route 53 does not take as a whole, or whose ECS record leads elsewhere: what can be done is done."""

import json
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from click.testing import CliRunner, Result

from cutover.cli import cli
from cutover.core.models import RecordSet, Snapshot, Weights
from cutover.core.record import Kind
from cutover.core.state import fold
from cutover.core.zone import Sides, missing_records
from cutover.ports import NotAllowed
from tests.fakes.world import FakeWorld, fake_world, known_world
from tests.fakes.zone import record, weighted
from tests.unit.cutover.invoking import NEUTRAL, invoke
from tests.unit.cutover.route53_zone import Zone, refused, store

SIDES = Sides("ecs", "lambda")
GONE = {"DNSName": "gone.example.", "EvaluateTargetHealth": False, "HostedZoneId": "Z"}


class StrictZone(Zone):
    """Also refuses a CNAME beside others, an alias to what is gone, and a health check that is gone."""

    def apply(self, batch: Any) -> None:
        """As Route 53 does, before anything is changed."""
        made = [c["ResourceRecordSet"] for c in batch["Changes"] if c["Action"] == "CREATE"]
        dropped = [c["ResourceRecordSet"] for c in batch["Changes"] if c["Action"] == "DELETE"]
        types = {r["Type"] for r in [*(r for r in self.live if r not in dropped), *made]}
        if "CNAME" in types and types != {"CNAME"}:
            raise refused("InvalidChangeBatch", message="RRSet of type CNAME conflicts with other records")
        if any(r.get("AliasTarget") == GONE for r in made):
            raise refused("InvalidChangeBatch", message="the alias target name does not lie within the target zone")
        if any("HealthCheckId" in r for r in made):
            raise refused("NoSuchHealthCheck", 404, "no health check exists with that ID")
        super().apply(batch)

    def get_change(self, Id: str) -> Any:  # noqa: N803 - boto3's names
        return {"ChangeInfo": {"Id": Id, "Status": "INSYNC"}}


def rolled_back(known: Iterable[RecordSet], live: Iterable[RecordSet]) -> tuple[Result, StrictZone, FakeWorld]:
    """What `cutover rollback` does in such a zone when the ledger knows these records."""
    world, zone = fake_world(90, 10), StrictZone(Snapshot(tuple(live)))
    world.write(Kind.ADOPTED, after=(90, 10), evidence={"records": sorted(r.body for r in known)})
    ports = replace(world.ports, weights=store(zone))
    return CliRunner(env=NEUTRAL).invoke(cli, ["rollback"], obj=ports), zone, world


def shares(zone: StrictZone) -> set[tuple[str, str, int]]:
    """What is live."""
    return {(r["Type"], r["SetIdentifier"], r["Weight"]) for r in zone.live}


def pair(type_: str, **more: Any) -> list[RecordSet]:
    """Both sides' records at 90/10, with these fields."""
    return [record(type_, "ecs", 90, **more), record(type_, "lambda", 10, **more)]


A_HOME = {("A", "ecs", 100), ("A", "lambda", 0)}


def test_a_cname_is_never_added_beside_another_type_nor_the_reverse() -> None:
    names, addresses = pair("CNAME", AliasTarget=None, TTL=60, ResourceRecords=[{"Value": "x"}]), weighted(90, 10)
    text = record("TXT", None, None, AliasTarget=None, TTL=60, ResourceRecords=[{"Value": "x"}])

    for known, live in ((names, addresses), (addresses, names), (names, [text])):
        assert missing_records(Snapshot(tuple(live)), SIDES, [r.body for r in known]) == ()
    assert missing_records(Snapshot((names[1],)), SIDES, [r.body for r in names]) == (names[0],)
    assert missing_records(Snapshot((text,)), SIDES, [r.body for r in addresses]) == tuple(addresses)


def test_bodies_that_are_no_records_are_never_missing() -> None:
    bodies = ["not json", "[]", "{}", '{"Name":"a","Type":[]}', "[" * 100_000]

    assert missing_records(Snapshot(()), SIDES, bodies) == ()


def test_an_address_that_became_a_cname_meanwhile_still_goes_back() -> None:
    names = pair("CNAME", AliasTarget=None, TTL=60, ResourceRecords=[{"Value": "x"}])

    result, zone, _ = rolled_back(weighted(90, 10, "A", "AAAA"), names)

    assert result.exit_code == 0, result.output
    assert shares(zone) == {("CNAME", "ecs", 100), ("CNAME", "lambda", 0)}


def test_records_that_can_not_be_created_again_are_named_and_the_rest_goes_back() -> None:
    result, zone, world = rolled_back([*weighted(90, 10), *pair("AAAA", AliasTarget=GONE)], weighted(90, 10))

    assert result.exit_code == 5, result.output
    assert "AAAA ecs, AAAA lambda could not be created: Route 53 refused the batch" in result.stderr
    assert "does not lie within the target zone" in result.stderr
    assert "created again" not in result.output
    assert shares(zone) == A_HOME
    kinds = ["intent", "abandoned", "intent", "applied", "insync", "rolled-back", "stopped"]
    assert world.ledger.kinds()[1:] == kinds


def test_the_way_back_that_is_kept_is_the_one_that_is_possible() -> None:
    _, _, world = rolled_back([*weighted(90, 10), *pair("AAAA", AliasTarget=GONE)], weighted(90, 10))

    newest = json.loads(world.ledger.kept["rollback-4.json"])
    assert {change["ResourceRecordSet"]["Type"] for change in newest["Changes"]} == {"A"}
    assert "rollback-4.json" in fold(world.ledger.lines).undo


def test_at_ecs_100_a_record_that_can_not_be_created_is_told_all_the_same() -> None:
    result, zone, _ = rolled_back([*weighted(100, 0), *pair("AAAA", AliasTarget=GONE)], weighted(100, 0))

    assert result.exit_code == 5, result.output
    assert "AAAA ecs, AAAA lambda could not be created" in result.stderr
    assert shares(zone) == A_HOME


def test_a_type_of_which_only_lambdas_record_is_left_and_stays_is_told_too() -> None:
    left = record("AAAA", "lambda", 10)

    result, zone, _ = rolled_back(
        [*weighted(90, 10), record("AAAA", "ecs", 90, AliasTarget=GONE), left], [*weighted(90, 10), left]
    )

    assert result.exit_code == 5, result.output
    assert "AAAA ecs could not be created" in result.stderr
    assert "the AAAA record 'lambda' stays" in result.stderr
    assert shares(zone) == {*A_HOME, ("AAAA", "lambda", 10)}


def test_a_health_check_that_is_gone_is_dropped_from_lambdas_record() -> None:
    live = [record("A", "ecs", 90), record("A", "lambda", 10, HealthCheckId="deleted")]

    result, zone, _ = rolled_back(live, live)

    assert result.exit_code == 5, result.output
    assert "the health check of 'lambda' is gone, so its record names none any more" in result.stderr
    assert shares(zone) == A_HOME
    assert not any("HealthCheckId" in body for body in zone.live)


def test_a_health_check_that_is_gone_is_dropped_from_ecs_record_last() -> None:
    live = pair("A", HealthCheckId="deleted")

    result, zone, world = rolled_back(live, live)

    assert result.exit_code == 5, result.output
    assert "the health check of 'ecs' is gone" in result.stderr
    assert shares(zone) == A_HOME
    assert world.ledger.kinds().count("abandoned") == 2


def test_where_nothing_can_be_left_out_the_refusal_is_told() -> None:
    world = known_world(50, 50)
    world.weights.failing["apply"] = [NotAllowed("Route 53 refused the batch: NoSuchHealthCheck: none")]

    result = invoke(world, "rollback")

    assert result.exit_code == 10
    assert world.weights.applied == []


def test_where_nothing_is_left_without_what_is_created_the_refusal_is_told() -> None:
    world = known_world(50, 50)
    world.weights.records = []
    world.weights.failing["apply"] = [NotAllowed("the credentials have expired")] * 2

    result = invoke(world, "rollback")

    assert result.exit_code == 10
    assert "the credentials have expired" in result.stderr
    assert len(world.weights.failing["apply"]) == 1


def misled(world: FakeWorld) -> FakeWorld:
    """Somebody has pointed the A record of ECS at Lambda."""
    target = {"DNSName": "lambda.target.example.", "EvaluateTargetHealth": False, "HostedZoneId": "ZALIAS"}
    world.weights.records = [
        record(r.type, r.set_identifier, r.weight, AliasTarget=target)
        if (r.type, r.set_identifier) == ("A", "ecs")
        else r
        for r in world.weights.records
    ]
    return world


def test_an_ecs_record_that_leads_to_lambda_is_no_success_and_the_weights_are_set() -> None:
    world = misled(known_world(50, 50))

    result = invoke(world, "rollback")

    assert result.exit_code == 5, result.output
    assert (
        "the A record 'ecs' points at lambda.target.example, and not at ecs.target.example as the ledger knows it"
        in result.stderr
    )
    assert "AAAA record" not in result.stderr
    assert world.live == Weights(100, 0)


def test_it_stays_told_until_it_is_mended() -> None:
    world = misled(known_world(50, 50))
    invoke(world, "rollback")

    assert invoke(world, "rollback").exit_code == 5
    assert invoke(world, "status", "--exit-code").exit_code == 5
    assert len(world.weights.applied) == 1

    world.weights.records = weighted(100, 0, "A", "AAAA")

    assert invoke(world, "rollback").exit_code == 0
    assert len(world.weights.applied) == 1


def test_another_spelling_or_health_evaluation_is_no_other_place() -> None:
    world = known_world(50, 50)
    target = {"DNSName": "ECS.target.example", "EvaluateTargetHealth": True, "HostedZoneId": "ZALIAS"}
    world.weights.records = [
        record(r.type, r.set_identifier, r.weight, AliasTarget=target) if r.set_identifier == "ecs" else r
        for r in world.weights.records
    ]

    assert invoke(world, "rollback").exit_code == 0
