"""Pieces that several screens share: the split bar, the table of gates, the bake, the exchange of records."""

import json
from collections.abc import Iterable
from datetime import datetime, timedelta

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from cutover.core.bake import BakeClock
from cutover.core.models import MINUTE, Judgement, Verdict, Weights
from cutover.core.plan import HASH_DIGITS, Plan
from cutover.core.words import count, plural, printable, roughly
from cutover.render.gate_table import STYLE, GateTable, Lately

SERVERLESS_STYLE, ECS_STYLE = "cyan", "blue"
BAR = 20


def headline(left: str, right: str, width: int, style: str = "bold") -> Text:
    """A title with the state at the other end of the line, on the same line if there is room."""
    gap = max(2, width - len(left) - len(right))
    return Text.assemble((printable(left), "bold"), " " * gap, (printable(right), style))


def row(name: str, *parts: str | Text | tuple[str, str]) -> Text:
    """A named line of a screen."""
    return Text.assemble((f"  {name:<10}", "dim"), *parts)


def hung(name: str, text: str, style: str = "") -> Table:
    """A named line whose text goes on below itself where it is too long."""
    table = Table.grid(padding=(0, 0, 0, 0))
    table.add_column(no_wrap=True, style="dim", min_width=12)
    table.add_column(overflow="fold")
    table.add_row(f"  {name}", Text(printable(text), style=style))
    return table


def split(weights: Weights) -> Text:
    """The asked split as a bar that can be read without colour."""
    return share_bar(weights.serverless / 100)


def share_bar(share: float) -> Text:
    """Lambda's share, a fraction, as a bar; whoever has anything at all has a piece of it."""
    cells = round(share * BAR)
    cells = min(BAR - 1, max(1, cells)) if 0 < share < 1 else cells
    percent = round(share * 100)
    return Text.assemble(
        f"ECS {100 - percent:>3} ",
        ("█" * (BAR - cells), ECS_STYLE),
        ("░" * cells, SERVERLESS_STYLE),
        f" {percent:>3} Lambda",
    )


def gates(judgement: Judgement, lately: Lately | None = None) -> list[RenderableType]:
    """The table of gates, with `lately` also how they went, and a sentence for each that does not pass."""
    table = GateTable(judgement.findings, lately)
    sentences = reasons(judgement)
    return [table, sentences] if sentences.row_count else [table]


def reasons(judgement: Judgement) -> Table:
    """A sentence for each gate that does not pass."""
    sentences = Table.grid(padding=(0, 2, 0, 0))
    for finding in judgement.findings:
        if finding.verdict is not Verdict.PASS:
            style = STYLE[finding.verdict]
            sentences.add_row(
                Text(f"  {finding.verdict.value.upper()}", style=style), Text(printable(finding.text), style=style)
            )
    return sentences


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


def warnings(texts: Iterable[str]) -> list[RenderableType]:
    """Warnings, each on its own; one that is too long goes on below itself."""
    lines: list[RenderableType] = []
    for text in texts:
        table = Table.grid()
        table.add_column(no_wrap=True)
        table.add_column(overflow="fold")
        table.add_row(Text("  ! ", style="yellow"), Text(printable(text), style="yellow"))
        lines.append(table)
    return lines


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


def _target(body: str) -> str:
    raw = json.loads(body)
    if alias := raw.get("AliasTarget"):
        return f"alias {alias.get('DNSName', '')}"
    return ", ".join(str(record.get("Value", "")) for record in raw.get("ResourceRecords", []))
