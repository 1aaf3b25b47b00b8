"""The page that is left of a rehearsal: one self-contained HTML file."""

import os
import platform
import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import jinja2

from cutover.rehearsal.checks import checks_of
from cutover.rehearsal.recording import Recording, Told, steps_of
from cutover.rehearsal.rehearse import SETTINGS, Outcome
from cutover.rehearsal.stats import percentile
from cutover.rehearsal.summary import exit_of
from cutover.rehearsal.svg import Chart, Line, Mark, Zone

TEMPLATE = Path(__file__).with_name("report.html.j2")
SMOOTH_SECONDS = 3
SHARE_SECONDS = 5
P95_TOP_MS = 1500.0
ERRORS_TOP = 0.05
DECISIONS = ("intent", "rolled-back", "finished", "stopped")


def render(outcome: Outcome) -> str:
    """The page as HTML."""
    environment = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True)
    template = environment.from_string(TEMPLATE.read_text(encoding="utf-8"))
    return template.render(**_facts(outcome))


def _facts(outcome: Outcome) -> Mapping[str, Any]:
    recording = outcome.recording
    checks = checks_of(recording, outcome.ending, outcome.wish.injection)
    return {
        "title": outcome.wish.name,
        "passed": all(check.passed for check in checks) and all(c.equal for c in outcome.counted),
        "exit": int(exit_of(outcome)),
        "run_exit": outcome.ending.exit_code,
        "reason": (recording.latest("end") or {}).get("reason", ""),
        "factor": f"{recording.factor:g}",
        "real_seconds": f"{recording.ended - recording.started:.0f}",
        "minutes": f"{recording.minutes(recording.ended):.0f}",
        "steps": steps_of(recording),
        "checks": checks,
        "counted": outcome.counted,
        "charts": [chart.svg() for chart in charts(recording)],
        "decisions": decisions(recording),
        "events": events(recording),
        "ladder": outcome.wish.ladder,
        "cutover": f"cutover --config {shlex.quote(str(outcome.wish.folder / SETTINGS))}",
        "load": outcome.wish.load,
        "cold_starts": outcome.edge.get("cold_starts", 0),
        "environments": len(outcome.edge.get("environments", ())),
        "injection": outcome.wish.injection,
        "python": platform.python_version(),
        "cores": os.cpu_count(),
    }


def charts(recording: Recording) -> Sequence[Chart]:
    """Traffic split, errors, latency and rate over the same axis, with the same marks."""
    end, marks = recording.minutes(recording.ended), _marks(recording)
    return [
        Chart(
            title="Lambda's share of the traffic: asked, served by DNS, observed in requests",
            lines=[
                Line("asked weight", "asked", _asked(recording, end), step=True),
                Line("served by DNS", "served", _served(recording, end), step=True),
                Line("observed share of requests", "lambda", _shares(recording)),
            ],
            end=end,
            top=1.0,
            spell=_percent,
            marks=marks,
        ),
        Chart(
            title="Error rate of each side against the gates",
            lines=[
                Line("ECS", "ecs", _errors(recording, "ecs")),
                Line("Lambda", "lambda", _errors(recording, "lambda")),
            ],
            end=end,
            top=ERRORS_TOP,
            spell=_percent,
            zones=[Zone("pass", 0, 0.01), Zone("hold", 0.01, 0.02), Zone("fail", 0.02, ERRORS_TOP)],
            marks=marks,
        ),
        Chart(
            title="p95 of each side as its clients saw it, against the gates",
            lines=[Line("ECS", "ecs", _p95(recording, "ecs")), Line("Lambda", "lambda", _p95(recording, "lambda"))],
            end=end,
            top=P95_TOP_MS,
            spell=lambda value: f"{value:g} ms",
            zones=[Zone("pass", 0, 500), Zone("hold", 500, 1000), Zone("fail", 1000, P95_TOP_MS)],
            marks=marks,
        ),
        Chart(
            title="Requests a second",
            lines=[Line("ECS", "ecs", _rate(recording, "ecs")), Line("Lambda", "lambda", _rate(recording, "lambda"))],
            end=end,
            top=max(10.0, 1.2 * max((second.requests for second in recording.seconds), default=0)),
            spell=lambda value: f"{value:.0f}",
            marks=marks,
        ),
    ]


def decisions(recording: Recording) -> Sequence[Mapping[str, Any]]:
    """Each change or end, with what the gates knew at that moment."""
    return [
        {
            "minute": f"{recording.minutes(told.time):.1f}",
            "event": told.event,
            "after": told.document.get("after"),
            "reason": told.document.get("reason", ""),
            "verdict": told.document.get("verdict"),
            "findings": told.document.get("findings") or (),
            "bake": told.document.get("bake"),
        }
        for told in recording.told
        if told.event in DECISIONS
    ]


def events(recording: Recording) -> Sequence[Mapping[str, Any]]:
    """Every ledger line, and every fault that was put in the way, in the order of time."""
    told = [(t.time, _ledger_line(t)) for t in recording.told if t.document.get("seq")]
    faults = [(moment, {"event": "fault", "text": injection.sentence}) for moment, injection in recording.injected]
    return [
        {"minute": f"{recording.minutes(moment):.1f}", **line} for moment, line in sorted([*told, *faults], key=_first)
    ]


def _first(pair: tuple[float, Mapping[str, Any]]) -> float:
    return pair[0]


def _ledger_line(told: Told) -> Mapping[str, Any]:
    document = told.document
    after = document.get("after")
    weights = f"ecs {after[0]} / lambda {after[1]}" if after else ""
    text = "; ".join(filter(None, (weights, str(document.get("reason") or ""))))
    return {"event": told.event, "text": text, "seq": document["seq"], "change_id": document.get("change_id", "")}


def _marks(recording: Recording) -> Sequence[Mark]:
    words = {"applied": "asked", "rolled-back": "rolled back", "finished": "finished"}
    marks = [
        Mark(recording.minutes(told.time), f"{words[told.event]} {told.document.get('asked_weight')}%")
        for told in recording.told
        if told.event in words
    ]
    return [*marks, *(Mark(recording.minutes(moment), "fault", "fault") for moment, _ in recording.injected)]


def _asked(recording: Recording, end: float) -> Sequence[tuple[float, float]]:
    points = [
        (recording.minutes(told.time), told.document["asked_weight"] / 100)
        for told in recording.told
        if told.document.get("asked_weight") is not None
    ]
    return [(0.0, 0.0), *points, (end, points[-1][1])] if points else ()


def _served(recording: Recording, end: float) -> Sequence[tuple[float, float]]:
    points = [(recording.minutes(served.time), served.share) for served in recording.served]
    return [*points, (end, points[-1][1])] if points else ()


def _shares(recording: Recording) -> Sequence[tuple[float, float]]:
    return [
        (minute, sum(s.requests for s in window if s.side == "lambda") / total)
        for minute, window in _windows(recording, SHARE_SECONDS)
        if (total := sum(s.requests for s in window))
    ]


def _errors(recording: Recording, side: str) -> Sequence[tuple[float, float]]:
    return [
        (minute, sum(s.errors + s.wrong for s in mine) / requests)
        for minute, mine in _windows(recording, SMOOTH_SECONDS, side)
        if (requests := sum(s.requests for s in mine))
    ]


def _p95(recording: Recording, side: str) -> Sequence[tuple[float, float]]:
    found = []
    for minute, mine in _windows(recording, SMOOTH_SECONDS, side):
        p95 = percentile(sorted(latency for s in mine for latency in s.latencies_ms), 95)
        if p95 is not None:
            found.append((minute, p95))
    return found


def _rate(recording: Recording, side: str) -> Sequence[tuple[float, float]]:
    return [
        (minute, sum(s.requests for s in mine) / SMOOTH_SECONDS)
        for minute, mine in _windows(recording, SMOOTH_SECONDS, side)
    ]


def _windows(recording: Recording, seconds: int, side: str | None = None) -> Sequence[tuple[float, Sequence[Any]]]:
    """For each whole second: (its simulated minute, what was seen in the `seconds` up to its end)."""
    by_second: dict[int, list[Any]] = {}
    for second in recording.seconds:
        if side in (None, second.side):
            by_second.setdefault(int(second.time), []).append(second)
    if not recording.seconds:
        return ()
    first, last = int(recording.started) + 1, int(recording.ended) - 1
    return [
        (
            recording.minutes(moment + 1),
            [s for back in range(seconds) for s in by_second.get(moment - back, ())],
        )
        for moment in range(first + seconds - 1, last + 1)
    ]


def _percent(value: float) -> str:
    return f"{value:.0%}"
