"""The sequential test: what it weighs, when it alarms, when it forgets; and that 2% stays the limit of failing."""

import math
from dataclasses import replace

import pytest

from cutover.core.error_test import ErrorTest
from cutover.core.models import Limits
from cutover.core.sequential import Cusum, Odds, surprise

LIMITS = Limits()


def fed(*counts: tuple[int, int], phi: float = 1.0, limits: Limits = LIMITS, usual: float = 0.01) -> ErrorTest:
    """A test that has seen these minutes."""
    test = ErrorTest(limits, phi, usual)
    for requests, errors in counts:
        test.add(requests, errors)
    return test


def test_an_error_speaks_for_the_bad_rate_and_a_good_answer_against_it() -> None:
    odds = Odds.between(0.01, 4.0)

    assert odds.score(1, 1) == pytest.approx(math.log(4))
    assert odds.score(1, 0) == pytest.approx(math.log(0.96 / 0.99))
    assert odds.score(10_000, 217) < 0 < odds.score(10_000, 218)  # where it begins to rise: 2.17%


@pytest.mark.parametrize(("usual", "bad"), [(0.01, 0.04), (0.1, 0.4), (0.5, 0.75), (0.9, 0.95)])
def test_four_times_a_high_rate_is_half_way_to_all(usual: float, bad: float) -> None:
    assert Odds.bad(usual, 4.0) == pytest.approx(bad)


@pytest.mark.parametrize("usual", [1.0, 2.0])
def test_where_everything_fails_anyway_nothing_is_told(usual: float) -> None:
    assert Odds.between(usual, 4.0).score(100, 100) == 0.0


def test_the_sum_never_falls_below_zero_and_alarms_at_its_threshold() -> None:
    cusum = Cusum(9.0)
    for score in (-5.0, 4.0, 4.9):
        cusum.add(score)

    assert cusum.value == pytest.approx(8.9)
    assert (cusum.start, cusum.alarmed) == (1, False)
    cusum.add(0.2)
    assert cusum.alarmed


def test_an_alarm_is_forgotten_after_good_traffic_however_bad_it_was() -> None:
    outage = [(23, 23)] * 60

    assert fed(*outage, *[(23, 0)] * 12).alarm
    assert not fed(*outage, *[(23, 0)] * 13).cusum.alarmed


def test_surprise_is_how_much_counts_speak_for_their_own_rate() -> None:
    assert surprise(0, 0, 0.01) == 0.0
    assert surprise(1, 100, 0.01) == 0.0
    assert surprise(10, 10, 0.01) == pytest.approx(10 * math.log(100))
    assert surprise(40, 1000, 0.01) == pytest.approx(Odds.between(0.01, 4.0).score(1000, 40))


@pytest.mark.parametrize(
    ("errors", "requests", "alarms"),
    [(200, 10_000, False), (201, 10_000, True), (46, 2300, False), (24, 1000, False), (29, 1000, True)],
)
def test_a_steady_rate_fails_over_two_percent_when_it_is_not_chance(errors: int, requests: int, alarms: bool) -> None:
    steady = [(requests // 100, errors * (i + 1) // 100 - errors * i // 100) for i in range(100)]

    assert (fed(*steady).alarm is not None) is alarms


def test_a_sudden_stretch_must_be_over_the_fail_limit_too() -> None:
    counts = [(1000, 0), (1000, 40), (1000, 40)]

    assert fed(*counts).alarm
    assert fed(*counts, limits=replace(LIMITS, fail_error_rate=0.05)).alarm is None


def test_the_stretch_that_alarms_is_named_without_the_healthy_past() -> None:
    alarm = fed(*[(23, 0)] * 100, (23, 20), (23, 23)).alarm

    assert alarm
    assert (alarm.minutes, alarm.requests, alarm.errors, alarm.is_newest) == (2, 46, 43, True)


def test_bursty_errors_need_more_evidence_and_no_more_than_that() -> None:
    spike = [(23, 0), (23, 10), (23, 0)]

    assert fed(*spike).alarm
    assert fed(*spike, phi=5.0).alarm is None
    assert fed((23, 23), (23, 23), phi=5.0).alarm


def test_half_the_evidence_is_a_suspicion() -> None:
    assert fed((23, 4)).is_suspicious
    assert not fed((23, 4)).alarm
    assert not fed((23, 3)).is_suspicious


def test_errors_up_to_an_excused_rate_have_another_cause() -> None:
    test = ErrorTest(LIMITS, 1.0, 0.01)
    for _ in range(20):
        test.add(100, 50, excused=0.9)

    assert test.alarm is None
    assert test.whole.requests == 0
    test.add(100, 50)
    assert test.alarm
