"""Both sides' sequential tests over one interval: when ECS is in trouble itself, Lambda must be worse than that."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from cutover.core.error_test import ErrorTest, Stretch
from cutover.core.excess import Excess, excess
from cutover.core.models import Evidence, Limits, Minute
from cutover.core.sequential import Cusum, Odds
from cutover.core.spans import without
from cutover.core.stats import Tally, wilson

# Both sides fail alike when ECS's rate is at least this part of Lambda's: a shared database is down, not Lambda.
ALIKE = 0.5
# ECS's trouble is taken as such at this part of what would roll Lambda back: its minutes only excuse.
EXCUSING = 1 / 3
# Where ECS has over the pass limit and no trouble beyond that, this part of the evidence is enough.
WORSE = 1 / 3
# So long after a trouble of ECS's, one of Lambda's that begins may still be the same, that comes and goes.
RECENT_MINUTES = 60
# No rate above this is usual, whatever ECS does.
MOST_USUAL = 0.25


@dataclass(frozen=True, slots=True)
class Watch:
    """The tests at the end of the interval, and for each minute whether the sides were in trouble then.

    `plain` is Lambda's test as if ECS were healthy: when it alarms and neither `serverless` nor `excess` does, the
    cause is common. `excess` is what Lambda has beyond being ALIKE since ECS's trouble that is under way began.
    `excused` are the minutes of ECS's own trouble. ECS's and Lambda's sums without them are `calm`, with them `sums`.
    """

    ecs: ErrorTest
    serverless: ErrorTest
    plain: ErrorTest
    excess: Excess
    troubled: tuple[bool, ...]
    excused: tuple[bool, ...]
    calm: tuple[Tally, Tally]
    sums: tuple[Tally, Tally]

    def is_shared(self, alarm: Stretch, limits: Limits) -> bool:
        """Whether ECS has or just had trouble too, and Lambda is not shown to have more than ALIKE allows.

        At an even split Lambda's test may well be the first of the two to see what both suffer from, and what comes
        and goes on ECS comes and goes on Lambda at other minutes.
        """
        length = alarm.minutes if alarm.is_newest else len(self.excused)
        ecs, serverless = (tally.newest(length) for tally in self.calm)
        was_ill = any(self.excused[-max(length, RECENT_MINUTES) :])
        if ecs[0] <= limits.pass_error_rate * ecs[1] and not was_ill:
            return False
        if not ecs[1]:
            ecs, serverless = (tally.newest(length) for tally in self.sums)
        enough = self.excess.threshold * (1.0 if was_ill else WORSE)
        return ecs[1] > 0 and excess(serverless[::-1], ecs[::-1], 1 / ALIKE) < enough


def watch(evidence: Evidence, limits: Limits) -> Watch:
    """Feed every minute of both sides, once."""
    phi = evidence.burst.phi
    trouble = ecs_trouble(evidence.ecs.minutes, limits, phi) if evidence.weights.ecs else []
    excuses = [rate / ALIKE for rate in trouble] or [0.0] * len(evidence.serverless.minutes)
    excused = tuple(rate > 0.0 for rate in excuses)
    sides = (evidence.ecs.minutes if evidence.weights.ecs else (), evidence.serverless.minutes)
    calm = (Tally(without(sides[0], excused)), Tally(without(sides[1], excused)))
    ecs = ErrorTest(limits, phi, limits.pass_error_rate)
    serverless = ErrorTest(limits, phi, _usual(calm[0], limits, phi))
    is_plain = not any(excused) and serverless.usual == limits.pass_error_rate
    plain = serverless if is_plain else ErrorTest(limits, phi, limits.pass_error_rate)
    beyond, troubled = Excess(1 / ALIKE, limits.error_evidence * phi), []
    for one, other, excuse in zip(evidence.ecs.minutes, evidence.serverless.minutes, excuses, strict=True):
        ecs.add(*_counts(one))
        serverless.add(*_counts(other), excuse)
        if not is_plain:
            plain.add(*_counts(other))
        if excuse:
            beyond.add(_counts(other), _counts(one))
        else:
            beyond.end()
        troubled.append(serverless.is_suspicious or plain.cusum.alarmed or ecs.cusum.alarmed or beyond.alarmed)
    sums = (Tally(sides[0]), Tally(sides[1])) if any(excused) else calm
    return Watch(ecs, serverless, plain, beyond, tuple(troubled), excused, calm, sums)


def ecs_trouble(minutes: Sequence[Minute], limits: Limits, phi: float) -> list[float]:
    """For each minute the most that ECS's error rate may be in the trouble that it was part of; 0 outside any."""
    rates = [0.0] * len(minutes)
    tally = Tally(minutes)
    for start, end in _spans(minutes, limits, phi):
        errors, requests = tally.span(end, end - start)
        rates[start:end] = [wilson(errors, requests, limits.confidence_z, phi)[1]] * (end - start)
    return rates


def _spans(minutes: Sequence[Minute], limits: Limits, phi: float) -> Iterator[tuple[int, int]]:
    """[start, end) of every stretch with an alarm, from where it began to the last minute that alarms."""
    cusum = Cusum(EXCUSING * limits.error_evidence * phi)
    odds = Odds.between(limits.pass_error_rate, limits.error_ratio)
    start = None
    for index, minute in enumerate(minutes):
        before = cusum.start
        cusum.add(odds.score(*_counts(minute)))
        if cusum.alarmed and start is None:
            start = before
        elif start is not None and not cusum.alarmed:
            yield start, index
            start = None
    if start is not None:
        yield start, len(minutes)


def _usual(calm: Tally, limits: Limits, phi: float) -> float:
    """The pass limit, or what ECS may truly have outside its troubles where that is shown to be more."""
    errors, requests = calm.whole()
    if requests < limits.min_requests or errors <= limits.pass_error_rate * requests:
        return limits.pass_error_rate
    high = wilson(errors, requests, limits.confidence_z, phi)[1]
    return min(MOST_USUAL, max(limits.pass_error_rate, high))


def _counts(minute: Minute) -> tuple[int, int]:
    requests = minute.requests or 0
    return requests, min(minute.errors or 0, requests)
