"""The 4xx gate: Lambda's rate against ECS's in the same minutes, for answers that only one side gives are a defect."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from cutover.core.error_test import SUSPICION
from cutover.core.models import Evidence, Finding, Limits, Minute, Side, Verdict, Why
from cutover.core.sequential import surprise
from cutover.core.spans import outside
from cutover.core.stats import wilson
from cutover.core.words import count, percent, plural

GATE = "client-errors"
# Beside the whole interval the newest hour is compared, so that a healthy past does not hide what begins late.
NEWEST_MINUTES = 60


@dataclass(frozen=True, slots=True)
class Comparison:
    """4xx of both sides in the same minutes; `low` and `high` bound how many times ECS's rate Lambda's truly is."""

    mine: int
    my_requests: int
    theirs: int
    their_requests: int
    ratio: float
    low: float
    high: float
    bound: float  # the highest true rate of Lambda that fits
    more: float  # how much they speak for more than ECS has (natural log of the odds)
    score: float  # how much they speak for more than `fail_client_error_ratio` times
    threshold: float
    whole: bool


def client_error_findings(evidence: Evidence, limits: Limits) -> tuple[Finding, ...]:
    """One finding while both sides have traffic and Lambda has answered 4xx often enough to compare."""
    if not evidence.weights.serverless or not evidence.weights.ecs:
        return ()
    pairs = _common_minutes(evidence)
    spans = [pairs[-NEWEST_MINUTES:]] if len(pairs) > NEWEST_MINUTES else []
    compared = [_compared(span, evidence, limits, whole=span is pairs) for span in (*spans, pairs)]
    told = [one for one in compared if one and one.mine >= limits.min_client_errors]
    if not told:
        return ()
    failing = next((one for one in told if one.score >= one.threshold), None)
    return (_judged(failing or told[-1], limits),)


def _common_minutes(evidence: Evidence) -> list[tuple[Minute, Minute]]:
    sides = (outside(evidence.serverless.minutes, evidence.loads), outside(evidence.ecs.minutes, evidence.loads))
    return [(one, other) for one, other in zip(*sides, strict=True) if one.requests and other.requests]


def _compared(
    pairs: Sequence[tuple[Minute, Minute]], evidence: Evidence, limits: Limits, *, whole: bool
) -> Comparison | None:
    my_requests, their_requests = sum(m.requests or 0 for m, _ in pairs), sum(t.requests or 0 for _, t in pairs)
    if not my_requests:
        return None
    mine, theirs = sum(m.client_errors or 0 for m, _ in pairs), sum(t.client_errors or 0 for _, t in pairs)
    # Half an event more on each side keeps the ratio finite where ECS has none.
    my_rate, their_rate = (mine + 0.5) / (my_requests + 0.5), (theirs + 0.5) / (their_requests + 0.5)
    phi = evidence.client_burst.phi
    spread = math.sqrt(phi * (max(0.0, 1 - my_rate) / (mine + 0.5) + max(0.0, 1 - their_rate) / (theirs + 0.5)))
    factor = math.exp(limits.confidence_z * spread)
    ratio = my_rate / their_rate
    bound = wilson(min(mine, my_requests), my_requests, limits.confidence_z, phi)[1]
    # Of all 4xx, Lambda's part at just that ratio. They are looked at every minute, as errors are: a bound that is
    # right for one look rolled a healthy Lambda back in up to 77% of simulated 48-hour runs, this in none of 540.
    more, score = (
        surprise(mine, mine + theirs, times * my_requests / (times * my_requests + their_requests))
        for times in (1.0, limits.fail_client_error_ratio)
    )
    return Comparison(
        mine=mine,
        my_requests=my_requests,
        theirs=theirs,
        their_requests=their_requests,
        ratio=ratio,
        low=ratio / factor,
        high=ratio * factor,
        bound=bound,
        more=more,
        score=score,
        threshold=limits.error_evidence * phi,
        whole=whole,
    )


def _judged(found: Comparison, limits: Limits) -> Finding:
    said = _said(found)
    if found.score >= found.threshold:
        text = (
            f"{said}: over {limits.fail_client_error_ratio:g} times, and not by chance:"
            f" {found.score:.1f} of evidence, {found.threshold:.1f} is enough"
        )
        return _finding(found, Verdict.FAIL, text, limits.fail_client_error_ratio)
    passing = limits.pass_client_error_ratio
    if found.high <= passing:
        return _finding(found, Verdict.PASS, f"{said}: at most {passing:g} times", passing)
    if found.bound - passing * found.theirs / found.their_requests <= limits.client_error_slack:
        text = f"{said}: at most {percent(limits.client_error_slack)} of all requests more than that would be"
        return _finding(found, Verdict.PASS, text, passing)
    if found.more >= SUSPICION * found.threshold:
        text = f"{said}: more than ECS has, and more than {passing:g} times is not excluded"
        return _finding(found, Verdict.HOLD, text, passing, Why.BAND)
    # Nothing speaks against Lambda. That few are not enough to know is for the length of the bake to mend.
    return _finding(found, Verdict.PASS, f"{said}: no more than chance makes of ECS's", passing)


def _said(found: Comparison) -> str:
    where = "" if found.whole else f" in the newest {plural(NEWEST_MINUTES, 'minute')}"
    return (
        f"Lambda 4xx rate {percent(found.mine / found.my_requests)}"
        f" ({count(found.mine)} of {plural(found.my_requests, 'request')}{where}) is {found.ratio:.2f} times ECS's"
        f" ({found.low:.2f} to {found.high:.2f})"
    )


def _finding(found: Comparison, verdict: Verdict, text: str, limit: float, why: Why | None = None) -> Finding:
    return Finding(
        gate=GATE,
        side=Side.SERVERLESS,
        verdict=verdict,
        text=text,
        value=found.ratio,
        limit=limit,
        samples=found.my_requests,
        why=why,
        bound=found.high,
        score=found.score,
        threshold=found.threshold,
    )
