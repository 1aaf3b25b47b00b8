"""The bake clock: which minutes count, and when it is enough."""

from dataclasses import replace
from datetime import timedelta

import pytest

from cutover.core.bake import BakeClock, bake_clock, counted
from cutover.core.judge import judge
from cutover.core.models import MINUTE, Evidence, LatencyWindow, Limits, Step, Verdict
from tests.unit.cutover.core.evidence import FIVE, START, Counts, evidence, side

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


@pytest.mark.parametrize(
    ("begin", "end", "counted_minutes"),
    [(10, 20, 50), (10.5, 19.5, 50), (-30, 5, 55), (55, 200, 55), (-9, 0, 60), (60, 70, 60)],
)
def test_minutes_of_load_tests_do_not_count(begin: float, end: float, counted_minutes: int) -> None:
    given = replace(
        evidence(side(HEALTHY, [200.0] * 12)),
        loads=((START + timedelta(minutes=begin), START + timedelta(minutes=end)),),
    )

    assert sum(counted(given, LIMITS)) == counted_minutes


def test_load_that_goes_to_one_side_spoils_neither_share_nor_rate() -> None:
    loaded: Counts = [(5000, 30) if 20 <= i < 30 else (100, 0) for i in range(60)]
    given = evidence(side(loaded, [200.0] * 12), side([(900, 0)] * 60, [200.0] * 12))
    given = replace(given, loads=((START + timedelta(minutes=20), START + timedelta(minutes=30)),))

    judgement = judge(given, LIMITS)

    assert judgement.verdict is Verdict.PASS
    assert sum(counted(given, LIMITS)) == 50


def test_load_does_not_excuse_an_outage() -> None:
    given = evidence(side([*HEALTHY, (100, 100)], [200.0] * 12))
    given = replace(given, loads=((START, START + timedelta(hours=2)),))

    assert judge(given, LIMITS).verdict is Verdict.FAIL


def test_minutes_after_a_throttle_do_not_count() -> None:
    given = evidence(side(HEALTHY, [200.0] * 12))
    minutes = [replace(m, throttles=2 if i == 10 else 0) for i, m in enumerate(given.serverless.minutes)]
    given = replace(given, serverless=replace(given.serverless, minutes=tuple(minutes)))

    assert sum(counted(given, LIMITS)) == 45


def test_minutes_with_a_slow_proxy_do_not_count() -> None:
    given = evidence(side(HEALTHY, [200.0] * 12))
    borrows = tuple(LatencyWindow(START + FIVE * i, FIVE, 80.0 if i == 3 else 5.0, 9) for i in range(12))
    given = replace(given, serverless=replace(given.serverless, borrows=borrows))

    assert sum(counted(given, LIMITS)) == 55


def test_suspicious_minutes_do_not_count_and_the_next_ones_do() -> None:
    clump: Counts = [(100, 6) if i == 30 else (100, 0) for i in range(60)]

    assert minutes(clump) == 60 - 1


def test_silence_is_never_counted_however_long() -> None:
    assert minutes([(None, 0)] * 600, [(900, 0)] * 600) == 0


def test_a_week_is_judged_minute_by_minute() -> None:
    week: Counts = [(23, int(i % 40 == 0)) for i in range(10_080)]
    given = evidence(side(week, [200.0] * 2016), side([(207, 1)] * 10_080, [200.0] * 2016))

    done = clock(given, Step(10, 10_000 * MINUTE, 5000))

    assert done.counted_minutes == 10_080
    assert done.complete


def test_how_far_back_a_minute_is_judged_is_a_limit() -> None:
    throttled = side([(100, 0)] * 60, [200.0] * 12)
    throttled = replace(throttled, minutes=(replace(throttled.minutes[0], throttles=1), *throttled.minutes[1:]))
    in_band = side([(100, 0)] * 40 + [(100, 2)] * 10 + [(100, 0)] * 10, [200.0] * 12)

    remembered = [sum(counted(evidence(throttled), Limits(throttle_minutes=m))) for m in (15, 30)]
    shadowed = [sum(counted(evidence(in_band), Limits(band_minutes=m))) for m in (10, 50)]

    assert remembered == [45, 30]
    assert shadowed[0] < shadowed[1] == 60, "a long and healthy past hides it"
