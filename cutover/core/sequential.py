"""A sequential test on errors and requests, minute by minute, that stays right however often it is looked at."""

import math
from dataclasses import dataclass
from typing import Self

# An alarm is forgotten after so much good traffic as outweighs one more threshold, however bad it was: about 290
# requests without an error at 1% against 4%.
CEILING = 2.0


@dataclass(frozen=True, slots=True)
class Odds:
    """How much an error speaks for `bad` against `usual`, and how much a request speaks against it (natural logs)."""

    per_error: float
    per_request: float

    @classmethod
    def between(cls, usual: float, ratio: float) -> Self:
        """A rate against `ratio` times that, or half way to 1 where that is nearer; a usual rate of 1 says nothing."""
        if usual >= 1.0:
            return cls(0.0, 0.0)
        bad = cls.bad(usual, ratio)
        per_request = math.log((1.0 - usual) / (1.0 - bad))
        return cls(math.log(bad / usual) + per_request, per_request)

    @staticmethod
    def bad(usual: float, ratio: float) -> float:
        """The rate that a usual one is weighed against."""
        return min(ratio * usual, (1.0 + usual) / 2)

    def score(self, requests: int, errors: int) -> float:
        """The log-likelihood ratio of these counts: positive speaks for the bad rate."""
        return self.per_error * errors - self.per_request * requests


def surprise(errors: int, requests: int, usual: float) -> float:
    """How much these counts speak for their own rate against `usual` (natural log); 0 unless the rate is above it."""
    if not requests or errors <= usual * requests:
        return 0.0
    good = requests - errors
    weight = errors * math.log(errors / (usual * requests))
    return weight + (good * math.log(good / ((1.0 - usual) * requests)) if good else 0.0)


class Cusum:
    """The running sum of scores, never below zero; at the threshold it alarms. `start`: its first minute."""

    __slots__ = ("_ceiling", "length", "start", "threshold", "value")

    def __init__(self, threshold: float) -> None:
        self.threshold, self._ceiling = threshold, CEILING * threshold
        self.value, self.start, self.length = 0.0, 0, 0

    def add(self, score: float) -> None:
        """One more minute."""
        self.length += 1
        value = self.value + score
        if value <= 0.0:
            self.value, self.start = 0.0, self.length
        else:
            self.value = min(value, self._ceiling)

    @property
    def alarmed(self) -> bool:
        """Whether it is over the threshold now."""
        return self.value >= self.threshold
