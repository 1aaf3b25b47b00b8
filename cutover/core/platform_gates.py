"""Gates on what carries Lambda: refused invocations, and the wait for a connection of the RDS Proxy."""

from collections.abc import Sequence

from cutover.core.durations import format_duration
from cutover.core.models import Evidence, Finding, LatencyWindow, Limits, Side, Verdict, Why
from cutover.core.sequential import surprise
from cutover.core.words import count, milliseconds, percent, plural

THROTTLES, BORROW = "throttles", "borrow"


def throttle_findings(evidence: Evidence, limits: Limits) -> tuple[Finding, ...]:
    """One finding where the settings name functions: any throttle in the newest minutes holds."""
    newest = [m for m in evidence.serverless.minutes[-limits.throttle_minutes :] if m.throttles is not None]
    if not newest or not evidence.weights.serverless:
        return ()
    throttles = sum(m.throttles or 0 for m in newest)
    requests = max(throttles, sum(m.requests or 0 for m in newest))
    rate = throttles / requests if requests else 0.0
    where = f"in the newest {plural(len(newest), 'minute')}"
    said = f"Lambda refused {count(throttles)} invocations, {percent(rate)} of {plural(requests, 'request')} {where}"
    limit, verdict, why = limits.fail_throttle_rate, Verdict.PASS, None
    if throttles and surprise(throttles, requests, limit) >= limits.error_evidence:
        verdict, text = Verdict.FAIL, f"{said}: over {percent(limit)}, and not by chance"
    elif throttles:
        verdict, why, text = Verdict.HOLD, Why.BAND, f"{said}: raise its concurrency before its share"
    else:
        text = f"Lambda refused no invocation {where}"
    return (Finding(THROTTLES, Side.SERVERLESS, verdict, text, rate, limit, requests, why),)


def borrow_findings(evidence: Evidence, limits: Limits, *, ecs_fails: bool) -> tuple[Finding, ...]:
    """One finding where the settings name an RDS Proxy that was asked for connections."""
    known = [window for window in evidence.serverless.borrows if window.p95_ms is not None]
    known = known[-limits.p95_judged_windows :]
    if not known or not evidence.weights.serverless:
        return ()
    newest, slow = known[-1], _over(known, limits.fail_borrow_ms)
    value = newest.p95_ms or 0.0
    said = f"RDS Proxy lends a connection in {milliseconds(value)} (p95 of {format_duration(newest.length)})"
    verdict, why, limit = Verdict.PASS, None, limits.pass_borrow_ms
    text = f"{said}, under {milliseconds(limit)}"
    if slow >= limits.p95_failing_windows:
        limit, over = limits.fail_borrow_ms, f"over {milliseconds(limits.fail_borrow_ms)} in {slow} of {len(known)}"
        verdict, text = Verdict.FAIL, f"{said}, {over} windows"
        if ecs_fails:
            verdict, why, text = Verdict.HOLD, Why.COMMON, f"common cause: {said}, and ECS is failing too"
    elif value >= limit:
        verdict, why, text = Verdict.HOLD, Why.BAND, f"{said}, not under {milliseconds(limit)}"
    return (Finding(BORROW, Side.SERVERLESS, verdict, text, value, limit, newest.samples, why),)


def _over(windows: Sequence[LatencyWindow], limit: float) -> int:
    return sum((window.p95_ms or 0.0) > limit for window in windows)
