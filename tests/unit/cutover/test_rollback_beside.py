"""Beside a rollback: ECS's tasks, asked for and never waited for; and the ready-made batch that `--print` shows."""

import json
from collections.abc import Callable
from datetime import timedelta
from threading import Event
from typing import Any

import pytest

from cutover.core.models import Weights
from cutover.core.record import Kind
from cutover.core.state import fold
from cutover.core.surroundings import EcsCapacity
from cutover.ports import ControlPlaneUnavailable, NotAllowed, NotFound
from tests.fakes.world import FakeWorld, fake_world, known_world
from tests.unit.cutover.invoking import invoke

HOME = Weights(100, 0)


def document(world: FakeWorld, *words: str) -> dict[str, Any]:
    """What it says in JSON."""
    said: dict[str, Any] = json.loads(invoke(world, "--json", "rollback", *words).stdout)
    return said


def out_of_reach(world: FakeWorld) -> FakeWorld:
    """The world without Route 53's API."""
    world.weights.failing["read"] = [ControlPlaneUnavailable("Route 53 did not answer within 10 s")]
    return world


def test_ecs_gets_the_tasks_it_had_when_it_had_all_traffic() -> None:
    world = fake_world()
    world.ecs.is_set_up, world.ecs.tasks = True, EcsCapacity(6, 6, 2)
    invoke(world, "shift", "--lambda-weight", "10", "--yes")
    world.ecs.tasks = EcsCapacity(2, 2, 2)

    said = document(world)

    assert world.ledger.last(Kind.INTENT).evidence["rollback"]
    assert world.ecs.raised_to == [6]
    assert said["exit"] == 0
    assert said["warnings"] == [
        "ECS runs 2 tasks of the 6 that all traffic needs; 6 are asked for: until they are up, clients get errors"
    ]


@pytest.mark.parametrize(
    ("tasks", "raised", "said"),
    [
        (EcsCapacity(3, 3), [], []),
        (EcsCapacity(1, 3), [], ["ECS runs 1 task of the 3"]),
        (EcsCapacity(0, 0), [3], ["ECS runs 0 tasks of the 3 that all traffic needs; 3 are asked for: until"]),
    ],
)
def test_where_the_ledger_does_not_know_it_is_the_warm_floor(
    tasks: EcsCapacity, raised: list[int], said: list[str]
) -> None:
    world = known_world(50, 50, safety={"warm_floor": 3, "drill_above": 100})
    world.ecs.is_set_up, world.ecs.tasks = True, tasks

    warnings = document(world)["warnings"]

    assert world.ecs.raised_to == raised
    assert all(warning.startswith(start) for warning, start in zip(warnings, said, strict=True))
    assert world.live == HOME


@pytest.mark.parametrize(
    "error",
    [
        NotFound("there is no service api (ecs.service)"),
        NotAllowed("ecs:DescribeServices: AccessDenied"),
        OSError("odd"),
    ],
)
def test_an_ecs_that_can_not_be_asked_is_a_warning(error: BaseException) -> None:
    world = known_world(50, 50)
    world.ecs.is_set_up, world.ecs.failing = True, error

    result = invoke(world, "rollback")

    assert result.exit_code == 0
    assert f"ECS's capacity could not be raised: {error}" in result.stderr


def test_an_ecs_that_does_not_answer_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cutover.flow.retreat.rollback.ECS_SECONDS", 0.05)
    world, never = known_world(50, 50), Event()
    world.ecs.is_set_up = True
    world.ecs.capacity = lambda: (never.wait(10), EcsCapacity(0, 0))[1]  # type: ignore[method-assign]

    result = invoke(world, "rollback")

    assert result.exit_code == 0
    assert "ECS did not say how many tasks it runs" in result.stderr
    never.set()


def test_the_first_raise_keeps_how_many_tasks_serve_everything_and_no_later_one() -> None:
    world = fake_world()
    world.ecs.is_set_up, world.ecs.tasks = True, EcsCapacity(6, 6)
    invoke(world, "shift", "--lambda-weight", "10", "--yes")
    assert world.ledger.last(Kind.INTENT).evidence["home_tasks"] == 6
    world.ecs.tasks = EcsCapacity(2, 2)

    world.pass_time(timedelta(hours=1))
    assert invoke(world, "shift", "--lambda-weight", "50", "--yes").exit_code == 0

    assert "home_tasks" not in world.ledger.last(Kind.INTENT).evidence
    assert fold(world.ledger.lines).home_tasks == 6


def test_an_ecs_that_does_not_say_it_stops_no_shift() -> None:
    world = fake_world()
    world.ecs.is_set_up, world.ecs.failing = True, NotAllowed("ecs:DescribeServices: AccessDenied")

    assert invoke(world, "shift", "--lambda-weight", "10", "--yes").exit_code == 0
    assert "home_tasks" not in world.ledger.last(Kind.INTENT).evidence


def test_print_shows_the_batch_and_the_line_and_does_nothing() -> None:
    world = known_world(50, 50)

    result = invoke(world, "rollback", "--print")

    assert result.exit_code == 0
    assert '"Action": "UPSERT"' in result.stdout
    assert "aws route53 change-resource-record-sets --hosted-zone-id Z123 --change-batch '{" in result.stdout
    assert "made of the live records; nothing was changed" in result.stdout
    assert world.weights.applied == []
    assert world.ledger.kinds() == ["adopted"]
    assert world.notifier.told == []


def test_print_makes_do_with_what_the_ledger_knows() -> None:
    world = out_of_reach(known_world(50, 50))

    said = document(world, "--print")

    weights = {
        (c["ResourceRecordSet"]["SetIdentifier"], c["ResourceRecordSet"]["Weight"]) for c in said["batch"]["Changes"]
    }
    assert weights == {("ecs", 100), ("lambda", 0)}
    assert len(said["batch"]["Changes"]) == 4
    assert "the ledger last knew" in said["message"]


@pytest.mark.parametrize(
    ("prepare", "code"), [(out_of_reach, 10), (lambda world: setattr(world.weights, "records", []), 5)]
)
def test_print_without_any_records_says_why(prepare: Callable[[FakeWorld], object], code: int) -> None:
    world = fake_world()
    prepare(world)

    assert invoke(world, "rollback", "--print").exit_code == code
