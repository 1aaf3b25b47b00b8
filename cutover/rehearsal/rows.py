"""What a suite of rehearsals came to, scenario by scenario: rows, a table, one document. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from rich.table import Table
from rich.text import Text

from cutover.exits import Exit
from cutover.rehearsal.scenario import Scenario

SCHEMA = "cutover.rehearsals/1"
PASSED, FAILED = Text("ok", "green"), Text("FAIL", "bold red")


@dataclass(frozen=True, slots=True)
class Row:
    """One scenario. `report`: its page, from the suite's folder; empty if there is none. `reason`: why so."""

    name: str
    title: str
    expected: str
    actual: str
    passed: bool
    seconds: float
    report: str
    reason: str


def row_of(scenario: Scenario, summary: Mapping[str, Any], seconds: float) -> Row:
    """The row of a rehearsal that was held; `summary` is its document."""
    wrong = [check for check in summary["checks"] if not check["passed"]]
    reason = "; ".join(f"{check['name']}: {check['detail']}" for check in wrong) or str(summary["reason"])
    weight = summary["weights"]["asked"]["lambda"]
    return Row(
        name=scenario.name,
        title=scenario.title,
        expected=scenario.expect.words,
        actual=f"exit {summary['run_exit']}, Lambda at {weight}%",
        passed=bool(summary["passed"]),
        seconds=round(seconds, 1),
        report=f"{scenario.name}/report.html",
        reason=reason,
    )


def not_held(scenario: Scenario, seconds: float, reason: str, actual: str = "could not be held") -> Row:
    """The row of one that came to nothing."""
    return Row(scenario.name, scenario.title, scenario.expect.words, actual, False, round(seconds, 1), "", reason)


def exit_of(rows: Sequence[Row], *, interrupted: bool) -> Exit:
    """0 when all ended as their files say."""
    if interrupted:
        return Exit.INTERRUPTED
    return Exit.DONE if all(row.passed for row in rows) else Exit.MISMATCH


def document(rows: Sequence[Row], *, quick: bool, interrupted: bool) -> Mapping[str, Any]:
    """The suite as one document."""
    return {
        "schema": SCHEMA,
        "exit": int(exit_of(rows, interrupted=interrupted)),
        "quick": quick,
        "interrupted": interrupted,
        "passed": sum(row.passed for row in rows),
        "seconds": round(sum(row.seconds for row in rows), 1),
        "scenarios": [asdict(row) for row in rows],
    }


def table(rows: Sequence[Row]) -> Table:
    """The suite for people."""
    shown = Table(box=None, pad_edge=False, header_style="dim")
    for name in ("", "scenario", "expected", "came", "seconds"):
        shown.add_column(name, justify="right" if name == "seconds" else "left", overflow="fold")
    for row in rows:
        mark = PASSED if row.passed else FAILED
        shown.add_row(mark, row.name, row.expected, Text(row.actual), f"{row.seconds:.0f}")
    return shown
