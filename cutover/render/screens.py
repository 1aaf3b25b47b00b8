"""The screens of `shift`, `run`, `check`, `resume` and `history`."""

from collections.abc import Sequence

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from cutover.core.durations import format_duration
from cutover.core.ladder import next_step
from cutover.core.models import Judgement, Step, Weights
from cutover.core.plan import Plan
from cutover.core.record import Event, Kind
from cutover.core.words import count, printable
from cutover.flow.verbs.resuming import Resumption
from cutover.render.gate_table import STYLE
from cutover.render.output import Output
from cutover.render.parts import (
    clock_time,
    exchange,
    gates,
    headline,
    listed,
    plan_title,
    row,
    split,
    warnings,
    way_back,
)
from cutover.settings import Settings

# Done because a person asked for it, so that one wants to know who; the rest is what was found or went on by itself.
BY_PEOPLE = frozenset(
    {
        Kind.INTENT, Kind.ADOPTED, Kind.ROLLED_BACK, Kind.RESUMED, Kind.STOPPED, Kind.PAUSED, Kind.PROMOTED,
        Kind.FROZEN, Kind.THAWED, Kind.DRILLED, Kind.VERIFIED, Kind.UNLOCKED, Kind.LOADED, Kind.SWITCHED, Kind.RUNG,
        Kind.REINDEXED,
    }
)  # fmt: skip


def planned(plan: Plan, judgement: Judgement, settings: Settings, output: Output) -> list[RenderableType]:
    """A shift before it is made."""
    title = f"{settings.name}  {settings.stage}  Lambda {plan.before.serverless}% → {plan.after.serverless}%"
    return [
        headline(title, plan_title(plan), output.width, "dim"),
        row("now", split(plan.before)),
        row("then", split(plan.after)),
        *exchange(plan),
        Text(),
        *gates(judgement),
        *warnings(plan.warnings),
        Text(),
        *way_back(output.again),
        Text(),
    ]


def unplanned(judgement: Judgement) -> list[RenderableType]:
    """What was known when a shift was refused."""
    return [*gates(judgement), Text()]


def ladder(steps: Sequence[Step], live: Weights, settings: Settings, output: Output) -> list[RenderableType]:
    """A run before it is started."""
    upcoming = next_step(steps, live)
    table = Table(box=None, padding=(0, 3, 0, 0), pad_edge=False, header_style="dim")
    for name in ("  step", "bake", "Lambda must serve", ""):
        table.add_column(name, no_wrap=True)
    for step in steps:
        mark = "next" if step is upcoming else "live" if step.weight == live.serverless else ""
        table.add_row(
            f"  Lambda {step.weight}%", format_duration(step.bake), f"{count(step.min_requests)} requests", mark
        )
    timing = settings.timing
    return [
        headline(f"{settings.name}  {settings.stage}  run", "", output.width),
        row("now", split(live)),
        Text(),
        table,
        Text(),
        row("fail", "gates FAIL: back to ECS 100 by itself, exit 4"),
        row("hold", f"held or without telemetry for {timing.give_up_after}: the weights stay, exit 6 or 9"),
        row("drift", "records changed by others: it stops, the weights stay, exit 5"),
        row("Ctrl-C", "the weights stay; the same command goes on where it was"),
        *way_back(output.again),
    ]


def judged(judgement: Judgement, weights: Weights, span: str) -> list[RenderableType]:
    """The gates over one interval."""
    verdict = judgement.verdict
    head = Text.assemble((verdict.value.upper(), STYLE[verdict]), f"  Lambda {weights.serverless}%, {span}")
    return [head, *gates(judgement)]


def resumption(what: Resumption) -> list[RenderableType]:
    """What a resume would lift."""
    return [row("now", split(what.live)), *(row("lifts", printable(text)) for text in what.lifts)]


def history(events: Sequence[Event]) -> list[RenderableType]:
    """Ledger lines, oldest first."""
    return [event_line(event, f"{event.seq:>5}  ") for event in events]


def event_line(event: Event, number: str = "") -> Table:
    """One ledger line in words; its number in front if that is wanted, and then who did it."""
    what = f"{event.before[1]}% → {event.after[1]}%" if event.before and event.after else ""
    if event.after and not event.before:
        what = f"Lambda {event.after[1]}%"
    style = {"rolled-back": "bold red", "drift": "bold red", "stopped": "yellow", "finished": "bold green"}
    said = Text("  ".join(part for part in (what, printable(event.reason), event.change_id) if part))
    said.style = style.get(event.kind.value, "")
    if number and event.kind in BY_PEOPLE:
        said.append(f"  {printable(event.actor)}", style="dim")
    return listed(number + clock_time(event.time), Text(event.kind.value, style=said.style), said)
