"""What the error gate sees and how long it would take: counts, bounds, the sequential test, the time to decide."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from cutover.core.error_test import ErrorTest
from cutover.core.models import Burst, Evidence, Limits, Side, Step
from cutover.core.sequential import Odds
from cutover.core.spans import outside, touched
from cutover.core.stats import Tally, wilson
from cutover.core.watching import watch

# Error rates that a time to decide is told for: an outage, a broken route, a slow leak.
RATES = (1.0, 0.2, 0.05)
# More requests than this are not looked for: at 23 a minute it would be a month.
MOST_REQUESTS = 1_000_000


@dataclass(frozen=True, slots=True)
class Seen:
    """One side's errors as the gate weighs them; `low` and `high` bound its true rate, widened for bursts."""

    side: Side
    minutes: int
    requests: int
    errors: int
    low: float
    high: float
    score: float
    threshold: float
    usual: float
    bad: float
    requests_to_pass: int | None  # at the rate seen so far; None: not at that rate

    @property
    def rate(self) -> float | None:
        """The point rate; None of no requests."""
        return self.errors / self.requests if self.requests else None


@dataclass(frozen=True, slots=True)
class Pace:
    """Lambda's requests a minute at one share, and the minutes to find each of RATES; None: it would not."""

    share: int
    per_minute: float
    minutes: tuple[int | None, ...]


@dataclass(frozen=True, slots=True)
class Explanation:
    """Everything that the error gate decides from, and the paces of the live share and of the ladder's.

    `left_out` counts the minutes of load tests on production, which are no evidence.
    """

    burst: Burst
    client_burst: Burst
    seen: tuple[Seen, ...]
    paces: tuple[Pace, ...]
    left_out: int = 0


def explain(evidence: Evidence, steps: Sequence[Step], limits: Limits) -> Explanation:
    """The explanation of this evidence."""
    tests = watch(evidence, limits)
    asked = {Side.SERVERLESS: evidence.weights.serverless, Side.ECS: evidence.weights.ecs}
    by_side = {Side.SERVERLESS: tests.serverless, Side.ECS: tests.ecs}
    seen = tuple(_seen(side, by_side[side], evidence, limits) for side, weight in asked.items() if weight)
    shares = sorted({*(step.weight for step in steps), evidence.weights.serverless} - {0})
    total = sum(_per_minute(evidence, side) for side in Side)
    paces = tuple(_pace(share, total * share / 100, evidence.burst.phi, limits) for share in shares) if total else ()
    left_out = sum(touched(minute.start, evidence.loads) for minute in evidence.serverless.minutes)
    return Explanation(evidence.burst, evidence.client_burst, seen, paces, left_out)


def minutes_to_find(rate: float, per_minute: float, threshold: float, odds: Odds) -> int | None:
    """How long errors at that rate take, on the average, from a quiet beginning; None if they never would."""
    drift = per_minute * (rate * odds.per_error - odds.per_request)
    return math.ceil(threshold / drift) if drift > 0 else None


def requests_to_pass(rate: float, phi: float, limits: Limits) -> int | None:
    """The fewest requests at that rate whose upper bound is under the pass limit; None if no number would do."""
    low, high = 1, MOST_REQUESTS
    if not _passes(rate, high, phi, limits):
        return None
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if _passes(rate, middle, phi, limits) else (middle + 1, high)
    return low


def _passes(rate: float, requests: int, phi: float, limits: Limits) -> bool:
    return wilson(rate * requests, requests, limits.confidence_z, phi)[1] < limits.pass_error_rate


def _seen(side: Side, test: ErrorTest, evidence: Evidence, limits: Limits) -> Seen:
    minutes, phi = evidence.of(side).minutes, evidence.burst.phi
    errors, requests = Tally(outside(minutes, evidence.loads)).whole()
    low, high = wilson(errors, requests, limits.confidence_z, phi)
    return Seen(
        side=side,
        minutes=len(minutes),
        requests=requests,
        errors=errors,
        low=low,
        high=high,
        score=test.cusum.value,
        threshold=test.cusum.threshold,
        usual=test.usual,
        bad=Odds.bad(test.usual, limits.error_ratio),
        requests_to_pass=requests_to_pass(errors / requests if requests else 0.0, phi, limits),
    )


def _pace(share: int, per_minute: float, phi: float, limits: Limits) -> Pace:
    odds = Odds.between(limits.pass_error_rate, limits.error_ratio)
    threshold = limits.error_evidence * phi
    return Pace(share, per_minute, tuple(minutes_to_find(rate, per_minute, threshold, odds) for rate in RATES))


def _per_minute(evidence: Evidence, side: Side) -> float:
    known = [m.requests for m in evidence.of(side).minutes if m.requests is not None]
    return sum(known) / len(known) if known else 0.0
