"""`cutover run` and its ledger: what it does without one, and how much it writes."""

from datetime import datetime, timedelta

import pytest

from cutover.core.models import Snapshot, Weights
from cutover.core.record import Kind
from tests.fakes.world import FakeWorld, fake_world, known_world
from tests.fakes.zone import START
from tests.unit.cutover.invoking import invoke
from tests.unit.cutover.scripting import HOUR, RUN, raised


def later(world: FakeWorld, after: timedelta, **fields: object) -> None:
    """Set these fields of the ledger once so much time has passed."""

    def call(now: datetime) -> None:
        if now - START >= after:
            for name, value in fields.items():
                setattr(world.ledger, name, value)

    world.clock.then.append(call)


@pytest.mark.parametrize("problem", ["unreadable", "unwritable"])
def test_without_a_ledger_at_the_start_it_ends_at_once(problem: str) -> None:
    world = known_world(50, 50)
    setattr(world.ledger, problem, "no such disk")

    result = invoke(world, *RUN)

    assert result.exit_code == 8
    assert "no such disk" in result.stderr
    assert world.clock.slept == []
    assert raised(world) == []


@pytest.mark.parametrize("problem", ["unreadable", "unwritable"])
def test_a_ledger_lost_on_the_way_does_not_keep_it_from_going_back(problem: str) -> None:
    world = known_world(90, 10, timedelta(0))
    world.metrics.silent = lambda _, start: start < START  # so that a first line is written
    world.failing_lambda(0.5, START + timedelta(minutes=30))
    later(world, timedelta(minutes=20), **{problem: "disk trouble"})

    result = invoke(world, *RUN)

    assert result.exit_code == 4, result.output
    assert world.live == Weights(100, 0)


def test_without_its_ledger_it_judges_by_what_is_live() -> None:
    world = known_world(100, 0)
    world.metrics.per_minute = 6000
    world.failing_lambda(0.5)
    later(world, timedelta(minutes=1), unreadable="disk trouble")
    world.metrics.silent = lambda _, start: start < START + timedelta(minutes=1)

    def by_hand(now: datetime) -> None:
        if now - START >= timedelta(minutes=2):
            world.clock.then.remove(by_hand)
            world.weights.set_by_hand(50, 50)

    world.clock.then.append(by_hand)

    result = invoke(world, *RUN)

    assert result.exit_code == 4, result.output
    assert world.live == Weights(100, 0)
    assert world.clock.now() - START < HOUR


def test_a_shift_that_waits_for_insync_ends_when_it_can_not_write_it() -> None:
    world = fake_world()
    later(world, timedelta(0), unwritable="disk full")

    result = invoke(world, "shift", "--lambda-weight", "10", "--yes")

    assert result.exit_code == 8
    assert "disk full" in result.stderr
    assert world.clock.now() - START < HOUR


def test_a_shift_begins_nothing_that_it_can_not_write_down() -> None:
    world = known_world(100, 0)
    world.ledger.unwritable = "disk full"

    result = invoke(world, "shift", "--lambda-weight", "10", "--yes")

    assert result.exit_code == 8
    assert raised(world) == []


def test_a_change_that_could_not_be_written_down_is_told() -> None:
    world = fake_world()
    apply = world.weights.apply

    def full(before: Snapshot, after: Snapshot, comment: str) -> str:
        world.ledger.unwritable = "disk full"
        return apply(before, after, comment)

    world.weights.apply = full  # type: ignore[method-assign]

    result = invoke(world, "shift", "--lambda-weight", "10", "--yes")

    assert result.exit_code == 8
    assert "so this is not recorded: disk full" in result.stderr
    assert world.live == Weights(90, 10)


@pytest.mark.parametrize("problem", ["", "disk full"])
def test_ctrl_c_says_that_the_state_is_saved_only_where_it_is(problem: str) -> None:
    world = known_world(90, 10, timedelta(0))

    def interrupt(_: datetime) -> None:
        world.ledger.unwritable = problem
        raise KeyboardInterrupt

    world.clock.then.append(interrupt)

    result = invoke(world, *RUN)

    assert result.exit_code == 130
    assert "the weights stay at ecs 90 / lambda 10" in result.stdout
    assert ("the state is saved" in result.output) is (not problem)


def test_ctrl_c_while_a_change_is_sent_claims_nothing_about_the_weights() -> None:
    world = fake_world()
    world.weights.failing["apply-answer"] = [KeyboardInterrupt()]

    result = invoke(world, "shift", "--lambda-weight", "10", "--yes")

    assert result.exit_code == 130
    assert "it may or may not be live" in result.stdout
    assert "weights stay" not in result.stdout


@pytest.mark.parametrize("once", [True, False])
def test_a_healthy_bake_is_a_line_an_hour_for_one_process_and_for_many(once: bool) -> None:
    ladder = [{"weight": 10, "bake": "4h", "min_requests": 500}, {"weight": 100, "bake": "30m", "min_requests": 500}]
    world = known_world(90, 10, timedelta(minutes=5), ladder=ladder)
    if once:
        for _ in range(200):
            assert invoke(world, "run", "--once", "--yes").exit_code == 0
            world.pass_time(timedelta(minutes=1))
    else:
        world.clock.then.append(lambda now: world.blind() if now - START > timedelta(minutes=200) else None)
        invoke(world, "run", "--until", "10", "--yes")

    judged = [line for line in world.ledger.lines if line.kind is Kind.JUDGED]
    assert [line.reason for line in judged][:4] == ["PASS"] * 4
    assert len([line for line in judged if line.reason == "PASS"]) == 4
