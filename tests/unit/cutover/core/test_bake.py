"""The bake clock: which minutes count, and when it is enough."""

from dataclasses import replace
from datetime import timedelta

import pytest

from cutover.core.bake import BakeClock, bake_clock, counted
from cutover.core.judge import judge
from cutover.core.models import Evidence, Limits, Step, Verdict
from tests.unit.cutover.core.evidence import Counts, evidence, side

LIMITS = Limits()
STEP = Step(10, timedelta(minutes=30), 2000)
HEALTHY: Counts = [(100, 0)] * 60


def clock(given: Evidence, step: Step = STEP) -> BakeClock:
    """The clock of this evidence."""
    return bake_clock(given, judge(given, LIMITS), step, LIMITS)


def minutes(serverless: Counts, ecs: Counts | None = None, p95s: list[float | None] | None = None) -> int:
    """How many minutes count."""
    fast: list[float | None] = [200.0] * (len(serverless) // 5)
    given = evidence(side(serverless, p95s or fast), side(ecs, fast) if ecs else None)
    return sum(counted(given, LIMITS))


def test_a_healthy_bake_counts_every_minute_and_completes() -> None:
    done = clock(evidence(side(HEALTHY, [200.0] * 12)))

    assert done == BakeClock(60, 30, 6000, 2000, complete=True)
    assert done.enough
    assert done.part == 1.0
    assert done.minutes_left == 0


def test_time_alone_is_not_enough() -> None:
    done = clock(evidence(side([(20, 0)] * 60, [200.0] * 12)))

    assert (done.counted_minutes, done.requests, done.complete) == (60, 1200, False)
    assert done.minutes_left == 40
    assert done.part == pytest.approx(0.6)


def test_requests_alone_are_not_enough() -> None:
    done = clock(evidence(side([(500, 0)] * 20, [200.0] * 4)))

    assert (done.requests, done.enough) == (10_000, False)
    assert done.minutes_left == 10


def test_it_is_not_complete_while_the_whole_bake_does_not_pass() -> None:
    given = evidence(side([*[(100, 30)] * 6, *[(100, 0)] * 54], [200.0] * 12))

    done = bake_clock(given, replace(judge(given, LIMITS), verdict=Verdict.HOLD), STEP, LIMITS)

    assert done.enough
    assert not done.complete


def test_lack_of_samples_does_not_stop_it() -> None:
    done = clock(evidence(side([(1, 0)] * 60)))

    assert done.counted_minutes == 60
    assert not done.complete


def test_without_requests_no_end_can_be_told() -> None:
    assert clock(evidence(side([(0, 0)] * 10))).minutes_left is None


@pytest.mark.parametrize("who", ["lambda", "ecs"])
def test_a_minute_without_data_on_either_side_does_not_count(who: str) -> None:
    gap: Counts = [*[(100, 0)] * 20, *[(None, 0)] * 7, *[(100, 0)] * 33]
    wide: Counts = [(900, 0)] * 60

    if who == "lambda":
        assert minutes(gap, wide) == 53
    else:
        assert minutes(HEALTHY, [(r and 900, e) for r, e in gap]) == 53


def test_failing_minutes_and_those_still_under_their_shadow_do_not_count() -> None:
    failing: Counts = [*[(100, 0)] * 20, *[(100, 40)] * 3, *[(100, 0)] * 37]

    assert minutes(failing) == 60 - 3 - 14


def test_minutes_in_the_band_do_not_count() -> None:
    assert minutes([(2000, 30)] * 60, [(18_000, 0)] * 60) == 0


def test_minutes_while_ecs_is_failing_do_not_count() -> None:
    ecs: Counts = [*[(900, 0)] * 30, *[(900, 400)] * 30]

    assert minutes(HEALTHY, ecs) == 30


def test_minutes_of_slow_windows_do_not_count() -> None:
    p95s: list[float | None] = [200.0, 700.0, *[200.0] * 10]

    assert minutes(HEALTHY, None, p95s) == 55


def test_minutes_whose_traffic_is_elsewhere_do_not_count() -> None:
    astray: Counts = [*[(100, 0)] * 30, *[(400, 0)] * 30]

    assert 30 <= minutes(astray, [(900, 0)] * 60) < 40


def test_at_100_percent_ecs_need_not_report() -> None:
    given = evidence(side(HEALTHY, [200.0] * 12), side([(None, 0)] * 60), weight=100)

    assert clock(given, Step(100, timedelta(minutes=30), 0)).complete


def test_a_bake_of_seconds_is_a_minute() -> None:
    given = evidence(side(HEALTHY, [200.0] * 12))

    assert clock(given, Step(10, timedelta(seconds=10), 0)).required_minutes == 1
    assert clock(given, Step(10, timedelta(seconds=90), 0)).required_minutes == 2
