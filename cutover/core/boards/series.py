"""The `metrics` of a widget: CloudWatch's short forms spelled out, and the queries that they ask. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from cutover.core.boards.units import UNITS

PERIOD_SECONDS = 300  # where nothing is said
STATISTIC = "Average"
SAME, SAME_AS_BEFORE = ".", "..."


class BadSeries(Exception):
    """A row of `metrics` is none; the message says which."""


@dataclass(frozen=True, slots=True)
class Plotted:
    """One row of `metrics`: what it asks, and how it is drawn."""

    id: str
    query: Mapping[str, Any]  # as GetMetricData takes it
    label: str
    unit: str = ""
    color: str = ""
    right: bool = False
    visible: bool = True


def plotted(properties: Mapping[str, Any], span: timedelta) -> Sequence[Plotted]:
    """Every row of the widget, for so much time. Raises BadSeries."""
    rows = [_split(row, number) for number, row in enumerate(_rows(properties))]
    taken = {str(options["id"]) for _, options in rows if options.get("id")}
    names = (f"q{number}" for number in range(1, 1000) if f"q{number}" not in taken)
    period = _period(properties, span)
    found, before = [], list[str]()
    for number, (parts, options) in enumerate(rows):
        id_ = str(options.get("id") or next(names))
        if "expression" in options:
            found.append(_expression(id_, options))
            continue
        before = _whole(parts, before)
        if len(before) < 2 or len(before) % 2:
            raise BadSeries(f"metrics[{number}] is not a namespace, a name and pairs of dimensions")
        found.append(_metric(id_, before, options, (period, str(properties.get("stat") or STATISTIC))))
    return found


def queries(rows: Sequence[Plotted]) -> Sequence[Mapping[str, Any]]:
    """What to ask GetMetricData: everything, and only what is shown to be returned."""
    return [row.query for row in rows]


def _rows(properties: Mapping[str, Any]) -> Sequence[Any]:
    found = properties.get("metrics", [])
    if not isinstance(found, list):
        raise BadSeries("metrics is no list")
    return found


def _split(row: Any, number: int) -> tuple[list[str], Mapping[str, Any]]:
    if not isinstance(row, list) or not row:
        raise BadSeries(f"metrics[{number}] is no list")
    options = row[-1] if isinstance(row[-1], dict) else {}
    return [str(part) for part in (row[:-1] if isinstance(row[-1], dict) else row)], options


def _whole(parts: Sequence[str], before: Sequence[str]) -> list[str]:
    """The row with what it repeats of the one before."""
    if parts and parts[0] == SAME_AS_BEFORE:
        tail = parts[1:]
        parts = [*before[: max(0, len(before) - len(tail))], *tail]
    return [before[at] if part == SAME and at < len(before) else part for at, part in enumerate(parts)]


def _expression(id_: str, options: Mapping[str, Any]) -> Plotted:
    query = {"Id": id_, "Expression": str(options["expression"])}
    if isinstance(options.get("period"), int):
        query["Period"] = options["period"]
    return _styled(id_, query, options, str(options.get("label") or ""))


def _metric(id_: str, parts: Sequence[str], options: Mapping[str, Any], usual: tuple[int, str]) -> Plotted:
    namespace, name, *pairs = parts
    dimensions = [{"Name": key, "Value": value} for key, value in zip(pairs[::2], pairs[1::2], strict=True)]
    metric = {"Namespace": namespace, "MetricName": name, "Dimensions": dimensions}
    period, statistic = usual
    own = options.get("period")
    query = {
        "Id": id_,
        "MetricStat": {
            "Metric": metric,
            "Period": own if isinstance(own, int) and own > 0 else period,
            "Stat": str(options.get("stat") or statistic),
        },
    }
    counts = query["MetricStat"]["Stat"] == "SampleCount"  # type: ignore[index]
    unit = "" if counts else UNITS.get((namespace, name), "")
    return _styled(id_, query, options, str(options.get("label") or name), unit)


def _styled(id_: str, query: dict[str, Any], options: Mapping[str, Any], label: str, unit: str = "") -> Plotted:
    visible = options.get("visible", True) is not False
    if options.get("label"):
        query["Label"] = str(options["label"])
    query["ReturnData"] = visible
    right = options.get("yAxis") == "right"
    return Plotted(id_, query, label, unit, str(options.get("color") or ""), right, visible)


def _period(properties: Mapping[str, Any], span: timedelta) -> int:
    """The widget's; for one number over all of the time, all of the time in whole minutes."""
    if properties.get("setPeriodToTimeRange"):
        return max(60, int(span.total_seconds()) // 60 * 60)
    own = properties.get("period")
    return own if isinstance(own, int) and own > 0 else PERIOD_SECONDS


def shown(rows: Sequence[Plotted]) -> Iterator[Plotted]:
    """Those that are drawn."""
    return (row for row in rows if row.visible)
