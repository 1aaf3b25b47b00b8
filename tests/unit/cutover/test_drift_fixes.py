"""`cutover drift --fix`: taking hand-edited records as known, or putting the known ones back."""

from datetime import timedelta
from typing import Any

import pytest

from cutover.core.models import Weights
from cutover.core.record import Kind
from cutover.flow import drifting
from cutover.ports import ChangedMeanwhile, ControlPlaneUnavailable
from tests.fakes.world import FakeWorld, known_world
from tests.fakes.zone import START, record, weighted
from tests.unit.cutover.edited_world import edited
from tests.unit.cutover.invoking import invoke, invoke_until_killed, typed

ADOPT = ("drift", "--fix", "adopt", "--reason", "on purpose", "--yes")
RESTORE = ("drift", "--fix", "restore", "--reason", "undone", "--yes")


def test_adopting_takes_what_is_live_and_changes_nothing() -> None:
    world = edited()

    result = invoke(world, *ADOPT)

    assert result.exit_code == 0
    assert "taken as known: ecs 50 / lambda 50" in result.stdout
    assert world.weights.applied == []
    assert world.ledger.last(Kind.ADOPTED).reason.startswith("on purpose (")
    assert invoke(world, "drift").exit_code == 0


def test_what_can_not_be_read_as_weights_can_not_be_adopted() -> None:
    world = known_world(90, 10)
    world.weights.records = [record("A", None, None)]

    result = invoke(world, *ADOPT)

    assert result.exit_code == 5
    assert "not weighted" in result.output


def test_restoring_less_of_lambda_needs_no_gates() -> None:
    world = edited(50, 50)
    world.blind("CloudWatch is gone")

    result = invoke(world, *RESTORE)

    assert result.exit_code == 0, result.output
    assert "put back, INSYNC: ecs 90 / lambda 10" in result.stdout
    assert world.live == Weights(90, 10)
    assert world.weights.applied == [((50, 50), (90, 10))]
    assert world.ledger.kinds() == ["adopted", "intent", "applied", "insync"]
    assert world.ledger.last(Kind.INTENT).evidence["restores"] is True
    assert world.ledger.last(Kind.INTENT).reason == "undone"


def test_every_field_comes_back() -> None:
    world = known_world(90, 10)
    before = list(world.weights.records)
    world.weights.records = [record("A", "ecs", 90, HealthCheckId="hc"), *before[1:], record("A", "blue", 5)]

    assert invoke(world, *RESTORE).exit_code == 0
    assert sorted(r.body for r in world.weights.records) == sorted(r.body for r in before)


def test_restoring_more_of_lambda_needs_gates_that_pass() -> None:
    world = edited(100, 0)

    result = invoke(world, *RESTORE)

    assert result.exit_code == 0, result.output
    assert world.live == Weights(90, 10)


@pytest.mark.parametrize(
    ("ruin", "code", "rule"),
    [("blind", 9, "telemetry"), ("failing", 3, "gates"), ("deploy", 8, "paused")],
)
def test_restoring_more_of_lambda_is_refused_as_a_shift_is(ruin: str, code: int, rule: str) -> None:
    world = edited(95, 5)
    if ruin == "blind":
        world.blind("AccessDenied")
    elif ruin == "failing":
        world.failing_lambda(0.2, START - timedelta(days=2))
    else:
        world.write(Kind.PAUSED, time=START, reason="lunch")

    result = invoke(world, *RESTORE)

    assert result.exit_code == code
    assert "putting the records back gives Lambda more, and" in result.stderr
    assert f"rule: {rule}" in result.stderr
    assert world.weights.applied == []


def emergency(ecs: int, serverless: int) -> FakeWorld:
    """Somebody has pointed Lambda's record at ECS, under the same weight."""
    world = known_world(ecs, serverless)
    at_ecs = {"DNSName": "ecs.target.example.", "EvaluateTargetHealth": False, "HostedZoneId": "ZALIAS"}
    world.weights.records = [
        record(r.type, r.set_identifier, r.weight, AliasTarget=at_ecs) for r in world.weights.records
    ]
    return world


def guarded(check: str = "hc") -> FakeWorld:
    """Lambda's records have got a health check that the ledger does not know."""
    world = known_world(50, 50)
    checks = {"ecs": None, "lambda": check}
    world.weights.records = [
        record(r.type, r.set_identifier, r.weight, HealthCheckId=checks[str(r.set_identifier)])
        for r in world.weights.records
    ]
    return world


def test_pointing_lambdas_record_at_lambda_again_is_a_step_from_nothing() -> None:
    world = emergency(50, 50)

    result = invoke(world, *RESTORE)

    assert result.exit_code == 8
    assert "putting the records back gives Lambda more, and a step of 50 points from 0%" in result.stderr
    assert "next: cutover rollback" in result.stderr
    assert world.weights.applied == []


@pytest.mark.parametrize(
    ("kind", "evidence", "rule"),
    [(Kind.PAUSED, {}, "paused"), (Kind.SWITCHED, {"serving": False}, "kill-switch")],
)
def test_pointing_lambdas_record_at_lambda_again_obeys_the_rules(
    kind: Kind, evidence: dict[str, Any], rule: str
) -> None:
    world = emergency(90, 10)
    world.write(kind, time=START, reason="incident", evidence=evidence)

    result = invoke(world, *RESTORE)

    assert result.exit_code == 8
    assert f"rule: {rule}" in result.stderr
    assert world.weights.applied == []


def test_pointing_lambdas_record_at_lambda_again_needs_telemetry() -> None:
    world = emergency(90, 10)
    world.blind("AccessDenied")

    assert invoke(world, *RESTORE).exit_code == 9
    assert world.weights.applied == []


def test_taking_lambdas_health_check_away_needs_gates_that_pass() -> None:
    world = guarded()
    world.failing_lambda(0.2, START - timedelta(days=2))

    assert invoke(world, *RESTORE).exit_code == 3
    assert world.weights.applied == []


def test_with_gates_that_pass_an_unknown_health_check_goes() -> None:
    world = guarded()

    assert invoke(world, *RESTORE).exit_code == 0
    assert all("HealthCheckId" not in r.body for r in world.weights.records)


def test_what_the_kill_switch_works_by_stays_while_it_is_thrown() -> None:
    world = guarded()
    world.switch.is_set_up = True
    assert invoke(world, "rollback", "--path", "kill").exit_code in {0, 4}
    before = list(world.weights.records)

    result = invoke(world, *RESTORE)

    assert result.exit_code == 8
    assert "rule: kill-switch" in result.stderr
    assert "the switch would hold nothing" in result.stderr
    assert world.weights.records == before
    assert not world.switch.lambda_serves


def test_a_raise_is_refused_while_a_rollback_holds() -> None:
    world = known_world(90, 10)
    invoke(world, "rollback", "--reason", "errors")
    world.weights.set_by_hand(50, 50)

    assert invoke(world, *RESTORE).exit_code == 0
    assert world.live == Weights(100, 0)


@pytest.mark.parametrize("fix", [ADOPT, RESTORE])
def test_an_unconfirmed_rollback_is_finished_first(fix: tuple[str, ...]) -> None:
    world = known_world(90, 10)
    world.weights.failing["apply"] = [ControlPlaneUnavailable("gone")] * 50
    invoke(world, "rollback", "--reason", "errors")
    world.weights.failing.clear()
    world.weights.set_by_hand(50, 50)

    result = invoke(world, *fix)

    assert result.exit_code == 8
    assert "is not confirmed yet" in result.stderr
    assert "cutover rollback" in result.stderr
    assert world.live == Weights(50, 50)


def test_a_half_known_set_is_not_put_back() -> None:
    world = known_world(90, 10)
    world.write(Kind.ADOPTED, time=START, after=(90, 10), evidence={"records": [world.weights.records[0].body]})

    result = invoke(world, *RESTORE)

    assert result.exit_code == 5
    assert "knows no whole set of records to put back" in result.stderr
    assert world.weights.applied == []


def test_records_that_move_during_the_question_are_not_overwritten(monkeypatch: pytest.MonkeyPatch) -> None:
    world = edited()
    plan = drifting.prepare

    def and_bob_again(journal: Any) -> Any:
        found = plan(journal)
        world.weights.set_by_hand(30, 70)
        return found

    monkeypatch.setattr("cutover.commands.drift.prepare", and_bob_again)
    result = invoke(world, *RESTORE)

    assert result.exit_code == 5
    assert "changed again meanwhile" in result.stderr
    assert world.live == Weights(30, 70)


def test_route_53_refuses_what_changed_in_the_very_last_moment() -> None:
    world = edited()
    world.weights.failing["apply"] = [ChangedMeanwhile("A lambda is not as it was read")]

    result = invoke(world, *RESTORE)

    assert result.exit_code == 5
    assert world.ledger.kinds()[-1] == "abandoned"


def test_ctrl_c_while_it_waits_leaves_what_was_sent() -> None:
    world = edited()

    def interrupt(_: object) -> None:
        raise KeyboardInterrupt

    world.clock.then.append(interrupt)

    assert invoke(world, *RESTORE).exit_code == 130
    assert world.live == Weights(90, 10)


@pytest.mark.parametrize("fix", ["adopt", "restore"])
def test_a_dry_run_shows_it_and_changes_nothing(fix: str) -> None:
    world = edited()

    result = invoke(world, "drift", "--fix", fix, "--dry-run")

    assert result.exit_code == 5
    assert "nothing was changed" in result.stderr
    assert ("creates" in result.stdout) is (fix == "restore")
    assert world.weights.applied == []
    assert len(world.ledger.lines) == 1


@pytest.mark.parametrize(
    ("fix", "question"),
    [(ADOPT[:-1], "Take the live records of api.example.com as known?"), (RESTORE[:-1], "Put the records of")],
)
def test_it_asks_on_a_terminal_and_takes_no_for_an_answer(fix: tuple[str, ...], question: str) -> None:
    world = edited()

    result = typed(world, "n\n", *fix)

    assert result.exit_code == 130
    assert question in result.stderr
    assert world.weights.applied == []
    assert len(world.ledger.lines) == 1


def test_a_fix_needs_a_reason_and_somebody_to_ask() -> None:
    world = edited()

    assert "--reason" in invoke(world, "drift", "--fix", "adopt", "--yes").stderr
    assert "--yes" in invoke(world, "drift", "--fix", "adopt", "--reason", "x").stderr
    assert invoke(world, "drift", "--fix", "adopt", "--yes").exit_code == 2
    assert world.calls.names == []


@pytest.mark.parametrize("fix", [ADOPT, RESTORE])
def test_nothing_to_fix_is_done(fix: tuple[str, ...]) -> None:
    world = known_world(90, 10)

    assert invoke(world, *fix).exit_code == 0
    assert len(world.ledger.lines) == 1


def test_killed_at_any_point_a_restoring_leaves_a_drift_or_none() -> None:
    point = 1
    while True:
        world = edited(50, 50)
        world.weights.records[0] = record("A", "ecs", 50, HealthCheckId="hc")
        known = [r.body for r in weighted(90, 10, "A", "AAAA")]
        ended = invoke_until_killed(world, point, *RESTORE)
        again = invoke(world, *RESTORE)

        assert again.exit_code == 0, (point, again.output)
        assert sorted(r.body for r in world.weights.records) == sorted(known), point
        if ended is not None:
            return
        point += 1


def test_a_restoring_that_was_cut_off_is_never_taken_for_done() -> None:
    world = known_world(90, 10)
    world.weights.records[0] = record("A", "ecs", 90, HealthCheckId="hc")
    killed_at = next(point for point in range(1, 100) if _dies_before_sending(world, point))

    result = invoke(world, "shift", "--lambda-weight", "20", "--yes")

    assert killed_at
    assert result.exit_code == 5
    assert "HealthCheckId" in result.stderr
    assert world.weights.applied == []


def _dies_before_sending(world: FakeWorld, point: int) -> bool:
    """Whether a restoring that is killed at this point had its intent written and nothing sent."""
    if world.ledger.kinds()[-1] != "intent":
        invoke_until_killed(world, point, *RESTORE)
    return world.ledger.kinds()[-1] == "intent" and not world.weights.applied
