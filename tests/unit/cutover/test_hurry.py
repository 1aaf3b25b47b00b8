"""A rollback's budget: all questions to Route 53 together, tried again with jitter until it ends."""

import random

import pytest
from botocore.exceptions import EndpointConnectionError

from cutover.aws.pacing import Pace
from cutover.aws.route53 import Route53
from cutover.core.models import Snapshot, Weights
from cutover.core.zone import with_weights
from cutover.ports import ControlPlaneUnavailable
from tests.fakes.zone import NAME
from tests.unit.cutover.route53_zone import SIDES, Time, Zone, refused, snapshot, store

REFUSING = EndpointConnectionError(endpoint_url="https://route53.amazonaws.com")


class Dead(Zone):
    """A zone that fails at every call."""

    def __init__(self, error: Exception) -> None:
        super().__init__(snapshot(90, 10), *[error] * 999)
        self.error = error

    def list_resource_record_sets(self, **_: object) -> object:
        self.calls.append("list")
        raise self.error


@pytest.mark.parametrize("error", [refused("ServiceUnavailable", 503), refused("Throttling"), REFUSING])
def test_a_dead_route_53_is_given_up_when_the_budget_ends(error: Exception) -> None:
    zone, time = Dead(error), Time()
    route53 = store(zone, time)
    route53.hurry(18)

    with pytest.raises(ControlPlaneUnavailable, match="within 18 s"):
        route53.read()

    assert 17.9 <= time.now - 100 <= 19
    assert len(zone.calls) > 5


def test_what_was_read_is_taken_off_what_is_left_for_the_change() -> None:
    zone, time = Zone(snapshot(90, 10), *[refused("Throttling")] * 999), Time()
    route53, before = store(zone, time), snapshot(90, 10)
    route53.hurry(18)
    route53.read()
    time.now += 10

    with pytest.raises(ControlPlaneUnavailable, match="within 8 s"):
        route53.apply(before, Snapshot(with_weights(before.records, Weights(100, 0), SIDES)), "")

    assert time.now - 100 <= 19


def test_a_budget_that_is_used_up_still_asks_once() -> None:
    time = Time()
    route53 = store(Zone(snapshot(90, 10)), time)
    route53.hurry(1)
    time.now += 5

    assert len(route53.read().records) == 2


def test_without_hurry_each_question_has_its_own_patience_again() -> None:
    time = Time()
    route53 = store(Dead(REFUSING), time)
    route53.hurry(1)
    route53.hurry(None)

    with pytest.raises(ControlPlaneUnavailable, match="within 30 s"):
        route53.read()

    assert time.now - 100 >= 30


def test_the_pauses_between_tries_double_and_are_jittered() -> None:
    time, chance = Time(), random.Random(1)  # noqa: S311 - jitter
    pace = Pace(monotonic=lambda: time.now, sleep=time.sleep, random_up_to=lambda most: chance.uniform(most / 2, most))
    route53 = Route53(lambda: Dead(REFUSING), "Z1", NAME, pace=pace)  # type: ignore[arg-type, return-value]

    with pytest.raises(ControlPlaneUnavailable):
        route53.read()

    pauses = [pause for pause in time.slept if pause > 0.25]
    assert len(set(pauses)) == len(pauses)
    assert pauses[0] < pauses[-2] <= 3.0
