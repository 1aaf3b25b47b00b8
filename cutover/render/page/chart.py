"""What a chart shows: lines, bands, stretches and marks over two axes. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from cutover.render.page.axis import Axis
from cutover.render.page.thinning import Point

__all__ = ["HALF", "PHONE", "SMALL", "WIDE", "Axis", "Chart", "Line", "Mark", "Point", "Size", "Span", "Zone"]

HUES = ("ink", "blue", "orange", "green", "purple", "sky", "red")
DASHES = ("", "dash", "dot")
SHAPES = ("", "circle", "square", "triangle", "diamond")


@dataclass(frozen=True, slots=True)
class Line:
    """One series: (where, value) points in order, None for a gap.

    `hue`, `dash` and `marker` are names of HUES, DASHES and SHAPES; lines of one chart differ in more than the hue.
    `step` holds each value until the next point, `area` fills what is under the line, `dots` leaves the line out,
    `right` lies on the chart's right axis. `said` are the values to tell of a line that is drawn elsewhere, as on top
    of others.
    """

    name: str
    hue: str
    points: Sequence[Point]
    dash: str = ""
    marker: str = ""
    step: bool = False
    area: bool = False
    dots: bool = False
    right: bool = False
    said: Sequence[Point] = ()

    @property
    def css(self) -> str:
        """Its classes."""
        return " ".join(filter(None, (self.hue, self.dash)))

    @property
    def known(self) -> Sequence[tuple[float, float]]:
        """Its points without the gaps."""
        return [(at, value) for at, value in self.points if value is not None]

    @property
    def told(self) -> Sequence[tuple[float, float]]:
        """The values that are told of it, without the gaps."""
        return [(at, value) for at, value in self.said if value is not None] or self.known


@dataclass(frozen=True, slots=True)
class Zone:
    """A stripe between two values, such as "hold", with a word in it."""

    css: str
    low: float
    high: float
    text: str = ""


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of time that is shaded, and what it means."""

    start: float
    end: float
    text: str
    css: str = "stood"


@dataclass(frozen=True, slots=True)
class Mark:
    """A moment: a vertical line, with a word above the chart."""

    at: float
    text: str
    css: str = ""


@dataclass(frozen=True, slots=True)
class Size:
    """How large a chart is drawn, in its own units, which are about pixels; `rows` of words come above it at most.

    `left` is the least room for the words of the axis of values: charts one above the other begin at the same place.
    """

    name: str
    width: int
    height: int
    rows: int
    left: float = 0.0
    titled: bool = True  # whether the axis of time says what it measures


WIDE = Size("wide", 1120, 190, rows=4, left=66.0)
HALF = Size("half", 548, 220, rows=2)
PHONE = Size("phone", 344, 216, rows=4, left=58.0)  # on paper, too, where two stand side by side
SMALL = Size("small", 254, 112, rows=0, titled=False)


@dataclass(frozen=True, slots=True)
class Chart:
    """One chart. `caption` says below its title what the lines are made of."""

    title: str
    lines: Sequence[Line]
    x: Axis
    y: Axis
    caption: str = ""
    zones: Sequence[Zone] = ()
    spans: Sequence[Span] = ()
    marks: Sequence[Mark] = ()
    right: Axis | None = None

    def axis(self, line: Line) -> Axis:
        """The axis that this line's values lie on."""
        return self.right if line.right and self.right else self.y

    @property
    def drawn(self) -> Sequence[Line]:
        """The lines that have a point at all."""
        return [line for line in self.lines if line.known]

    @property
    def described(self) -> str:
        """The chart in words, for those who can't see it: each line with its range and its end."""
        parts = [_described(line, self.axis(line)) for line in self.drawn] or ["nothing was measured"]
        marks = [f"{mark.text} at {self.x.told(mark.at)}" for mark in self.marks]
        return "; ".join([*parts, *marks]) + "."


def _described(line: Line, y: Axis) -> str:
    values = [value for _, value in line.told]
    return f"{line.name}: {y.told(min(values))} to {y.told(max(values))}, in the end {y.told(values[-1])}"
