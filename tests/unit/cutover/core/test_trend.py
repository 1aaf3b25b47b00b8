"""The newest hour by the minute: no data is not zero, corrections win, and old minutes go."""

from datetime import UTC, datetime, timedelta

import pytest

from cutover.core.models import (
    MINUTE,
    Evidence,
    Finding,
    LatencyWindow,
    Minute,
    Side,
    SideEvidence,
    Verdict,
    Weights,
)
from cutover.core.trend import NO_TREND, Trend, newest, oldest

UNTIL = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
FIVE = timedelta(minutes=5)


def minutes(*requests: int | None, errors: int = 0) -> tuple[Minute, ...]:
    """The newest minutes with these requests."""
    first = UNTIL - MINUTE * len(requests)
    return tuple(
        Minute(first + MINUTE * i, count, None if count is None else errors, 0) for i, count in enumerate(requests)
    )


def side(*requests: int | None, errors: int = 0, p95: float | None = None) -> SideEvidence:
    """Evidence with these minutes, and one window over the newest five."""
    windows = (LatencyWindow(UNTIL - FIVE, FIVE, p95, 500),) if p95 is not None else ()
    return SideEvidence(minutes(*requests, errors=errors), windows, FIVE)


def newest_of(trend: Trend, gate: str, count: int, side_: Side = Side.SERVERLESS) -> list[float | None]:
    """The newest values."""
    return trend.series(gate, side_, UNTIL)[-count:]


def test_it_is_an_hour_by_the_minute() -> None:
    assert len(newest(UNTIL)) == 60
    assert newest(UNTIL)[0] == oldest(UNTIL) == UNTIL - timedelta(hours=1)
    assert newest(UNTIL)[-1] == UNTIL - MINUTE
    assert NO_TREND.series("error-rate", Side.ECS, UNTIL) == [None] * 60


def test_no_data_is_not_zero() -> None:
    trend = NO_TREND.with_side(Side.SERVERLESS, side(100, None, 0, 100, errors=2))

    assert newest_of(trend, "error-rate", 4) == [0.02, None, None, 0.02]
    assert newest_of(trend, "telemetry", 4) == [100, None, 0, 100]
    assert newest_of(trend, "client-errors", 4) == [0.0, None, None, 0.0]


def test_a_minute_has_the_p95_of_its_window_until_a_newer_one_is_known() -> None:
    trend = NO_TREND.with_side(Side.SERVERLESS, side(1, 1, 1, 1, 1, 1, p95=300.0))
    assert newest_of(trend, "p95", 6) == [None, 300.0, 300.0, 300.0, 300.0, 300.0]

    assert newest_of(trend.with_side(Side.SERVERLESS, side(1, 1)), "p95", 2) == [300.0, 300.0]
    assert newest_of(trend.with_side(Side.SERVERLESS, side(1, 1, p95=400.0)), "p95", 2) == [400.0, 400.0]


def test_corrected_counts_replace_older_ones() -> None:
    trend = NO_TREND.with_side(Side.SERVERLESS, side(100, errors=0))

    assert newest_of(trend.with_side(Side.SERVERLESS, side(100, errors=5)), "error-rate", 1) == [0.05]


def test_the_share_needs_both_sides_or_what_the_gate_said() -> None:
    evidence = Evidence(UNTIL - FIVE, UNTIL, Weights(90, 10), side(90, None, 0), side(10, 10, 0))
    trend = NO_TREND.with_evidence(evidence)
    assert newest_of(trend, "share", 3) == [0.1, None, None]
    assert newest_of(trend, "share", 3, Side.ECS) == [0.9, None, None]

    said = Finding("share", Side.SERVERLESS, Verdict.PASS, "", 0.11)
    assert newest_of(trend.with_findings([said], UNTIL - 2 * MINUTE), "share", 3) == [0.1, 0.11, None]


def test_any_other_gate_is_drawn_from_what_it_said() -> None:
    known = Finding("throttles", Side.SERVERLESS, Verdict.PASS, "", 3.0)
    unknown = Finding("borrow", Side.SERVERLESS, Verdict.HOLD, "")

    trend = NO_TREND.with_findings([known, unknown], UNTIL - MINUTE)

    assert newest_of(trend, "throttles", 2) == [None, 3.0]
    assert newest_of(trend, "borrow", 1) == [None]


def test_what_was_never_asked_for_is_known_to_be_missing() -> None:
    both = {one: side(*[None] * 60) for one in Side}
    whole = NO_TREND.with_side(Side.ECS, both[Side.ECS])
    assert whole.first_missing(UNTIL) == UNTIL - timedelta(hours=1)

    whole = whole.with_side(Side.SERVERLESS, both[Side.SERVERLESS])
    assert whole.first_missing(UNTIL) is None, "asked for and silent is not missing"
    assert whole.first_missing(UNTIL + MINUTE) == UNTIL


@pytest.mark.parametrize(("later", "left"), [(0, 3), (58, 3), (59, 2), (60, 0)])
def test_old_minutes_go(later: int, left: int) -> None:
    said = Finding("throttles", Side.SERVERLESS, Verdict.PASS, "", 3.0)
    trend = NO_TREND.with_side(Side.ECS, side(1, 1)).with_findings([said], UNTIL - MINUTE)

    kept = trend.since(oldest(UNTIL + MINUTE * later))

    assert len(kept.points) + len(kept.values) == left
