"""A metric widget and its series as a chart: lines, limits, moments, axes with their units. Pure."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from cutover.core.boards.answers import Drawn
from cutover.core.boards.board import Widget
from cutover.core.boards.series import Plotted
from cutover.core.boards.units import speller, unit_named
from cutover.render.page.axis import Axis, linear
from cutover.render.page.chart import DASHES, HUES, Chart, Line, Mark, Span, Zone

BAND = "ANOMALY_DETECTION_BAND"
LIGHT = {
    "ink": (0x18, 0x21, 0x2B), "blue": (0x00, 0x72, 0xB2), "orange": (0xC7, 0x50, 0x00), "green": (0x00, 0x80, 0x5E),
    "purple": (0xA8, 0x48, 0x7F), "sky": (0x2F, 0x8F, 0xC9), "red": (0xB3, 0x26, 0x1E),
}  # fmt: skip
TURN = ("blue", "orange", "green", "purple", "red", "sky", "ink")
_STEPS_SECONDS = (60, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400, 172_800, 604_800)
_MOST_TICKS = 7


@dataclass(frozen=True, slots=True)
class Curve:
    """One series with how it is drawn; `points` may be empty."""

    row: Plotted
    label: str
    points: Sequence[tuple[float, float]]
    note: str = ""

    @property
    def last(self) -> float | None:
        """Its newest value."""
        return self.points[-1][1] if self.points else None


def curves(rows: Sequence[Plotted], series: Sequence[Drawn]) -> Sequence[Curve]:
    """Every series that is shown, in the widget's order; a row that found nothing is there without points."""
    found = []
    for row in rows:
        if not row.visible:
            continue
        mine = [one for one in series if one.id == row.id]
        found += [Curve(row, _label(row, one, len(mine)), one.points, one.note) for one in mine]
        if not mine:
            found.append(Curve(row, row.label or row.id, ()))
    return found


def unit_of(widget: Widget, found: Sequence[Curve], side: str = "left") -> str:
    """The unit of that axis: what its label names, or what all of its series have."""
    if named := unit_named(axis_label(widget, side)):
        return named
    units = {curve.row.unit for curve in found if curve.row.right is (side == "right")}
    return units.pop() if len(units) == 1 else ""


def axis_label(widget: Widget, side: str = "left") -> str:
    """What the widget writes at that axis."""
    return str(_axis_options(widget, side).get("label") or "")


def chart(widget: Widget, found: Sequence[Curve], since: float, until: float) -> Chart:
    """The widget as a chart over [since, until), in Unix seconds."""
    lines = [_line(curve, number) for number, curve in enumerate(found)]
    if widget.properties.get("stacked"):
        lines = _stacked(lines)
    limits = list(_limits(widget))
    on_left, on_right = ([line for line in lines if line.right is side] for side in (False, True))
    y = _axis(widget, "left", found, on_left, _values(limits, right=False))
    has_right = any(line.known for line in on_right)
    right = _axis(widget, "right", found, on_right, _values(limits, right=True)) if has_right else None
    marks, spans = _moments(widget, since, until)
    return Chart(
        title=widget.title or ", ".join(dict.fromkeys(curve.label for curve in found)) or "Metrics",
        lines=lines,
        x=moments_axis(since, until),
        y=y,
        zones=[zone for limit in limits if right or not limit.right for zone in limit.on(y, right).zones(y)],
        spans=spans,
        marks=marks,
        right=right,
    )


@dataclass(frozen=True, slots=True)
class Limit:
    """A horizontal annotation: a value with the side that is bad, or a band between two."""

    values: tuple[float, ...]
    text: str
    fill: str
    right: bool = False

    def on(self, left: Axis, right: Axis | None) -> "Limit":
        """It in values of the left axis, by which stripes are drawn."""
        if not self.right or right is None:
            return self
        return replace(self, values=tuple(left.low + right.part(v) * (left.high - left.low) for v in self.values))

    def zones(self, axis: Axis) -> Iterator[Zone]:
        """How it lies on that axis."""
        low, high = min(self.values), max(self.values)
        if len(self.values) > 1:
            yield Zone("hold", low, high, self.text)
            return
        if self.fill == "above":
            yield Zone("fail", high, axis.high)
        if self.fill == "below":
            yield Zone("fail", axis.low, low)
        yield Zone("plain", axis.low, high, self.text)


def limits_of(widget: Widget) -> Sequence[Limit]:
    """The horizontal annotations."""
    return list(_limits(widget))


def moments_axis(since: float, until: float) -> Axis:
    """The time of the day in UTC, with the date where there is more than one."""
    step = next((one for one in _STEPS_SECONDS if (until - since) / one <= _MOST_TICKS), 604_800)
    ticks = [float(n * step) for n in range(math.ceil(since / step), math.floor(until / step) + 1)]
    shape = "%d %b" if step >= 86_400 else "%H:%M" if until - since <= 86_400 else "%d %b %H:%M"
    return Axis(
        since,
        max(until, since + 1),
        ticks,
        lambda at: datetime.fromtimestamp(at, UTC).strftime(shape),
        "UTC",
        full=lambda at: datetime.fromtimestamp(at, UTC).strftime("%d %b %H:%M UTC"),
    )


def _label(row: Plotted, one: Drawn, how_many: int) -> str:
    """The row's own label; CloudWatch's where it found several, or the row has none."""
    is_dynamic = "${" in row.label
    return one.label if how_many > 1 or is_dynamic or not row.label else row.label


def _line(curve: Curve, number: int) -> Line:
    hue = nearest(curve.row.color) or TURN[number % len(TURN)]
    is_band = BAND in str(curve.row.query.get("Expression", ""))
    dash = "dot" if is_band else DASHES[number % len(DASHES)]
    return Line(curve.label, hue, [*_gapped(curve)], dash=dash, right=curve.row.right)


def _gapped(curve: Curve) -> Iterator[tuple[float, float | None]]:
    """The points with a gap wherever values are missing: a line through minutes without data would be made up."""
    steps = sorted(b[0] - a[0] for a, b in zip(curve.points, curve.points[1:], strict=False))
    usual = steps[len(steps) // 2] if steps else 0.0
    before = None
    for at, value in curve.points:
        if before is not None and at - before > 1.5 * usual:
            yield before + usual, None
        yield at, value
        before = at


def nearest(color: str) -> str:
    """The page's hue that is most like that colour (#rrggbb); "" for what is none."""
    try:
        wanted = bytes.fromhex(color.removeprefix("#"))
    except ValueError:
        return ""
    if len(wanted) != 3:
        return ""
    return min(HUES, key=lambda hue: sum((a - b) ** 2 for a, b in zip(LIGHT[hue], wanted, strict=True)))


def _stacked(lines: Sequence[Line]) -> list[Line]:
    """Each on top of the one before; what is told of it stays its own value."""
    below: dict[float, float] = {}
    found = []
    for line in lines:
        points: list[tuple[float, float | None]] = []
        for at, value in line.points:
            if value is not None:
                below[at] = below.get(at, 0.0) + value
            points.append((at, None if value is None else below[at]))
        found.append(Line(line.name, line.hue, points, dash=line.dash, area=True, right=line.right, said=line.points))
    return found


def _axis(widget: Widget, side: str, found: Sequence[Curve], lines: Sequence[Line], limits: Sequence[float]) -> Axis:
    options, label = _axis_options(widget, side), axis_label(widget, side)
    spell = speller(unit_of(widget, found, side))
    values = [value for line in lines for _, value in line.known]
    low, high = _number(options.get("min")), _number(options.get("max"))
    top = high if high is not None else max([*values, *limits], default=1.0)
    bottom = low if low is not None else min([0.0, *values])
    title = "" if unit_named(label) else label
    if bottom == 0.0 and high is None:
        return linear(top * 1.04, spell, title)
    return _between(bottom, top, spell, title)


def _between(low: float, high: float, spell: Any, title: str) -> Axis:
    """From `low` to `high` with about five round values."""
    high = high if high > low else low + 1.0
    step = linear(high - low, spell).ticks[1]
    first = math.ceil(low / step - 1e-9)
    ticks = [n * step for n in range(first, math.floor(high / step + 1e-9) + 1)]
    return Axis(low, high, ticks, spell, title)


def _axis_options(widget: Widget, side: str) -> Mapping[str, Any]:
    axes = widget.properties.get("yAxis")
    found = axes.get(side) if isinstance(axes, dict) else None
    return found if isinstance(found, dict) else {}


def _limits(widget: Widget) -> Iterator[Limit]:
    for one in _annotations(widget, "horizontal"):
        pair = one if isinstance(one, list) else [one]
        known = [(part, _number(part.get("value"))) for part in pair if isinstance(part, dict)]
        values = tuple(value for _, value in known if value is not None)
        if values and not any(part.get("visible") is False for part, _ in known):
            text = next((str(part["label"]) for part, _ in known if part.get("label")), "")
            first = known[0][0]
            yield Limit(values, text, str(first.get("fill", "")), first.get("yAxis") == "right")


def _values(limits: Sequence[Limit], *, right: bool) -> Sequence[float]:
    return [value for limit in limits if limit.right is right for value in limit.values]


def _moments(widget: Widget, since: float, until: float) -> tuple[Sequence[Mark], Sequence[Span]]:
    """The vertical annotations that lie in the time that is shown."""
    marks, spans = list[Mark](), list[Span]()
    for one in _annotations(widget, "vertical"):
        pair = one if isinstance(one, list) else [one]
        known = [(part, _moment(part.get("value"))) for part in pair if isinstance(part, dict)]
        if any(at is None for _, at in known) or not known:
            continue
        text = next((str(part["label"]) for part, _ in known if part.get("label")), "")
        start, end = _stretch([at or 0.0 for _, at in known], str(known[0][0].get("fill", "")), since, until)
        if start < end and end > since and start < until:
            spans.append(Span(max(since, start), min(until, end), text))
        marks += [
            Mark(at or 0.0, str(part.get("label") or text), _css(part))
            for part, at in known
            if since <= (at or 0.0) <= until
        ]
    return marks, spans


def _stretch(moments: Sequence[float], fill: str, since: float, until: float) -> tuple[float, float]:
    if len(moments) > 1:
        return min(moments), max(moments)
    return {"before": (since, moments[0]), "after": (moments[0], until)}.get(fill, (moments[0], moments[0]))


def _css(annotation: Mapping[str, Any]) -> str:
    return "fault" if nearest(str(annotation.get("color", ""))) == "red" else ""


def _annotations(widget: Widget, which: str) -> Sequence[Any]:
    found = widget.properties.get("annotations")
    listed = found.get(which) if isinstance(found, dict) else None
    return listed if isinstance(listed, list) else []


def _number(value: Any) -> float | None:
    is_number = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    return float(value) if is_number else None


def _moment(value: Any) -> float | None:
    try:
        at = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        return None
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()
