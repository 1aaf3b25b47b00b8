"""The screens of `drill`: what is going to happen, and the receipt."""

from rich.console import RenderableType
from rich.text import Text

from cutover.core.drilling import Receipt
from cutover.core.words import plural
from cutover.flow.drill.before_drill import DrillWish, Prepared
from cutover.render.output import Output
from cutover.render.parts import exchange, gates, headline, hung, plan_title, row, split, warnings, way_back
from cutover.settings import Settings


def planned(prepared: Prepared, wish: DrillWish, settings: Settings, output: Output) -> list[RenderableType]:
    """A drill before it is made."""
    plan = prepared.plan
    switch = ["the kill switch is thrown, and put back when no answer is Lambda's"] if wish.with_switch else []
    steps = [
        f"Lambda gets {wish.weight}% until it shows in the answers of the zone's name servers",
        *switch,
        "back to ECS 100 by the code of cutover rollback, measured",
    ]
    return [
        headline(f"{settings.name}  {settings.stage}  drill", plan_title(plan), output.width, "dim"),
        row("now", split(plan.before)),
        *(hung(str(number), step) for number, step in enumerate(steps, 1)),
        *exchange(plan),
        Text(),
        *gates(prepared.exam.judgement),
        *warnings(plan.warnings),
        Text(),
        *way_back(output.again),
    ]


def receipt(found: Receipt) -> list[RenderableType]:
    """What was measured."""
    switch = "not tested"
    if found.switch:
        switch = f"out of the answers after {_seconds(found.switch.out_seconds)}, back after"
        switch += f" {_seconds(found.switch.back_seconds)}"
    return [
        row("receipt", ("OK", "bold green") if found.ok else ("FAILED", "bold red")),
        row("out", f"Lambda {found.weight}% seen after {_seconds(found.seen_seconds)}"),
        row("back", f"taken by Route 53 after {_seconds(found.accepted_seconds)}"),
        row("", f"INSYNC after {_seconds(found.insync_seconds)}"),
        row("", f"all of {plural(found.questions, 'answer')} ECS's within {_seconds(found.answers_seconds)}"),
        row("switch", switch),
        *warnings(found.problems),
    ]


def _seconds(seconds: float | None) -> str:
    return "(not measured)" if seconds is None else f"{seconds:.0f} s"
