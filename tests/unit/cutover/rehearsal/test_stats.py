"""What chance allows is allowed, and what it does not is found; percentiles and shares by hand."""

import math
import random

import pytest

from cutover.rehearsal.stats import Band, band_for, percentile, share_of, side_stats
from tests.unit.cutover.rehearsal.recordings import second

REHEARSALS = 2000


def seeded(*what: float) -> random.Random:
    return random.Random(f"{what}")  # noqa: S311 - the same rehearsals every time


def drawn(chance: random.Random, share: float, answers: int) -> float:
    """The share of `answers` independent answers that named Lambda."""
    return sum(chance.random() < share for _ in range(answers)) / answers


@pytest.mark.parametrize("weight", [10, 50])
@pytest.mark.parametrize("answers", [200, 400, 1500])
def test_chance_alone_never_leaves_the_band(weight: int, answers: int) -> None:
    chance = seeded(weight, answers)
    band = band_for(weight, answers)
    shares = [drawn(chance, weight / 100, answers) for _ in range(REHEARSALS)]
    assert [share for share in shares if not band.holds(share)] == []
    assert max(shares) - min(shares) > (band.high - band.low) / 2, "the band is not far wider than what happens"


@pytest.mark.parametrize("answers", [200, 1500])
def test_chance_stays_in_the_band_when_each_answer_stands_for_several_requests(answers: int) -> None:
    chance = seeded(answers)
    band = band_for(10, answers)
    for _ in range(REHEARSALS // 10):
        sizes = [chance.choice((1, 2, 3)) for _ in range(answers)]
        serverless = sum(size for size in sizes if chance.random() < 0.1)
        assert band.holds(serverless / sum(sizes))


@pytest.mark.parametrize(("weight", "answers"), [(10, 2500), (50, 6500)])
@pytest.mark.parametrize("points", [-0.05, 0.05])
def test_a_share_that_is_five_points_off_is_found_with_enough_answers(weight: int, answers: int, points: float) -> None:
    chance = seeded(weight, answers, points)
    band = band_for(weight, answers)
    assert not any(band.holds(drawn(chance, weight / 100 + points, answers)) for _ in range(300))


@pytest.mark.parametrize(
    ("weight", "answers", "low", "high"),
    [
        (50, 400, 0.5 - 0.1 - 0.0025, 0.5 + 0.1 + 0.0025),
        (10, 900, 0.1 - 0.04 - 1 / 900, 0.1 + 0.04 + 1 / 900),
        (10, 9, 0.0, 0.1 + 0.4 + 1 / 9),
        (100, 50, 0.98, 1.0),
        (0, 50, 0.0, 0.02),
    ],
)
def test_the_band_is_four_standard_deviations_and_one_answer(
    weight: int, answers: int, low: float, high: float
) -> None:
    band = band_for(weight, answers)
    assert (band.low, band.high) == pytest.approx((low, high))


def test_without_answers_nothing_can_be_said() -> None:
    assert band_for(50, 0) == Band(0.0, 1.0)


def test_a_band_holds_its_ends_and_nothing_beyond() -> None:
    band = Band(0.25, 0.5)
    assert band.holds(0.25)
    assert band.holds(0.5)
    assert not band.holds(math.nextafter(0.25, 0))
    assert not band.holds(math.nextafter(0.5, 1))


@pytest.mark.parametrize(
    ("values", "percent", "expected"),
    [
        ([], 95, None),
        ([7.0], 0, 7.0),
        ([7.0], 95, 7.0),
        ([1.0, 2.0], 50, 1.5),
        ([1.0, 2.0, 3.0, 4.0, 5.0], 50, 3.0),
        ([1.0, 2.0, 3.0, 4.0, 5.0], 100, 5.0),
        ([1.0, 2.0, 3.0, 4.0, 5.0], 95, 4.8),
        ([float(n) for n in range(101)], 95, 95.0),
        ([0.0, 0.0, 0.0, 100.0], 90, 70.0),
    ],
)
def test_a_percentile_is_interpolated(values: list[float], percent: float, expected: float | None) -> None:
    assert percentile(values, percent) == (expected if expected is None else pytest.approx(expected))


def test_the_share_is_of_all_requests_of_all_sides() -> None:
    seconds = [second(1, "ecs", 60), second(1, "lambda", 30), second(2, "lambda", 10), second(2, "none", 100)]
    assert share_of(seconds, "lambda") == 0.2
    assert share_of(seconds, "ecs") == 0.3


def test_without_requests_there_is_no_share() -> None:
    assert share_of([], "lambda") == 0.0
    assert share_of([second(1, "lambda", 0)], "lambda") == 0.0


def test_a_sides_sums_are_its_own() -> None:
    seconds = [
        second(1, "lambda", 3, errors=1, wrong=1, latencies_ms=[30.0, 10.0, 20.0]),
        second(1, "ecs", 50, errors=5, latencies_ms=[900.0] * 50),
        second(2, "lambda", 2, wrong=1, latencies_ms=[50.0, 40.0]),
    ]
    stats = side_stats(iter(seconds), "lambda")
    assert (stats.requests, stats.errors, stats.wrong) == (5, 1, 2)
    assert (stats.p50_ms, stats.p95_ms) == (30.0, 48.0)
    assert stats.error_rate == 0.6


def test_a_side_without_requests_has_no_percentile_and_no_error_rate() -> None:
    stats = side_stats([second(1, "ecs", 5)], "lambda")
    assert (stats.requests, stats.p50_ms, stats.p95_ms, stats.error_rate) == (0, None, None, 0.0)
