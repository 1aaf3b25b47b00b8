"""The charts of a rehearsal's page, one above the other over the same simulated minutes. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from itertools import groupby

from cutover.core import thresholds
from cutover.rehearsal.baking import Look, looks, stood_still
from cutover.rehearsal.recording import Recording
from cutover.rehearsal.stats import percentile
from cutover.rehearsal.traffic import Second
from cutover.render.page.axis import (
    Axis,
    exact_latency,
    exact_share,
    latency,
    linear,
    logarithmic,
    rate,
    share,
    simulated,
)
from cutover.render.page.chart import Chart, Line, Mark, Point, Span, Zone

SMOOTH_SECONDS = 3
SHARE_SECONDS = 5
SIDES = (("ECS", "ecs", "blue", "circle"), ("Lambda", "lambda", "orange", "triangle"))
MARKED = {"applied": "asked", "rolled-back": "rolled back", "finished": "finished", "drift": "drift at"}
_Window = tuple[float, Sequence[Second]]


def charts(recording: Recording) -> Sequence[Chart]:
    """Traffic split, errors, latency, bake clock and rate, with the same marks and the faults shaded."""
    x = simulated(recording.minutes(recording.ended), most=12)
    drawn = [
        _split(recording, x), _errors(recording, x), _latency(recording, x), _bake(recording, x), _rate(recording, x)
    ]  # fmt: skip
    marks, faults = _marks(recording), _faults(recording)
    return [replace(chart, marks=marks, spans=[*chart.spans, *faults]) for chart in drawn]


def _split(recording: Recording, x: Axis) -> Chart:
    end = recording.minutes(recording.ended)
    lines = [
        Line("asked weight", "ink", _asked(recording, end), dash="dash", step=True),
        Line("weight that the name servers answer by", "green", _served(recording, end), step=True),
        Line("DNS answers that clients got", "sky", _answers(recording), dash="dot", marker="square"),
        Line("requests", "orange", _shares(recording), marker="triangle", area=True),
    ]
    y = linear(1.0, share, full=exact_share)
    caption = f"Answers and requests of {SHARE_SECONDS} real seconds, {_in_minutes(recording, SHARE_SECONDS)}."
    return Chart("Lambda's share: asked, DNS answers, requests", lines, x, y, caption)


def _errors(recording: Recording, x: Axis) -> Chart:
    lines = [
        Line(name, hue, _rates(recording, side), marker=marker, dash="dash" * (side == "ecs"))
        for name, side, hue, marker in SIDES
    ]
    passing, failing = thresholds.PASS_ERROR_RATE, thresholds.FAIL_ERROR_RATE
    y = linear(max([0.05, *(value for line in lines for _, value in line.known)]), share, full=exact_share)
    zones = [
        Zone("pass", 0, passing, "pass"),
        Zone("hold", passing, failing, "hold"),
        Zone("fail", failing, y.high, "fail"),
    ]
    caption = f"Errors and wrong answers of requests. {_smoothed(recording)} The gates' bands are judged over longer."
    return Chart("Error rate of each side, against the gates' bands", lines, x, y, caption, zones)


def _latency(recording: Recording, x: Axis) -> Chart:
    lines = [
        Line(name, hue, _p95(recording, side), marker=marker, dash="dash" * (side == "ecs"))
        for name, side, hue, marker in SIDES
    ]
    passing, failing = thresholds.PASS_P95_MS, thresholds.FAIL_P95_MS
    values = [value for line in lines for _, value in line.known if value > 0]
    y = logarithmic(min(values, default=10.0), max([1.5 * failing, *values]), latency, full=exact_latency)
    zones = [
        Zone("pass", y.low, passing, "pass"),
        Zone("hold", passing, failing, "hold"),
        Zone("fail", failing, y.high, "fail"),
    ]
    caption = f"As the clients saw it; milliseconds are real ones. {_smoothed(recording)} Logarithmic."
    return Chart("p95 of each side, against the gates' bands", lines, x, y, caption, zones)


def _bake(recording: Recording, x: Axis) -> Chart:
    seen = looks(recording)
    lines = [
        Line("minutes that counted", "green", _by_step(seen, "time_part"), marker="circle", area=True),
        Line("requests in them", "purple", _by_step(seen, "request_part"), dash="dash"),
    ]
    spans = [
        Span(still.start, still.end, f"{still.weight}%: {'; '.join(still.why)}") for still in stood_still(recording)
    ]
    caption = "How far of what each step asks for; simulated minutes. Shaded: it stood still."
    return Chart("The bake clock", lines, x, linear(1.0, share, full=exact_share), caption, spans=spans)


def _rate(recording: Recording, x: Axis) -> Chart:
    lines = [
        Line(name, hue, _per_second(recording, side), marker=marker, dash="dash" * (side == "ecs"))
        for name, side, hue, marker in SIDES
    ]
    highest = max([10.0, *(value for line in lines for _, value in line.known)])
    y = linear(highest, rate, full=lambda value: f"{value:.0f} a real second")
    return Chart("Requests a real second, by side", lines, x, y, _smoothed(recording))


def _smoothed(recording: Recording) -> str:
    return f"Over {SMOOTH_SECONDS} real seconds, {_in_minutes(recording, SMOOTH_SECONDS)}."


def _in_minutes(recording: Recording, seconds: float) -> str:
    return f"{seconds * recording.factor / 60:g} simulated minutes"


def _marks(recording: Recording) -> Sequence[Mark]:
    marks = [
        Mark(recording.minutes(told.time), f"{MARKED[told.event]} {told.document.get('asked_weight')}%")
        for told in recording.told
        if told.event in MARKED
    ]
    happened = [
        Mark(recording.minutes(at), event.says or event.deed.words, "fault") for at, event in recording.injected
    ]
    over = [Mark(recording.minutes(at), "over", "fault") for at, _ in recording.cleared]
    return [*marks, *happened, *over]


def _faults(recording: Recording) -> Sequence[Span]:
    """What lasted, from its beginning to its end."""
    ends = {id(event): at for at, event in recording.cleared}
    return [
        Span(recording.minutes(at), recording.minutes(ends[id(event)]), event.sentence, "bad")
        for at, event in recording.injected
        if id(event) in ends
    ]


def _asked(recording: Recording, end: float) -> Sequence[Point]:
    points = sorted(
        (
            (recording.minutes(told.time), told.document["asked_weight"] / 100)
            for told in recording.told
            if told.document.get("asked_weight") is not None
        ),
        key=lambda point: point[0],  # two clocks tell these times: documents without one happened when they were read
    )
    return [(0.0, 0.0), *points, (end, points[-1][1])] if points else ()


def _served(recording: Recording, end: float) -> Sequence[Point]:
    points = [(recording.minutes(served.time), served.share) for served in recording.served]
    return [*points, (end, points[-1][1])] if points else ()


def _shares(recording: Recording) -> Sequence[Point]:
    return [
        (minute, sum(s.requests for s in window if s.side == "lambda") / total)
        for minute, window in _windows(recording, SHARE_SECONDS)
        if (total := sum(s.requests for s in window))
    ]


def _answers(recording: Recording) -> Sequence[Point]:
    return [
        (minute, sum(s.answers for s in window if s.side == "lambda") / total)
        for minute, window in _windows(recording, SHARE_SECONDS)
        if (total := sum(s.answers for s in window))
    ]


def _rates(recording: Recording, side: str) -> Sequence[Point]:
    return [
        (minute, sum(s.errors + s.wrong for s in mine) / requests)
        for minute, mine in _windows(recording, SMOOTH_SECONDS, side)
        if (requests := sum(s.requests for s in mine))
    ]


def _p95(recording: Recording, side: str) -> Sequence[Point]:
    return [
        (minute, percentile(sorted(latency for s in mine for latency in s.latencies_ms), 95))
        for minute, mine in _windows(recording, SMOOTH_SECONDS, side)
    ]


def _per_second(recording: Recording, side: str) -> Sequence[Point]:
    return [
        (minute, sum(s.requests for s in mine) / SMOOTH_SECONDS)
        for minute, mine in _windows(recording, SMOOTH_SECONDS, side)
    ]


def _by_step(seen: Sequence[Look], part: str) -> Sequence[Point]:
    """Each step's bake begins anew: the line has a gap there."""
    points: list[Point] = []
    for _, group in groupby(seen, key=lambda look: (look.weight, look.required)):
        step: Sequence[Point] = [(look.minute, getattr(look, part)) for look in group]
        points += [*step, (step[-1][0], None)]
    return points


def _windows(recording: Recording, seconds: int, side: str | None = None) -> Sequence[_Window]:
    """For each whole second: (its simulated minute, what was seen in the `seconds` up to its end)."""
    by_second: dict[int, list[Second]] = {}
    for second in recording.seconds:
        if side in (None, second.side):
            by_second.setdefault(int(second.time), []).append(second)
    if not recording.seconds:
        return ()
    first, last = int(recording.started) + 1, int(recording.ended) - 1
    window = partial(_window, by_second, seconds)
    return [(recording.minutes(moment + 1), window(moment)) for moment in range(first + seconds - 1, last + 1)]


def _window(by_second: Mapping[int, Sequence[Second]], seconds: int, moment: int) -> Sequence[Second]:
    return [second for back in range(seconds) for second in by_second.get(moment - back, ())]
