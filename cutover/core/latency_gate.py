"""The p95 gate: CloudWatch's own percentile of whole windows with enough requests, never an average of percentiles."""

from collections.abc import Sequence
from datetime import timedelta

from cutover.core.durations import format_duration
from cutover.core.models import MINUTE, Evidence, Finding, LatencyWindow, Limits, Minute, Side, Verdict, Why
from cutover.core.watching import ALIKE
from cutover.core.words import NAMES, count, milliseconds, plural

GATE = "p95"
# A window is made longer, in these multiples of the configured one, until it should hold enough requests for a p95.
STRETCHES = (1, 2, 3, 6, 12)
# Requests come unevenly: a window is expected to hold enough when its mean count is this much above the minimum.
MARGIN = 1.25
# A window that was made longer is made shorter again only with this much room, so that it does not change to and fro.
ROOM = 1.5
# The rate is that of the newest hour, and no rate at all of fewer minutes than these: the first ones after a shift are
# sparse, while DNS answers from before it are still in use.
RATE_MINUTES = 60
MIN_RATE_MINUTES = 5


def telling_windows(windows: Sequence[LatencyWindow], limits: Limits) -> list[LatencyWindow]:
    """The newest windows, as many as are judged, that hold enough requests for a p95."""
    return [w for w in windows if w.p95_ms is not None and w.samples >= limits.p95_min_samples][
        -limits.p95_judged_windows :
    ]


def suited_window(minutes: Sequence[Minute], limits: Limits, current: timedelta | None = None) -> timedelta:
    """The shortest window that should hold enough requests at this side's rate, the longest if none does.

    `current` is what was used so far: it stays until the rate is known, and while it is neither too short nor by far
    too long.
    """
    current = current or limits.p95_window
    seen = [m.requests for m in minutes if m.requests is not None][-RATE_MINUTES:]
    if len(seen) < MIN_RATE_MINUTES:
        return current
    rate = sum(seen) / len(seen)
    enough = _window_of(rate, MARGIN, limits)
    return enough if enough > current else min(current, _window_of(rate, ROOM, limits))


def _window_of(per_minute: float, margin: float, limits: Limits) -> timedelta:
    for stretch in STRETCHES:
        length = limits.p95_window * stretch
        if per_minute * (length / MINUTE) >= margin * limits.p95_min_samples:
            return length
    return limits.p95_window * STRETCHES[-1]


def latency_findings(evidence: Evidence, limits: Limits) -> tuple[Finding, ...]:
    """The finding of each side that the weights send traffic to."""
    ecs = telling_windows(evidence.ecs.windows, limits)
    serverless = telling_windows(evidence.serverless.windows, limits)
    findings = []
    if evidence.weights.serverless:
        findings.append(_of_serverless(serverless, ecs, evidence, limits))
    if evidence.weights.ecs:
        findings.append(_of_ecs(ecs, evidence, limits))
    return tuple(findings)


def _of_serverless(
    windows: Sequence[LatencyWindow], ecs: Sequence[LatencyWindow], evidence: Evidence, limits: Limits
) -> Finding:
    if not windows:
        text = _too_few(Side.SERVERLESS, evidence, limits)
        return _finding(Side.SERVERLESS, Verdict.HOLD, text, limits, None, Why.SAMPLES)
    newest, said = windows[-1], _measured(Side.SERVERLESS, windows[-1])
    if _fails(windows, limits):
        over = f"over {milliseconds(limits.fail_p95_ms)} in {_failing(windows, limits)} of the newest {len(windows)}"
        if _fails(ecs, limits) and _ms(ecs[-1]) >= ALIKE * _ms(newest):
            text = f"common cause: {said} and ECS's is {milliseconds(_ms(ecs[-1]))}: going back to ECS would not help"
            return _finding(Side.SERVERLESS, Verdict.HOLD, text, limits, newest, Why.COMMON)
        return _finding(Side.SERVERLESS, Verdict.FAIL, f"{said} is {over} windows", limits, newest)
    if _ms(newest) < limits.pass_p95_ms:
        text = f"{said} is under {milliseconds(limits.pass_p95_ms)}"
        return _finding(Side.SERVERLESS, Verdict.PASS, text, limits, newest)
    text = f"{said} is not under {milliseconds(limits.pass_p95_ms)}"
    return _finding(Side.SERVERLESS, Verdict.HOLD, text, limits, newest, Why.BAND)


def _of_ecs(windows: Sequence[LatencyWindow], evidence: Evidence, limits: Limits) -> Finding:
    if not windows:
        return _finding(Side.ECS, Verdict.PASS, _too_few(Side.ECS, evidence, limits), limits, None)
    said = _measured(Side.ECS, windows[-1])
    if _fails(windows, limits):
        text = f"{said} is over {milliseconds(limits.fail_p95_ms)}: ECS itself is failing"
        return _finding(Side.ECS, Verdict.HOLD, text, limits, windows[-1], Why.BAND)
    return _finding(Side.ECS, Verdict.PASS, f"{said}, for comparison", limits, windows[-1])


def _failing(windows: Sequence[LatencyWindow], limits: Limits) -> int:
    return sum(_ms(window) > limits.fail_p95_ms for window in windows)


def _fails(windows: Sequence[LatencyWindow], limits: Limits) -> bool:
    return _failing(windows, limits) >= limits.p95_failing_windows


def _ms(window: LatencyWindow) -> float:
    return window.p95_ms if window.p95_ms is not None else 0.0


def _measured(side: Side, window: LatencyWindow) -> str:
    return (
        f"{NAMES[side]} p95 {milliseconds(_ms(window))}"
        f" ({plural(window.samples, 'request')} in {format_duration(window.length)})"
    )


def _too_few(side: Side, evidence: Evidence, limits: Limits) -> str:
    windows = evidence.of(side).windows
    if not windows:
        length = evidence.of(side).window or limits.p95_window
        return f"{NAMES[side]} p95 is not known: no whole window of {format_duration(length)} yet"
    most = max(window.samples for window in windows)
    return (
        f"{NAMES[side]} p95 is not known: at most {plural(most, 'request')} in {format_duration(windows[-1].length)},"
        f" and it takes {count(limits.p95_min_samples)}"
    )


def _finding(
    side: Side, verdict: Verdict, text: str, limits: Limits, window: LatencyWindow | None, why: Why | None = None
) -> Finding:
    return Finding(
        gate=GATE,
        side=side,
        verdict=verdict,
        text=text,
        value=window.p95_ms if window else None,
        limit=limits.fail_p95_ms if verdict is Verdict.FAIL else limits.pass_p95_ms,
        samples=window.samples if window else None,
        why=why,
    )
