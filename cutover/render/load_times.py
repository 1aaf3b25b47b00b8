"""How the times of a load test are distributed: of all requests, and of each route. Pure."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

from cutover.core.load.histogram import Histogram
from cutover.render.load_slices import coarser, seconds_of
from cutover.render.load_subjects import Subject, times_axis
from cutover.render.page.axis import Axis, clocked
from cutover.render.page.chart import Chart, Line, Point, Zone

MULTIPLE_POINTS = 60
NINES = ((0.0, "0%"), (0.301, "50%"), (1.0, "90%"), (2.0, "99%"), (3.0, "99.9%"), (4.0, "99.99%"), (5.0, "99.999%"))


def distribution(every: Sequence[Subject]) -> Chart:
    """How long the slowest so many percent took: the axis gives each nine the same room."""
    lines = []
    for one in every:
        response = Histogram.merged(part.response for part in one.parts)
        service = Histogram.merged(part.service for part in one.parts)
        hue, marker = one.hue or "blue", one.marker or "circle"
        before = f"{one.name}: " * bool(one.name)
        lines.append(Line(f"{before}from the intended start", hue, _by_nines(response), marker=marker))
        lines.append(Line(f"{before}from sending", one.hue or "orange", _by_nines(service), dash="dash"))
    end = max((at for line in lines for at, _ in line.points), default=1.0)
    words = dict(NINES)
    ticks = [at for at, _ in NINES if at <= end + 0.01]
    x = Axis(0.0, max(end, 1.0), ticks, lambda at: words[at], "requests that were not slower", full=_percentile)
    return Chart(
        "Distribution of the times", lines, x, times_axis(lines, 0.0), "Logarithmic: each nine has as much room."
    )


def _by_nines(times: Histogram) -> Sequence[Point]:
    """(nines, ms) from the quickest to the slowest request."""
    total = times.total
    if not total:
        return ()
    most = math.log10(total)
    steps = [most * n / 100 for n in range(101)]
    return [*((at, times.percentile(100 * (1 - 10**-at))) for at in steps[:-1]), (most, times.longest())]


def _percentile(nines: float) -> str:
    percent = 100 * (1 - 10**-nines)
    return f"{percent:.{max(0, math.ceil(nines) - 1)}f}%" if nines < 6 else "the last"


def multiples(every: Sequence[Subject], routes: Sequence[str]) -> Sequence[Chart]:
    """The p95 of each route over time, small, over the same axes."""
    at_once = max(1, math.ceil(max(len(one.parts) for one in every) / MULTIPLE_POINTS))
    cut = [(one, coarser(one.parts, at_once)) for one in every]
    found = [(route, [_route_line(one, parts, route, at_once) for one, parts in cut]) for route in routes]
    limit = every[0].run.limits.pass_p95_ms
    x = clocked(max(seconds_of(one.run) for one in every), most=4)
    y = times_axis([line for _, lines in found for line in lines], limit)
    y = replace(y, ticks=[tick for tick in y.ticks if abs(math.log10(tick) - round(math.log10(tick))) < 1e-9])
    zones = [Zone("plain", y.low, limit)]
    return [Chart(route, lines, x, y, zones=zones) for route, lines in found]


def _route_line(one: Subject, parts: Sequence[Mapping[str, Histogram]], route: str, at_once: int) -> Line:
    width = one.width * at_once
    points: list[Point] = [
        (number * width + width / 2, times.percentile(95) if (times := part.get(route)) else None)
        for number, part in enumerate(parts)
    ]
    return Line(one.name or "p95", one.hue or "blue", points, dash="dash" if one.hue == "orange" else "")
