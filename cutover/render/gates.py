"""The screens and documents of `cutover gates`."""

from collections.abc import Sequence
from typing import Any

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from cutover.core.backtest import Fate, RuleName
from cutover.core.durations import format_duration
from cutover.core.explain import RATES, Explanation, Seen
from cutover.core.models import MINUTE, Burst, Limits, Side
from cutover.core.words import NAMES, count, percent, plural, printable, roughly
from cutover.flow.backtesting import Replay
from cutover.flow.explaining import Explained
from cutover.render import documents
from cutover.render.parts import headline, row, warnings
from cutover.render.screens import judged

RULES = {
    RuleName.SEQUENTIAL: "this policy",
    RuleName.MINUTE: "any minute over {limit}",
    RuleName.THREE: "three such in a row",
}


def explained(what: Explained) -> list[RenderableType]:
    """The gates, and below them what the error gate decides from."""
    parts: list[RenderableType] = judged(what.judgement, what.weights, what.span)
    if what.explanation is None:
        return parts
    told = what.explanation
    lines = [line for seen in told.seen for line in _seen(seen)]
    return [
        *parts,
        Text(),
        *lines,
        row("burst", f"{told.burst.phi:.1f}", (f"  from {told.burst.source}", "dim")),
        *_left_out(told.left_out),
        Text(),
        *_paces(told),
    ]


def _left_out(minutes: int) -> list[Text]:
    said = ("  of load tests, which do not count; an outage in them does", "dim")
    return [row("left out", plural(minutes, "minute"), said)] if minutes else []


def explanation_document(what: Explained) -> dict[str, Any]:
    """The same as plain JSON values; rates as fractions."""
    told = what.explanation
    body = {"weights": documents.weights(what.weights), "interval": what.span} | documents.judgement(what.judgement)
    if told is None:
        return body | {"burst": None, "left_out_minutes": 0, "errors": [], "time_to_find": []}
    return body | {
        "burst": burst(told.burst),
        "left_out_minutes": told.left_out,
        "client_error_burst": burst(told.client_burst),
        "errors": [_seen_document(seen) for seen in told.seen],
        "time_to_find": [
            {
                "lambda": pace.share,
                "requests_per_minute": round(pace.per_minute, 1),
                "minutes": {percent(rate): minutes for rate, minutes in zip(RATES, pace.minutes, strict=True)},
            }
            for pace in told.paces
        ],
    }


def replayed(what: Replay, limits: Limits) -> list[RenderableType]:
    """What would have become of each step on real traffic."""
    rate = what.errors / what.requests if what.requests else 0.0
    table = Table(box=None, padding=(0, 3, 0, 0), pad_edge=False, header_style="dim")
    for name in ("  step", "rule", "rolled back", *(f"finds {percent(rate)}" for rate in RATES)):
        table.add_column(name, no_wrap=True)
    for result in what.steps:
        step = f"  Lambda {result.step.weight}%, {format_duration(result.step.bake)}"
        for fate in result.fates:
            table.add_row(step, RULES[fate.rule].format(limit=percent(limits.fail_error_rate)), *_fate(fate))
            step = ""
    return [
        headline(f"gates backtest  {what.since:%d %b %H:%M} to {what.until:%d %b %H:%M} UTC", "", 80),
        row("read", f"{count(what.known_minutes)} of {plural(what.minutes, 'minute')} of ECS"),
        row("", f"{plural(what.requests, 'request')}, {percent(rate)} errors"),
        row("burst", f"{what.burst.phi:.1f}", (f"  from {what.burst.source}", "dim")),
        Text(),
        table,
        *warnings(f"not read: {printable(text)}" for text in what.missing),
    ]


def replay_document(what: Replay) -> dict[str, Any]:
    """The same as plain JSON values."""
    return {
        "since": what.since.isoformat(),
        "until": what.until.isoformat(),
        "days": what.days,
        "minutes": what.minutes,
        "known_minutes": what.known_minutes,
        "requests": what.requests,
        "errors": what.errors,
        "burst": burst(what.burst),
        "missing": list(what.missing),
        "steps": [
            {
                **(documents.step(result.step) or {}),
                "requests_per_minute": round(result.per_minute, 1),
                "rules": {fate.rule.value: _fate_document(fate) for fate in result.fates},
            }
            for result in what.steps
        ],
    }


def burst(value: Burst) -> dict[str, Any]:
    """How bursty errors are, and where that is known from."""
    return {"phi": round(value.phi, 3), "source": value.source, "minutes": value.minutes, "errors": value.errors}


def _seen(seen: Seen) -> list[Text]:
    bounds = f"truly {percent(seen.low)} to {percent(seen.high)}" if seen.requests else "nothing known"
    rate = f"{percent(seen.rate)}, " if seen.rate is not None else ""
    lines = [
        row(NAMES[seen.side], f"{count(seen.errors)} errors of {plural(seen.requests, 'request')}: {rate}{bounds}"),
        row(
            "",
            f"{percent(seen.usual)} weighed against {percent(seen.bad)}:"
            f" {seen.score:.1f} of evidence, {seen.threshold:.1f} is enough",
        ),
    ]
    if seen.side is Side.SERVERLESS:
        lines.append(row("", _needed(seen)))
    return lines


def _needed(seen: Seen) -> str:
    if seen.requests_to_pass is None:
        return "at this rate it never passes"
    missing = seen.requests_to_pass - seen.requests
    if missing <= 0:
        return f"to pass it takes {plural(seen.requests_to_pass, 'request')} at this rate"
    return f"to pass it takes {plural(seen.requests_to_pass, 'request')} at this rate, {count(missing)} more"


def _paces(told: Explanation) -> Sequence[RenderableType]:
    if not told.paces:
        return [row("to find", ("not known: nobody has asked for anything", "dim"))]
    table = Table(box=None, padding=(0, 3, 0, 0), pad_edge=False, header_style="dim")
    for name in ("  time to find", "requests a minute", *(f"{percent(rate)} errors" for rate in RATES)):
        table.add_column(name, no_wrap=True)
    for pace in told.paces:
        times = ["never" if minutes is None else roughly(MINUTE * minutes) for minutes in pace.minutes]
        table.add_row(f"  at Lambda {pace.share}%", f"{pace.per_minute:.0f}", *times)
    return [table]


def _fate(fate: Fate) -> list[str]:
    times = ["not" if minutes is None else f"{minutes:g}m" for minutes in fate.minutes_to_find]
    return [f"{count(fate.rolled_back)} of {plural(fate.bakes, 'bake')}", *times]


def _fate_document(fate: Fate) -> dict[str, Any]:
    return {
        "rolled_back": fate.rolled_back,
        "bakes": fate.bakes,
        "minutes_to_find": {percent(rate): minutes for rate, minutes in zip(RATES, fate.minutes_to_find, strict=True)},
    }


def _seen_document(seen: Seen) -> dict[str, Any]:
    return {
        "side": seen.side.value,
        "minutes": seen.minutes,
        "requests": seen.requests,
        "errors": seen.errors,
        "rate": seen.rate,
        "low": seen.low,
        "high": seen.high,
        "usual": seen.usual,
        "bad": seen.bad,
        "score": seen.score,
        "threshold": seen.threshold,
        "requests_to_pass": seen.requests_to_pass,
    }
