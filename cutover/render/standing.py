"""What people have said and shown beside the weights, a line each; only what holds now."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from rich.console import RenderableType
from rich.text import Text

from cutover.core.freezes import opening
from cutover.core.models import Step
from cutover.core.record import Event
from cutover.core.words import plural, printable, roughly
from cutover.flow.look.picture import Picture
from cutover.render.parts import age, hung, row
from cutover.settings import Settings

# How long a drill's way back took, by its receipt: until every answer was ECS's, or at least until Route 53 said so.
RECOVERY_KEYS = ("answers_seconds", "insync_seconds")


def ladder(picture: Picture, settings: Settings) -> list[Text]:
    """Where on the ladder the weights are: the steps in their order, the live one marked by a word."""
    live = picture.weights.serverless if picture.weights else None
    if live is None:
        return []
    steps = {0: "0%"} | {step.weight: f"{step.weight}%" for step in settings.steps}
    if live not in steps:
        steps = dict(sorted((steps | {live: f"{live}%"}).items()))
    parts: list[Text] = []
    for weight, text in steps.items():
        here = weight == live
        note = f" {_position(picture, settings.steps, live)}" if here else ""
        parts.append(Text(f"[{text}{note}]" if here else text, style="bold" if here else "dim"))
    return [row("ladder", Text(" → ", style="dim").join(parts))]


def _position(picture: Picture, steps: Iterable[Step], live: int) -> str:
    if live and all(step.weight != live for step in steps):
        return "now, no step of the ladder"
    return "finished" if picture.state.finished else "baked" if picture.state.baked else "now"


def said(picture: Picture) -> list[RenderableType]:
    """Pause, kill switch, alarms, freeze, load test, drill, lease, decommission: those that there are."""
    return [
        *_paused(picture), *_switched(picture), *_alarms(picture), *_frozen(picture), *_loading(picture),
        *_drill(picture), *_lease(picture), *_rungs(picture),
    ]  # fmt: skip


def _paused(picture: Picture) -> Iterator[RenderableType]:
    if event := picture.state.standing.paused:
        yield hung("paused", f"{_by(picture, event)}: {event.reason}", "yellow")


def _switched(picture: Picture) -> Iterator[RenderableType]:
    event = picture.state.standing.switched
    if event or picture.serving is False:
        whose = _by(picture, event) if event else "not by cutover"
        text = f"thrown {whose}: Lambda gets no traffic, whatever the weights"
        yield hung("switch", text, "bold red")


def _alarms(picture: Picture) -> Iterator[RenderableType]:
    if alarms := picture.surroundings.alarms:
        yield hung("alarms", f"{plural(len(alarms), 'veto alarm')} in ALARM: {', '.join(alarms)}", "bold red")


def _frozen(picture: Picture) -> Iterator[RenderableType]:
    if window := picture.freeze:
        yield hung("frozen", f"until {opening(picture.now, picture.opens)}: {window.text}", "yellow")
        return
    coming = [freeze for freeze in picture.state.standing.freezes if freeze.start > picture.now]
    if coming:
        first = min(coming, key=lambda freeze: freeze.start)
        span = f"{first.start:%a %d %b %H:%M} to {first.end:%a %d %b %H:%M} UTC"
        yield hung("freeze", f"in {roughly(first.start - picture.now)}: {span}: {first.reason}")


def _loading(picture: Picture) -> Iterator[RenderableType]:
    for test in picture.state.standing.load_tests:
        if test.is_under_way(picture.now):
            said = printable(f"{_by(picture, test.event)}: {test.event.reason}")
            yield hung("load", f"{said}; its minutes do not count", "yellow")


def _drill(picture: Picture) -> Iterator[RenderableType]:
    standing = picture.state.standing
    if standing.drilling:
        yield row("drill", (f"under way, or cut off, since {age(picture.now, standing.drilling.time)}", "yellow"))
    elif standing.drill:
        took = _recovery(standing.drill.evidence)
        back = f"back on ECS in {took}" if took else "went well"
        yield row("drill", back, (f"  {age(picture.now, standing.drill.time)}", "dim"))


def _recovery(evidence: Mapping[str, Any]) -> str:
    seconds = next((evidence[key] for key in RECOVERY_KEYS if isinstance(evidence.get(key), int | float)), None)
    return f"{seconds:.0f} s" if seconds is not None else ""


def _lease(picture: Picture) -> Iterator[RenderableType]:
    if holder := picture.holder:
        until = f"  lease until {holder.until:%H:%M:%S} UTC" if holder.until else ""
        yield row("at work", printable(holder.name), (until, "dim"))


def _rungs(picture: Picture) -> Iterator[RenderableType]:
    taken = sorted(picture.state.standing.rungs.items(), key=lambda item: item[1].time)
    if taken:
        yield hung("retiring", ", ".join(f"{name} {age(picture.now, event.time)}" for name, event in taken))


def _by(picture: Picture, event: Event) -> str:
    return f"{age(picture.now, event.time)} by {event.actor}"
