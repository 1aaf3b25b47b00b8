"""Which adapters a world gets: those that its settings name, and none that a stand-in can't answer."""

from typing import Any

import pytest

from cutover.absent import NO_ACCOUNT, NO_ECS_SERVICE, NO_SURVEYOR, NO_TRAIL
from cutover.aws.account import AwsAccount
from cutover.aws.ecs import AwsEcsService
from cutover.aws.surveyor import AwsSurveyor
from cutover.aws.trail import CloudTrail
from cutover.world import build_world
from tests.fakes.world import settings_with

STAND_IN = {"aws": {"endpoint_url": "http://127.0.0.1:1"}}
SERVICE = {"ecs": {"load_balancer": "app/api/123", "cluster": "main", "service": "api"}}


def test_on_aws_everything_is_asked_that_is_there() -> None:
    world = build_world(settings_with(**SERVICE))

    assert isinstance(world.surveyor, AwsSurveyor)
    assert isinstance(world.ecs, AwsEcsService)
    assert isinstance(world.trail, CloudTrail)
    assert isinstance(world.account, AwsAccount)


def test_beside_a_stand_in_nothing_is_asked_that_nobody_named() -> None:
    world = build_world(settings_with(**STAND_IN))

    assert (world.surveyor, world.ecs, world.trail, world.account) == (
        NO_SURVEYOR, NO_ECS_SERVICE, NO_TRAIL, NO_ACCOUNT,
    )  # fmt: skip


@pytest.mark.parametrize("named", [SERVICE, {"safety": {"veto_alarms": ["veto"]}}])
def test_what_the_settings_name_is_asked_of_a_stand_in_too(named: dict[str, Any]) -> None:
    assert isinstance(build_world(settings_with(**STAND_IN, **named)).surveyor, AwsSurveyor)


def test_half_a_name_is_no_service() -> None:
    half = {"ecs": {"load_balancer": "app/api/123", "service": "api"}}

    assert build_world(settings_with(**half)).ecs is NO_ECS_SERVICE


def test_cloudtrail_is_asked_in_the_one_region_that_knows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "x")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "x")
    trail = build_world(settings_with(aws={"region": "eu-central-1"})).trail

    assert isinstance(trail, CloudTrail)
    assert trail._client.meta.region_name == "us-east-1"
