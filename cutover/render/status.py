"""The screen of `status`: what is true, what happens next, and the one command that goes back."""

import math

from rich.console import RenderableType
from rich.text import Text

from cutover.core.models import MINUTE, Side
from cutover.core.state import Phase, unfinished_rollback
from cutover.core.traffic_gates import SHARE_MINUTES, observed_share
from cutover.core.words import count, plural, roughly
from cutover.flow.look.picture import Picture
from cutover.ports import Answers
from cutover.render import standing
from cutover.render.coming import coming
from cutover.render.gate_table import STYLE
from cutover.render.going_back import going_back
from cutover.render.output import Output
from cutover.render.parts import age, bake, gates, headline, row, share_bar, split, warnings
from cutover.settings import Settings

CONFIDENCE_Z = 1.96


def screen(picture: Picture, settings: Settings, output: Output) -> list[RenderableType]:
    """The whole screen."""
    parts: list[RenderableType] = [*head(picture, settings, output.width), Text()]
    if picture.exam:
        parts += [*gates(picture.exam.judgement), Text()]
    parts += [*standing.ladder(picture, settings), *baking(picture), *coming(picture, output)]
    return [*parts, *standing.said(picture), *going_back(picture, output), *wrong(picture)]


def head(picture: Picture, settings: Settings, width: int) -> list[RenderableType]:
    """Which migration, its state, and where the traffic is: as asked, as answered, as observed."""
    title = f"{settings.name}  {settings.stage}"
    return [
        headline(title, _state(picture), width, _state_style(picture)),
        Text("─" * width, style="dim"),
        _asked(picture),
        *_answers(picture),
        *_requests(picture),
    ]


def baking(picture: Picture) -> list[Text]:
    """The bake clock, what it still asks for, and how much of the time did not count; else what was last known."""
    exam = picture.exam
    if picture.state.finished:
        return []  # it is complete, and what it counts beyond that says nothing
    if exam is None or exam.clock is None:
        note = _last_bake(picture)
        return [row("bake", (note, "dim"))] if note else []
    clock, lines = exam.clock, [row("bake", bake(exam.clock))]
    owed = [roughly(MINUTE * missing)] if (missing := clock.required_minutes - clock.counted_minutes) > 0 else []
    if (requests := clock.required_requests - clock.requests) > 0:
        owed.append(plural(requests, "request"))
    elapsed = len(exam.evidence.serverless.minutes) if exam.evidence else clock.counted_minutes
    lost = f"; {plural(elapsed - clock.counted_minutes, 'minute')} did not count" * (elapsed > clock.counted_minutes)
    if owed or lost:
        lines.append(row("", (f"{' and '.join(owed) or 'nothing'} still to come{lost}", "dim")))
    return lines


def wrong(picture: Picture) -> list[RenderableType]:
    """What is wrong, a line each."""
    texts = [f"drift: {picture.drift.text}"] if picture.drift else []
    if event := picture.state.rolled_back:
        begun = "rollback begun, not confirmed," if unfinished_rollback(picture.state) else "rolled back"
        texts.append(f"{begun} {event.time:%d %b %H:%M} UTC by {event.actor}: {event.reason or 'no reason given'}")
    if picture.state.intent and not unfinished_rollback(picture.state):
        texts.append("a change was cut off; the next cutover run or resume settles it")
    return warnings([*texts, *picture.problems])


def _state(picture: Picture) -> str:
    judgement = picture.exam.judgement if picture.exam else None
    verdict = f"  {judgement.verdict.value.upper()}" if judgement else ""
    if picture.drift and not unfinished_rollback(picture.state):
        return f"DRIFT{verdict if picture.live else ''}"
    steady = picture.state.phase is Phase.STEADY and not picture.state.rolled_back
    return f"{picture.label}{verdict if steady or picture.ledger_lost else ''}"


def _state_style(picture: Picture) -> str:
    if picture.drift or picture.ledger_lost or picture.state.rolled_back or picture.state.standing.switched:
        return "bold red"
    return f"bold {STYLE[picture.exam.judgement.verdict]}" if picture.exam else "bold cyan"


def _asked(picture: Picture) -> Text:
    last = picture.remembered.live
    weights = picture.live or (last.value if last else picture.state.weights)
    if weights is None:
        return row("asked", ("not known", "yellow"))
    return row("asked", split(weights), ("  " + _how_old(picture), "dim"))


def _how_old(picture: Picture) -> str:
    state, last = picture.state, picture.remembered.live
    if picture.live is None and last:
        return f"as read {age(picture.now, last.when)}"
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
    last = picture.remembered.answers
    answers = picture.answers or (last.value if last else None)
    if answers is None:
        return []
    if not answers.total:
        return [row("answers", ("the zone's name servers did not answer", "yellow"))]
    serverless = answers.by_side[Side.SERVERLESS] / answers.total
    said = f"  ± {100 * _error(serverless, answers):.1f} of {count(answers.total)} asked"
    old = f", {age(picture.now, last.when)}" if last and picture.answers is None else ""
    unknown = (f"  {count(answers.unknown)} point elsewhere", "yellow") if answers.unknown else ""
    return [row("answers", share_bar(serverless), (said + old, "dim"), unknown)]


def _error(share: float, answers: Answers) -> float:
    return CONFIDENCE_Z * math.sqrt(max(share * (1 - share), 1 / (4 * answers.total)) / answers.total)


def _requests(picture: Picture) -> list[Text]:
    last = picture.remembered.exam
    evidence = picture.evidence or (last.value.evidence if last else None)
    if evidence is None:
        return []
    share, requests = observed_share(evidence)
    if share is None:
        return [row("requests", ("none counted yet", "dim"))]
    minutes = min(SHARE_MINUTES, len(evidence.serverless.minutes))
    old = f", {age(picture.now, last.when)}" if last and picture.evidence is None else ""
    return [row("requests", share_bar(share), (f"  {count(requests)} in {minutes}m{old}", "dim"))]


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
