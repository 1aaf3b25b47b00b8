"""A chart as SVG text, that a screen reader, a printer and an XML parser can read. Pure."""

from collections.abc import Iterator, Sequence
from html import escape
from itertools import groupby

from cutover.render.page.axis import Axis
from cutover.render.page.chart import Chart, Line, Mark, Size, Span, Zone
from cutover.render.page.thinning import Point, thinned
from cutover.render.page.words import Placed, placed, short, sparse, width_of

ROW = 14.0  # the height of a word
PAD = 6.0
RIGHT = 10.0
TICKS_BELOW, TITLE_BELOW = 16.0, 32.0
MARKER_EVERY = 64.0
LEAST_ZONE = 15.0  # the height that a word needs in its band
_MARKERS = {
    "circle": "m-3.2,0a3.2,3.2 0 1,0 6.4,0a3.2,3.2 0 1,0 -6.4,0",
    "square": "m-3,-3h6v6h-6z",
    "triangle": "m0,-4l4,7h-8z",
    "diamond": "m0,-4l4,4l-4,4l-4,-4z",
}
_ALONE = "m-2.4,0a2.4,2.4 0 1,0 4.8,0a2.4,2.4 0 1,0 -4.8,0"  # a point without neighbours
_LONGER = 40  # characters of a mark's word


class Frame:
    """The rectangle in which the values lie, and the way from values to its places."""

    def __init__(self, chart: Chart, size: Size) -> None:
        ticks = [chart.y.spell(tick) for tick in chart.y.ticks]
        self.left = max([size.left, *(width_of(tick) + PAD + 2 for tick in ticks)])
        beyond = [chart.right.spell(tick) for tick in chart.right.ticks] if chart.right else []
        self.right = size.width - max([RIGHT, *(width_of(tick) + PAD + 2 for tick in beyond)])
        self._chart = chart
        words = [(self.x(mark.at), _short(mark.text)) for mark in chart.marks]
        self.words = placed(words, self.left, self.right, size.rows)
        rows = max((word.row + 1 for word in self.words if word.row is not None), default=0)
        self.top = PAD + ROW * rows + 2
        self.height = size.height + ROW * rows
        self.bottom = self.height - (TITLE_BELOW + PAD if size.titled else TICKS_BELOW + 2)

    def x(self, value: float) -> float:
        """From the left edge."""
        return self.left + (self.right - self.left) * self._chart.x.part(value)

    def y(self, value: float, axis: Axis | None = None) -> float:
        """From the upper edge; by the left axis if none is named."""
        return self.bottom - (self.bottom - self.top) * (axis or self._chart.y).part(value)


def svg(chart: Chart, size: Size) -> str:
    """The chart at that size; its `data-frame` tells the script the left and the right edge of the values."""
    frame = Frame(chart, size)
    parts = [
        f'<svg class="{size.name}" viewBox="0 0 {size.width} {frame.height:.0f}" role="img"'
        f' aria-label="{escape(chart.title)}" data-frame="{frame.left:.0f} {frame.right:.0f}">',
        f"<title>{escape(chart.title)}</title><desc>{escape(chart.described)}</desc>",
        *(_zone(zone, frame) for zone in chart.zones),
        *(_span(span, frame) for span in chart.spans),
        *_grid(chart, frame),
        *_time(chart, size, frame),
        *(_mark(mark, word, frame) for mark, word in zip(chart.marks, frame.words, strict=True)),
        *(_line(line, frame, size, chart.axis(line)) for line in chart.drawn),
        *(_edge(zone, frame) for zone in chart.zones),
        *_zone_words(chart.zones, frame),
    ]
    if not chart.drawn:
        at = f'x="{(frame.left + frame.right) / 2:.0f}" y="{(frame.top + frame.bottom) / 2:.0f}"'
        parts.append(f'<text class="none" {at} text-anchor="middle">nothing was measured</text>')
    hair = f'x1="0" x2="0" y1="{frame.top:.0f}" y2="{frame.bottom:.0f}"'
    return "\n".join(filter(None, [*parts, f'<line class="hair" {hair}/>', "</svg>"]))


def swatch(line: Line) -> str:
    """The line as a legend shows it."""
    fill = f'<rect class="area {line.hue}" width="26" height="12"/>' if line.area else ""
    path = "" if line.dots else f'<path class="line {line.css}" d="M0,6H26"/>'
    shape = f'<path class="marker {line.hue}" d="M13,6{_MARKERS[line.marker]}"/>' if line.marker else ""
    return f'<svg class="swatch" viewBox="0 0 26 12" aria-hidden="true">{fill}{path}{shape}</svg>'


def _grid(chart: Chart, frame: Frame) -> Iterator[str]:
    for tick in chart.y.ticks:
        y = frame.y(tick)
        yield f'<line class="grid" x1="{frame.left:.1f}" x2="{frame.right:.1f}" y1="{y:.1f}" y2="{y:.1f}"/>'
        word = escape(chart.y.spell(tick))
        yield f'<text class="axis" x="{frame.left - PAD:.1f}" y="{y + 4:.1f}" text-anchor="end">{word}</text>'
    if chart.right is not None:
        for tick in chart.right.ticks:
            at = f'x="{frame.right + PAD:.1f}" y="{frame.y(tick, chart.right) + 4:.1f}"'
            yield f'<text class="axis" {at}>{escape(chart.right.spell(tick))}</text>'


def _time(chart: Chart, size: Size, frame: Frame) -> Iterator[str]:
    words = [(frame.x(tick), chart.x.spell(tick)) for tick in chart.x.ticks]
    y = frame.bottom + TICKS_BELOW
    for number in sparse(words):
        x, text = words[number]
        yield f'<line class="tick" x1="{x:.1f}" x2="{x:.1f}" y1="{frame.bottom:.1f}" y2="{frame.bottom + 4:.1f}"/>'
        beyond = x + width_of(text) / 2 > size.width
        place, anchor = (float(size.width), "end") if beyond else (x, "middle")
        yield f'<text class="axis" x="{place:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>'
    if size.titled and chart.x.title:
        at = f'x="{frame.right:.1f}" y="{frame.bottom + TITLE_BELOW:.1f}"'
        yield f'<text class="axis said" {at} text-anchor="end">{escape(chart.x.title)}</text>'


def _zone(zone: Zone, frame: Frame) -> str:
    low, high = frame.y(zone.low), frame.y(zone.high)
    if low - high < 0.5:
        return ""
    place = f'x="{frame.left:.1f}" y="{high:.1f}" width="{frame.right - frame.left:.1f}" height="{low - high:.1f}"'
    return f'<rect class="zone {zone.css}" {place}/>'


def _edge(zone: Zone, frame: Frame) -> str:
    high = frame.y(zone.high)
    if not frame.top < high < frame.bottom:
        return ""
    return f'<line class="edge" x1="{frame.left:.1f}" x2="{frame.right:.1f}" y1="{high:.1f}" y2="{high:.1f}"/>'


def _zone_words(zones: Sequence[Zone], frame: Frame) -> Iterator[str]:
    """What the zones say below their upper edges; those that begin at one height share a word."""
    roomy = [zone for zone in zones if zone.text and frame.y(zone.low) - frame.y(zone.high) >= LEAST_ZONE]
    by_height: dict[int, list[Zone]] = {}
    for zone in roomy:
        by_height.setdefault(round(frame.y(zone.high)), []).append(zone)
    for alike in by_height.values():
        text = ", ".join(dict.fromkeys(zone.text for zone in alike))
        word = short(text, frame.right - frame.left - 8)
        whole = "" if word == text else f"<title>{escape(text)}</title>"
        at = f'x="{frame.right - 4:.1f}" y="{frame.y(alike[0].high) + 12:.1f}"'
        yield f'<text class="in-zone {alike[0].css}" {at} text-anchor="end">{escape(word)}{whole}</text>'


def _span(span: Span, frame: Frame) -> str:
    left, right = frame.x(span.start), frame.x(span.end)
    place = f'x="{left:.1f}" y="{frame.top:.1f}" width="{max(1.0, right - left):.1f}"'
    height = f'height="{frame.bottom - frame.top:.1f}"'
    return f'<rect class="span {span.css}" {place} {height}><title>{escape(span.text)}</title></rect>'


def _mark(mark: Mark, word: Placed, frame: Frame) -> str:
    x = frame.x(mark.at)
    css = f" {mark.css}" if mark.css else ""
    top = frame.top if word.row is None else frame.top - ROW * (word.row + 1)
    line = (
        f'<line class="mark{css}" x1="{x:.1f}" x2="{x:.1f}" y1="{top:.1f}" y2="{frame.bottom:.1f}">'
        f"<title>{escape(mark.text)}</title></line>"
    )
    if word.row is None:
        return line
    at = f'x="{word.at:.1f}" y="{frame.top - 5 - ROW * word.row:.1f}"'
    return f'{line}<text class="mark{css}" {at} text-anchor="{word.anchor}">{escape(word.text)}</text>'


def _line(line: Line, frame: Frame, size: Size, axis: Axis) -> str:
    points = thinned(line.points, size.width // 2)
    pieces = [list(piece) for is_there, piece in groupby(points, key=lambda one: one[1] is not None) if is_there]
    places = [_places(piece, frame, axis, step=line.step) for piece in pieces]
    drawn = ""
    if line.area:
        drawn += f'<path class="area {line.hue}" d="{"".join(_filled(one, frame.bottom) for one in places)}"/>'
    if not line.dots:
        title = f"<title>{escape(line.name)}</title>"
        drawn += f'<path class="line {line.css}" d="{"".join(map(_path, places))}">{title}</path>'
    if alone := [one[0] for one in places if len(one) == 1 and not line.marker]:
        shapes = "".join(f"M{x:.1f},{y:.1f}{_ALONE}" for x, y in alone)
        drawn += f'<path class="marker {line.hue}" d="{shapes}"/>'
    if line.marker:
        every = 0.0 if line.dots else MARKER_EVERY
        shapes = "".join(f"M{x:.1f},{y:.1f}{_MARKERS[line.marker]}" for x, y in _spread(places, every))
        drawn += f'<path class="marker {line.hue}" d="{shapes}"/>'
    return drawn


def _places(piece: Sequence[Point], frame: Frame, axis: Axis, *, step: bool) -> Sequence[tuple[float, float]]:
    found: list[tuple[float, float]] = []
    for at, value in piece:
        x, y = frame.x(at), frame.y(value or 0.0, axis)
        if step and found:
            found.append((x, found[-1][1]))
        found.append((x, y))
    return found


def _path(places: Sequence[tuple[float, float]]) -> str:
    """One point alone is a line of no length, which its round ends make a dot."""
    text = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
    return f"M{text}" if len(places) > 1 else f"M{text}h0"


def _filled(places: Sequence[tuple[float, float]], bottom: float) -> str:
    return f"M{places[0][0]:.1f},{bottom:.1f}L{_path(places)[1:]}V{bottom:.1f}Z"


def _spread(places: Sequence[Sequence[tuple[float, float]]], every: float) -> Iterator[tuple[float, float]]:
    last = -every
    for x, y in (place for piece in places for place in piece):
        if x - last >= every:
            last = x
            yield x, y


def _short(text: str) -> str:
    return text if len(text) <= _LONGER else text[: _LONGER - 1] + "…"
