"""Simulated minutes, and what the judge's own test and two plain rules make of them. Seeded; standard library only.

Requests come at 23 a minute (a tenth of 10 million a month), errors in clumps of the same size. The burst is not told:
it is estimated from a day of ECS's minutes that are simulated in the same way, nine times as dense.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import accumulate
from random import Random
from statistics import median

from cutover.core.burst import estimate
from cutover.core.error_test import ErrorTest
from cutover.core.models import Limits

CANARY, ECS = 23.15, 208.3  # requests a minute
BAKE_MINUTES = 48 * 60
HISTORY_MINUTES = 24 * 60
WARM_MINUTES = 60
PATIENCE_MINUTES = 600
CLUMPS = (1, 3, 5)
HEALTHY, BORDERLINE = 0.005, 0.01
TROUBLES = (1.0, 0.2, 0.05)
RULES = ("sequential", "per-minute", "three-in-a-row")
LIMITS = Limits()
Counts = tuple[int, int]  # requests, errors


@dataclass(frozen=True, slots=True)
class Fate:
    """Of each rule in RULES: runs that it rolled back."""

    runs: int
    rolled_back: tuple[int, ...]

    def part(self, rule: int = 0) -> float:
        """As a fraction of the runs."""
        return self.rolled_back[rule] / self.runs


def false_rollbacks(rate: float, clump: int, runs: int, seed: int) -> Fate:
    """48-hour runs at that true error rate, in which nothing changes."""
    outcomes = [_run(rate, clump, seeded(f"{seed} {rate} {clump} {run}")) for run in range(runs)]
    return Fate(runs, tuple(sum(outcome[rule] for outcome in outcomes) for rule in range(len(RULES))))


def minutes_to_find(trouble: float, clump: int, runs: int, seed: int) -> tuple[float, ...]:
    """The median minutes until each rule in RULES alarms, when a healthy hour turns into that rate of errors."""
    found = [_finding(trouble, clump, seeded(f"{seed} {trouble} {clump} {run}")) for run in range(runs)]
    return tuple(median(times[rule] for times in found) for rule in range(len(RULES)))


def sampling_error(part: float, runs: int) -> float:
    """The standard error of a fraction found in so many runs."""
    return math.sqrt(part * (1 - part) / runs)


def seeded(seed: object) -> Random:
    """A generator that gives the same numbers for the same seed."""
    return Random(str(seed))  # noqa: S311 - simulations have to be repeatable


def minutes(rng: Random, length: int, per_minute: float, rate: float, clump: int) -> list[Counts]:
    """So many minutes: requests by a Poisson distribution, clumps of errors at random times."""
    population, weights = _poisson(per_minute)
    requests = rng.choices(population, cum_weights=weights, k=length)
    if rate >= 1:
        return [(n, n) for n in requests]
    errors, clumps_a_minute = [0] * length, per_minute * rate / clump
    time = rng.expovariate(clumps_a_minute)
    while time < length:
        errors[int(time)] += clump
        time += rng.expovariate(clumps_a_minute)
    return [(n, min(n, x)) for n, x in zip(requests, errors, strict=True)]


def estimated_burst(rng: Random, rate: float, clump: int) -> float:
    """What the judge would estimate from the day before."""
    return estimate(minutes(rng, HISTORY_MINUTES, ECS, rate, clump), LIMITS.most_burst).phi


def _run(rate: float, clump: int, rng: Random) -> tuple[bool, ...]:
    phi = estimated_burst(rng, rate, clump)
    run = minutes(rng, BAKE_MINUTES, CANARY, rate, clump)
    return tuple(next(times, None) is not None for times in _alarms(run, phi))


def _finding(trouble: float, clump: int, rng: Random) -> tuple[int, ...]:
    phi = estimated_burst(rng, HEALTHY, clump)
    before = minutes(rng, WARM_MINUTES, CANARY, HEALTHY, clump)
    after = minutes(rng, PATIENCE_MINUTES, CANARY, trouble, clump)
    firsts = (_first(times) for times in _alarms([*before, *after], phi))
    return tuple(first - WARM_MINUTES for first in firsts)


def _first(times: Iterator[int]) -> int:
    """The first alarm in the troubled part; one that is never found counts as the longest."""
    return next((time for time in times if time > WARM_MINUTES), WARM_MINUTES + PATIENCE_MINUTES)


def _alarms(run: Sequence[Counts], phi: float) -> tuple[Iterator[int], ...]:
    return _sequential(run, phi), _plain(run, 1), _plain(run, 3)


def _sequential(run: Sequence[Counts], phi: float) -> Iterator[int]:
    test = ErrorTest(LIMITS, phi, LIMITS.pass_error_rate)
    for minute, (requests, errors) in enumerate(run, start=1):
        test.add(requests, errors)
        if errors and test.alarm:  # it can't begin to alarm in a minute without errors
            yield minute


def _plain(run: Sequence[Counts], in_a_row: int) -> Iterator[int]:
    row = 0
    for minute, (requests, errors) in enumerate(run, start=1):
        row = row + 1 if errors > LIMITS.fail_error_rate * requests else 0
        if row >= in_a_row:
            yield minute


@cache
def _poisson(mean: float) -> tuple[Sequence[int], Sequence[float]]:
    """Numbers and their cumulative probabilities."""
    numbers = range(int(mean + 10 * math.sqrt(mean) + 10))
    return numbers, list(accumulate(math.exp(n * math.log(mean) - mean - math.lgamma(n + 1)) for n in numbers))
