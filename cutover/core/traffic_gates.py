"""Two gates on the traffic itself: does each side report at all, and does it get the share that the weights ask for."""

import math
from dataclasses import replace

from cutover.core.models import Evidence, Finding, Limits, Side, Verdict, Weights, Why
from cutover.core.spans import touched
from cutover.core.stats import Tally
from cutover.core.words import NAMES, count, percent, plural

# The observed share is that of the newest quarter of an hour: caches need minutes to follow, and a shift is long past.
SHARE_MINUTES = 15


def telemetry_findings(evidence: Evidence, limits: Limits) -> tuple[Finding, ...]:
    """The finding of each side that the weights send traffic to: silence is not health."""
    asked = {Side.SERVERLESS: evidence.weights.serverless, Side.ECS: evidence.weights.ecs}
    return tuple(_telemetry(evidence, limits, side) for side, weight in asked.items() if weight)


def share_findings(evidence: Evidence, limits: Limits) -> tuple[Finding, ...]:
    """Whether Lambda gets the share that it should; nothing while it should get none."""
    asked = evidence.weights.serverless / 100
    if not asked:
        return ()
    observed, requests = observed_share(evidence)
    if observed is None:
        return ()
    said = f"Lambda serves {percent(observed)} of {plural(requests, 'request')}, and {percent(asked)} is asked"
    allowed = tolerance(evidence.weights, requests, limits)
    out = abs(observed - asked) > allowed
    return (
        Finding(
            gate="share",
            side=Side.SERVERLESS,
            verdict=Verdict.HOLD if out else Verdict.PASS,
            text=f"{said}: more than {percent(allowed)} apart" if out else said,
            value=observed,
            limit=asked,
            samples=requests,
            why=Why.SHARE if out else None,
        ),
    )


def observed_share(evidence: Evidence) -> tuple[float | None, int]:
    """Lambda's share of the newest minutes' requests, and how many those were; None of none."""
    ecs, serverless = comparable(evidence)
    mine = serverless.newest(SHARE_MINUTES)[1]
    total = mine + ecs.newest(SHARE_MINUTES)[1]
    return (mine / total if total else None), total


def comparable(evidence: Evidence) -> tuple[Tally, Tally]:
    """ECS's and Lambda's sums over the minutes that tell a share: all sides with traffic reported, no load test ran."""
    ecs, serverless = [], []
    for one, other in zip(evidence.ecs.minutes, evidence.serverless.minutes, strict=True):
        silent = (
            (one.requests is None and evidence.weights.ecs)
            or (other.requests is None and evidence.weights.serverless)
            or touched(one.start, evidence.loads)
        )
        ecs.append(replace(one, requests=None) if silent else one)
        serverless.append(replace(other, requests=None) if silent else other)
    return Tally(ecs), Tally(serverless)


def tolerance(weights: Weights, requests: int, limits: Limits) -> float:
    """How far the observed share of so many requests may lie from the asked one."""
    asked = weights.serverless / 100
    return max(limits.share_points, limits.share_sigmas * math.sqrt(asked * (1 - asked) / max(1, requests)))


def _telemetry(evidence: Evidence, limits: Limits, side: Side) -> Finding:
    minutes = evidence.of(side).minutes
    known = [minute for minute in minutes if minute.requests is not None]
    name = NAMES[side]
    if len(minutes) >= limits.blind_minutes and not any(m in known for m in minutes[-limits.blind_minutes :]):
        silent = len(minutes) - minutes.index(known[-1]) - 1 if known else len(minutes)
        text = f"{name} has no telemetry for {plural(silent, 'settled minute')}; {limits.blind_minutes} is too long"
        return Finding("telemetry", side, Verdict.HOLD, text, float(silent), float(limits.blind_minutes), 0, Why.BLIND)
    if not known:
        text = f"{name} has no settled minute with data yet"
        return Finding("telemetry", side, Verdict.HOLD, text, samples=0, why=Why.SAMPLES)
    text = f"{name} reports {count(len(known))} of {plural(len(minutes), 'minute')}"
    return Finding("telemetry", side, Verdict.PASS, text, samples=len(known))
