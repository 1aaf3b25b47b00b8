"""The decommission ladder on the screen and as plain JSON: rungs, resources, what stands in the way, the ways back."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from cutover.core.decommission import LADDER, Obstacle, Rung
from cutover.core.durations import format_duration
from cutover.core.parts import Part
from cutover.core.words import printable, roughly
from cutover.flow.decommission.overview import Overview, RungSeen
from cutover.render.output import Output
from cutover.render.parts import clock_time, headline, row, unbroken, warnings
from cutover.settings import Settings

_KIND = 17  # the longest kind of resource, and a gap
_UNDONE = frozenset({Rung.HOLD, Rung.DRAIN})  # those with an undo of their own


def screen(seen: Overview, settings: Settings, output: Output) -> list[RenderableType]:
    """The whole ladder."""
    state = "DONE" if seen.upcoming is None else f"next: {seen.upcoming.value}"
    parts: list[RenderableType] = [resources(seen.parts, seen.left)] if seen.parts else []
    return [
        headline(f"{settings.name}  {settings.stage}  decommission", state, output.width),
        row("ECS", str(seen.facts.scale or "the service is gone")),
        *_hold(seen),
        Text(),
        _rungs(seen, output),
        Text(),
        *parts,
        *warnings([seen.missing] if seen.missing else []),
        *obstacles(seen.against, output),
    ]


def resources(parts: Sequence[Part], left: Sequence[Part]) -> RenderableType:
    """What is deleted, first to last, and below each what brings it back."""
    width = max((len(part.name) for part in parts), default=0)
    lines: list[RenderableType] = []
    for part in parts:
        there = part in left
        style = "dim" if not there else "bold red" if part.is_final else ""
        cells = f"  {part.kind.value:<{_KIND}}{printable(part.name):<{width}}  {'there' if there else 'deleted'}"
        lines += [Text(cells, style=style), *_back(part.undo, part.time_to_undo)]
    return Group(*lines)


def _back(undo: str, time_to_undo: str) -> list[RenderableType]:
    """What brings something back: a line to copy stays whole, whatever explains goes on below itself."""
    if undo.startswith(("aws ", "cutover ")):
        line = unbroken(Text(f"    {printable(undo)}", style="dim"))
        return [Text(f"    back in {time_to_undo} by", style="dim"), line]
    return [_indented(f"back in {time_to_undo}: {undo}")]


def _indented(text: str) -> Table:
    """A remark below its line, which goes on below itself."""
    table = Table.grid()
    table.add_column(no_wrap=True, min_width=4)
    table.add_column(overflow="fold")
    table.add_row("", Text(printable(text), style="dim"))
    return table


def about(part: Part) -> list[RenderableType]:
    """One resource before it is deleted."""
    lines = [
        row("delete", (printable(f"{part.kind.value} {part.name}"), "bold red")),
        row("", printable(part.what)),
        row("undo", f"{printable(part.undo)}  (back in: {part.time_to_undo})"),
    ]
    return [*lines, *warnings(["this can't be undone"] if part.is_final else [])]


def lowering(what: str, rung: Rung, output: Output) -> list[RenderableType]:
    """A rung of fewer tasks before it is taken."""
    step = LADDER[rung]
    undo = step.undo.replace("cutover", output.again, 1)
    return [row(rung.value, (printable(what), "bold")), row("undo", f"{undo}  (back in: {step.time_to_undo})")]


def obstacles(against: Sequence[Obstacle], output: Output) -> list[RenderableType]:
    """What stands in the way, each with its way on."""
    lines: list[RenderableType] = []
    for obstacle in against:
        lines += warnings([f"{obstacle.text} ({obstacle.number}; needed: {obstacle.limit})"])
        lines.append(_indented(output.spelled(obstacle.way_on)))
    return lines


def document(seen: Overview) -> dict[str, Any]:
    """The ladder for programs; times are ISO text, spans seconds."""
    scale, left = seen.facts.scale, seen.held_for
    return {
        "next_rung": seen.upcoming.value if seen.upcoming else None,
        "ecs": None if scale is None else {**scale.plain(), "running": scale.running},
        "hold_seconds_left": None if left is None else max(0, int(left.total_seconds())),
        "rungs": [_rung_document(rung) for rung in seen.rungs],
        "resources": [part_document(part, part in seen.left) for part in seen.parts],
        "against": [obstacle_document(obstacle) for obstacle in seen.against],
        "missing": seen.missing or None,
    }


def part_document(part: Part, there: bool) -> dict[str, Any]:
    """One resource for programs."""
    return {
        "kind": part.kind.value,
        "name": part.name,
        "id": part.id,
        "there": there,
        "reversible": not part.is_final,
        "undo": part.undo,
        "time_to_undo": part.time_to_undo,
    }


def obstacle_document(obstacle: Obstacle) -> dict[str, Any]:
    """One obstacle for programs."""
    return {
        "rule": obstacle.name,
        "text": obstacle.text,
        "number": obstacle.number,
        "limit": obstacle.limit,
        "next": obstacle.way_on,
    }


def _rung_document(seen: RungSeen) -> dict[str, Any]:
    step = LADDER[seen.rung]
    return {
        "rung": seen.rung.value,
        "done": seen.is_done,
        "begun": seen.is_begun,
        "time": seen.event.time.isoformat() if seen.event else None,
        "actor": seen.event.actor if seen.event else None,
        "undo": step.undo,
        "time_to_undo": step.time_to_undo,
    }


def _hold(seen: Overview) -> list[Text]:
    left, needed = seen.held_for, format_duration(seen.facts.hold)
    if left is None:
        return []
    over = f"the {needed} at the warm floor are over" if left <= timedelta(0) else f"{roughly(left)} left of {needed}"
    return [row("hold", over)]


def _rungs(seen: Overview, output: Output) -> Table:
    table = Table.grid(padding=(0, 2, 0, 0))
    for wide in (False, False, True):
        table.add_column(overflow="fold", no_wrap=not wide)
    for one in seen.rungs:
        step = LADDER[one.rung]
        mark = "done" if one.is_done else "begun" if one.is_begun else "next" if one.rung is seen.upcoming else ""
        when = f" {clock_time(one.event.time)}" if one.event else ""
        style = {"done": "green", "next": "bold", "begun": "yellow"}.get(mark, "dim")
        undo = step.undo.replace("cutover", output.again, 1)
        back = f"{undo}  ({step.time_to_undo})" if one.rung in _UNDONE else undo
        table.add_row(f"  {one.rung.value}", Text(mark + when, style=style), step.what)
        table.add_row("", "", Text(back, style="dim"))
    return table
