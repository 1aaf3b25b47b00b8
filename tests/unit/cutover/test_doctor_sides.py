"""What `cutover doctor` says of telemetry (D10: a wrong region, id, stage or metric) and of what serves beside it."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from cutover.core.account import Bodies
from cutover.core.models import Side
from cutover.core.surroundings import Concurrency, Deploy, EcsCapacity
from cutover.ports import TelemetryUnavailable
from tests.fakes.zone import START
from tests.unit.cutover.sound_world import QUIET, SOUND, found, sound


@pytest.mark.parametrize(
    ("side", "check", "said"),
    [
        (Side.SERVERLESS, "lambda metrics", "AWS/ApiGateway, ApiId 'abc123', Stage '$default', in us-east-1"),
        (Side.ECS, "ecs metrics", "AWS/ApplicationELB, LoadBalancer 'app/api/123', in us-east-1"),
    ],
)
def test_a_side_that_cloudwatch_never_heard_of_is_named_by_its_dimensions(side: Side, check: str, said: str) -> None:
    world = sound()
    world.metrics.silent = lambda asked, _: asked is side

    code, level, words = found(world, check)

    assert (code, level) == (8, "must mend")
    assert f"not one data point in 24 h for {said}" in words
    assert "aws cloudwatch list-metrics" in words


def test_one_data_point_is_enough() -> None:
    world = sound()
    world.metrics.silent = lambda _, start: start != START - timedelta(hours=20)

    code, level, words = found(world, "lambda metrics")

    assert (code, level) == (0, "ok")
    assert "60 requests in 1 minute of the newest 24 h" in words


def test_unreadable_telemetry_must_be_mended() -> None:
    world = sound()
    world.metrics.failing = lambda _: TelemetryUnavailable("CloudWatch's answer is not complete: p95 is Forbidden")

    assert "p95 is Forbidden" in found(world, "ecs metrics")[2]


@pytest.mark.parametrize(
    ("change", "check", "level", "said"),
    [
        ({"alarms": ("veto",)}, "alarms", "warning", "1 veto alarm in ALARM: veto"),
        ({"unknown": {"alarms": "there is no alarm 'veto'"}}, "alarms", "must mend", "there is no alarm"),
        ({"deploys": (Deploy("stack api", START),)}, "deploys", "warning", "wait until 09:30 UTC"),
        ({"deploys": None, "unknown": {"deploys": "no such stack"}}, "deploys", "must mend", "no such stack"),
        ({"capacity": EcsCapacity(0, 4, 2)}, "ecs capacity", "must mend", "0 tasks of 4 run; the warm floor is 1"),
        ({"capacity": EcsCapacity(4, 4, 0)}, "ecs capacity", "warning", "autoscaling's minimum is 0"),
        ({"capacity": EcsCapacity(2, 4)}, "ecs capacity", "warning", "does not reach its count"),
        ({"capacity": None, "unknown": {"capacity": "denied"}}, "ecs capacity", "must mend", "denied"),
        ({"concurrency": Concurrency(22, 20)}, "concurrency", "warning", "Lambda 100% needs about 4"),
        ({"concurrency": Concurrency(20, 20)}, "concurrency", "must mend", "0 of 20 concurrent executions free"),
        ({"concurrency": None, "unknown": {"concurrency": "denied"}}, "concurrency", "must mend", "denied"),
        ({"ipv6": None, "unknown": {"ipv6": "denied"}}, "ipv6", "must mend", "can't be asked"),
    ],
)
def test_what_is_around_the_sides_is_judged(change: dict[str, Any], check: str, level: str, said: str) -> None:
    world = sound()
    world.surveyor.found = replace(QUIET, **change)

    code, how_bad, words = found(world, check)

    assert (code, how_bad) == (8 if level == "must mend" else 0, level)
    assert said in words


def test_an_empty_ecs_is_a_warning_before_the_first_shift() -> None:
    world = sound(100, 0)
    world.metrics.share = lambda _, __: 0.1
    world.surveyor.found = replace(QUIET, capacity=EcsCapacity(0, 0))

    assert found(world, "ecs capacity")[:2] == (0, "warning")


def test_concurrency_without_traffic_is_compared_with_nothing() -> None:
    world = sound()
    world.metrics.silent = lambda _, __: True

    assert "no traffic to compare it with" in found(world, "concurrency")[2]


@pytest.mark.parametrize(
    ("bodies", "level", "said"),
    [
        (
            Bodies(10, 2, 7_600_000, 3, 30),
            "must mend",
            "2 of 10 requests in 3 of 30 log files of 14 d brought over 4 MB, up to 7.6 MB",
        ),
        (Bodies(10, 0, 9_000, 3, 30), "warning", "none over 4 MB among 10 requests in 3 of 30 log files"),
        (Bodies(0, 0, 0, 0, 0), "warning", "0 requests"),
        (None, "not checked", "keeps no access log"),
    ],
)
def test_bodies_too_large_for_lambda_must_move_first(bodies: Bodies | None, level: str, said: str) -> None:
    world = sound()
    world.account.found = replace(SOUND, bodies=bodies, unknown={} if bodies else {"bodies": "it keeps no access log"})

    code, how_bad, words = found(world, "request sizes")

    assert (code, how_bad) == (8 if level == "must mend" else 0, level)
    assert said in words
