"""The table of gates: one line a gate; where it is too narrow, whole columns are left out, never what a gate says."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from rich.console import Console, ConsoleOptions, RenderResult
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

from cutover.core.models import Finding, Limits, Side, Verdict, Why
from cutover.core.trend import Trend
from cutover.core.words import NAMES, count, milliseconds, percent
from cutover.render.sparks import MINUTES_SHOWN, minutes_in, sparkline, thinned

STYLE = {Verdict.PASS: "green", Verdict.HOLD: "yellow", Verdict.FAIL: "bold red"}
UNSHORTENED = 1_000
GAP = 2
TIMES = frozenset({"p95", "borrow"})  # of windows, in ms
FEWEST_CELLS = 15  # half an hour, two minutes each


@dataclass(frozen=True, slots=True)
class Lately:
    """What sparklines are drawn from: the newest hour before `until`, and the limits that say how high is high."""

    trend: Trend
    until: datetime
    limits: Limits


class GateTable:
    """Gate, side, verdict, value, its upper bound, limit, requests; with `lately` also how it went."""

    COLUMNS = ("  gate", "side", "says", "value", "up to", "limit", "requests")
    # What gives way, one after the other: of how many requests a value is comes before what it is compared with.
    GIVE_WAY = ("up to", "limit", "requests", "value")

    def __init__(self, findings: Sequence[Finding], lately: Lately | None = None) -> None:
        self._findings, self._lately = findings, lately

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """The widest table that fits."""
        for fewer in range(len(self.GIVE_WAY) + 1):
            columns = [name for name in self.COLUMNS if name not in self.GIVE_WAY[:fewer]]
            room = options.max_width - _width(console, options, self._table(columns))
            if self._lately and room >= GAP + FEWEST_CELLS:
                yield self._table(columns, self._lately, min(room - GAP, MINUTES_SHOWN[0]))
                return
            if room >= 0 and not self._lately:
                break
        yield self._table(columns)

    def _table(self, columns: Sequence[str], lately: Lately | None = None, cells: int = 0) -> Table:
        table = Table(box=None, padding=(0, GAP, 0, 0), show_edge=False, pad_edge=False, header_style="dim")
        for name in columns:
            table.add_column(name, no_wrap=True, justify="right" if name == "requests" else "left")
        if lately:
            table.add_column(f"last {minutes_in(cells)}m", no_wrap=True)
        for finding in self._findings:
            cells_by_name = dict(zip(self.COLUMNS, _cells(finding), strict=True))
            shown = [cells_by_name[name] for name in columns]
            table.add_row(*shown, *([_spark(finding, lately, cells)] if lately else []))
        return table


def _spark(finding: Finding, lately: Lately, cells: int) -> Text:
    values = lately.trend.series(finding.gate, finding.side, lately.until)
    while finding.gate in TIMES and values and values[-1] is None:
        values.pop()  # of windows: the newest one is not whole yet, which is no gap
    top, bad_above = _scale(finding, values, lately.limits)
    return sparkline(thinned(values, cells), top, bad_above=bad_above)


def _scale(finding: Finding, values: Sequence[float | None], limits: Limits) -> tuple[float, float | None]:
    """What fills a cell, and what is drawn as bad: the limit of failing where there is one."""
    if finding.gate == "error-rate":
        return limits.fail_error_rate, limits.fail_error_rate
    if finding.gate == "p95":
        return limits.fail_p95_ms, limits.fail_p95_ms
    if finding.gate == "borrow":
        return limits.fail_borrow_ms, limits.fail_borrow_ms
    if finding.gate == "share" and finding.limit:
        return min(1.0, 2 * finding.limit), None  # half a cell: as asked
    highest = max((value for value in values if value is not None), default=0.0)
    if finding.limit is None or finding.gate in {"telemetry", "client-errors"}:  # whose limit is of something else
        return highest, None
    return max(highest, finding.limit), None


def _width(console: Console, options: ConsoleOptions, table: Table) -> int:
    """The columns that it takes unshortened."""
    return Measurement.get(console, options.update(max_width=UNSHORTENED), table).maximum


def _cells(finding: Finding) -> list[str | Text]:
    said = finding.verdict.value.upper() if finding.side is Side.SERVERLESS or finding.why else "-"
    return [
        f"  {finding.gate}",
        NAMES[finding.side],
        Text(said, style=STYLE[finding.verdict]),
        _value(finding),
        _spelled(finding, finding.bound) if finding.bound is not None else "",
        _limit(finding),
        count(finding.samples) if finding.samples is not None and finding.gate != "telemetry" else "",
    ]


def _value(finding: Finding) -> str:
    if finding.gate == "telemetry":
        return "silent" if finding.why is Why.BLIND else f"{count(finding.samples or 0)} min"
    if finding.value is None:
        return "unknown"
    return _spelled(finding, finding.value)


def _limit(finding: Finding) -> str:
    if finding.limit is None or finding.gate == "telemetry":
        return ""
    sign = "≤" if finding.verdict is Verdict.FAIL else "<"
    return percent(finding.limit) if finding.gate == "share" else f"{sign} {_spelled(finding, finding.limit)}"


def _spelled(finding: Finding, number: float) -> str:
    """A number of that gate: a time, how many times ECS's, or a rate."""
    if finding.gate in TIMES:
        return milliseconds(number)
    return f"×{number:.2f}" if finding.gate == "client-errors" else percent(number)
