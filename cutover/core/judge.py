"""The rules together: evidence and limits in, a verdict with its numbers out."""

from dataclasses import replace

from cutover.core.client_errors_gate import client_error_findings
from cutover.core.errors_gate import error_findings
from cutover.core.latency_gate import latency_findings
from cutover.core.models import Evidence, Finding, Judgement, Limits, Side, Verdict, Why
from cutover.core.platform_gates import borrow_findings, throttle_findings
from cutover.core.traffic_gates import share_findings, telemetry_findings


def judge(evidence: Evidence, limits: Limits) -> Judgement:
    """Every gate's finding; fail beats hold beats pass. Only Lambda can fail: ECS's own trouble holds."""
    services = (*error_findings(evidence, limits), *latency_findings(evidence, limits))
    ecs_fails = any(f.side is Side.ECS and f.verdict is Verdict.HOLD for f in services)
    judgement = combined(
        *telemetry_findings(evidence, limits),
        *services,
        *client_error_findings(evidence, limits),
        *throttle_findings(evidence, limits),
        *borrow_findings(evidence, limits, ecs_fails=ecs_fails),
        *share_findings(evidence, limits),
    )
    return replace(judgement, burst=evidence.burst, client_past=evidence.client_past)


def combined(*findings: Finding) -> Judgement:
    """The verdict over these findings."""
    verdicts = {finding.verdict for finding in findings}
    verdict = next((v for v in (Verdict.FAIL, Verdict.HOLD) if v in verdicts), Verdict.PASS)
    return Judgement(verdict, findings)


def blind(sentence: str) -> Judgement:
    """The judgement when telemetry could not be read at all: hold, never advance, never roll back by itself."""
    return combined(Finding("telemetry", Side.SERVERLESS, Verdict.HOLD, sentence, why=Why.BLIND))
