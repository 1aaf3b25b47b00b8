"""Statistics over values with counts."""

import statistics as reference

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cutover.rehearsal.aws.cloudwatch.digest import Digest
from cutover.rehearsal.aws.cloudwatch.statistics import is_statistic, percentile, statistic


def digest(*pairs: tuple[float, float]) -> Digest:
    made = Digest()
    made.add([value for value, _ in pairs], [count for _, count in pairs])
    return made


@pytest.mark.parametrize(
    ("name", "value"),
    [("SampleCount", 6), ("Sum", 31), ("Average", 31 / 6), ("Minimum", 1), ("Maximum", 10), ("p50", 5), ("p100", 10)],
)
def test_counts_weigh_in_every_statistic(name: str, value: float) -> None:
    assert statistic(name, [digest((5, 4)), digest((1, 1), (10, 1))]) == pytest.approx(value)


def test_p95_of_one_to_a_hundred_is_interpolated() -> None:
    assert statistic("p95", [digest(*((float(value), 1.0) for value in range(1, 101)))]) == pytest.approx(95.05)


def test_a_percentile_is_taken_over_all_digests_together() -> None:
    low, high = digest((1, 99)), digest((1000, 1))
    assert statistic("p95", [low, high]) == 1


@given(
    st.lists(st.tuples(st.integers(0, 50), st.integers(1, 4)), min_size=2, max_size=30),
    st.sampled_from([0, 1, 50, 90, 95, 99, 99.9, 100]),
)
def test_a_percentile_is_that_of_the_single_values(pairs: list[tuple[int, int]], percent: float) -> None:
    single = sorted(float(value) for value, count in pairs for _ in range(count))
    rank = (len(single) - 1) * percent / 100
    below, above = single[int(rank)], single[min(int(rank) + 1, len(single) - 1)]
    counted = [(float(value), float(count)) for value, count in pairs]
    assert percentile(counted, percent) == pytest.approx(below + (above - below) * (rank - int(rank)))


def test_the_median_agrees_with_the_standard_library() -> None:
    values = [3.0, 1.0, 4.0, 1.0, 5.0, 9.0]
    assert percentile([(value, 1.0) for value in values], 50) == reference.median(values)


def test_a_fraction_of_a_sample_has_its_value_at_every_percentile() -> None:
    assert percentile([(7.0, 0.5)], 95) == 7


def test_a_summary_counts_but_hides_its_percentiles() -> None:
    made = digest((5, 1))
    made.add_summary(3, 12, 1, 9)
    assert [statistic(name, [made]) for name in ("SampleCount", "Sum", "Minimum", "Maximum")] == [4, 17, 1, 9]
    assert statistic("p95", [made]) is None
    assert statistic("p95", [made, digest((5, 1))]) is None


def test_a_summary_of_equal_values_is_as_good_as_the_values() -> None:
    made = Digest()
    made.add_summary(3, 12, 4, 4)
    assert statistic("p95", [made]) == 4


@pytest.mark.parametrize("name", ["Sum", "SampleCount", "p0", "p95", "p99.9", "p100", "p99.9999999999"])
def test_known_statistics(name: str) -> None:
    assert is_statistic(name)


@pytest.mark.parametrize("name", ["tm95", "IQM", "p101", "p", "p95.", "P95", "sum", "p99.99999999999", ""])
def test_unknown_statistics(name: str) -> None:
    assert not is_statistic(name)
