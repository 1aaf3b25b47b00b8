"""Percentiles are exact: held against sorting everything."""

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cutover.core.load.histogram import Histogram

TIMES = st.lists(st.floats(0, 60_000, allow_nan=False), min_size=1, max_size=300)
PERCENTS = [0.1, 1, 25, 50, 75, 90, 95, 99, 99.9, 100]


def of(times: list[float]) -> Histogram:
    histogram = Histogram()
    for ms in times:
        histogram.add(ms)
    return histogram


def nearest_rank(times: list[float], percent: float) -> float:
    ordered = sorted(round(ms * 10) / 10 for ms in times)
    return ordered[max(1, math.ceil(round(len(ordered) * percent / 100, 9))) - 1]


@given(TIMES, st.sampled_from(PERCENTS))
def test_a_percentile_is_the_one_of_the_sorted_times(times: list[float], percent: float) -> None:
    assert of(times).percentile(percent) == nearest_rank(times, percent)


@pytest.mark.parametrize("number", [19, 20, 21, 99, 100, 101, 10_000])
def test_percentiles_of_many_skewed_times_are_exact(number: int) -> None:
    drawn = random.Random(number)  # noqa: S311 - made-up times
    times = [drawn.lognormvariate(4, 1) for _ in range(number)]
    assert [of(times).percentile(one) for one in PERCENTS] == [nearest_rank(times, one) for one in PERCENTS]


@given(st.lists(TIMES, max_size=5))
def test_merged_ones_are_as_one_of_all(parts: list[list[float]]) -> None:
    assert Histogram.merged(map(of, parts)) == of([ms for part in parts for ms in part])


@given(TIMES, TIMES)
def test_what_is_taken_out_was_never_there(kept: list[float], taken: list[float]) -> None:
    assert of([*kept, *taken]).without(of(taken)) == of(kept)


@given(TIMES)
def test_it_survives_being_written_down(times: list[float]) -> None:
    assert Histogram.of(of(times).plain()) == of(times)


def test_mean_longest_and_number_are_those_of_the_times() -> None:
    histogram = of([1.0, 2.0, 6.0])
    assert (histogram.mean(), histogram.longest(), histogram.total) == (3.0, 6.0, 3)


def test_without_times_there_is_nothing_to_say() -> None:
    empty = Histogram()
    assert (empty.percentile(95), empty.mean(), empty.longest(), empty.total) == (None, None, None, 0)


def test_a_negative_time_is_none_at_all() -> None:
    assert of([-5.0]).longest() == 0.0


def test_95_percent_of_20_is_the_nineteenth() -> None:
    assert of([float(ms) for ms in range(1, 21)]).percentile(95) == 19.0


def test_nothing_is_longer_than_the_longest() -> None:
    assert of([1.0, 2.0]).percentile(100) == 2.0
    assert of([1.0, 2.0]).percentile(101) is None


def test_what_is_no_histogram_is_refused() -> None:
    with pytest.raises(ValueError, match="soon"):
        Histogram.of({"soon": 1})


@pytest.mark.parametrize(("percent", "of", "found"), [(95, 0, 95.0), (95, 100, 95.0), (95, 104, 99.0), (95, 106, None)])
def test_what_is_missing_counts_as_endless(percent: float, of: int, found: float | None) -> None:
    hundred = Histogram(dict.fromkeys(range(10, 1010, 10), 1))  # 1 ms to 100 ms
    assert hundred.percentile(percent, of) == found
