"""A canary's share of real minutes, drawn so that bursts stay bursts, and trouble put into them; repeatable."""

import math
from collections.abc import Iterable, Sequence
from random import Random

from cutover.core.models import Minute

# From this variance on the normal distribution is close enough to the binomial one, and far quicker.
NORMAL_FROM = 9.0


def split(minutes: Sequence[Minute], share: float, clump: int, rng: Random) -> tuple[list[Minute], list[Minute]]:
    """The minutes of a side with that share of the requests, and what is left to the other.

    Errors go by whole clumps, so that the small side's are as bursty as the large one's. Minutes without data stay so.
    """
    pairs = [_split(minute, share, clump, rng) for minute in minutes]
    return [mine for mine, _ in pairs], [theirs for _, theirs in pairs]


def troubled(minutes: Sequence[Minute], rate: float, clump: int, rng: Random) -> Iterable[Minute]:
    """The minutes with so many of their requests failing, in clumps, on top of what failed already."""
    for minute in minutes:
        requests = minute.requests or 0
        failing = requests if rate >= 1 else clump * _poisson(requests * rate / clump, rng)
        yield _counted(minute, requests, min(requests, failing + (minute.errors or 0)))


def _split(minute: Minute, share: float, clump: int, rng: Random) -> tuple[Minute, Minute]:
    if minute.requests is None:
        return minute, minute
    requests, errors = minute.requests, min(minute.errors or 0, minute.requests)
    clumps = [clump] * (errors // clump) + ([errors % clump] if errors % clump else [])
    failed = sum(size for size in clumps if rng.random() < share)
    good = _binomial(requests - errors, share, rng)
    return (
        _counted(minute, good + failed, failed),
        _counted(minute, requests - good - failed, errors - failed),
    )


def _counted(minute: Minute, requests: int, errors: int) -> Minute:
    return Minute(minute.start, requests, errors, 0)


def _binomial(number: int, share: float, rng: Random) -> int:
    variance = number * share * (1 - share)
    if variance >= NORMAL_FROM:
        return min(number, max(0, round(rng.gauss(number * share, math.sqrt(variance)))))
    return sum(rng.random() < share for _ in range(number))


def _poisson(mean: float, rng: Random) -> int:
    number, time = 0, rng.expovariate(1.0)
    while time < mean:
        number, time = number + 1, time + rng.expovariate(1.0)
    return number
