"""The sequential test of one side's errors, which the judge, the simulation and the backtest all ask."""

from dataclasses import dataclass

from cutover.core.models import Limits
from cutover.core.sequential import Cusum, Odds, surprise

# From this part of the threshold on, nothing is raised: a healthy side (0.5 %) is there about once a week.
SUSPICION = 0.5


@dataclass(frozen=True, slots=True)
class Stretch:
    """Minutes that speak for trouble: how many, what they hold, and how much they say (natural log of the odds)."""

    minutes: int
    requests: int
    errors: int
    score: float
    is_newest: bool = False

    @property
    def rate(self) -> float:
        """The point rate; 0 of no requests."""
        return self.errors / self.requests if self.requests else 0.0


class ErrorTest:
    """Fed minute by minute. `usual`: the rate that is still no trouble; `phi`: how bursty errors are.

    Two questions, with one threshold: is there a newest stretch that speaks for `error_ratio` times the usual rate (the
    CUSUM: sudden trouble, however long the past was healthy), and does the whole, once there are `min_requests`, speak
    for its own rate (trouble that was always there). Either fails only with a point rate over `fail_error_rate`.
    """

    __slots__ = (
        "_errors",
        "_fail",
        "_min_requests",
        "_minutes",
        "_odds",
        "_ratio",
        "_requests",
        "_sums",
        "cusum",
        "usual",
    )

    def __init__(self, limits: Limits, phi: float, usual: float) -> None:
        self.usual, self._ratio = usual, limits.error_ratio
        self._fail, self._min_requests = limits.fail_error_rate, limits.min_requests
        self._odds = Odds.between(usual, limits.error_ratio)
        self.cusum = Cusum(limits.error_evidence * phi)
        self._minutes = self._requests = self._errors = 0
        self._sums = [0, 0]  # requests and errors of the CUSUM's stretch

    def add(self, requests: int, errors: int, excused: float = 0.0) -> None:
        """One more minute. `excused`: up to this rate errors have another cause; then the whole leaves it out."""
        if excused <= self.usual:
            self._minutes, self._requests = self._minutes + 1, self._requests + requests
            self._errors += errors
            score = self._odds.score(requests, errors)
        else:
            score = Odds.between(excused, self._ratio).score(requests, errors)
        self.cusum.add(score)
        if self.cusum.value > 0.0:
            self._sums[0] += requests
            self._sums[1] += errors
        else:
            self._sums = [0, 0]

    @property
    def newest(self) -> Stretch:
        """The CUSUM's stretch: since it was last at zero."""
        return Stretch(
            self.cusum.length - self.cusum.start, self._sums[0], self._sums[1], self.cusum.value, is_newest=True
        )

    @property
    def whole(self) -> Stretch:
        """Every minute that is not excused."""
        score = surprise(self._errors, self._requests, self.usual)
        return Stretch(self._minutes, self._requests, self._errors, score)

    @property
    def sudden(self) -> Stretch | None:
        """The newest stretch, if it fails."""
        return self.newest if self.cusum.alarmed and self.newest.rate > self._fail else None

    @property
    def alarm(self) -> Stretch | None:
        """The stretch that fails, if one does."""
        if sudden := self.sudden:
            return sudden
        is_over = self._errors > self._fail * self._requests and self._requests >= self._min_requests
        return self.whole if is_over and self.whole.score >= self.cusum.threshold else None

    @property
    def is_suspicious(self) -> bool:
        """Whether the newest stretch says half of what an alarm takes."""
        return self.cusum.value >= SUSPICION * self.cusum.threshold
