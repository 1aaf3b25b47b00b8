"""The screen of `status`: what is true, what happens next, and the one command that goes back."""

import math

from rich.console import RenderableType
from rich.text import Text

from cutover.core.models import MINUTE, Side, Verdict, Weights
from cutover.core.state import Phase, unfinished_rollback
from cutover.core.traffic_gates import SHARE_MINUTES, observed_share
from cutover.core.words import count, percent, plural, roughly
from cutover.flow.picture import Picture
from cutover.ports import Answers
from cutover.render.output import Output
from cutover.render.parts import STYLE, age, bake, gates, headline, row, split, unbroken, warnings, way_back
from cutover.settings import Settings

CONFIDENCE_Z = 1.96


def screen(picture: Picture, settings: Settings, output: Output) -> list[RenderableType]:
    """The whole screen."""
    parts: list[RenderableType] = [
        headline(f"{settings.name}  {settings.stage}", _state(picture), output.width, _state_style(picture)),
        Text("─" * output.width, style="dim"),
        *_asked(picture),
        *_answers(picture),
        *_requests(picture),
        Text(),
    ]
    if picture.exam:
        parts += [*gates(picture.exam.judgement), Text()]
    return [*parts, *_ahead(picture, output), *way_back(output.again, picture.state.undo), *_wrong(picture)]


def _state(picture: Picture) -> str:
    judgement = picture.exam.judgement if picture.exam else None
    verdict = f"  {judgement.verdict.value.upper()}" if judgement else ""
    if picture.drift and not unfinished_rollback(picture.state):
        return f"DRIFT{verdict if picture.live else ''}"
    steady = picture.state.phase is Phase.STEADY and not picture.state.rolled_back
    return f"{picture.label}{verdict if steady or picture.ledger_lost else ''}"


def _state_style(picture: Picture) -> str:
    if picture.drift or picture.ledger_lost or picture.state.rolled_back:
        return "bold red"
    return f"bold {STYLE[picture.exam.judgement.verdict]}" if picture.exam else "bold cyan"


def _asked(picture: Picture) -> list[Text]:
    if picture.weights is None:
        return [row("asked", ("not known", "yellow"))]
    return [row("asked", split(picture.weights), ("  " + _how_old(picture), "dim"))]


def _how_old(picture: Picture) -> str:
    state = picture.state
    if picture.ledger_lost:
        return "ledger unreadable"
    if picture.live is None:
        return f"by the ledger, {age(picture.now, state.last_at)}" if state.last_at else ""
    if state.phase is Phase.STEADY and state.since:
        return f"settled {age(picture.now, state.since)}"
    if state.phase is Phase.NEW:
        return "no ledger yet"
    return f"{state.phase.value} for {roughly(picture.now - (state.sent_at or state.last_at or picture.now))}"


def _answers(picture: Picture) -> list[Text]:
    answers = picture.answers
    if answers is None:
        return []
    if not answers.total:
        return [row("answers", ("the zone's name servers did not answer", "yellow"))]
    serverless = answers.by_side[Side.SERVERLESS] / answers.total
    said = f"Lambda {percent(serverless)} ± {100 * _error(serverless, answers):.1f}"
    whose = f"{plural(answers.total, 'answer')} of the zone's name servers"
    unknown = (f"  {count(answers.unknown)} point elsewhere", "yellow") if answers.unknown else ""
    return [row("answers", f"{said:<22}", (whose, "dim"), unknown)]


def _error(share: float, answers: Answers) -> float:
    return CONFIDENCE_Z * math.sqrt(max(share * (1 - share), 1 / (4 * answers.total)) / answers.total)


def _requests(picture: Picture) -> list[Text]:
    if picture.evidence is None:
        return []
    share, requests = observed_share(picture.evidence)
    if share is None:
        return [row("requests", ("none counted yet", "dim"))]
    minutes = min(SHARE_MINUTES, len(picture.evidence.serverless.minutes))
    return [
        row("requests", f"{f'Lambda {percent(share)}':<22}", (f"{plural(requests, 'request')} in {minutes}m", "dim"))
    ]


def _ahead(picture: Picture, output: Output) -> list[Text]:
    lines = []
    clock = picture.exam.clock if picture.exam else None
    if clock:
        lines.append(row("bake", bake(clock)))
    elif note := _last_bake(picture):
        lines.append(row("bake", (note, "dim")))
    return [*lines, unbroken(row("next", output.spelled(_next(picture))))]


def _last_bake(picture: Picture) -> str:
    for event in reversed(picture.events):
        if known := event.evidence.get("bake"):
            hours = roughly(MINUTE * int(known["counted_minutes"]))
            return (
                f"{hours} of {roughly(MINUTE * int(known['required_minutes']))} counted {age(picture.now, event.time)}"
            )
        if event.after:
            break
    return ""


def _next(picture: Picture) -> str:
    if unfinished_rollback(picture.state) or _is_failing(picture):
        return "cutover rollback"
    if picture.drift:
        return picture.drift.way_on
    if picture.state.rolled_back:
        return 'cutover resume --reason "what was mended"'
    if picture.ledger_lost:
        return "nothing, until the ledger can be read"
    return _step_ahead(picture)


def _step_ahead(picture: Picture) -> str:
    step, weights = picture.next_step, picture.weights
    if weights is None:
        return "cutover status, when Route 53 answers"
    if step is None:
        return "nothing: finished" if picture.state.finished else "cutover run, until the last bake is complete"
    return f"Lambda {step.weight}% by cutover run{_when(picture, weights)}"


def _is_failing(picture: Picture) -> bool:
    """Whether the gates say that the live share of Lambda has to go."""
    failing = picture.exam is not None and picture.exam.judgement.verdict is Verdict.FAIL
    return failing and picture.live is not None and picture.live.serverless > 0


def _when(picture: Picture, weights: Weights) -> str:
    if weights.serverless == 0:
        return ", which asks first"
    clock = picture.exam.clock if picture.exam else None
    if clock is None or clock.minutes_left is None:
        return ", when the bake is complete"
    if clock.complete:
        return ": the bake is complete"
    return f", at the earliest {picture.now + MINUTE * clock.minutes_left:%a %d %b %H:%M} UTC"


def _wrong(picture: Picture) -> list[Text]:
    texts = [f"drift: {picture.drift.text}"] if picture.drift else []
    if event := picture.state.rolled_back:
        begun = "rollback begun, not confirmed," if unfinished_rollback(picture.state) else "rolled back"
        texts.append(f"{begun} {event.time:%d %b %H:%M} UTC by {event.actor}: {event.reason or 'no reason given'}")
    if picture.state.intent and not unfinished_rollback(picture.state):
        texts.append("a change was cut off; the next cutover run or resume settles it")
    return warnings([*texts, *picture.problems])
