"""What a rehearsal's page tells in words: decisions, events, commands, and how it had to end. Pure."""

import shlex
from collections.abc import Mapping, Sequence
from typing import Any

from cutover.core.words import count, milliseconds, percent
from cutover.exits import Exit
from cutover.rehearsal.recording import Recording, Told
from cutover.rehearsal.rehearse import Outcome
from cutover.rehearsal.scenario import Course

DECISIONS = ("judged", "intent", "baked", "rolled-back", "drift", "finished", "stopped")
TIMED_GATES = ("p95", "borrow")
RATE_GATES = ("error-rate", "client-errors", "share")
WEIGHTY = ("rolled-back", "drift", "stopped")


def decisions(recording: Recording) -> Sequence[Mapping[str, Any]]:
    """Each verdict, change and end, with what the gates knew at that moment."""
    return [
        {
            "minute": f"{recording.minutes(told.time):.1f}",
            "event": told.event,
            "after": told.document.get("after"),
            "reason": str(told.document.get("reason") or ""),
            "verdict": told.document.get("verdict"),
            "findings": [_finding(one) for one in told.document.get("findings") or ()],
            "bake": told.document.get("bake"),
            "open": told.event in WEIGHTY or _leaves(told),
        }
        for told in recording.told
        if told.event in DECISIONS
    ]


def _leaves(told: Told) -> bool:
    """Whether it takes everything from Lambda."""
    after = told.document.get("after")
    return told.event == "intent" and after is not None and after[1] == 0


def _finding(one: Mapping[str, Any]) -> Mapping[str, Any]:
    """A gate's answer with its numbers spelled; "" for those that it has not."""
    gate = str(one.get("gate", ""))
    score, threshold = one.get("score"), one.get("threshold")
    return {
        "verdict": str(one.get("verdict", "")),
        "gate": gate,
        "side": {"ecs": "ECS", "lambda": "Lambda"}.get(str(one.get("side", "")), ""),
        "found": _number(gate, one.get("value")),
        "bound": _number(gate, one.get("bound")),
        "limit": _number(gate, one.get("limit")),
        "samples": "" if one.get("samples") is None else count(one["samples"]),
        "score": "" if score is None or threshold is None else f"{score:.1f} of {threshold:.1f}",
        "text": str(one.get("text", "")),
    }


def _number(gate: str, value: float | None) -> str:
    if value is None:
        return ""
    if gate in TIMED_GATES:
        return milliseconds(value)
    return percent(value) if gate in RATE_GATES else f"{value:g}"


def events(recording: Recording) -> Sequence[Mapping[str, Any]]:
    """Every ledger line, everything that happened or was over, every command that was typed, in the order of time."""
    told = [(t.time, _ledger_line(t)) for t in recording.told if t.document.get("seq")]
    happened = [(at, {"event": "fault", "text": event.sentence}) for at, event in recording.injected]
    over = [(at, {"event": "over", "text": event.says or event.deed.words}) for at, event in recording.cleared]
    typed = [(one.time, {"event": "typed", "text": one.words}) for one in recording.typed]
    return [
        {"minute": f"{recording.minutes(at):.1f}", **line}
        for at, line in sorted([*told, *happened, *over, *typed], key=_first)
    ]


def _first(pair: tuple[float, Mapping[str, Any]]) -> float:
    return pair[0]


def _ledger_line(told: Told) -> Mapping[str, Any]:
    document = told.document
    after = document.get("after")
    weights = f"ecs {after[0]} / lambda {after[1]}" if after else ""
    text = "; ".join(filter(None, (weights, str(document.get("reason") or ""))))
    return {"event": told.event, "text": text, "seq": document["seq"], "change_id": document.get("change_id", "")}


def typed(recording: Recording) -> Sequence[Mapping[str, Any]]:
    """Every command of the rehearsal with how it ended, in the order in which they were typed."""
    return [
        {
            "minute": f"{recording.minutes(one.time):.1f}",
            "took": f"{recording.minutes(one.ended) - recording.minutes(one.time):.1f}",
            "words": one.words,
            "exit": "killed" if one.exit is None else one.exit,
            "expected": one.expected,
            "right": one.exit in (None, one.expected),
            "said": one.said.strip(),
        }
        for one in sorted(recording.typed, key=lambda typed: typed.time)
    ]


def by_hand(outcome: Outcome) -> Sequence[tuple[str, str]]:
    """(command, when and why): each change of the run as a person would have typed it."""
    asked = {int(step["weight"]): step for step in outcome.wish.ladder}
    said = []
    for told in outcome.recording.told:
        after = told.document.get("after")
        if told.event != "intent" or not after:
            continue
        at, weight = f"{outcome.recording.minutes(told.time):.1f}′", int(after[1])
        if weight:
            step = asked.get(weight)
            owed = f", which bakes at least {step['bake']} and {step['min_requests']} requests" if step else ""
            said.append((f"cutover shift --lambda-weight {weight} --wait bake", f"{at} simulated{owed}"))
        else:
            reason = shlex.quote(str(told.document.get("reason") or "…"))
            said.append((f"cutover rollback --reason {reason}", f"{at} simulated"))
    return said


def course_of(outcome: Outcome) -> Course:
    """What became of the migration."""
    told = {one.event for one in outcome.recording.told} | set(outcome.ending.ledger)
    if "finished" in told:
        return Course.WENT_ON
    if "rolled-back" in told:
        return Course.ROLLED_BACK
    return Course.HELD if outcome.ending.exit_code == Exit.HOLD else Course.STOPPED


def ended(outcome: Outcome) -> str:
    """How it did end, in the words in which it is said how it has to."""
    lambda_weights = {weights[1] for weights in outcome.ending.live.values()}
    where = ", ".join(f"Lambda at {weight}%" for weight in sorted(lambda_weights)) or "no weights"
    return f"exit {outcome.ending.exit_code}, {course_of(outcome)}, {where}"
