"""What a person sees while all scenarios are held: a live list on a terminal, plain lines everywhere else."""

import time
from collections.abc import Mapping, Sequence

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.table import Table
from rich.text import Text

from cutover.rehearsal.rows import FAILED, PASSED, Row
from cutover.rehearsal.scenario import Scenario


class PlainList:
    """A line when one begins, and one when it has ended."""

    def __init__(self, console: Console, count: int) -> None:
        self._console, self._count, self._begun = console, count, 0

    def begins(self, scenario: Scenario) -> None:
        """The next one."""
        self._begun += 1
        self._console.print(Text(f"{self._begun}/{self._count}  {scenario.name}: {scenario.title}"), soft_wrap=True)

    def look(self, doing: str) -> None:
        """Nothing: its own log has it."""

    def ended(self, row: Row) -> None:
        """What it came to."""
        mark = "ok  " if row.passed else "FAIL"
        style = "" if row.passed else "bold red"
        line = f"{mark}  {row.name}: {row.actual}; {row.seconds:.0f} s"
        self._console.print(Text(line if row.passed else f"{line}; {row.reason}", style), soft_wrap=True)

    def __enter__(self) -> "PlainList":
        return self

    def __exit__(self, *_: object) -> None:
        return None


class LiveList:
    """All of them, drawn anew in place."""

    def __init__(self, console: Console, scenarios: Sequence[Scenario]) -> None:
        self._live = Live(console=console, refresh_per_second=4, transient=True)
        self._scenarios = scenarios
        self._rows: dict[str, Row] = {}
        self._name, self._began, self._doing = "", 0.0, ""

    def begins(self, scenario: Scenario) -> None:
        """The next one."""
        self._name, self._began, self._doing = scenario.name, time.monotonic(), ""
        self._draw()

    def look(self, doing: str) -> None:
        """What it does now."""
        self._doing = doing
        self._draw()

    def ended(self, row: Row) -> None:
        """What it came to."""
        self._rows[row.name] = row
        self._name = ""
        self._draw()

    def __enter__(self) -> "LiveList":
        self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._live.stop()

    def _draw(self) -> None:
        under_way = (self._name, self._doing, time.monotonic() - self._began)
        self._live.update(picture(self._scenarios, self._rows, under_way))


def picture(
    scenarios: Sequence[Scenario], rows: Mapping[str, Row], under_way: tuple[str, str, float]
) -> RenderableType:
    """The list; `under_way` is the name of the one that is, what it does, and for how many seconds."""
    name, doing, seconds = under_way
    shown = Table.grid(padding=(0, 1))
    for scenario in scenarios:
        if row := rows.get(scenario.name):
            mark = PASSED if row.passed else FAILED
            shown.add_row(mark, row.name, f"{row.seconds:4.0f} s", Text(row.actual if row.passed else row.reason))
        elif scenario.name == name:
            shown.add_row(Text("…", "cyan"), Text(name, "bold"), f"{seconds:4.0f} s", Text(doing, "dim"))
        else:
            shown.add_row("", Text(scenario.name, "dim"), "", Text(scenario.title, "dim"))
    head = Text.assemble(("all scenarios", "bold"), ("   everything here is simulated", "dim"))
    return Group(head, Text(), shown, Text(), Text("Ctrl-C stops, with a table of those that are over", "dim"))
