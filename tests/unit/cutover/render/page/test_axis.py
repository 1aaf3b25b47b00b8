"""Axes with round ticks that hold every value, and places that lie between their ends."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cutover.render.page.axis import (
    clock,
    clocked,
    exact_latency,
    exact_share,
    latency,
    linear,
    logarithmic,
    rate,
    share,
    simulated,
)


@pytest.mark.parametrize(
    ("highest", "ticks"),
    [
        (0.0, [0, 0.2, 0.4, 0.6, 0.8, 1.0]),
        (1.0, [0, 0.2, 0.4, 0.6, 0.8, 1.0]),
        (0.05, [0, 0.01, 0.02, 0.03, 0.04, 0.05]),
        (7.3, [0, 2, 4, 6, 8]),
        (112, [0, 25, 50, 75, 100, 125]),
        (math.inf, [0, 0.2, 0.4, 0.6, 0.8, 1.0]),
    ],
)
def test_ticks_of_values_are_round_and_reach_the_highest(highest: float, ticks: list[float]) -> None:
    axis = linear(highest, rate)
    assert [pytest.approx(tick) for tick in axis.ticks] == ticks
    assert axis.high == pytest.approx(ticks[-1])


def test_counts_have_no_ticks_between_whole_numbers() -> None:
    assert linear(2, rate, whole=True).ticks == [0, 1, 2]
    assert linear(12, rate, whole=True).ticks == [0, 5, 10, 15]


@given(st.floats(min_value=1e-6, max_value=1e9))
def test_any_highest_value_gets_two_to_seven_ticks_and_is_held(highest: float) -> None:
    axis = linear(highest, rate)
    assert 2 <= len(axis.ticks) <= 7
    assert axis.high >= highest * (1 - 1e-6)
    assert axis.high <= highest * 3


@pytest.mark.parametrize(
    ("low", "high", "ticks"),
    [
        (12, 480, [10, 20, 50, 100, 200, 500]),
        (1, 1000, [1, 10, 100, 1000]),
        (3, 3, [2, 5]),
        (10, 10, [10, 20]),
        (0, 0, [1, 2]),
        (0.3, 700, [1, 10, 100, 1000]),
    ],
)
def test_ticks_by_ratio_are_powers_and_their_doubles_and_halves(low: float, high: float, ticks: list[float]) -> None:
    assert [pytest.approx(tick) for tick in logarithmic(low, high, latency).ticks] == ticks


@given(st.floats(min_value=0.1, max_value=1e6), st.floats(min_value=0.1, max_value=1e6))
def test_an_axis_by_ratio_holds_what_it_was_made_for(one: float, other: float) -> None:
    axis = logarithmic(min(one, other), max(one, other), latency)
    assert axis.low <= min(one, other) * (1 + 1e-6)
    assert axis.high >= max(one, other) * (1 - 1e-6)
    assert axis.low < axis.high
    assert len(axis.ticks) <= 9


def test_a_place_is_by_ratio_or_by_difference() -> None:
    assert linear(10, rate).part(2.5) == 0.25
    assert logarithmic(1, 100, latency).part(10) == pytest.approx(0.5)


@pytest.mark.parametrize(("value", "part"), [(-5, 0), (99, 1), (math.inf, 1), (-math.inf, 0)])
def test_what_is_beyond_an_end_lies_at_it(value: float, part: float) -> None:
    assert linear(10, rate).part(value) == part


def test_nothing_lies_below_an_axis_by_ratio() -> None:
    assert logarithmic(1, 100, latency).part(0) == 0
    assert logarithmic(1, 100, latency).part(-3) == 0
    assert logarithmic(1, 100, latency).part(math.inf) == 1


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, ["0:00", "0:01"]),
        (3, ["0:00", "0:01", "0:02", "0:03"]),
        (362, ["0:00", "1:00", "2:00", "3:00", "4:00", "5:00", "6:00"]),
        (14_400, ["0:00", "30:00", "1:00:00", "1:30:00", "2:00:00", "2:30:00", "3:00:00", "3:30:00", "4:00:00"]),
    ],
)
def test_real_time_is_written_as_a_clock_does(seconds: float, words: list[str]) -> None:
    axis = clocked(seconds)
    assert [axis.spell(tick) for tick in axis.ticks] == words


def test_a_week_still_has_few_ticks() -> None:
    assert len(clocked(7 * 86_400).ticks) <= 9
    assert len(clocked(300 * 86_400).ticks) <= 9


def test_simulated_time_says_so() -> None:
    axis = simulated(63)
    assert [axis.spell(tick) for tick in axis.ticks] == ["0′", "10′", "20′", "30′", "40′", "50′", "60′"]
    assert axis.title == "simulated minutes"
    assert axis.told(12.34) == "12.3′ simulated"
    assert simulated(0).high == 1
    assert simulated(2).ticks == [0, 1, 2]


def test_values_are_spelled_with_their_units() -> None:
    assert [latency(value) for value in (0.5, 20, 1000, 1500)] == ["0.5 ms", "20 ms", "1 s", "1.5 s"]
    assert [exact_latency(value) for value in (3.44, 412.4, 1250)] == ["3.4 ms", "412 ms", "1 250 ms"]
    assert [rate(value) for value in (0.5, 12.3456, 1000)] == ["0.5", "12.3", "1 000"]
    assert [share(value) for value in (0.005, 0.2, 1.0)] == ["0.5%", "20%", "100%"]
    assert [exact_share(value) for value in (0.0041, 0.125, 1.0)] == ["0.41%", "12.5%", "100%"]
    assert [clock(value) for value in (5, 750, 3723)] == ["0:05", "12:30", "1:02:03"]


def test_the_read_out_has_the_full_value_where_there_is_one() -> None:
    assert linear(10, rate).told(2.34567) == "2.35"
    assert linear(10, rate, full=lambda value: f"{value:.4f}").told(2.34567) == "2.3457"
