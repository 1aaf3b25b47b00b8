"""`cutover status` in the middle of a change, after a rollback, and when the records are not what the ledger knows."""

import json
from datetime import timedelta

from cutover.core.record import Kind
from cutover.ports import ControlPlaneUnavailable
from tests.fakes.world import FakeWorld, fake_world, known_world
from tests.fakes.zone import START, record, weighted
from tests.unit.cutover.invoking import invoke, invoke_until_killed, status


def test_a_change_under_way_is_shown() -> None:
    world = fake_world()
    world.weights.pending = None
    invoke(world, "shift", "--lambda-weight", "10", "--yes")

    assert "PROPAGATING" in status(world)


def test_a_change_that_was_cut_off_is_shown() -> None:
    world = known_world(90, 10)
    world.weights.failing["apply"] = [ControlPlaneUnavailable("cut off")]
    invoke(world, "shift", "--lambda-weight", "50", "--yes")

    assert "a change was cut off" in status(world)


def test_a_rollback_is_shown_with_its_reason_and_the_way_on() -> None:
    world = known_world(90, 10)
    invoke(world, "rollback", "--reason", "smoke\x1b[2J")

    screen = status(world)

    assert "ROLLED BACK" in screen
    assert "smoke [2J" in screen
    assert "\x1b" not in screen
    assert 'cutover resume --reason "what was mended"' in screen


def begun_rollback() -> FakeWorld:
    """A rollback whose process died when its intent had been written."""
    world = known_world(90, 10)
    for point in range(1, 30):
        invoke_until_killed(world, point, "rollback")
        if Kind.INTENT.value in world.ledger.kinds():
            break
    return world


def test_a_rollback_that_was_begun_is_not_called_done() -> None:
    screen = status(begun_rollback())

    assert "ROLLING BACK" in screen
    assert "ROLLED BACK" not in screen
    assert "rollback begun, not confirmed, 22 Nov 09:00 UTC by arn:aws:iam::123456789012:user/ada: by hand" in screen
    assert "  next      cutover rollback\n" in screen
    assert "cutover resume" not in screen
    assert "a change was cut off" not in screen


def test_a_program_is_told_that_a_rollback_is_open() -> None:
    result = invoke(begun_rollback(), "status", "--json", "--exit-code")

    assert result.exit_code == 10
    assert json.loads(result.stdout)["state"] == "ROLLING BACK"


def test_under_drift_the_gates_are_those_of_the_live_weights() -> None:
    world = known_world(100, 0)
    world.weights.set_by_hand(50, 50)
    world.pass_time(timedelta(minutes=20))
    world.failing_lambda(0.5)

    screen = status(world)

    assert "DRIFT  FAIL" in screen
    assert "Lambda error rate 50%" in screen
    assert "  next      cutover rollback\n" in screen


def test_a_drift_of_healthy_weights_is_left_to_a_person() -> None:
    world = known_world(90, 10)
    world.weights.set_by_hand(80, 20)
    world.pass_time(timedelta(hours=2))

    screen = status(world)

    assert "DRIFT  PASS" in screen
    assert "if that is right: cutover resume" in screen
    assert "  bake " not in screen, "since when they hold is not known"


def test_no_verdict_stands_beside_weights_that_cannot_be_read() -> None:
    world = known_world(90, 10)
    world.weights.records = weighted(90, 20)

    assert "DRIFT\n" in status(world)


def test_failing_gates_name_the_way_back_as_the_next_step() -> None:
    world = known_world(90, 10)
    world.failing_lambda(0.5, START - timedelta(days=1))

    assert "  next      cutover rollback\n" in status(world)


def test_a_drift_is_shown_with_its_difference() -> None:
    world = known_world(90, 10)
    world.weights.set_by_hand(70, 30)

    screen = status(world)

    assert "DRIFT" in screen
    assert "Weight 30 instead of 10" in screen


def test_records_that_are_no_weights_are_a_drift() -> None:
    world = known_world(90, 10)
    world.weights.records = [record("A", None, None)]

    assert "a simple one, not weighted" in status(world)
