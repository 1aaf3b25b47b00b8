"""One load test, or two, as the charts of a page show them: cut into slices, with a look of their own. Pure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from cutover.core.load.run import LoadRun
from cutover.render.load_slices import MOST, Slice, slices, width_for
from cutover.render.page.axis import Axis, exact_latency, latency, logarithmic
from cutover.render.page.chart import Line, Point

Seen = Callable[[Slice], float | None]


@dataclass(frozen=True, slots=True)
class Subject:
    """A run as the charts show it; of two runs each has a name, a hue and a marker of its own, which one needs not."""

    run: LoadRun
    parts: Sequence[Slice]
    width: int
    name: str = ""
    hue: str = ""
    marker: str = ""


@dataclass(frozen=True, slots=True)
class Spec:
    """A line of a chart: what it is, how one run's is drawn, and what of a slice it shows."""

    name: str
    hue: str
    seen: Seen
    dash: str = ""
    marker: str = ""
    area: bool = False
    rare: bool = False  # left out where it never happened


def subjects(runs: Sequence[LoadRun]) -> Sequence[Subject]:
    """One or two runs, cut into slices of the same width."""
    width = width_for(runs, MOST // len(runs))
    found = [Subject(run, slices(run, width), width) for run in runs]
    if len(runs) == 1:
        return found
    looks = (("A", "blue", "circle"), ("B", "orange", "triangle"))
    return [
        replace(one, name=f"{letter} {one.run.target.name}", hue=hue, marker=marker)
        for one, (letter, hue, marker) in zip(found, looks, strict=True)
    ]


def lines_of(every: Sequence[Subject], specs: Sequence[Spec]) -> Sequence[Line]:
    """A line for each run and spec."""
    found = []
    for one in every:
        for spec in specs:
            points: Sequence[Point] = [(part.middle, spec.seen(part)) for part in one.parts]
            if spec.rare and not any(value for _, value in points):
                continue
            if not one.name:
                found.append(Line(spec.name, spec.hue, points, spec.dash, spec.marker, area=spec.area))
            else:
                found.append(Line(f"{one.name}: {spec.name}", one.hue, points, spec.dash, one.marker))
    return found


def times_axis(lines: Sequence[Line], limit_ms: float) -> Axis:
    """Milliseconds, by ratio, that hold all values of the lines, and the limit with some room."""
    values = [value for line in lines for _, value in line.known]
    lowest = min([value for value in values if value > 0] or [10.0])
    return logarithmic(max(0.1, lowest), max([*values, limit_ms * 1.5, 1.0]), latency, full=exact_latency)


def highest(lines: Sequence[Line], least: float) -> float:
    """The highest value of the lines, or `least`."""
    return max([least, *(value for line in lines for _, value in line.known)])
