"""The bake clock: which minutes of a step count, and whether they are enough."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from cutover.core.errors_gate import LOOKS, Look
from cutover.core.models import MINUTE, Evidence, Judgement, Limits, Side, SideEvidence, Step, Verdict
from cutover.core.stats import Tally, wilson
from cutover.core.traffic_gates import SHARE_MINUTES, comparable, tolerance

# How far back a minute is judged by; a short incident costs the bake this long, and no more.
LOOKS_BACK = tuple(length for length in LOOKS if length <= SHARE_MINUTES)


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
    passed = judgement.verdict is Verdict.PASS
    return BakeClock(
        clock.counted_minutes, clock.required_minutes, requests, step.min_requests, clock.enough and passed
    )


def counted(evidence: Evidence, limits: Limits) -> list[bool]:
    """For each minute: is it complete on both sides, and was nothing failing or held at that time?"""
    asked = {Side.ECS: evidence.weights.ecs, Side.SERVERLESS: evidence.weights.serverless}
    counts = [True] * len(evidence.serverless.minutes)
    for side, weight in asked.items():
        if weight:
            counts = _both(counts, _with_data(evidence.of(side)))
    ecs, serverless = Tally(evidence.ecs.minutes), Tally(evidence.serverless.minutes)
    counts = _both(counts, [not _above(serverless, end, limits) for end in range(1, serverless.minutes + 1)])
    counts = _both(counts, [not _failing(ecs, end, limits) for end in range(1, ecs.minutes + 1)])
    return _both(_both(counts, _fast(evidence.serverless, limits)), _shared(evidence, limits))


def _both(one: Sequence[bool], other: Sequence[bool]) -> list[bool]:
    return [a and b for a, b in zip(one, other, strict=True)]


def _with_data(side: SideEvidence) -> list[bool]:
    return [minute.requests is not None for minute in side.minutes]


def _above(tally: Tally, end: int, limits: Limits) -> bool:
    """Whether some look back from that minute is above the pass limit beyond chance: failing, or in the band."""
    for length in LOOKS_BACK:
        errors, requests = tally.span(end, length)
        if requests < limits.min_requests or errors <= limits.pass_error_rate * requests:
            continue
        if wilson(errors, requests, limits.confidence_z)[0] > limits.pass_error_rate:
            return True
    return False


def _failing(tally: Tally, end: int, limits: Limits) -> bool:
    return any(Look(length, *tally.span(end, length), whole=False).fails(limits) for length in LOOKS_BACK)


def _fast(side: SideEvidence, limits: Limits) -> list[bool]:
    slow = {
        window.start + MINUTE * i
        for window in side.windows
        if window.samples >= limits.p95_min_samples and (window.p95_ms or 0.0) >= limits.pass_p95_ms
        for i in range(window.length // MINUTE)
    }
    return [minute.start not in slow for minute in side.minutes]


def _shared(evidence: Evidence, limits: Limits) -> list[bool]:
    asked = evidence.weights.serverless / 100
    ecs, serverless = comparable(evidence)
    within = []
    for end in range(1, ecs.minutes + 1):
        mine = serverless.span(end, SHARE_MINUTES)[1]
        total = mine + ecs.span(end, SHARE_MINUTES)[1]
        within.append(total == 0 or abs(mine / total - asked) <= tolerance(evidence.weights, total, limits))
    return within
