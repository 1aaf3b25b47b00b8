"""The screens of `cutover dashboard`, and their JSON."""

from collections.abc import Mapping
from typing import Any

from rich.console import RenderableType
from rich.text import Text

from cutover.core.boards.marks import Change
from cutover.core.words import plural
from cutover.flow.boards.annotating import Annotated
from cutover.flow.boards.listing import Overview
from cutover.render.parts import clock_time, listed, row, warnings

THERE = {True: ("deployed", "green"), False: ("not deployed", "yellow"), None: ("not known", "dim")}


def overview(found: Overview) -> list[RenderableType]:
    """Every dashboard, where it is kept and whether it is deployed."""
    rows: list[RenderableType] = [
        row(one.name, f"{one.deployed_name}  ", THERE[one.deployed], f"  {one.file or 'only in CloudWatch'}")
        for one in found.boards
    ]
    if not rows:
        rows = [Text("there is no dashboard", style="dim")]
    return [*rows, *warnings([f"CloudWatch can't be asked: {found.trouble}"] if found.trouble else [])]


def overview_document(found: Overview) -> Mapping[str, Any]:
    """The same as plain JSON values."""
    return {
        "dashboards": [
            {"name": one.name, "deployed_name": one.deployed_name, "file": one.file, "deployed": one.deployed}
            for one in found.boards
        ],
        "trouble": found.trouble,
    }


def marks(planned: Annotated) -> list[RenderableType]:
    """The marks that there are to be."""
    told = f"{plural(len(planned.found), 'mark')} of the ledger; {planned.before} there now"
    return [row("board", planned.name), row("marks", told), *map(_mark, planned.found), Text()]


def marks_document(planned: Annotated, *, dry_run: bool) -> Mapping[str, Any]:
    """The same as plain JSON values."""
    return {
        "dashboard": planned.name,
        "dry_run": dry_run,
        "written": planned.written,
        "before": planned.before,
        "marks": [{"time": one.at.isoformat(), "text": one.text, "seq": one.seq} for one in planned.found],
        "said": list(planned.said),
    }


def _mark(change: Change) -> RenderableType:
    return listed(clock_time(change.at), "mark", Text(change.text))
