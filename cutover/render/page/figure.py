"""A chart as the page shows it: title, legend, the drawing for each width, and the values for the read-out. Pure."""

import json
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from markupsafe import Markup

from cutover.render.page.axis import Axis
from cutover.render.page.chart import HALF, PHONE, SMALL, Chart, Line, Size
from cutover.render.page.drawing import svg, swatch
from cutover.render.page.thinning import thinned

PARTS = 10_000  # of the width of the frame, in which the script is told where the values are
MOST_VALUES = 300


def figure(chart: Chart, size: Size = HALF, legend: str | None = None) -> Markup:
    """The HTML of the chart; beside the size that was asked for there is one for phones and paper.

    `legend`: the HTML of another one than the chart's own.
    """
    sizes = (size,) if size is SMALL else (size, PHONE)
    drawings = "\n".join(svg(chart, one) for one in sizes)
    caption = f"<small>{escape(chart.caption)}</small>" if chart.caption else ""
    return Markup(  # noqa: S704 - every text in it is escaped where it is put in
        f'<figure class="chart {size.name}"><figcaption><b>{escape(chart.title)}</b>{caption}</figcaption>\n'
        f'{_legend(chart) if legend is None else legend}<div class="plot">{drawings}</div>\n{_values(chart)}</figure>'
    )


def _legend(chart: Chart) -> str:
    if len(chart.drawn) < 2:
        return ""
    return f'<ul class="legend">{"".join(f"<li>{swatch(one)}{escape(one.name)}</li>" for one in chart.drawn)}</ul>\n'


def _values(chart: Chart) -> str:
    """What the read-out says, as JSON that can't end its element: one word for each line at each moment."""
    if not chart.drawn:
        return ""
    text = json.dumps(readings(chart), separators=(",", ":"), ensure_ascii=False).replace("<", "\\u003c")
    return f'<script type="application/json">{text}</script>'


def readings(chart: Chart) -> Mapping[str, Any]:
    """`x`: where (ten-thousandths of the width), `t`: the moments in words, `lines`: each with its spelled values."""
    leading = [line for line in chart.drawn if not line.step] or chart.drawn
    moments = sorted({at for line in leading for at, _ in thinned(line.points, MOST_VALUES)})
    return {
        "x": [round(PARTS * chart.x.part(at)) for at in moments],
        "t": [chart.x.told(at) for at in moments],
        "lines": [
            {"n": line.name, "h": line.hue, "v": _spelled(line, moments, chart.axis(line))} for line in chart.drawn
        ],
    }


def _spelled(line: Line, moments: Sequence[float], axis: Axis) -> Sequence[str]:
    """The value of each moment; a step's is that of the step which was taken last. "" where there is none."""
    known = dict(line.told)
    if not line.step:
        return [axis.told(known[at]) if at in known else "" for at in moments]
    said, left, latest = [], sorted(known), ""
    for at in moments:
        while left and left[0] <= at:
            latest = axis.told(known[left.pop(0)])
        said.append(latest)
    return said
