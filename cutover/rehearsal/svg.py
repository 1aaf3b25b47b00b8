"""Charts as SVG text: lines, bands and marks over simulated minutes. Pure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from html import escape

WIDTH, HEIGHT = 920, 220
LEFT, RIGHT, TOP, BOTTOM = 56, 12, 14, 30
TICKS = 5
MARK_ROW, MARK_ROWS, MARK_ROOM = 12, 3, 90  # a word's height, how many lie below each other, its width

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Line:
    """One series: (minute, value) points in order. `step` holds each value until the next point."""

    name: str
    css: str
    points: Sequence[Point]
    step: bool = False


@dataclass(frozen=True, slots=True)
class Zone:
    """A coloured stripe between two values, such as "hold"."""

    css: str
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Mark:
    """A vertical line at a minute, with a word."""

    minute: float
    text: str
    css: str = "mark"


@dataclass(frozen=True, slots=True)
class Chart:
    """One chart; `top` is the highest value shown, `spell` writes a value at the axis."""

    title: str
    lines: Sequence[Line]
    end: float
    top: float
    spell: Callable[[float], str] = field(default=lambda value: f"{value:g}")
    zones: Sequence[Zone] = ()
    marks: Sequence[Mark] = ()

    def svg(self) -> str:
        """The chart as an SVG element with a title for those who can't see it."""
        parts = [
            f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(self.title)}">',
            f"<title>{escape(self.title)}</title>",
            *(self._zone(zone) for zone in self.zones),
            *self._axes(),
            *(self._mark(mark, row) for row, mark in enumerate(self.marks)),
            *(self._line(line) for line in self.lines),
            "</svg>",
        ]
        return "\n".join(parts)

    def _x(self, minute: float) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * minute / self.end if self.end > 0 else LEFT

    def _y(self, value: float) -> float:
        inside = HEIGHT - TOP - BOTTOM
        return TOP + inside * (1 - min(1.0, max(0.0, value / self.top)))

    def _axes(self) -> Sequence[str]:
        parts = []
        for n in range(TICKS + 1):
            value, minute = self.top * n / TICKS, self.end * n / TICKS
            y, x = self._y(value), self._x(minute)
            parts.append(f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>')
            parts.append(
                f'<text class="axis" x="{LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{self.spell(value)}</text>'
            )
            parts.append(f'<text class="axis" x="{x:.1f}" y="{HEIGHT - 10}" text-anchor="middle">{minute:.0f}′</text>')
        return parts

    def _zone(self, zone: Zone) -> str:
        low, high = self._y(zone.low), self._y(min(zone.high, self.top))
        return (
            f'<rect class="{zone.css}" x="{LEFT}" y="{high:.1f}" width="{WIDTH - LEFT - RIGHT}"'
            f' height="{max(0.0, low - high):.1f}"/>'
        )

    def _mark(self, mark: Mark, row: int) -> str:
        """The line with its word, lower than that of the mark before; near the right edge on the left of its line."""
        x, y = self._x(mark.minute), TOP + 10 + MARK_ROW * (row % MARK_ROWS)
        at, anchor = (x - 3, "end") if x > WIDTH - RIGHT - MARK_ROOM else (x + 3, "start")
        return (
            f'<line class="{mark.css}" x1="{x:.1f}" x2="{x:.1f}" y1="{TOP}" y2="{HEIGHT - BOTTOM}"/>'
            f'<text class="{mark.css}" x="{at:.1f}" y="{y}" text-anchor="{anchor}">{escape(mark.text)}</text>'
        )

    def _line(self, line: Line) -> str:
        if not line.points:
            return ""
        points = _stepped(line.points) if line.step else line.points
        path = " ".join(f"{self._x(minute):.1f},{self._y(value):.1f}" for minute, value in points)
        return f'<polyline class="line {line.css}" points="{path}"><title>{escape(line.name)}</title></polyline>'


def _stepped(points: Sequence[Point]) -> Sequence[Point]:
    """Each value held until the next point."""
    stepped: list[Point] = []
    for minute, value in points:
        if stepped:
            stepped.append((minute, stepped[-1][1]))
        stepped.append((minute, value))
    return stepped
