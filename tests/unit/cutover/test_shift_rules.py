"""The safety rules of `cutover shift`: refused by name and number, set aside by name with a reason."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Any

import pytest

from cutover.core.models import Side, Weights
from cutover.core.record import Event, Kind
from cutover.core.state import fold
from cutover.ports import ChangedMeanwhile, NotAllowed
from tests.fakes.world import FakeWorld, fake_world, known_world
from tests.fakes.zone import START, record, weighted
from tests.unit.cutover.invoking import invoke
from tests.unit.cutover.scripting import shift, sick


def test_another_plan_than_the_named_one_is_refused() -> None:
    world = fake_world()

    code, said = shift(world, 10, "--plan", "0123456789ab")

    assert code == 8
    assert "not 0123456789ab" in said
    assert world.weights.applied == []


@pytest.mark.parametrize(
    ("live", "target", "sentence"),
    [
        ((100, 0), 11, "a step of 11 points from 0% is over the limit of 10"),
        ((90, 10), 61, "a step of 51 points from 10% is over the limit of 50"),
    ],
)
def test_too_long_a_step_is_refused(live: tuple[int, int], target: int, sentence: str) -> None:
    world = known_world(*live)

    code, said = shift(world, target)

    assert code == 8
    assert sentence in said
    assert "rule: step" in said
    assert world.weights.applied == []


@pytest.mark.parametrize(("live", "target"), [((100, 0), 10), ((90, 10), 60), ((50, 50), 100)])
def test_a_step_of_just_the_limit_is_allowed(live: tuple[int, int], target: int) -> None:
    assert shift(known_world(*live), target)[0] == 0


def test_failing_gates_refuse_and_change_nothing() -> None:
    world = sick()

    code, said = shift(world, 50)

    assert code == 3
    assert "error rate 8.33% (590 of 7 080 requests) is over 2%, and not by chance" in said
    assert "next: cutover rollback" in said
    assert world.weights.applied == []
    assert len(world.ledger.lines) == 1


def test_held_gates_refuse_as_a_hold() -> None:
    world = sick(rate=0.015)

    code, said = shift(world, 50)

    assert code == 6
    assert "between 1% and 2%" in said
    assert world.weights.applied == []


def test_missing_telemetry_refuses_a_raise() -> None:
    world = known_world(90, 10)
    world.blind("cloudwatch:GetMetricData: InternalServiceFault")

    code, said = shift(world, 50)

    assert code == 9
    assert "InternalServiceFault" in said
    assert world.weights.applied == []


def test_missing_telemetry_refuses_the_first_step_too() -> None:
    world = fake_world()
    world.blind()

    assert shift(world, 10)[0] == 9


def after_a_resume() -> FakeWorld:
    """A world on ECS alone, a minute after a rollback and its resume."""
    world = known_world(90, 10)
    invoke(world, "rollback")
    invoke(world, "resume", "--reason", "mended", "--yes")
    world.pass_time(timedelta(minutes=1))
    return world


def test_after_a_rollback_and_a_resume_silence_refuses_as_ever() -> None:
    world = after_a_resume()
    world.metrics.silent = lambda _, __: True

    code, said = shift(world, 10)

    assert code == 9
    assert "ECS has no telemetry for 15 settled minutes" in said
    assert world.live == Weights(100, 0)


def test_after_a_rollback_and_a_resume_ecs_is_judged_by_its_newest_quarter_of_an_hour() -> None:
    world = after_a_resume()

    code, said = shift(world, 10)

    assert code == 0
    assert "15 min" in said


def test_a_raise_needs_a_minute_of_each_side_whatever_is_set_aside() -> None:
    world = known_world(90, 10, timedelta(minutes=3))
    world.metrics.silent = lambda side, _: side is Side.SERVERLESS

    code, said = shift(world, 50, "--override", "gates=hurry")

    assert code == 9
    assert "Lambda has no settled minute with data yet" in said
    assert world.weights.applied == []


def test_the_first_step_shows_that_ecs_itself_is_failing_and_goes() -> None:
    world = fake_world()
    world.metrics.error_rate[Side.ECS] = lambda _: 0.3

    code, said = shift(world, 10)

    assert code == 0
    assert "ECS itself is failing" in said


@pytest.mark.parametrize("target", [0, 5])
def test_going_down_is_always_allowed(target: int) -> None:
    world = sick()

    code, _ = shift(world, target)

    assert code == 0
    assert world.live == Weights(100 - target, target)


def test_going_down_is_allowed_without_telemetry_after_a_rollback_and_from_changed_records() -> None:
    world = known_world(90, 10)
    world.blind()
    world.weights.set_by_hand(60, 40)
    world.write(Kind.ROLLED_BACK, reason="earlier", after=None)

    code, said = shift(world, 20, "--plan", "0123456789ab")

    assert code == 0, said
    assert world.live == Weights(80, 20)


def test_records_that_others_changed_refuse_a_raise() -> None:
    world = known_world(90, 10)
    world.weights.set_by_hand(80, 20)

    code, said = shift(world, 50)

    assert code == 5
    assert "Weight 20 instead of 10" in said
    assert "cutover resume" in said
    assert world.weights.applied == []


def test_a_changed_target_is_a_drift_too() -> None:
    world = known_world(90, 10)
    world.weights.records[0] = record("A", "ecs", 90, HealthCheckId="hc-1")

    code, said = shift(world, 50)

    assert code == 5
    assert 'HealthCheckId "hc-1" instead of null' in said


def test_a_rollback_stands_until_it_is_resumed() -> None:
    world = known_world(90, 10)
    invoke(world, "rollback", "--reason", "smoke")

    code, said = shift(world, 10)

    assert code == 8
    assert "smoke" in said
    assert world.live == Weights(100, 0)


@pytest.mark.parametrize(
    ("rule", "world", "target"),
    [
        ("step", known_world(90, 10), 80),
        ("gates", sick(), 50),
    ],
)
def test_a_rule_is_set_aside_by_its_name_with_a_reason(rule: str, world: FakeWorld, target: int) -> None:
    code, said = shift(world, target, "--override", f"{rule}=agreed with Ada")

    assert code == 0
    assert f"rule '{rule}' set aside (agreed with Ada)" in said
    assert world.ledger.last(Kind.INTENT).evidence["overrides"] == {rule: "agreed with Ada"}


def test_telemetry_can_be_set_aside() -> None:
    world = fake_world()
    world.blind()

    assert shift(world, 10, "--override", "telemetry=staging is silent")[0] == 0


def test_a_drift_can_be_set_aside_and_is_then_the_known_truth() -> None:
    world = known_world(90, 10)
    world.weights.set_by_hand(80, 20)
    world.pass_time(timedelta(hours=2))

    code, said = shift(world, 50, "--override", "drift=mine")

    assert code == 0, said
    assert world.ledger.last(Kind.ADOPTED).reason.startswith("mine")
    assert world.weights.applied == [((80, 20), (50, 50))]


def test_a_rollback_that_is_set_aside_counts_as_resumed() -> None:
    world = known_world(90, 10)
    invoke(world, "rollback")

    assert shift(world, 10, "--override", "rolled-back=false alarm")[0] == 0
    assert world.ledger.last(Kind.RESUMED).reason == "false alarm"


def rolled_back() -> FakeWorld:
    """A world that was rolled back."""
    world = known_world(90, 10)
    invoke(world, "rollback", "--reason", "smoke")
    return world


SET_ASIDE = ("--override", "rolled-back=false alarm")


def test_a_rollback_that_is_set_aside_lifts_no_pause() -> None:
    world = rolled_back()
    invoke(world, "pause", "--reason", "the database moves", "--yes")

    assert shift(world, 10, *SET_ASIDE)[0] == 8
    assert shift(world, 10, *SET_ASIDE, "--override", "paused=ada agrees")[0] == 0

    state = fold(world.ledger.lines)
    assert state.rolled_back is None
    assert state.standing.paused is not None
    assert world.ledger.last(Kind.RESUMED).evidence == {"rolled_back_only": True}


@pytest.mark.parametrize("error", [NotAllowed("AccessDenied"), ChangedMeanwhile("not as it was read")])
def test_a_send_that_is_refused_leaves_the_rollback_standing(error: Exception) -> None:
    world = rolled_back()
    world.weights.failing["apply"] = [error]

    assert shift(world, 10, *SET_ASIDE)[0] in {5, 10}
    assert fold(world.ledger.lines).rolled_back is not None
    assert Kind.RESUMED.value not in world.ledger.kinds()


def test_a_rollback_that_somebody_makes_meanwhile_is_not_lifted_with_the_one_set_aside() -> None:
    world = rolled_back()
    append = world.ledger.append

    def overtaken(event: Event) -> None:
        append(event)
        if event.kind is Kind.APPLIED:
            world.ledger.append = append  # type: ignore[method-assign]
            world.write(Kind.ROLLED_BACK, reason="it smells", after=(100, 0))

    world.ledger.append = overtaken  # type: ignore[method-assign]

    shift(world, 10, *SET_ASIDE)

    assert Kind.RESUMED.value not in world.ledger.kinds()
    assert world.live == Weights(100, 0)


def test_a_ledger_that_is_lost_before_the_rollback_is_lifted_is_told() -> None:
    world = rolled_back()
    append = world.ledger.append

    def full(event: Event) -> None:
        append(event)
        if event.kind is Kind.APPLIED:
            world.ledger.unwritable = "disk full"

    world.ledger.append = full  # type: ignore[method-assign]

    assert (
        "the rollback stands in the ledger, for its end could not be written: disk full"
        in shift(world, 10, *SET_ASIDE)[1]
    )


def test_one_override_does_not_cover_another_rule() -> None:
    world = sick()

    assert shift(world, 80, "--override", "step=hurry")[0] == 3
    assert shift(world, 80, "--override", "step=hurry", "--override", "gates=known bug")[0] == 0


def test_weights_that_do_not_sum_to_100_cannot_be_set_aside() -> None:
    world = fake_world(90, 20)

    code, said = shift(world, 50, "--override", "drift=really")

    assert code == 5
    assert "sum to 110" in said
    assert "cutover rollback" in said
    assert world.weights.applied == []


def test_one_type_with_other_weights_is_a_drift() -> None:
    world = fake_world()
    world.weights.records = [*weighted(90, 10, "A"), *weighted(50, 50, "AAAA")]

    code, said = shift(world, 50)

    assert code == 5
    assert "A ecs 90 / lambda 10, AAAA ecs 50 / lambda 50" in said


def test_gates_that_fail_while_it_waits_take_it_back() -> None:
    world = fake_world()
    world.failing_lambda(0.6)

    code, _ = shift(world, 10, "--wait", "bake")

    assert code == 4
    assert world.live == Weights(100, 0)


def once_asked(world: FakeWorld, happening: Callable[[], None]) -> None:
    """Let that happen between the question and the change."""
    lease = world.ledger.lease

    def then(holder: str) -> AbstractContextManager[Any]:
        happening()
        return lease(holder)

    world.ledger.lease = then  # type: ignore[method-assign]


def test_gates_that_turn_during_the_question_still_refuse() -> None:
    world = known_world(90, 10)
    once_asked(world, lambda: world.failing_lambda(0.5, START - timedelta(days=1)))

    assert shift(world, 50)[0] == 3
    assert world.weights.applied == []


def test_records_that_others_change_during_the_question_still_refuse() -> None:
    world = known_world(90, 10)
    once_asked(world, lambda: world.weights.set_by_hand(80, 20))

    assert shift(world, 50)[0] == 5
    assert world.weights.applied == []


def test_another_plan_than_the_one_that_was_shown_is_not_made() -> None:
    world = fake_world()
    once_asked(world, lambda: world.weights.set_by_hand(95, 5))

    code, said = shift(world, 10)

    assert code == 8
    assert "the live records have changed" in said
    assert world.weights.applied == []
