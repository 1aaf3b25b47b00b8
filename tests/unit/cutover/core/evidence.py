"""Evidence in a line: so many requests and errors a minute on each side."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from cutover.core.models import (
    MINUTE,
    Evidence,
    Finding,
    Judgement,
    LatencyWindow,
    Minute,
    Side,
    SideEvidence,
    Weights,
)

START = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
FIVE = timedelta(minutes=5)
Counts = Sequence[tuple[int | None, int]]


def side(counts: Counts, p95s: list[float | None] | None = None, samples: int = 250) -> SideEvidence:
    """One minute for each (requests, errors); one five-minute window for each p95."""
    minutes = tuple(
        Minute(START + MINUTE * i, requests, None if requests is None else errors, None if requests is None else 0)
        for i, (requests, errors) in enumerate(counts)
    )
    windows = tuple(LatencyWindow(START + FIVE * i, FIVE, p95, samples) for i, p95 in enumerate(p95s or []))
    return SideEvidence(minutes, windows)


def evidence(serverless: SideEvidence, ecs: SideEvidence | None = None, weight: int = 10) -> Evidence:
    """Both sides at that weight; a healthy ECS with its share of the requests if none is given."""
    length = len(serverless.minutes)
    if ecs is None:
        share = (100 - weight) / weight if weight else 1
        healthy = [(round((m.requests or 0) * share), 0) for m in serverless.minutes] if weight else [(100, 0)] * length
        ecs = side([*healthy], [200.0] * len(serverless.windows))
    return Evidence(START, START + MINUTE * length, Weights.of_serverless(weight), ecs, serverless)


def found(judgement: Judgement, gate: str, of: Side = Side.SERVERLESS) -> Finding:
    """The finding of that gate and side."""
    (finding,) = [f for f in judgement.findings if f.gate == gate and f.side is of]
    return finding
