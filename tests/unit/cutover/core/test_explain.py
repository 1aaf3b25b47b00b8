"""What `gates explain` tells: the counts, the bounds, the test, and how long it would take."""

from dataclasses import replace
from datetime import timedelta

import pytest

from cutover.core.explain import RATES, explain, minutes_to_find, requests_to_pass
from cutover.core.models import Burst, Limits, Side, Step
from cutover.core.sequential import Odds
from cutover.core.stats import wilson
from tests.unit.cutover.core.evidence import evidence, side

LIMITS = Limits()
STEPS = (Step(10, timedelta(hours=48), 5000), Step(100, timedelta(days=7), 5000))


def test_it_shows_what_the_error_gate_sees() -> None:
    given = replace(
        evidence(side([(23, 0)] * 58 + [(23, 1)] * 2), side([(207, 1)] * 60)), burst=Burst(3.0, "somewhere", 1440, 99)
    )

    told = explain(given, STEPS, LIMITS)

    seen = told.seen[0]
    assert [one.side for one in told.seen] == [Side.SERVERLESS, Side.ECS]
    assert (seen.requests, seen.errors, seen.minutes) == (1380, 2, 60)
    assert (seen.low, seen.high) == wilson(2, 1380, 1.96, 3.0)
    assert (seen.usual, seen.bad, seen.threshold) == (0.01, 0.04, 27.0)
    assert 0 < seen.score < 2
    assert told.burst.source == "somewhere"


def test_it_shows_how_long_a_decision_takes_at_each_step() -> None:
    paces = explain(evidence(side([(23, 0)] * 60), side([(207, 1)] * 60)), STEPS, LIMITS).paces

    assert [(pace.share, round(pace.per_minute)) for pace in paces] == [(10, 23), (100, 230)]
    assert paces[0].minutes == (1, 2, 10)
    assert paces[1].minutes == (1, 1, 1)
    assert len(RATES) == 3


def test_before_the_first_shift_it_shows_ecs_and_what_is_to_come() -> None:
    told = explain(evidence(side([(None, 0)] * 60), side([(230, 1)] * 60), weight=0), STEPS, LIMITS)

    assert [one.side for one in told.seen] == [Side.ECS]
    assert [pace.share for pace in told.paces] == [10, 100]


def test_without_traffic_there_is_no_pace() -> None:
    told = explain(evidence(side([(None, 0)] * 5), side([(None, 0)] * 5)), STEPS, LIMITS)

    assert told.paces == ()
    assert told.seen[0].rate is None


def test_a_rate_below_the_turning_point_is_never_found() -> None:
    assert minutes_to_find(0.02, 1000, 9.0, Odds.between(0.01, 4.0)) is None
    assert minutes_to_find(0.03, 1000, 9.0, Odds.between(0.01, 4.0)) == 1


@pytest.mark.parametrize(("rate", "phi", "needed"), [(0.0, 1.0, 381), (0.005, 1.0, 1522), (0.0, 3.0, 1141)])
def test_the_requests_to_pass_are_the_fewest(rate: float, phi: float, needed: int) -> None:
    assert requests_to_pass(rate, phi, LIMITS) == pytest.approx(needed, abs=2)


def test_a_rate_at_the_limit_never_passes() -> None:
    assert requests_to_pass(0.01, 1.0, LIMITS) is None
