"""What the clients saw while a step was in force: shares, errors, percentiles, and what chance allows. Pure."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from cutover.rehearsal.traffic import Second

SIGMAS = 4.0  # once in 16,000 rehearsals by chance alone


@dataclass(frozen=True, slots=True)
class SideStats:
    """One side during one step. `p95_ms` is None without requests."""

    requests: int
    errors: int
    wrong: int
    p50_ms: float | None
    p95_ms: float | None

    @property
    def error_rate(self) -> float:
        """Errors and wrong answers over requests; 0 without requests."""
        return (self.errors + self.wrong) / self.requests if self.requests else 0.0


@dataclass(frozen=True, slots=True)
class Band:
    """Where chance lets the share of requests lie."""

    low: float
    high: float

    def holds(self, share: float) -> bool:
        """Whether the share lies in it."""
        return self.low <= share <= self.high


def side_stats(seconds: Iterable[Second], side: str) -> SideStats:
    """The sums over these seconds of one side."""
    mine = [second for second in seconds if second.side == side]
    latencies = sorted(latency for second in mine for latency in second.latencies_ms)
    return SideStats(
        requests=sum(second.requests for second in mine),
        errors=sum(second.errors for second in mine),
        wrong=sum(second.wrong for second in mine),
        p50_ms=percentile(latencies, 50),
        p95_ms=percentile(latencies, 95),
    )


def share_of(seconds: Sequence[Second], side: str) -> float:
    """The side's share of the requests; 0 without any."""
    total = sum(second.requests for second in seconds)
    return sum(second.requests for second in seconds if second.side == side) / total if total else 0.0


def band_for(weight: int, answers: int) -> Band:
    """Where the share of requests may lie when `answers` DNS answers were drawn with this weight (percent).

    A client sends what it asks in the answer's lifetime to one side, so the answers are the independent draws, not
    the requests. One answer more or less at either end is allowed for steps of the clock.
    """
    p = weight / 100
    if answers == 0:
        return Band(0.0, 1.0)
    wander = SIGMAS * math.sqrt(p * (1 - p) / answers) + 1 / answers
    return Band(max(0.0, p - wander), min(1.0, p + wander))


def percentile(ordered: Sequence[float], percent: float) -> float | None:
    """The percentile of ordered values, interpolated; None without values."""
    if not ordered:
        return None
    at = (len(ordered) - 1) * percent / 100
    low = int(at)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (at - low)
