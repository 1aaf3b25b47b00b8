"""The screens of `pause`, `promote`, `freeze` and `adopt`: what each is about to do."""

import json
from collections.abc import Sequence
from typing import Any

from rich.console import RenderableType
from rich.text import Text

from cutover.core.durations import format_duration
from cutover.core.plan import Plan
from cutover.core.standing import Freeze
from cutover.core.state import State
from cutover.core.zone import points_at
from cutover.flow.verbs.freezing import Calendar, Window, span
from cutover.flow.verbs.promoting import Promotion
from cutover.render.output import Output
from cutover.render.parts import gates, headline, hung, plan_title, row, split, unbroken, warnings, way_back
from cutover.settings import Settings


def holding(state: State, goes_on: Sequence[str]) -> list[RenderableType]:
    """A pause before it is said."""
    now = (
        [row("now", split(state.weights), ("  " + state.label, "dim"))] if state.weights else [row("now", state.label)]
    )
    return [*now, hung("holds", "every raise, until a resume or a promotion"), *(hung("goes on", t) for t in goes_on)]


def promotion(found: Promotion) -> list[RenderableType]:
    """A promotion before it is made."""
    parts: list[RenderableType] = [row("now", split(found.live))]
    if found.lifts:
        parts.append(hung("lifts", found.lifts))
    if found.ends_bake_of is not None:
        parts.append(row("ends", f"the bake of Lambda {found.ends_bake_of}%"))
        parts += gates(found.exam.judgement)
    ahead = f"Lambda {found.ahead.weight}%" if found.ahead else "nothing: this is the last step"
    return [*parts, row("then", ahead)]


def naming(window: Window, now: Calendar, reason: str) -> list[RenderableType]:
    """A freeze before it is named."""
    length = format_duration(window.end - window.start)
    parts: list[RenderableType] = [hung("freeze", f"{span(window.start, window.end)} ({length}): {reason}")]
    if now.frozen:
        parts.append(hung("now", f"frozen already until {now.opening}: {now.frozen.text}"))
    return parts


def thawing(freeze: Freeze) -> list[RenderableType]:
    """A freeze before it is taken back."""
    return [hung(freeze.id, _named(freeze))]


def windows(calendar: Calendar, *, everything: bool) -> list[RenderableType]:
    """The named windows, the weekly ones, and when the next opening is."""
    shown = calendar.named if everything else calendar.current
    parts: list[RenderableType] = [hung(freeze.id, _named(freeze), _style(freeze, calendar)) for freeze in shown]
    parts += [hung("weekly", weekly.text) for weekly in calendar.weekly]
    return parts or [row("freeze", ("none is named, and freeze.weekly is empty", "dim"))]


def freeze_document(freeze: Freeze) -> dict[str, Any]:
    """A named window as plain JSON values."""
    return {
        "id": freeze.id,
        "start": freeze.start.isoformat(timespec="seconds"),
        "end": freeze.end.isoformat(timespec="seconds"),
        "reason": freeze.reason,
        "actor": freeze.actor,
    }


def adoption(plan: Plan, settings: Settings, output: Output) -> list[RenderableType]:
    """An adoption before it is made: each simple record, and the pair in its place."""
    lines: list[RenderableType] = []
    for before in plan.records_before.records:
        if before.weight is not None:
            continue
        lines.append(unbroken(row("from", f"{before.type:<5} {'simple':<12}        {_target(before.body)}")))
        lines += [
            unbroken(row("to", f"{r.type:<5} {r.set_identifier:<12} {r.weight:>6}  {_target(r.body)}"))
            for r in plan.records_after.records
            if r.type == before.type
        ]
    title = headline(f"{settings.name}  {settings.stage}  adopt", plan_title(plan), output.width, "dim")
    return [title, row("then", split(plan.after)), *lines, *warnings(plan.warnings), Text(), *way_back(output.again)]


def _target(body: str) -> str:
    raw = json.loads(body)
    checked = f"  health check {raw['HealthCheckId']}" if "HealthCheckId" in raw else ""
    return ("alias " if "AliasTarget" in raw else "") + ", ".join(points_at(raw)) + checked


def _named(freeze: Freeze) -> str:
    return f"{span(freeze.start, freeze.end)}: {freeze.reason} ({freeze.actor})"


def _style(freeze: Freeze, calendar: Calendar) -> str:
    if freeze.end <= calendar.now:
        return "dim"
    return "yellow" if freeze.start <= calendar.now else ""
