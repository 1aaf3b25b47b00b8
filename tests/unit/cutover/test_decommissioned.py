"""After the DNS part of a decommission all is as it should be: no drift, nothing to adopt, its own way back."""

import json
from typing import Any

import pytest

from cutover.core.models import Side
from cutover.core.record import Kind
from cutover.core.state import fold
from cutover.core.surroundings import EcsCapacity
from tests.fakes.world import FakeWorld
from tests.fakes.zone import record
from tests.unit.cutover.ending import NAME, SERVICE, confirming, done, drained, rung_events, rungs
from tests.unit.cutover.invoking import invoke, status

ELSEWHERE = ("--lambda-target", "d-other.execute-api.us-east-1.amazonaws.com", "--lambda-zone", "Z1UJRXOUMOOFQ8")


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """The machine may be slow; what is shown is not."""
    monkeypatch.setattr("cutover.flow.look.looking.DEADLINE_SECONDS", 30.0)


def plain(*names: str) -> FakeWorld:
    """The name is plain, and these are deleted, too."""
    world = drained()
    done(world, "delete", *confirming(NAME, *names))
    return world


def undo(world: FakeWorld) -> str:
    """The plain line that makes it weighted again."""
    line: str = next(e for e in rung_events(world) if e.evidence["rung"] == "delete-dns").evidence["undo"]
    return line


def document(world: FakeWorld, *words: str) -> dict[str, Any]:
    """What it says in JSON."""
    said: dict[str, Any] = json.loads(invoke(world, "--json", *words).stdout)
    return said


def test_status_calls_it_decommissioned_and_shows_the_undo_of_the_rung() -> None:
    world = plain()

    said = status(world)

    assert "DECOMMISSIONED" in said
    assert "DRIFT" not in said
    assert "drift:" not in said
    assert f"go back   {undo(world)}" in said
    assert "cutover decommission drain --undo, then cutover rollback" in said
    assert "cutover adopt" not in said
    assert invoke(world, "status", "--exit-code").exit_code == 0


def test_status_tells_programs_the_same() -> None:
    world = plain()

    said = document(world, "status")

    assert (said["state"], said["drift"]) == ("DECOMMISSIONED", None)
    assert said["decommissioned"]["evidence"]["rung"] == "delete-dns"
    assert said["rollback"] == ["cutover decommission drain --undo", "cutover rollback", undo(world)]
    assert world.names.asked[-1] == {Side.ECS: (), Side.SERVERLESS: ("lambda.target.example.",)}


def test_watch_calls_it_decommissioned_too() -> None:
    said = invoke(plain(), "watch", "--once").stdout

    assert "DECOMMISSIONED" in said
    assert "nothing: decommissioned" in said


def test_without_an_ecs_no_way_back_to_it_is_offered() -> None:
    world = plain(SERVICE)

    assert "there is no ECS any more: cutover decommission plan" in status(world)
    assert document(world, "status")["rollback"] == []


@pytest.mark.parametrize(
    "words",
    [
        ("run", "--yes"),
        ("shift", "--lambda-weight", "50", "--yes"),
        ("shift", "--lambda-weight", "50", "--yes", "--override", "drift=it is right"),
        ("plan", "--lambda-weight", "50"),
        ("adopt", "--yes", *ELSEWHERE),
        ("drift", "--fix", "restore", "--reason", "back", "--yes"),
        ("drift", "--fix", "adopt", "--reason", "right", "--yes"),
        ("resume", "--reason", "mended", "--yes"),
        ("promote", "--reason", "well", "--yes"),
    ],
    ids=" ".join,
)
def test_what_needs_weights_refuses_plainly_and_names_the_undo(words: tuple[str, ...]) -> None:
    world = plain()
    lines = len(world.ledger.lines)

    result = invoke(world, *words)

    assert result.exit_code == 8, result.output
    assert "decommissioned 24 Nov" in result.output
    assert undo(world) in result.output
    assert "cutover adopt" not in result.output
    assert len(world.weights.applied) == 1
    assert len(world.ledger.lines) == lines


def test_drift_finds_none() -> None:
    world = plain()

    result = invoke(world, "drift")

    assert result.exit_code == 0
    assert "no drift: decommissioned" in result.output


def test_plain_records_that_others_changed_are_a_drift_that_is_not_restored_to_weights() -> None:
    world = plain()
    world.weights.records = [record("A", None, None, AliasTarget={"DNSName": "other.", "HostedZoneId": "Z"})]

    looked = invoke(world, "drift")
    restored = invoke(world, "drift", "--fix", "restore", "--reason", "back", "--yes")

    assert looked.exit_code == 5
    assert "other." in looked.output
    assert restored.exit_code == 8
    assert len(world.weights.applied) == 1


def test_doctor_finds_the_end_and_asks_nothing_of_ecs() -> None:
    world = plain(SERVICE)
    world.switch.is_set_up = True

    said = document(world, "doctor")

    found = {f["check"]: f["level"] for f in said["findings"]}
    assert found["decommissioned"] == "ok"
    assert not {"records", "drift", "ecs capacity", "kill switch", "drill"} & {*found}


def test_verify_asks_for_lambda_alone() -> None:
    world = plain()

    result = invoke(world, "verify")

    assert result.exit_code != 5
    assert "ECS" not in world.ledger.last(Kind.VERIFIED).reason
    assert "simple" not in result.output


def test_a_simple_record_at_lambdas_own_target_is_never_adopted_as_that_of_ecs() -> None:
    world = drained()
    lambdas = record("A", "lambda", None)
    world.weights.records = [record("A", None, None, AliasTarget=json.loads(lambdas.body)["AliasTarget"])]

    result = invoke(world, "adopt", "--yes", *ELSEWHERE)

    assert result.exit_code == 8
    assert "lambda.target.example., which is Lambda's by the ledger" in result.output
    assert world.weights.applied == []


def test_a_rollback_makes_both_sides_records_again_with_everything_on_ecs() -> None:
    world = plain()
    world.ecs.is_set_up, world.ecs.tasks = True, EcsCapacity(0, 0, 0)

    result = invoke(world, "rollback")

    assert result.exit_code == 0, result.output
    assert "rolled back to ECS 100" in result.output
    shares = sorted((r.type, str(r.set_identifier), r.weight or 0) for r in world.weights.records)
    assert shares == [("A", "ecs", 100), ("A", "lambda", 0), ("AAAA", "ecs", 100), ("AAAA", "lambda", 0)]
    assert world.ecs.raised_to == [4]
    assert "delete-dns" not in fold(world.ledger.lines).standing.rungs
    assert "ROLLED BACK" in status(world)


def test_a_rollback_from_the_end_can_be_repeated() -> None:
    world = plain()
    invoke(world, "rollback")
    applied = len(world.weights.applied)

    result = invoke(world, "rollback")

    assert result.exit_code == 0
    assert "already at ECS 100" in result.output
    assert len(world.weights.applied) == applied


def test_a_rollback_without_an_ecs_says_so_and_changes_nothing() -> None:
    world = plain(SERVICE)

    result = invoke(world, "rollback")

    assert result.exit_code == 8
    assert "there is no ECS to go back to" in result.output
    assert f"service {SERVICE}" in result.output
    assert undo(world) in result.output
    assert len(world.weights.applied) == 1


@pytest.mark.parametrize(("is_there", "code"), [(True, 0), (False, 8)])
def test_where_the_deletion_of_ecs_was_cut_off_ecs_is_asked(is_there: bool, code: int) -> None:
    world = plain()
    world.write(Kind.RUNG, evidence={"rung": f"delete-service:{SERVICE}", "begun": True})
    if not is_there:
        world.estate.size = None

    assert invoke(world, "rollback").exit_code == code


def test_a_rollback_that_does_not_know_the_weighted_records_begins_its_advice_with_the_undo() -> None:
    world = plain()
    world.weights.records.append(record("HTTPS", None, None))
    event = rung_events(world)[-1]
    bodies = sorted(r.body for r in world.weights.records)
    world.write(Kind.RUNG, evidence={**event.evidence, "records": bodies})

    result = invoke(world, "rollback")

    assert result.exit_code == 8
    assert undo(world) in result.output.partition("rollback, again")[0]
    assert len(world.weights.applied) == 1


def test_after_the_undo_by_hand_the_rung_stands_no_more() -> None:
    world = drained()
    before = list(world.weights.records)
    done(world, "delete", *confirming(NAME))
    world.weights.records = before

    invoke(world, "run", "--yes")

    assert rungs(world)[-1] == ("delete-dns", False)
    assert rung_events(world)[-1].evidence["undone"]
    assert "delete-dns" not in fold(world.ledger.lines).standing.rungs


def test_the_batch_that_is_printed_goes_home_from_the_end_too() -> None:
    batch = document(plain(), "rollback", "--print")["batch"]

    made = sorted(
        (c["Action"], c["ResourceRecordSet"]["Type"], c["ResourceRecordSet"].get("Weight"))
        for c in batch["Changes"][2:]
    )
    assert [c["Action"] for c in batch["Changes"][:2]] == ["DELETE", "DELETE"]
    assert made == [("CREATE", "A", 0), ("CREATE", "A", 100), ("CREATE", "AAAA", 0), ("CREATE", "AAAA", 100)]
