"""The bake clock: which minutes of a step count, and whether they are enough."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime

from cutover.core.models import MINUTE, Evidence, Judgement, LatencyWindow, Limits, Minute, Side, Step, Verdict
from cutover.core.spans import touched
from cutover.core.stats import Tally, wilson
from cutover.core.traffic_gates import SHARE_MINUTES, comparable, tolerance
from cutover.core.watching import watch


@dataclass(frozen=True, slots=True)
class BakeClock:
    """How far a step's bake is: counted minutes and Lambda's requests in them, and what the step asks for."""

    counted_minutes: int
    required_minutes: int
    requests: int
    required_requests: int
    complete: bool  # enough of both, and the gates pass over the whole bake

    @property
    def enough(self) -> bool:
        """Whether time and requests are there, whatever the gates say."""
        return self.counted_minutes >= self.required_minutes and self.requests >= self.required_requests

    @property
    def minutes_left(self) -> int | None:
        """How long it takes at least if every minute counts and requests keep their rate; None at no requests."""
        minutes = max(0, self.required_minutes - self.counted_minutes)
        missing = self.required_requests - self.requests
        if missing <= 0:
            return minutes
        if not self.requests:
            return None
        return max(minutes, -(-missing * self.counted_minutes // self.requests))

    def plain(self) -> dict[str, int | bool]:
        """The clock as plain JSON values."""
        return asdict(self)

    @property
    def part(self) -> float:
        """How much of the bake is done, from 0 to 1: the smaller of its two parts."""
        done = [self.counted_minutes / self.required_minutes if self.required_minutes else 1.0]
        done += [self.requests / self.required_requests] if self.required_requests else []
        return min(1.0, *done)


def bake_clock(evidence: Evidence, judgement: Judgement, step: Step, limits: Limits) -> BakeClock:
    """The clock over the whole evidence of a bake. Held for lack of samples, a minute still counts."""
    counting = counted(evidence, limits)
    requests = sum(
        minute.requests or 0 for minute, counts in zip(evidence.serverless.minutes, counting, strict=True) if counts
    )
    clock = BakeClock(sum(counting), -(-step.bake // MINUTE), requests, step.min_requests, complete=False)
    return replace(clock, complete=clock.enough and judgement.verdict is Verdict.PASS)


def counted(evidence: Evidence, limits: Limits) -> list[bool]:
    """For each minute: is it complete on both sides, outside load tests, and was nothing failing or held then?"""
    asked = {Side.ECS: evidence.weights.ecs, Side.SERVERLESS: evidence.weights.serverless}
    with_traffic = [evidence.of(side) for side, weight in asked.items() if weight]
    reasons = [
        *([minute.requests is None for minute in side.minutes] for side in with_traffic),
        watch(evidence, limits).troubled,
        _above(evidence, limits),
        _throttled(evidence.serverless.minutes, limits),
        _in(evidence, _slow(evidence.serverless.windows, limits.pass_p95_ms, limits.p95_min_samples)),
        _in(evidence, _slow(evidence.serverless.borrows, limits.pass_borrow_ms)),
        _elsewhere(evidence, limits),
        [bool(evidence.loads) and touched(minute.start, evidence.loads) for minute in evidence.serverless.minutes],
    ]
    return [not any(against) for against in zip(*reasons, strict=True)]


def _above(evidence: Evidence, limits: Limits) -> list[bool]:
    """Whether the minutes before were above the pass limit beyond chance: in the band, at least."""
    tally, z, phi = Tally(evidence.serverless.minutes), limits.confidence_z, evidence.burst.phi
    above = []
    for end in range(1, tally.minutes + 1):
        errors, requests = tally.span(end, limits.band_minutes)
        is_more = requests >= limits.min_requests and errors > limits.pass_error_rate * requests
        above.append(is_more and wilson(errors, requests, z, phi)[0] > limits.pass_error_rate)
    return above


def _throttled(minutes: Sequence[Minute], limits: Limits) -> list[bool]:
    """Whether Lambda refused an invocation in the minutes before."""
    left, throttled = 0, []
    for minute in minutes:
        left = limits.throttle_minutes if minute.throttles else max(0, left - 1)
        throttled.append(left > 0)
    return throttled


def _slow(windows: Sequence[LatencyWindow], limit_ms: float, min_samples: int = 0) -> set[datetime]:
    """The minutes of the windows that are not under that limit."""
    return {
        window.start + MINUTE * i
        for window in windows
        if window.samples >= min_samples and (window.p95_ms or 0.0) >= limit_ms
        for i in range(window.length // MINUTE)
    }


def _in(evidence: Evidence, times: set[datetime]) -> list[bool]:
    return [minute.start in times for minute in evidence.serverless.minutes]


def _elsewhere(evidence: Evidence, limits: Limits) -> list[bool]:
    """Whether the traffic of the minutes before was not where the weights say."""
    asked = evidence.weights.serverless / 100
    ecs, serverless = comparable(evidence)
    elsewhere = []
    for end in range(1, ecs.minutes + 1):
        mine = serverless.span(end, SHARE_MINUTES)[1]
        total = mine + ecs.span(end, SHARE_MINUTES)[1]
        elsewhere.append(total > 0 and abs(mine / total - asked) > tolerance(evidence.weights, total, limits))
    return elsewhere
