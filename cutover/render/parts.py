"""Pieces that several screens share: the split bar, the table of gates, the bake, the exchange of records."""

import json
from collections.abc import Iterable
from datetime import datetime, timedelta

from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

from cutover.core.bake import BakeClock
from cutover.core.models import MINUTE, Finding, Judgement, Side, Verdict, Weights, Why
from cutover.core.plan import HASH_DIGITS, Plan
from cutover.core.words import NAMES, count, milliseconds, percent, plural, printable, roughly

STYLE = {Verdict.PASS: "green", Verdict.HOLD: "yellow", Verdict.FAIL: "bold red"}
SERVERLESS_STYLE, ECS_STYLE = "cyan", "blue"
BAR = 20
UNSHORTENED = 1_000


def headline(left: str, right: str, width: int, style: str = "bold") -> Text:
    """A title with the state at the other end of the line, on the same line if there is room."""
    gap = max(2, width - len(left) - len(right))
    return Text.assemble((printable(left), "bold"), " " * gap, (printable(right), style))


def row(name: str, *parts: str | Text | tuple[str, str]) -> Text:
    """A named line of a screen."""
    return Text.assemble((f"  {name:<10}", "dim"), *parts)


def split(weights: Weights) -> Text:
    """The asked split as a bar that can be read without colour."""
    serverless = round(weights.serverless * BAR / 100)
    serverless = min(BAR - 1, max(1, serverless)) if 0 < weights.serverless < 100 else serverless
    return Text.assemble(
        f"ECS {weights.ecs:>3} ",
        ("█" * (BAR - serverless), ECS_STYLE),
        ("░" * serverless, SERVERLESS_STYLE),
        f" {weights.serverless:>3} Lambda",
    )


def gates(judgement: Judgement) -> list[RenderableType]:
    """The table of gates, and below it a sentence for each that does not pass."""
    sentences = Table.grid(padding=(0, 2, 0, 0))
    for finding in judgement.findings:
        if finding.verdict is not Verdict.PASS:
            style = STYLE[finding.verdict]
            sentences.add_row(
                Text(f"  {finding.verdict.value.upper()}", style=style), Text(printable(finding.text), style=style)
            )
    table = GateTable(judgement)
    return [table, sentences] if sentences.row_count else [table]


class GateTable:
    """One line a gate. Where it is too narrow, whole columns are left out, never what a gate says."""

    COLUMNS = ("  gate", "side", "says", "value", "limit", "requests")

    def __init__(self, judgement: Judgement) -> None:
        self._judgement = judgement

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """The widest table that fits."""
        tables = [self._table(len(self.COLUMNS) - dropped) for dropped in range(4)]
        yield next((t for t in tables if _width(console, options, t) <= options.max_width), tables[-1])

    def _table(self, columns: int) -> Table:
        table = Table(box=None, padding=(0, 2, 0, 0), show_edge=False, pad_edge=False, header_style="dim")
        for name in self.COLUMNS[:columns]:
            table.add_column(name, no_wrap=True, justify="right" if name == "requests" else "left")
        for finding in self._judgement.findings:
            table.add_row(*_cells(finding)[:columns])
        return table


def _width(console: Console, options: ConsoleOptions, table: Table) -> int:
    """The columns that it takes unshortened."""
    return Measurement.get(console, options.update(max_width=UNSHORTENED), table).maximum


def bake(clock: BakeClock) -> Text:
    """How far the bake is."""
    done = round(clock.part * BAR)
    return Text.assemble(
        f"{roughly(MINUTE * clock.counted_minutes)} of {roughly(MINUTE * clock.required_minutes)}  ",
        ("█" * done, "green"),
        ("░" * (BAR - done), "dim"),
        f"  {int(clock.part * 100)}%  {count(clock.requests)} of {plural(clock.required_requests, 'request')}",
    )


def exchange(plan: Plan) -> list[Text]:
    """What each record's weight was and will be, and where the record points."""
    lines = []
    after = {(r.type, r.set_identifier): r for r in plan.records_after.records}
    for record in plan.records_before.records:
        weight = after[record.type, record.set_identifier].weight
        change = f"{record.weight:>3} → {weight:<3}"
        said = f"{record.type:<5} {record.set_identifier:<12} {change}  {_target(record.body)}"
        lines.append(row("", (printable(said), "" if record.weight != weight else "dim")))
    return lines


def plan_title(plan: Plan) -> str:
    """A plan's short name."""
    return f"plan {plan.hash[:HASH_DIGITS]}"


def warnings(texts: Iterable[str]) -> list[Text]:
    """Warnings, each on its own."""
    return [Text(f"  ! {printable(text)}", style="yellow") for text in texts]


def age(now: datetime, then: datetime) -> str:
    """How long ago that was."""
    return f"{roughly(max(timedelta(0), now - then))} ago"


def clock_time(when: datetime) -> str:
    """A moment on the clock, UTC, short enough to begin a line with."""
    return f"{when:%d %b %H:%M:%S}"


def way_back(again: str, undo: str = "") -> list[Text]:
    """The lines that go back: with the tool, and without it."""
    lines = [unbroken(row("go back", (f"{again} rollback", "bold")))]
    if undo:
        lines.append(unbroken(row("", (undo, "dim"))))
    return lines


def unbroken(line: Text) -> Text:
    """A line that is to be copied: the terminal may break it, we do not."""
    line.no_wrap, line.overflow = True, "ignore"
    return line


def listed(when: str, what: str | Text, said: Text) -> Table:
    """A line of a list: what is said goes on below itself where it is too long."""
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True, style="dim")
    table.add_column(no_wrap=True, min_width=11)
    table.add_column(overflow="fold")
    table.add_row(when, what, said)
    return table


def _cells(finding: Finding) -> list[str | Text]:
    said = finding.verdict.value.upper() if finding.side is Side.SERVERLESS or finding.why else "-"
    return [
        f"  {finding.gate}",
        NAMES[finding.side],
        Text(said, style=STYLE[finding.verdict]),
        _value(finding),
        _limit(finding),
        count(finding.samples) if finding.samples is not None and finding.gate != "telemetry" else "",
    ]


def _value(finding: Finding) -> str:
    if finding.gate == "telemetry":
        return "silent" if finding.why is Why.BLIND else f"{plural(finding.samples or 0, 'minute')}"
    if finding.value is None:
        return "not known"
    if finding.gate == "p95":
        return milliseconds(finding.value)
    bound = f" (at most {percent(finding.bound)})" if finding.bound is not None else ""
    return f"{percent(finding.value)}{bound}"


def _limit(finding: Finding) -> str:
    if finding.limit is None or finding.gate == "telemetry":
        return ""
    sign = "≤" if finding.verdict is Verdict.FAIL else "<"
    if finding.gate == "p95":
        return f"{sign} {milliseconds(finding.limit)}"
    return percent(finding.limit) if finding.gate == "share" else f"{sign} {percent(finding.limit)}"


def _target(body: str) -> str:
    raw = json.loads(body)
    if alias := raw.get("AliasTarget"):
        return f"alias {alias.get('DNSName', '')}"
    return ", ".join(str(record.get("Value", "")) for record in raw.get("ResourceRecords", []))
