"""The burst of ECS's errors: 1 when they come singly, the size of the clumps otherwise, whatever else happens."""

import math

import pytest

from cutover.core.burst import burst_of, client_burst_of, estimate
from cutover.core.models import Minute
from tests.benchmarks.gates.simulation import ECS, HISTORY_MINUTES, Counts, minutes, seeded
from tests.unit.cutover.core.evidence import START, side

MOST = 10.0


def day(clump: int, rate: float = 0.005, per_minute: float = ECS, seed: int = 7) -> list[Counts]:
    """A day of ECS with errors in clumps of that size."""
    return minutes(seeded(seed), HISTORY_MINUTES, per_minute, rate, clump)


@pytest.mark.parametrize(("clump", "low", "high"), [(1, 1.0, 1.3), (3, 2.6, 3.8), (5, 4.4, 6.5)])
def test_it_is_the_size_of_the_clumps(clump: int, low: float, high: float) -> None:
    assert low <= estimate(day(clump), MOST).phi <= high


@pytest.mark.parametrize("clump", [1, 3])
def test_an_incident_of_hours_does_not_blow_it_up(clump: int) -> None:
    healthy = day(clump)
    sick = [(n, n // 2) if 300 <= i < 480 else (n, x) for i, (n, x) in enumerate(healthy)]

    assert estimate(sick, MOST).phi == pytest.approx(estimate(healthy, MOST).phi, rel=0.15)


def test_the_rhythm_of_the_day_does_not_blow_it_up() -> None:
    rng, rhythm = seeded(3), []
    for hour in range(24):
        traffic = 2000 * (1 + 0.8 * math.sin(hour * math.pi / 12))
        rhythm += minutes(rng, 60, traffic, 0.01, 1)
    errors = [x for _, x in rhythm]
    mean = sum(errors) / len(errors)
    plain = sum((x - mean) ** 2 for x in errors) / len(errors) / mean

    assert plain > 5
    assert estimate(rhythm, MOST).phi < 1.4


def test_few_errors_tell_nothing_and_say_so() -> None:
    few = estimate([(200, 0)] * 1400 + [(200, 9)], MOST)

    assert (few.phi, few.minutes) == (1.0, 0)
    assert few.source == "9 errors in 1 401 minutes of ECS, too few to tell a burst"


def test_nothing_tells_nothing() -> None:
    assert estimate([], MOST).source == "nothing is known of ECS's errors"
    assert burst_of(side([(None, 0)] * 90).minutes, MOST).phi == 1.0


def test_errors_that_come_too_regularly_are_single_ones() -> None:
    regular = estimate([(200, 1)] * 120, MOST)

    assert regular.phi == 1.0
    assert regular.source.endswith("which come singly")


def test_a_huge_burst_is_cut_and_says_so() -> None:
    huge = estimate([(200, 100 if i % 30 == 0 else 0) for i in range(240)], MOST)

    assert huge.phi == MOST
    assert huge.source.endswith("which say 100.0; 10 is the most that is allowed for")


def test_4xx_have_a_burst_of_their_own() -> None:
    clumps = [Minute(START, 200, 0, 12 if i % 6 == 0 else 0) for i in range(240)]

    assert client_burst_of(clumps, 100.0).phi > 8
    assert burst_of(clumps, 100.0).minutes == 0
