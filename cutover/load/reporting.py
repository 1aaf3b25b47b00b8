"""A run's page written anew, or that of two runs side by side, and what the terminal is told of them."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import RenderableType

from cutover.core.load.comparing import Difference, compare
from cutover.core.load.run import LoadRun
from cutover.core.load.verdict import judge
from cutover.exits import Exit
from cutover.flow.outcome import Outcome, Stop
from cutover.flow.writing import write_whole
from cutover.load.papers import REPORT, BadFolder, exit_of, read, told
from cutover.load.tables import summary
from cutover.render.load_page import render
from cutover.render.loading import compared, comparison_document, verdict

COMPARISON = "compare.html"


@dataclass(frozen=True, slots=True)
class Told:
    """A report's end: its screen, its document, and the outcome of the command."""

    name: str
    screen: Sequence[RenderableType]
    document: Mapping[str, Any]
    outcome: Outcome


def report_of_one(folder: Path, out: Path | None) -> Told:
    """The run of that folder. Stops where it can't be read or written."""
    run = _read(folder)
    page = _written(out or folder / REPORT, [run])
    judged = judge(run)
    *said, headline = told(judged, run)
    document = json.loads(summary(run, judged, exit_of(judged, run))) | {"report": str(page)}
    document.pop("schema")
    return Told("load", verdict(said), document, _outcome(headline, page))


def report_of_two(first: Path, second: Path, out: Path | None) -> Told:
    """Both runs, the second compared with the first. Stops where one can't be read, or nothing be written."""
    runs = _read(first), _read(second)
    page = _written(out or first / COMPARISON, runs)
    comparison = compare(*runs)
    told_apart = {Difference.SLOWER, Difference.FASTER}
    every = [row for row in comparison.rows if not row.route]
    phases = [row for row in every if row.difference in told_apart]
    quiet = "no phase differs by more than noise"
    if any(row.difference is Difference.UNKNOWN for row in every) or not every:
        quiet = "too little to tell whether any phase differs"
    said = ", ".join(f"{row.phase} is {row.difference}" for row in phases) or quiet
    names = ("A " + runs[0].target.name, "B " + runs[1].target.name)
    document = {**comparison_document(comparison), "report": str(page)}
    return Told(
        "load.comparison",
        compared(comparison, names),
        document,
        _outcome(f"{_name(runs[1])} against {_name(runs[0])}: {said}", page),
    )


def _read(folder: Path) -> LoadRun:
    try:
        return read(folder)
    except BadFolder as error:
        raise Stop(Outcome(Exit.USAGE, str(error), "cutover load report --help")) from error


def _written(path: Path, runs: Sequence[LoadRun]) -> Path:
    try:
        write_whole(path, render(runs).encode(), overwrite=True)
    except OSError as error:
        text = f"{path} can't be written: {error.strerror or error}"
        raise Stop(Outcome(Exit.USAGE, text, "name another file with --out")) from error
    return path


def _name(run: LoadRun) -> str:
    return f"{run.profile.name} on {run.target.name}"


def _outcome(text: str, page: Path) -> Outcome:
    return Outcome(Exit.DONE, text, f"open {page}")
