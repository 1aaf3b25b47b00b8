"""The charts of a load test's page: of one run, or of two over the same axes. Pure."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from cutover.core.load.resources import LATE_MS, MACHINE
from cutover.core.load.run import Limits, LoadRun
from cutover.render.load_slices import Slice, cores, seconds_of
from cutover.render.load_subjects import Spec, Subject, highest, lines_of, times_axis
from cutover.render.load_times import distribution
from cutover.render.page.axis import Axis, clock, clocked, exact_latency, exact_share, latency, linear, rate, share
from cutover.render.page.chart import Chart, Line, Mark, Point, Zone

MOST_NAMES = 5  # of those who use the processor, in one chart
_HUES = ("blue", "orange", "green", "purple", "sky", "red")
_MARKERS = ("circle", "triangle", "square", "diamond", "", "")


def asked_chart(runs: Sequence[LoadRun]) -> Chart:
    """The profile as it was asked for."""
    top, end = max(run.profile.highest for run in runs), max(run.profile.seconds for run in runs)
    lines = []
    for number, run in enumerate(runs[: 1 if len({one.profile.phases for one in runs}) == 1 else 2]):
        name = f"{'AB'[number]} {run.profile.name}" if number or len({one.profile for one in runs}) > 1 else "asked for"
        hue, dash = (("blue", ""), ("orange", "dash"))[number]
        lines.append(Line(name, hue, _planned(run), dash=dash, area=not number))
    marks = [Mark(at, phase.name) for at, phase in zip(runs[0].profile.starts, runs[0].profile.phases, strict=True)]
    x, y = clocked(end), linear(top, rate, "arrivals a second", full=lambda value: f"{value:g}/s")
    return Chart("The profile", lines, x, y, "Arrivals a second, by phase.", marks=marks)


def charts(every: Sequence[Subject]) -> Sequence[Chart]:
    """Everything over time, and how the times are distributed."""
    run, width = every[0].run, every[0].width
    x, limits = clocked(max(seconds_of(one.run) for one in every)), run.limits
    whole = f"Each point is {_width(width)}."
    drawn = [
        _arrivals(every, x, whole),
        _latencies(every, x, limits, whole),
        _errors(every, x, limits, whole),
        _beside(every, x, whole),
        _in_flight(every, x),
        _late(every, x),
        _cores(every, x),
        distribution(every),
    ]
    if any(part.cold for one in every for part in one.parts):
        drawn.insert(4, _cold(every, x, whole))
    marks = _phase_marks(every)
    return [replace(chart, marks=marks) if chart.x is x else chart for chart in drawn]


def _arrivals(every: Sequence[Subject], x: Axis, whole: str) -> Chart:
    specs = [
        Spec("asked", "ink", lambda part: part.asked / part.seconds, dash="dash"),
        Spec("ended", "blue", lambda part: part.requests / part.seconds, area=True),
        Spec("dropped", "red", _dropped, dash="dot", marker="diamond", rare=True),
    ]
    lines = lines_of(every, specs)
    y = linear(highest(lines, 1.0), rate, full=lambda value: f"{value:.1f}/s")
    return Chart("Arrivals asked, ended and dropped, a second", lines, x, y, whole)


def _dropped(part: Slice) -> float | None:
    return part.dropped / part.seconds if part.dropped else None


def _latencies(every: Sequence[Subject], x: Axis, limits: Limits, whole: str) -> Chart:
    specs = [
        Spec("p99", "purple", lambda part: part.response.percentile(99), dash="dash", marker="triangle"),
        Spec("p95", "blue", lambda part: part.response.percentile(95), marker="circle"),
        Spec("p50", "green", lambda part: part.response.percentile(50), dash="dot"),
    ]
    lines = lines_of(every, specs)
    y = times_axis(lines, limits.pass_p99_ms)
    middle = min(limits.pass_p95_ms, limits.pass_p99_ms)
    zones = [
        Zone("pass", y.low, middle, f"p95 has to be under {latency(limits.pass_p95_ms)}"),
        Zone("hold", middle, limits.pass_p99_ms, f"p99 under {latency(limits.pass_p99_ms)}"),
        Zone("fail", limits.pass_p99_ms, y.high),
    ]
    return Chart("Response time from the intended start", lines, x, y, f"{whole} Logarithmic.", zones)


def _errors(every: Sequence[Subject], x: Axis, limits: Limits, whole: str) -> Chart:
    specs = [
        Spec("errors", "red", lambda part: part.share(part.errors), marker="diamond"),
        Spec("wrong answers", "purple", lambda part: part.share(part.wrong), dash="dash", marker="triangle", rare=True),
        Spec("429", "orange", lambda part: part.share(part.throttled), dash="dot", marker="square", rare=True),
    ]
    lines = lines_of(every, specs)
    y = linear(highest(lines, 2 * limits.pass_error_rate), share, full=exact_share)
    zones = [Zone("pass", 0, limits.pass_error_rate, f"errors have to be under {share(limits.pass_error_rate)}")]
    return Chart("Errors and 429, of the requests that ended", lines, x, y, whole, zones)


def _beside(every: Sequence[Subject], x: Axis, whole: str) -> Chart:
    specs = [
        Spec("from the intended start", "blue", lambda part: part.response.percentile(95), marker="circle"),
        Spec("from sending", "orange", lambda part: part.service.percentile(95), dash="dash"),
    ]
    lines = lines_of(every, specs)
    caption = f"{whole} What lies between is time in which a request had to wait before it was sent."
    return Chart("p95 as users wait, and as the target answers", lines, x, times_axis(lines, 0.0), caption)


def _cold(every: Sequence[Subject], x: Axis, whole: str) -> Chart:
    lines = lines_of(every, [Spec("cold starts", "sky", lambda part: part.cold / part.seconds, area=True)])
    y = linear(highest(lines, 1.0), rate, full=lambda value: f"{value:.2f}/s")
    return Chart("Cold starts a second", lines, x, y, whole)


def _in_flight(every: Sequence[Subject], x: Axis) -> Chart:
    lines = lines_of(every, [Spec("under way", "blue", lambda part: float(part.in_flight), area=True)])
    most, cap = highest(lines, 1.0), every[0].run.in_flight_cap
    zones = [Zone("hold", cap, math.inf, f"beyond {rate(cap)} arrivals are dropped")] if 0 < cap <= 2 * most else []
    y = linear(max(most, 1.25 * cap) if zones else most, rate, whole=True)
    caption = "The most of each point." + (f" At {rate(cap)} arrivals would be dropped." if cap and not zones else "")
    return Chart("Requests under way", lines, x, y, caption, zones)


def _late(every: Sequence[Subject], x: Axis) -> Chart:
    lines = lines_of(every, [Spec("behind", "purple", lambda part: part.late_ms, area=True)])
    y = linear(highest(lines, LATE_MS), latency, full=exact_latency)
    zones = [Zone("pass", 0, LATE_MS, f"under {latency(LATE_MS)} it was quick enough")]
    return Chart("How far the generator was behind", lines, x, y, "The longest of each point.", zones)


def _cores(every: Sequence[Subject], x: Axis) -> Chart:
    measured = [(one, cores(one.run, one.width)) for one in every]
    of_cores = max((line.of_cores for one in every for line in one.run.resources), default=1)
    lines = [line for one, used in measured for line in _core_lines(one, used)]
    y = linear(max(1.0, of_cores), rate, full=lambda value: f"{value:.2f}")
    caption = f"Means; of {of_cores} in the generator's machine."
    return Chart("Processor cores in use, by whom", lines, x, y, caption if lines else "")


def _core_lines(one: Subject, used: Sequence[tuple[float, Mapping[str, float]]]) -> Iterator[Line]:
    """Everything together first, then those who used the most; of two runs only the two that are in both."""
    sums: dict[str, float] = {}
    for _, moment in used:
        for name, value in moment.items():
            sums[name] = sums.get(name, 0.0) + value
    names = sorted(sums, key=lambda name: (name != MACHINE, -sums[name]))[: 2 if one.name else MOST_NAMES + 1]
    looks = zip(_HUES, _MARKERS, strict=True)
    for number, name in enumerate(names):
        points: Sequence[Point] = [(at, moment.get(name)) for at, moment in used]
        if one.name:
            yield Line(f"{one.name}: {name}", one.hue, points, dash="dash" * number, marker=one.marker)
        elif name == MACHINE:
            yield Line("everything together", "ink", points, area=True)
        else:
            hue, marker = next(looks)
            yield Line(name, hue, points, marker=marker)


def _phase_marks(every: Sequence[Subject]) -> Sequence[Mark]:
    profile, end = every[0].run.profile, max(seconds_of(one.run) for one in every)
    marks = [Mark(at, phase.name) for at, phase in zip(profile.starts, profile.phases, strict=True) if at < end]
    lost = [
        Mark(max(0.0, note.second - one.run.started), f"{one.name} measurements lost".strip(), "fault")
        for one in every
        for note in one.run.notes
        if note.lost
    ]
    return [*(marks if len(marks) > 1 else ()), *lost]


def _planned(run: LoadRun) -> Sequence[Point]:
    """The corners of the profile."""
    points: list[Point] = []
    before = 0
    for at, phase in zip(run.profile.starts, run.profile.phases, strict=True):
        points += [(at, float(before if phase.ramp else phase.rate)), (at + phase.seconds, float(phase.rate))]
        before = phase.rate
    return points


def _width(seconds: int) -> str:
    return f"{seconds} s" if seconds < 120 else clock(seconds)
