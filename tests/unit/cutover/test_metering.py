"""Which numbers commands send: weights, verdicts, bakes, rollbacks, aborts, blindness; and none that is not known."""

from datetime import timedelta

from cutover.core.record import Kind
from tests.fakes.world import FakeWorld, known_world
from tests.fakes.zone import START
from tests.unit.cutover.invoking import invoke


def ran(world: FakeWorld, *words: str) -> FakeWorld:
    """The world after that command."""
    invoke(world, *words)
    return world


def test_a_run_tells_weight_verdict_and_bake_of_each_look() -> None:
    world = ran(known_world(90, 10), "run", "--once", "--yes")

    assert world.meter.told("LambdaWeight")[0] == 10.0
    assert world.meter.told("GateVerdict") == [0.0]
    assert world.meter.told("Blind") == [0.0]
    [progress] = world.meter.told("BakeProgress")
    assert 0 < progress <= 100


def test_a_climb_is_told_when_route_53_has_taken_it() -> None:
    world = ran(known_world(100, 0), "run", "--until", "10", "--yes")

    weights = world.meter.told("LambdaWeight")
    assert weights[0] == 0.0
    assert weights[-1] == 10.0
    assert world.meter.told("Rollbacks") == world.meter.told("Aborts") == []


def test_without_telemetry_the_gates_hold_and_are_blind() -> None:
    world = known_world(90, 10)
    world.blind()

    ran(world, "check")

    assert world.meter.told("GateVerdict") == [1.0]
    assert world.meter.told("Blind") == [1.0]
    assert world.meter.told("BakeProgress") == []


def test_a_failing_gate_is_two_and_the_rollback_is_counted_once() -> None:
    world = known_world(90, 10)
    world.failing_lambda(0.5, START - timedelta(minutes=20))

    ran(world, "run", "--yes")

    assert world.meter.told("GateVerdict")[-1] == 2.0
    assert world.meter.told("Rollbacks") == [1.0]
    assert world.meter.told("Aborts") == []
    assert world.meter.told("LambdaWeight")[-1] == 0.0


def test_a_rollback_by_hand_is_counted_and_marked_when_it_is_over() -> None:
    world = ran(known_world(50, 50), "rollback")

    assert world.meter.told("Rollbacks") == [1.0]
    assert world.marker.count == 1


def test_a_rollback_that_finds_nothing_to_do_is_counted_too() -> None:
    assert ran(known_world(100, 0), "rollback").meter.told("Rollbacks") == [1.0]


def test_the_same_rollback_again_is_not_another_one() -> None:
    world = ran(known_world(50, 50), "rollback")

    assert ran(world, "rollback").meter.told("Rollbacks") == [1.0]


def test_a_rollback_by_the_kill_switch_alone_is_one() -> None:
    world = known_world(50, 50)
    world.switch.is_set_up = True

    assert ran(world, "rollback", "--path", "kill").meter.told("Rollbacks") == [1.0]


def test_a_drill_is_no_rollback() -> None:
    world = ran(known_world(100, 0), "drill", "--yes")

    assert [event.kind for event in world.ledger.lines].count(Kind.DRILLED) == 1
    assert world.meter.told("Rollbacks") == []


def test_a_run_that_ends_before_its_weight_is_an_abort() -> None:
    world = known_world(90, 10, timing={"give_up_after": "30m"})
    world.blind()

    ran(world, "run", "--yes")

    assert world.meter.told("Aborts") == [1.0]


def test_a_watch_tells_what_is_live() -> None:
    world = ran(known_world(90, 10), "watch", "--once")

    assert world.meter.told("LambdaWeight") == [10.0]
    assert world.meter.told("GateVerdict") == [0.0]


def test_a_status_sends_nothing() -> None:
    assert ran(known_world(90, 10), "status").meter.readings == []


def test_what_was_not_sent_is_told_by_whoever_changes_and_no_reason_to_fail() -> None:
    world = known_world(90, 10)
    world.meter.troubles, world.marker.troubles = ["no"], ["never"]

    result = invoke(world, "pause", "--reason", "x", "--yes")

    assert result.exit_code == 0
    assert "! metrics were not sent: no" in result.stderr
    assert "! the change is not marked in the dashboard: never; cutover dashboard annotate" in result.stderr


def test_who_only_looks_is_not_told_of_numbers_that_they_may_not_send() -> None:
    world = known_world(90, 10)
    world.meter.troubles = ["cloudwatch:PutMetricData: AccessDenied"]

    result = invoke(world, "check")

    assert result.exit_code == 0
    assert "PutMetricData" not in result.stderr
