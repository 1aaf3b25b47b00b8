"""Each widget as a card of the page: charts, numbers, bars, gauges, alarms, logs, text. Pure."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from html import escape

from markupsafe import Markup

from cutover.core.boards.answers import AlarmState, Answer
from cutover.core.boards.asking import Asked
from cutover.core.boards.board import Place, Widget
from cutover.core.boards.units import speller
from cutover.core.words import plural
from cutover.render.boards import plots
from cutover.render.boards.markdown import html
from cutover.render.boards.plots import Curve
from cutover.render.page.chart import Line, Size
from cutover.render.page.drawing import swatch
from cutover.render.page.figure import figure

NO_DATA = "no data"
COLUMN, ROW, GAP, PAD = 51, 46, 8, 22  # pixels of the grid on a wide screen
LEAST_CHART = 120
LEGEND_ROW, CHARACTER, TITLE = 20, 6.4, 30
STATES = {"ALARM": ("no", "in alarm"), "OK": ("ok", "ok"), "INSUFFICIENT_DATA": ("warn", "not enough data")}
MOST_ROWS = 50  # of a log


@dataclass(frozen=True, slots=True)
class Card:
    """One widget on the page. `notes` say what is wrong with it."""

    title: str
    body: Markup
    kind: str
    place: Place
    notes: Sequence[str] = ()

    @property
    def style(self) -> str:
        """Where it lies in the grid."""
        at = self.place
        return f"grid-column:{at.x + 1}/span {at.width};grid-row:{at.y + 1}/span {at.height}"


def card(asked: Asked, answer: Answer | None, since: float, until: float) -> Card:
    """The widget with its answer; None: it was not asked."""
    widget = asked.widget
    notes = [*_trouble(asked), *([answer.trouble] if answer and answer.trouble else [])]
    draw = _CARDS.get(widget.kind, _unknown)
    said = answer or Answer()
    body, more = draw(asked, said, (since, until))
    return Card("" if widget.kind == "text" else widget.title, body, widget.kind, widget.place, [*notes, *more])


def _trouble(asked: Asked) -> Sequence[str]:
    said = [asked.trouble] if asked.trouble else []
    if asked.missing:
        said.append(f"not known: {', '.join(asked.missing)}; set [dashboard] variables in the settings")
    return said


Body = tuple[Markup, Sequence[str]]
Time = tuple[float, float]


def _metric(asked: Asked, answer: Answer, time: Time) -> Body:
    found = plots.curves(asked.rows, answer.series)
    notes = list(dict.fromkeys(f"{curve.label}: {curve.note}" for curve in found if curve.note))
    view = str(asked.widget.properties.get("view") or "timeSeries")
    if view == "timeSeries" and found:
        return _chart(asked.widget, found, time), notes
    draw = _VIEWS.get(view, _table)
    return draw(asked.widget, found, time), notes if found or asked.trouble else [*notes, NO_DATA]


def _chart(widget: Widget, found: Sequence[Curve], time: Time) -> Markup:
    drawn = plots.chart(widget, found, *time)
    if not drawn.drawn:
        legend = "".join(f"<li>{escape(curve.label)}</li>" for curve in found)
        return _markup(f'<p class="none">{NO_DATA}</p><ul class="legend">{legend}</ul>')
    width = widget.place.width * COLUMN - GAP - PAD
    height = widget.place.height * (ROW + GAP) - GAP - PAD - TITLE
    legend, rows = _legend(widget, found, drawn.lines, width)
    size = Size("board", width, max(LEAST_CHART, height - rows * LEGEND_ROW), rows=1, titled=bool(drawn.x.title))
    return figure(drawn, size, legend)


def _legend(widget: Widget, found: Sequence[Curve], lines: Sequence[Line], width: int) -> tuple[str, int]:
    """Every series with its newest value, and about how many rows that takes."""
    options = widget.properties.get("legend")
    if isinstance(options, dict) and options.get("position") == "hidden":
        return "", 0
    parts, length = [], 0.0
    for curve, line in zip(found, lines, strict=True):
        last = _last(widget, curve)
        parts.append(f"<li>{swatch(line)}{escape(curve.label)} <b>{escape(last)}</b></li>")
        length += CHARACTER * (len(curve.label) + len(last)) + 56
    return f'<ul class="legend">{"".join(parts)}</ul>', math.ceil(length / width)


def _last(widget: Widget, curve: Curve) -> str:
    side = "right" if curve.row.right else "left"
    unit = plots.unit_of(widget, [curve], side)
    return NO_DATA if curve.last is None else speller(unit)(curve.last)


def _numbers(widget: Widget, found: Sequence[Curve], _: Time) -> Markup:
    tiles = [
        f'<li><span>{escape(curve.label)}</span><b class="{"dim" if curve.last is None else ""}">'
        f"{escape(_last(widget, curve))}</b>{_spark(widget, curve)}</li>"
        for curve in found
    ]
    return _markup(f'<ul class="tiles">{"".join(tiles)}</ul>')


def _spark(widget: Widget, curve: Curve) -> str:
    """What it was before, as a small line without words."""
    if not widget.properties.get("sparkline") or len(curve.points) < 2:
        return ""
    first, last = curve.points[0][0], curve.points[-1][0]
    low, high = (pick(value for _, value in curve.points) for pick in (min, max))
    span, height = last - first or 1.0, high - low or 1.0
    places = " ".join(f"{100 * (at - first) / span:.1f},{19 - 17 * (v - low) / height:.1f}" for at, v in curve.points)
    told = escape(f"{curve.label}: from {speller(curve.row.unit)(low)} to {speller(curve.row.unit)(high)}")
    return (
        f'<svg class="spark" viewBox="0 0 100 21" preserveAspectRatio="none" role="img" aria-label="{told}">'
        f"<title>{escape(curve.label)}</title><desc>{told}</desc>"
        f'<path class="line blue" vector-effect="non-scaling-stroke" d="M{places}"/></svg>'
    )


def _bars(widget: Widget, found: Sequence[Curve], _: Time) -> Markup:
    most = max((abs(curve.last) for curve in found if curve.last is not None), default=0.0) or 1.0
    rows = "".join(
        f'<tr><th scope="row">{escape(curve.label)}</th><td class="fill">'
        f'<span class="bar" style="width:{100 * abs(curve.last or 0.0) / most:.1f}%"></span></td>'
        f'<td class="n">{escape(_last(widget, curve))}</td></tr>'
        for curve in found
    )
    return _markup(f'<table class="bars"><tbody>{rows}</tbody></table>')


def _table(widget: Widget, found: Sequence[Curve], _: Time) -> Markup:
    head = "<tr><th>series</th><th class='n'>lowest</th><th class='n'>highest</th><th class='n'>newest</th></tr>"
    rows = ""
    for curve in found:
        spell = speller(plots.unit_of(widget, [curve]))
        values = [value for _, value in curve.points]
        told = [spell(min(values)), spell(max(values)), spell(values[-1])] if values else [NO_DATA] * 3
        rows += f'<tr><th scope="row">{escape(curve.label)}</th>'
        rows += "".join(f'<td class="n">{escape(one)}</td>' for one in told) + "</tr>"
    return _scrolled(f"<table><thead>{head}</thead><tbody>{rows}</tbody></table>", widget.title)


def _gauges(widget: Widget, found: Sequence[Curve], _: Time) -> Markup:
    return _markup(f'<div class="gauges">{"".join(_gauge(widget, curve) for curve in found)}</div>')


def _gauge(widget: Widget, curve: Curve) -> str:
    """Half a circle from the axis' least value to its most, with the limits as ticks."""
    axes = widget.properties.get("yAxis")
    left = axes.get("left", {}) if isinstance(axes, dict) else {}
    low, high = float(left.get("min") or 0.0), float(left.get("max") or 100.0)
    part = 0.0 if curve.last is None else min(1.0, max(0.0, (curve.last - low) / ((high - low) or 1.0)))
    said, name = escape(_last(widget, curve)), escape(curve.label)
    limits = plots.limits_of(widget)
    bad = curve.last is not None and any(_is_beyond(limit, curve.last) for limit in limits)
    ticks = "".join(
        f'<path class="limit" d="M{_round(at, 40)}L{_round(at, 54)}"/>'
        for limit in limits
        for at in [(value - low) / ((high - low) or 1.0) for value in limit.values]
        if 0 <= at <= 1
    )
    arc = f'<path class="filled {"red" if bad else "blue"}" d="M{_round(0, 47)}A47,47 0 0 1 {_round(part, 47)}"/>'
    return (
        f'<figure class="gauge"><svg viewBox="0 0 120 66" role="img" aria-label="{name}: {said}">'
        f"<title>{name}</title><desc>{said}</desc>"
        f'<path class="track" d="M{_round(0, 47)}A47,47 0 0 1 {_round(1, 47)}"/>{arc if part else ""}{ticks}'
        f'<text x="60" y="54" text-anchor="middle">{said}</text></svg><figcaption>{name}</figcaption></figure>'
    )


def _round(part: float, radius: float) -> str:
    angle = math.pi * (1 - part)
    return f"{60 + radius * math.cos(angle):.1f},{58 - radius * math.sin(angle):.1f}"


def _is_beyond(limit: plots.Limit, value: float) -> bool:
    return (limit.fill == "above" and value > max(limit.values)) or (limit.fill == "below" and value < limit.values[0])


def _alarms(asked: Asked, answer: Answer, time: Time) -> Body:
    there = {alarm.name: alarm for alarm in answer.alarms}
    items = "".join(_alarm(name, there.get(name), time[1]) for name in asked.alarms)
    told = [there[name].state for name in asked.alarms if name in there]
    firing = told.count("ALARM")
    head = f"{plural(firing, 'alarm')} on, of {len(asked.alarms)}" if told else NO_DATA
    return _markup(f'<p class="{"no" if firing else "dim"}">{head}</p><ul class="states">{items}</ul>'), ()


def _alarm(name: str, alarm: AlarmState | None, until: float) -> str:
    look, word = STATES.get(alarm.state, ("warn", alarm.state)) if alarm else ("dim", "not there")
    since = ""
    if alarm and alarm.since is not None and alarm.state == "ALARM":
        # The minute under way is part of what is shown.
        minutes = timedelta(seconds=max(0.0, until - 60 - alarm.since)) // timedelta(minutes=1)
        since = f" for {minutes} min" if minutes < 600 else f" since {_moment(alarm.since)}"
    reason = f' title="{escape(alarm.reason)}"' if alarm and alarm.reason else ""
    return f'<li class="{look}"{reason}><b>{escape(word)}{since}</b> <span>{escape(name)}</span></li>'


def _moment(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%d %b %H:%M UTC")


def _log(asked: Asked, answer: Answer, _: Time) -> Body:
    query = str(asked.widget.properties.get("query", ""))
    shown = f"<pre><code>{escape(query)}</code></pre>"
    if answer.rows is None:
        return _markup(shown), ()
    if not answer.rows.rows:
        return _markup(f'<p class="none">{NO_DATA}</p>{shown}'), ()
    head = "".join(f"<th>{escape(column)}</th>" for column in answer.rows.columns)
    rows = "".join(
        f"<tr>{''.join(f'<td>{escape(value)}</td>' for value in row)}</tr>" for row in answer.rows.rows[:MOST_ROWS]
    )
    table = _scrolled(f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>", asked.widget.title)
    return _markup(f"{table}{shown}"), ()


def _text(asked: Asked, _: Answer, __: Time) -> Body:
    return html(str(asked.widget.properties.get("markdown", ""))), ()


def _unknown(asked: Asked, _: Answer, __: Time) -> Body:
    return _markup(""), (f"a widget of the kind {asked.widget.kind!r} can't be drawn here",)


def _scrolled(table: str, name: str) -> Markup:
    label = escape(name or "Values")
    return _markup(f'<div class="scroll" tabindex="0" role="region" aria-label="{label}">{table}</div>')


def _markup(text: str) -> Markup:
    return Markup(text)  # noqa: S704 - every text in it is escaped where it is put in


_VIEWS: Mapping[str, Callable[[Widget, Sequence[Curve], Time], Markup]] = {
    "singleValue": _numbers,
    "gauge": _gauges,
    "bar": _bars,
    "pie": _bars,
    "table": _table,
}
_CARDS: Mapping[str, Callable[[Asked, Answer, Time], Body]] = {
    "metric": _metric,
    "alarm": _alarms,
    "log": _log,
    "text": _text,
}
