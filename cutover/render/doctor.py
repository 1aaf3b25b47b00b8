"""The screen of `doctor`: findings by theme, each with its mend below it."""

from collections.abc import Sequence
from itertools import groupby
from typing import Any

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from cutover.core.doctor.findings import Diagnosis, Level, counts
from cutover.core.words import plural, printable
from cutover.render.output import Output
from cutover.render.parts import headline
from cutover.settings import Settings

MARK = {Level.OK: "✓", Level.WARNING: "!", Level.MUST_MEND: "✗", Level.NOT_CHECKED: "·"}
STYLE = {Level.OK: "green", Level.WARNING: "yellow", Level.MUST_MEND: "bold red", Level.NOT_CHECKED: "dim"}
CHECK_WIDTH = 16


def screen(found: Sequence[Diagnosis], settings: Settings, output: Output) -> list[RenderableType]:
    """The whole screen."""
    number = counts(found)
    told = "  ".join(_counted(level, number[level]) for level in Level if number[level])
    style = next(STYLE[level] for level in (Level.MUST_MEND, Level.WARNING, Level.OK) if number[level] or not found)
    parts: list[RenderableType] = [
        headline(f"{settings.name}  {settings.stage}  doctor", told, output.width, style),
        Text("─" * output.width, style="dim"),
    ]
    for theme, group in groupby(found, key=lambda one: one.theme):
        parts += [Text(theme.value, style="bold"), _table(list(group), output), Text()]
    return parts[:-1]


def document(found: Sequence[Diagnosis]) -> dict[str, Any]:
    """The findings as plain JSON values."""
    findings = [
        {"theme": one.theme.value, "check": one.check, "level": one.level.value, "text": one.text, "mend": one.mend}
        for one in found
    ]
    return {"findings": findings, "counts": {level.value: number for level, number in counts(found).items()}}


def _counted(level: Level, number: int) -> str:
    return plural(number, level.value) if level is Level.WARNING else f"{number} {level.value}"


def _table(found: Sequence[Diagnosis], output: Output) -> Table:
    table = Table.grid(padding=(0, 1, 0, 0))
    table.add_column(no_wrap=True, min_width=3)
    table.add_column(no_wrap=True, min_width=CHECK_WIDTH)
    table.add_column(overflow="fold")
    for one in found:
        style = STYLE[one.level]
        said = Text(printable(one.text), style="" if one.level is Level.OK else style)
        table.add_row(Text(f"  {MARK[one.level]}", style=style), Text(one.check, style=style), said)
        if one.mend:
            table.add_row("", "", Text(f"→ {printable(output.spelled(one.mend))}"))
    return table
