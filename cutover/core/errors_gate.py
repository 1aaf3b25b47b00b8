"""The error-rate gate: a sequential test for failing, Wilson bounds over the whole bake for passing."""

from collections.abc import Sequence
from dataclasses import dataclass

from cutover.core.error_test import ErrorTest, Stretch
from cutover.core.excess import Excess
from cutover.core.models import Evidence, Finding, Limits, Side, Verdict, Why
from cutover.core.spans import outside, without
from cutover.core.stats import Tally, wilson
from cutover.core.watching import ALIKE, Watch, watch
from cutover.core.words import NAMES, count, percent, plural

GATE = "error-rate"
# A point rate over the pass limit counts as "in the band" without a bound above it from this many times min_requests.
PLENTY = 10


@dataclass(frozen=True, slots=True)
class _Case:
    """One side's test, in the interval that it was made of."""

    side: Side
    test: ErrorTest
    whole: Stretch  # every minute outside load tests and outside what is excused
    minutes: int
    phi: float


def error_findings(evidence: Evidence, limits: Limits) -> tuple[Finding, ...]:
    """The finding of each side that the weights send traffic to."""
    seen = watch(evidence, limits)
    findings = []
    if evidence.weights.serverless:
        findings.append(_of_serverless(seen, evidence, limits))
    if evidence.weights.ecs:
        findings.append(_of_ecs(_case(Side.ECS, seen.ecs, evidence), limits))
    return tuple(findings)


def _case(side: Side, test: ErrorTest, evidence: Evidence, excused: Sequence[bool] = ()) -> _Case:
    """`excused` minutes say nothing of the side."""
    minutes = evidence.of(side).minutes
    errors, requests = Tally(without(outside(minutes, evidence.loads), excused)).whole()
    return _Case(
        side, test, Stretch(len(minutes), requests, errors, test.cusum.value), len(minutes), evidence.burst.phi
    )


def _of_serverless(seen: Watch, evidence: Evidence, limits: Limits) -> Finding:
    case = _case(Side.SERVERLESS, seen.serverless, evidence, seen.excused)
    alarm = seen.serverless.alarm
    if alarm and not seen.is_shared(alarm, limits):
        text = f"{_measured(case, alarm)} is over {percent(limits.fail_error_rate)}{_sureness(case, alarm)}"
        return _finding(case, alarm, Verdict.FAIL, text, limits)
    if finding := _beyond_ecs(case, seen.excess, limits):
        return finding
    if alarm := alarm or seen.plain.sudden:
        return _shared(case, alarm, evidence, limits)
    if seen.serverless.is_suspicious:
        newest = seen.serverless.newest
        text = f"{_measured(case, newest)} looks like trouble{_sureness(case, newest, 'but may be chance')}"
        return _finding(case, newest, Verdict.HOLD, text, limits, Why.BAND)
    return _passing_or_held(case, limits)


def _beyond_ecs(case: _Case, beyond: Excess, limits: Limits) -> Finding | None:
    """Both sides are in trouble, and Lambda is shown to be in more than they are allowed to differ."""
    stretch = Stretch(beyond.minutes, *beyond.mine, beyond.value, is_newest=True)
    if not beyond.alarmed or stretch.rate <= limits.fail_error_rate:
        return None
    requests, errors = beyond.theirs
    text = (
        f"{_measured(case, stretch)} is over {1 / ALIKE:g} times ECS's {percent(errors / requests)}"
        f" ({count(errors)} of {count(requests)}) in a trouble of both{_sureness(case, stretch)}"
    )
    return _finding(case, stretch, Verdict.FAIL, text, limits)


def _shared(case: _Case, alarm: Stretch, evidence: Evidence, limits: Limits) -> Finding:
    tally = Tally(evidence.ecs.minutes)
    errors, requests = tally.newest(alarm.minutes) if alarm.is_newest else tally.whole()
    text = (
        f"common cause: {_measured(case, alarm)} and ECS's is {percent(errors / requests if requests else 0.0)}"
        f" ({count(errors)} of {count(requests)}): going back to ECS would not help"
    )
    return _finding(case, alarm, Verdict.HOLD, text, limits, Why.COMMON)


def _passing_or_held(case: _Case, limits: Limits) -> Finding:
    whole = case.whole
    low, high = wilson(whole.errors, whole.requests, limits.confidence_z, case.phi)
    said, limit = _measured(case, whole), percent(limits.pass_error_rate)
    if high < limits.pass_error_rate:
        text = f"{said}, at most {percent(high)}, is under {limit}"
        return _finding(case, whole, Verdict.PASS, text, limits)
    plenty = whole.requests >= PLENTY * limits.min_requests and whole.rate >= limits.pass_error_rate
    if plenty or (low >= limits.pass_error_rate and whole.requests >= limits.min_requests):
        text = f"{said} is between {limit} and {percent(limits.fail_error_rate)}"
        if whole.rate > limits.fail_error_rate:
            text = f"{said} is over {limit}"
        return _finding(case, whole, Verdict.HOLD, text, limits, Why.BAND)
    if not whole.requests:
        text = "Lambda has served no request in the judged time yet"
        return _finding(case, whole, Verdict.HOLD, text, limits, Why.SAMPLES)
    text = f"{said} may be as much as {percent(high)}: too few requests to know that it is under {limit}"
    return _finding(case, whole, Verdict.HOLD, text, limits, Why.SAMPLES)


def _of_ecs(case: _Case, limits: Limits) -> Finding:
    if alarm := case.test.alarm:
        text = f"{_measured(case, alarm)} is over {percent(limits.fail_error_rate)}: ECS itself is failing"
        return _finding(case, alarm, Verdict.HOLD, text, limits, Why.BAND)
    return _finding(case, case.whole, Verdict.PASS, f"{_measured(case, case.whole)}, for comparison", limits)


def _measured(case: _Case, stretch: Stretch) -> str:
    is_part = stretch.is_newest and stretch.minutes < case.minutes
    where = f" in the newest {plural(stretch.minutes, 'minute')}" if is_part else ""
    return (
        f"{NAMES[case.side]} error rate {percent(stretch.rate)}"
        f" ({count(stretch.errors)} of {plural(stretch.requests, 'request')}{where})"
    )


def _sureness(case: _Case, stretch: Stretch, how: str = "and not by chance") -> str:
    return f", {how}: {stretch.score:.1f} of evidence, {case.test.cusum.threshold:.1f} is enough"


def _finding(
    case: _Case, stretch: Stretch, verdict: Verdict, text: str, limits: Limits, why: Why | None = None
) -> Finding:
    bound = wilson(stretch.errors, stretch.requests, limits.confidence_z, case.phi)[1] if stretch.requests else None
    return Finding(
        gate=GATE,
        side=case.side,
        verdict=verdict,
        text=text,
        value=stretch.rate if stretch.requests else None,
        limit=limits.fail_error_rate if verdict is Verdict.FAIL else limits.pass_error_rate,
        samples=stretch.requests,
        why=why,
        bound=bound,
        score=stretch.score,
        threshold=case.test.cusum.threshold,
    )
