"""The table of gates with its sparklines: what each gate's numbers are, and what is drawn of the newest hour."""

import io
from datetime import UTC, datetime

import pytest
from rich.console import Console

from cutover.core.models import MINUTE, Finding, Limits, Minute, Side, SideEvidence, Verdict
from cutover.core.trend import NO_TREND, Trend
from cutover.render.gate_table import GateTable, Lately
from cutover.render.sparks import minutes_in, sparkline, thinned

UNTIL = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)


def finding(gate: str, value: float | None, limit: float | None = None, bound: float | None = None) -> Finding:
    """A passing finding of Lambda's."""
    return Finding(gate, Side.SERVERLESS, Verdict.PASS, "", value, limit, 100, None, bound)


def drawn(*findings: Finding, trend: Trend | None = NO_TREND, width: int = 140) -> list[str]:
    """The table's lines, its header left out."""
    console = Console(file=io.StringIO(), width=width)
    lately = Lately(trend, UNTIL, Limits()) if trend is not None else None
    lines = console.render_lines(GateTable(findings, lately), console.options, pad=False)
    return ["".join(segment.text for segment in line).rstrip() for line in lines][1:]


def of_values(gate: str, *values: float) -> Trend:
    """A trend of what that gate said in the newest minutes."""
    trend = NO_TREND
    for back, value in enumerate(reversed(values), start=1):
        trend = trend.with_findings([finding(gate, value)], UNTIL - MINUTE * back)
    return trend


@pytest.mark.parametrize(
    ("gate", "value", "limit", "bound", "said"),
    [
        ("error-rate", 0.0031, 0.01, 0.0052, ["0.31%", "0.52%", "<", "1%"]),
        ("p95", 1250.4, 500.0, None, ["1", "250", "ms", "<", "500", "ms"]),
        ("borrow", 12.0, 50.0, None, ["12", "ms", "<", "50", "ms"]),
        ("client-errors", 1.1, 1.25, 1.2, ["×1.10", "×1.20", "<", "×1.25"]),
        ("share", 0.1, 0.1, None, ["10%", "10%"]),
        ("throttles", None, 0.01, None, ["unknown", "<", "1%"]),
        ("telemetry", None, None, None, ["100", "min"]),
        ("anything", 0.5, None, None, ["50%"]),
    ],
)
def test_numbers_are_spelled_as_their_gate_means_them(
    gate: str, value: float | None, limit: float | None, bound: float | None, said: list[str]
) -> None:
    (line,) = drawn(finding(gate, value, limit, bound), trend=None)

    requests = [] if gate == "telemetry" else ["100"]
    assert line.split() == [gate, "Lambda", "PASS", *said, *requests]


def test_any_gate_is_drawn_against_its_limit() -> None:
    low, high = (
        drawn(finding("throttles", 0.01, 0.02), trend=of_values("throttles", *v)) for v in ((0.01,), (0.02, 0.01))
    )

    assert low[0][-1] == "▅", "half the limit"
    assert high[0][-2:] == "█▅"


def test_a_gate_without_a_limit_is_drawn_against_its_highest() -> None:
    assert drawn(finding("anything", 4.0), trend=of_values("anything", 0.0, 2.0, 4.0))[0][-3:] == "▁▅█"


def test_a_ratio_is_not_the_scale_of_rates() -> None:
    minute = Minute(UNTIL - MINUTE, 100, 0, 2)
    trend = NO_TREND.with_side(Side.SERVERLESS, SideEvidence((minute,), ()))

    assert drawn(finding("client-errors", 1.0, 1.25), trend=trend)[0][-1] == "█"


def test_a_full_cell_is_the_limit_and_what_is_beyond_it_is_red() -> None:
    line = sparkline([500.0, 1000.0, 3000.0], 1000.0, bad_above=1000.0)

    assert line.plain == "▅██"
    assert [(span.start, span.style) for span in line.spans] == [(2, "red")]


def test_the_borrow_times_are_drawn_as_said_with_their_own_scale() -> None:
    assert drawn(finding("borrow", 2500.0, 50.0), trend=of_values("borrow", 0.0, 2500.0))[0][-2:] == "▁▅"


def test_windows_that_are_not_whole_yet_are_no_gap() -> None:
    trend = NO_TREND.with_findings([finding("borrow", 1.0)], UNTIL - 9 * MINUTE)

    assert drawn(finding("borrow", 1.0), trend=trend)[0].endswith("·▂")


def test_where_there_is_no_room_for_half_an_hour_there_is_no_sparkline() -> None:
    trend = of_values("throttles", 1.0)

    assert "·" in drawn(finding("throttles", 1.0), trend=trend, width=60)[0]
    assert "·" not in drawn(finding("throttles", 1.0), trend=trend, width=30)[0]


@pytest.mark.parametrize(("cells", "minutes"), [(15, 30), (20, 40), (30, 30), (45, 45), (60, 60), (90, 60)])
def test_a_cell_is_a_minute_or_two(cells: int, minutes: int) -> None:
    values: list[float | None] = [float(i) for i in range(60)]

    assert minutes_in(cells) == minutes
    assert thinned(values, cells)[-1] == 59.0
    assert len(thinned(values, cells)) == min(cells, 60)


def test_two_minutes_to_a_cell_show_the_larger_and_a_gap_only_where_both_are_missing() -> None:
    assert thinned([1.0, 3.0, None, 2.0, None, None], 3) == [3.0, 2.0, None]


def test_anything_above_zero_is_seen() -> None:
    assert sparkline([0.0, 0.0001, None], 100.0).plain == "▁▂·"
    assert sparkline([0.0, 5.0], 0.0).plain == "▁▁"
