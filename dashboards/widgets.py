"""Widgets of a board, as CloudWatch's dashboard bodies have them: graphs, numbers, alarms, text; pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dashboards.deployed import deployed_name
from dashboards.model import Alarm, Comparison, Composite, Each, Metric, Series
from infra.functions import FUNCTIONS

COLUMNS = 24
MINUTE, HOUR = 60, 3600  # in seconds
ECS, LAMBDA, BOTH = "#ff7f0e", "#1f77b4", "#2ca02c"  # each side has its colour, on every board
WARNED, FORBIDDEN = "#dbdb8d", "#d62728"
# As runbooks/queries/errors.txt has them: the service's 503 are warnings, and a function that crashed, could not start
# or ran out of time says nothing itself; Lambda does, in its own words.
WRONG_FIELDS = (
    "@timestamp, @log, level, message, route, status, error, errorType, errorMessage, type, record.status,"
    " record.errorType, requestId, record.requestId"
)
WRONG = (
    'level in ["error", "ERROR", "CRITICAL", "warning"] or (message = "request" and status >= 500)'
    ' or record.status in ["error", "failure", "timeout"]'
    " or @message like /Task timed out|Runtime exited|Status: (error|timeout)/"
)

Row = list[Any]  # one metric or expression of a graph


@dataclass(frozen=True, slots=True)
class Widget:
    """One widget without its place; the height in the rows of CloudWatch's grid."""

    kind: str
    properties: Mapping[str, Any]
    height: int = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """A horizontal line. `fill`: above or below, where it goes on being bad."""

    label: str
    value: float
    colour: str = FORBIDDEN
    fill: str | None = None
    right: bool = False  # of the axis on the right


def line(series: Series, label: str, **options: Any) -> Row:
    """A metric on a graph; `options` as CloudWatch names them: color, visible, yAxis, period."""
    dimensions = [part for pair in series.dimensions.items() for part in pair]
    return [
        series.metric.namespace,
        series.metric.name,
        *dimensions,
        {"id": series.id, "stat": series.statistic, "label": label, **options},
    ]


def hidden(series: Series) -> Row:
    """A metric that only expressions use."""
    return line(series, series.id, visible=False)


def math(id_: str, expression: str, label: str, **options: Any) -> Row:
    """Metric math over the ids beside it."""
    return [{"id": id_, "expression": expression, "label": label, **options}]


def redis_nodes(id_: str, metric: Metric, statistic: str, period_seconds: int = MINUTE) -> Row:
    """The metric of every Redis node: CloudWatch finds them by what their names begin with."""
    (names,) = metric.dimensions
    term = f'{{{metric.namespace},{",".join(names)}}} MetricName="{metric.name}" AND ${{RedisGroup}}'
    return math(id_, f"SEARCH('{term}', '{statistic}', {period_seconds})", "")


def limit(alarm: Alarm, *, factor: float = 1.0, at: str | None = None, right: bool = False) -> Limit:
    """The alarm's threshold as a line; `factor` where the graph has another unit. Raises ValueError without one."""
    if alarm.threshold is None:
        raise ValueError(f"{alarm.name} has a band, not a threshold")
    below = alarm.comparison is Comparison.UNDER
    label = f"{alarm.name}: {'under' if below else at or 'over'} {alarm.threshold * factor:g}"
    return Limit(label=label, value=alarm.threshold * factor, fill="below" if below else "above", right=right)


def graph(
    title: str,
    rows: Sequence[Row],
    *,
    unit: str,
    limits: Sequence[Limit] = (),
    period_seconds: int = MINUTE,
    **options: Any,
) -> Widget:
    """Lines over time. `unit` stands at the axis; `options`: minimum (0), maximum, right (the other axis' unit)."""
    axes: dict[str, Any] = {"left": {"min": options.pop("minimum", 0), "label": unit, "showUnits": False}}
    if most := options.pop("maximum", None):
        axes["left"]["max"] = most
    if right := options.pop("right", None):
        axes["right"] = {"min": 0, "label": right, "showUnits": False}
    properties: dict[str, Any] = {
        "title": title,
        "view": "timeSeries",
        "region": "${Region}",
        "period": period_seconds,
        "metrics": list(rows),
        "yAxis": axes,
        "legend": {"position": "bottom"},
        **options,
    }
    if limits:
        properties["annotations"] = {"horizontal": [_annotation(one) for one in limits]}
    return Widget("metric", properties)


def numbers(title: str, rows: Sequence[Row], *, period_seconds: int, height: int = 3) -> Widget:
    """The newest values, each with what it was before as a small line."""
    properties = {
        "title": title,
        "view": "singleValue",
        "sparkline": True,
        "region": "${Region}",
        "period": period_seconds,
        "metrics": list(rows),
    }
    return Widget("metric", properties, height)


def alarm_row(title: str, alarms: Iterable[Alarm | Composite], *, height: int = 3) -> Widget:
    """How alarms stand. Of Redis nodes the first; `deployed.dashboard_body` adds the others."""
    arns = [
        f"arn:aws:cloudwatch:${{Region}}:${{AccountId}}:alarm:{name}" for alarm in alarms for name in _names_of(alarm)
    ]
    return Widget("alarm", {"title": title, "alarms": arns}, height)


def log_lines(title: str, *, height: int = 6) -> Widget:
    """What last went wrong in functions and tasks: the service's own words, and Lambda's where it had none."""
    groups = [f"/aws/lambda/{function.deployed_name('${Stage}')}" for function in FUNCTIONS]
    sources = " | ".join(f"SOURCE '{group}'" for group in (*groups, "/ecs/lego-api-service-${Stage}"))
    query = f"{sources} | fields {WRONG_FIELDS} | filter {WRONG} | sort @timestamp desc | limit 20"
    return Widget("log", {"title": title, "view": "table", "region": "${Region}", "query": query}, height)


def text(*lines: str, height: int = 2) -> Widget:
    """Markdown."""
    return Widget("text", {"markdown": "\n".join(lines)}, height)


def pages(alarms: Iterable[Alarm | Composite]) -> str:
    """Links to the runbooks of these, in one line."""
    return "Runbooks: " + " · ".join(f"[{alarm.name}](${{Pages}}{alarm.runbook})" for alarm in alarms)


def laid_out(rows: Sequence[Sequence[Widget]]) -> list[dict[str, Any]]:
    """Rows of widgets, each row as wide as the board, as CloudWatch places them."""
    placed, y = [], 0
    for row in rows:
        width, height = COLUMNS // len(row), max(one.height for one in row)
        placed += [
            {"type": one.kind, "x": x * width, "y": y, "width": width, "height": height, "properties": one.properties}
            for x, one in enumerate(row)
        ]
        y += height
    return placed


def _annotation(one: Limit) -> dict[str, Any]:
    drawn: dict[str, Any] = {"label": one.label, "value": one.value, "color": one.colour}
    if one.fill:
        drawn["fill"] = one.fill
    return drawn | {"yAxis": "right"} if one.right else drawn


def _names_of(alarm: Alarm | Composite) -> Sequence[str]:
    each = alarm.each if isinstance(alarm, Alarm) else None
    if each is Each.FUNCTION:
        return [deployed_name(alarm, "${Stage}", function.name) for function in FUNCTIONS]
    return [deployed_name(alarm, "${Stage}", "1" if each is Each.REDIS_NODE else None)]
