"""A process that is killed anywhere leaves nothing that the next one cannot take up."""

from collections.abc import Callable, Iterator
from copy import deepcopy
from datetime import timedelta
from typing import Any

import pytest

from cutover.core.models import Side, Weights
from cutover.core.record import Event, Kind
from tests.fakes.world import FakeWorld, fake_world, known_world
from tests.fakes.zone import START
from tests.unit.cutover.invoking import invoke, invoke_until_killed
from tests.unit.cutover.kills import remains, worlds_left

QUICK: dict[str, Any] = {
    "ladder": [{"weight": w, "bake": "3m", "min_requests": 500} for w in (10, 50, 100)],
    "gates": {"p95_window": "1m"},
}
RUN = ("run", "--yes", "--quiet")
SHIFT = ("shift", "--lambda-weight", "50", "--yes")
PARTS = 3

# Such a walk goes, again and again, where the other tests are measured; measured itself, it takes three times as long.
unmeasured = pytest.mark.no_cover


def quick_world() -> FakeWorld:
    """A world whose whole ladder takes half an hour."""
    world = fake_world(**QUICK)
    world.metrics.per_minute = 6000
    return world


def failing_world() -> FakeWorld:
    """One whose Lambda side breaks while it bakes at 50%."""
    world = quick_world()
    world.failing_lambda(0.2, START + timedelta(minutes=16))
    return world


def points(world: FakeWorld, *words: str) -> range:
    """Every point of that command at which it could be killed."""
    invoke(world, *words)
    return range(1, world.calls.count + 1)


def shifting_world() -> FakeWorld:
    """A quick world with Lambda at 10%."""
    world = known_world(90, 10, **QUICK)
    world.metrics.per_minute = 6000
    return world


def raises(events: list[Event]) -> Iterator[tuple[Event, list[Event]]]:
    """Every intent that gives Lambda more, with the lines before it."""
    for index, event in enumerate(events):
        if event.kind is Kind.INTENT and event.before and event.after and event.after[1] > event.before[1]:
            yield event, events[:index]


def assert_every_raise_was_earned(world: FakeWorld) -> None:
    for intent, before in raises(world.ledger.lines):
        assert intent.evidence["verdict"] == "pass"
        if intent.before and intent.before[1]:
            baked = [event.after for event in before if event.kind is Kind.BAKED]
            assert intent.before in baked, f"raised from {intent.before} without its bake"


def assert_always_whole(world: FakeWorld) -> None:
    assert all(sum(after) == 100 for _, after in world.weights.applied)
    by_type = {(r.type, r.set_identifier): r.weight or 0 for r in world.weights.records}
    assert len(by_type) == 4
    assert by_type["A", "ecs"] + by_type["A", "lambda"] == 100
    assert by_type["A", "ecs"] == by_type["AAAA", "ecs"]


@unmeasured
@pytest.mark.parametrize(
    ("begin", "words", "step"),
    [(quick_world, RUN, 9), (failing_world, RUN, 9), (shifting_world, SHIFT, 1)],
    ids=["run", "failing-run", "shift"],
)
def test_the_worlds_left_are_those_that_kills_leave_and_none_is_missing(
    begin: Callable[[], FakeWorld], words: tuple[str, ...], step: int
) -> None:
    before = begin()

    left = worlds_left(deepcopy(before), *words)

    assert [point for killed_at, _ in left for point in killed_at] == list(points(begin(), *words))
    for killed_at, expected in left[::step]:
        for point in {killed_at[0], killed_at[-1]}:
            world = deepcopy(before)
            invoke_until_killed(world, point, *words)
            assert remains(world) == expected, f"killed at {point}"


@unmeasured
@pytest.mark.parametrize("part", range(PARTS))
def test_a_run_killed_anywhere_goes_on_to_the_top(part: int) -> None:
    for killed_at, world in worlds_left(quick_world(), *RUN)[part::PARTS]:
        result = invoke(world, *RUN)

        assert result.exit_code == 0, f"killed at {killed_at}: {result.output}"
        assert world.live == Weights(0, 100)
        assert_every_raise_was_earned(world)
        assert_always_whole(world)


@unmeasured
@pytest.mark.parametrize("part", range(PARTS))
def test_a_failing_run_killed_anywhere_ends_at_ecs(part: int) -> None:
    for killed_at, world in worlds_left(failing_world(), *RUN)[part::PARTS]:
        result = invoke(world, *RUN)

        confirmed = Kind.ROLLED_BACK in {event.kind for event in world.ledger.lines}
        assert result.exit_code in {4, 8}, f"killed at {killed_at}: {result.output}"
        assert confirmed
        assert world.live == Weights(100, 0)
        assert_every_raise_was_earned(world)
        assert_always_whole(world)


@unmeasured
def test_a_run_killed_twice_goes_on_to_the_top() -> None:
    for point in range(1, 60, 3):
        world = quick_world()
        invoke_until_killed(world, 2 * point, *RUN)
        invoke_until_killed(world, point, *RUN)

        assert invoke(world, *RUN).exit_code == 0, f"killed at {2 * point} and {point}"
        assert_every_raise_was_earned(world)


def test_a_rollback_killed_anywhere_is_finished_by_the_next() -> None:
    for point in points(known_world(50, 50), "rollback"):
        world = known_world(50, 50)
        invoke_until_killed(world, point, "rollback")

        result = invoke(world, "rollback")

        assert result.exit_code == 0, f"killed at {point}: {result.output}"
        assert world.live == Weights(100, 0)
        assert_always_whole(world)


def test_a_rollback_killed_anywhere_after_its_intent_is_finished_by_a_run() -> None:
    for point in points(known_world(50, 50), "rollback"):
        world = known_world(50, 50)
        invoke_until_killed(world, point, "rollback")
        if Kind.INTENT not in {event.kind for event in world.ledger.lines}:
            continue

        result = invoke(world, *RUN)

        assert result.exit_code in {4, 8}, f"killed at {point}: {result.output}"
        assert world.live == Weights(100, 0)


@pytest.mark.parametrize("target", ["5", "50"])
def test_a_shift_killed_anywhere_leaves_what_a_run_takes_up(target: str) -> None:
    for killed_at, world in worlds_left(shifting_world(), "shift", "--lambda-weight", target, "--yes"):
        result = invoke(world, *RUN)

        assert result.exit_code == 0, f"killed at {killed_at}: {result.output}"
        assert world.live == Weights(0, 100)
        assert_always_whole(world)


def test_a_killed_resume_can_be_repeated() -> None:
    def rolled_back() -> FakeWorld:
        world = known_world(50, 50)
        world.metrics.error_rate[Side.SERVERLESS] = lambda _: 0.0
        invoke(world, "rollback")
        return world

    resume = ("resume", "--reason", "mended", "--yes")
    for point in points(rolled_back(), *resume):
        world = rolled_back()
        invoke_until_killed(world, point, *resume)

        assert invoke(world, *resume).exit_code == 0
        assert invoke(world, "run", "--once", "--yes").exit_code == 0
