"""The reckoning as a screen and as plain JSON."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from cutover.core.budgets import Held, side_totals, usd
from cutover.core.cost import Line, Total, later, total
from cutover.core.prices import HOURS, Group
from cutover.core.words import percent, printable, roughly
from cutover.flow.costing import Meter, Reckoning
from cutover.render.output import Output
from cutover.render.parts import headline, row, warnings
from cutover.settings import Settings

PERIODS = {"hour": 1 / HOURS, "day": 24 / HOURS, "month": 1.0, "year": 12.0}
_NAMES = {Group.SERVERLESS: "Lambda side", Group.ECS: "ECS side", Group.SHARED: "both need"}
_STYLE = {Held.WITHIN: "green", Held.EXCEEDED: "bold red", Held.UNKNOWN: "yellow"}


def screen(reckoning: Reckoning, period: str, settings: Settings, output: Output) -> list[RenderableType]:
    """One screen: lines by side, the meter, the budgets, and what to know about the figures."""
    share = "not known" if reckoning.share is None else percent(reckoning.share)
    span = f"usage of {reckoning.since:%d %b %H:%M} to {reckoning.until:%d %b %H:%M} UTC"
    return [
        headline(f"{settings.name}  {settings.stage}  cost", f"Lambda had {share} of the requests", output.width),
        row("rate", f"a {period} at the {span}, and with everything on Lambda"),
        Text(),
        _table(reckoning.lines, period),
        Text(),
        *_meter(reckoning.meter),
        *_budgets(reckoning),
        Text(),
        *(row("plan", (printable(text), "dim")) for text in reckoning.contradictions),
        *warnings(reckoning.notes),
    ]


def document(reckoning: Reckoning, period: str) -> dict[str, Any]:
    """Amounts in US dollars, for `period` in `rate` and `later`, for a month in the budgets; null is not known."""
    factor, meter = PERIODS[period], reckoning.meter
    return {
        "period": period,
        "since": reckoning.since.isoformat(),
        "until": reckoning.until.isoformat(),
        "lambda_share": reckoning.share,
        "lines": [
            {
                "side": line.group.value,
                "name": line.name,
                "rate": _times(line.now, factor),
                "later": _times(line.later, factor),
                "basis": line.basis,
            }
            for line in reckoning.lines
        ],
        "totals": {side.value: _sum(value, factor) for side, value in side_totals(reckoning.lines).items()},
        "double_run": None
        if meter is None
        else {
            "since": meter.since.isoformat(),
            "until": meter.until.isoformat(),
            "spent": {side.value: _sum(value, 1.0) for side, value in meter.spent.items()},
        },
        "budgets": [
            {"name": b.name, "held": b.held.value, "value": b.value, "limit": b.limit, "missing": list(b.missing)}
            for b in reckoning.budgets
        ],
        "contradictions": list(reckoning.contradictions),
        "notes": list(reckoning.notes),
    }


def _table(lines: Sequence[Line], period: str) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="dim")
    table.add_column("", no_wrap=True)
    table.add_column(f"now, {period}", justify="right", no_wrap=True)
    table.add_column("all on Lambda", justify="right", no_wrap=True)
    table.add_column("from", overflow="fold")
    factor = PERIODS[period]
    for group, name in _NAMES.items():
        own = [line for line in lines if line.group is group]
        for line in own:
            amounts = (_amount(line.now, factor), _amount(line.later, factor))
            table.add_row(f"  {line.name}", *amounts, Text(printable(line.basis), style="dim"))
        sums = (_least(total(own), factor), _least(total(own, later), factor))
        table.add_row(Text(name, style="bold"), *sums, "")
    table.add_row(
        Text("everything", style="bold"), _least(total(lines), factor), _least(total(lines, later), factor), ""
    )
    return table


def _meter(meter: Meter | None) -> list[Text]:
    if meter is None:
        return []
    both = Total(sum(t.usd for t in meter.spent.values()), tuple(n for t in meter.spent.values() for n in t.missing))
    parts = ", ".join(f"{_NAMES[side]} {_least(spent, 1.0)}" for side, spent in meter.spent.items())
    lasted = roughly(max(timedelta(0), meter.until - meter.since))
    return [
        row("both ran", f"{_least(both, 1.0)} in {lasted} since the first shift: {parts}"),
        *(row("", (f"not known: {', '.join(both.missing)}", "yellow")) for _ in both.missing[:1]),
    ]


def _budgets(reckoning: Reckoning) -> list[Text]:
    return [
        row("budget", (f"{budget.held.value:<10}", _STYLE[budget.held]), printable(budget.text))
        for budget in reckoning.budgets
    ]


def _amount(value: float | None, factor: float) -> str:
    return "not known" if value is None else usd(value * factor, cents=True)


def _least(value: Total, factor: float) -> str:
    return ("≥ " if value.missing else "") + usd(value.usd * factor, cents=True)


def _sum(value: Total, factor: float) -> dict[str, Any]:
    return {"usd": value.usd * factor, "missing": list(value.missing)}


def _times(value: float | None, factor: float) -> float | None:
    return None if value is None else value * factor
