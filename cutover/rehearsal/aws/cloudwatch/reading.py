"""GetMetricData and ListMetrics: what CloudWatch shows of the store."""

from dataclasses import dataclass
from datetime import UTC, datetime
from zlib import crc32

import msgspec

from cutover.rehearsal.aws.cloudwatch.frames import Frame, series_asked
from cutover.rehearsal.aws.cloudwatch.metric_math.values import Line, kind
from cutover.rehearsal.aws.cloudwatch.paging import Position, position_of, token_of
from cutover.rehearsal.aws.cloudwatch.queries import Evaluation, Formula, check_stat, formula_of
from cutover.rehearsal.aws.cloudwatch.shapes import (
    GetMetricData,
    GetMetricStatistics,
    ListMetrics,
    Metric,
    MetricDataQuery,
    MetricStat,
    unix_seconds,
)
from cutover.rehearsal.aws.cloudwatch.store import MINUTE_SECONDS, MetricStore, Series
from cutover.rehearsal.aws.wire import AwsError

_LISTED_PER_PAGE = 500
_Point = tuple[int, float]  # period's start in Unix seconds, value


@dataclass(frozen=True, slots=True)
class _Answer:
    id: str
    label: str
    points: tuple[_Point, ...]
    offset: int  # of its first point among all points of the request


def metric_data(store: MetricStore, request: GetMetricData, now: float, *, partial: bool = False) -> dict[str, object]:
    """The result of GetMetricData; `partial`: as if CloudWatch had not got at everything.

    Raises AwsError: ValidationError, InvalidNextToken.
    """
    formula = _checked(request)
    fingerprint = crc32(msgspec.json.encode(msgspec.structs.replace(request, next_token=None)))
    position = position_of(request.next_token, now=now, request=fingerprint)
    answers, total = _answers(store, request, formula, position.as_of)
    end = position.offset + request.max_datapoints
    token = token_of(Position(end, position.as_of, fingerprint)) if end < total else None
    results = [
        _shown(answer, position.offset, end) | ({"StatusCode": "PartialData"} if partial else {})
        for answer in answers
        if _on_page(answer, position.offset, end, total)
    ]
    return {"MetricDataResults": results, "Messages": [], "NextToken": token}


def metric_statistics(store: MetricStore, request: GetMetricStatistics, now: float) -> dict[str, object]:
    """The result of GetMetricStatistics, oldest first. Raises AwsError ValidationError."""
    if unix_seconds(request.start_time) >= unix_seconds(request.end_time):
        raise AwsError("ValidationError", "The parameter StartTime must be less than the parameter EndTime.")
    if not (names := (*request.statistics, *request.extended_statistics)):
        raise AwsError("MissingParameter", "Statistics or ExtendedStatistics is needed")
    metric = Metric(namespace=request.namespace, metric_name=request.metric_name, dimensions=request.dimensions)
    frame = Frame(store, int(unix_seconds(request.start_time)), unix_seconds(request.end_time), now)
    moments: dict[int, dict[str, object]] = {}
    for name in names:
        stat = MetricStat(metric=metric, period=request.period, stat=name, unit=request.unit)
        check_stat(request.metric_name, stat, subminute=False)
        extended = name in request.extended_statistics
        for moment, value in frame.points(stat).items():
            shown = {"ExtendedStatistics": {"entry": {"key": name, "value": value}}} if extended else {name: value}
            moments.setdefault(moment, {"Timestamp": _iso(moment)}).update(shown)
    unit = store.unit(series_asked(stat)) if request.unit is None else request.unit
    points = [fields | {"Unit": unit} for _, fields in sorted(moments.items())]
    return {"Label": request.metric_name, "Datapoints": points}


def listed_metrics(store: MetricStore, request: ListMetrics, now: float) -> dict[str, object]:
    """The result of ListMetrics. Raises AwsError InvalidNextToken."""
    fingerprint = crc32(msgspec.json.encode(msgspec.structs.replace(request, next_token=None)))
    position = position_of(request.next_token, now=now, request=fingerprint)
    found = [series for series in store.listed(position.as_of) if _wanted(series, request)]
    end = position.offset + _LISTED_PER_PAGE
    token = token_of(Position(end, position.as_of, fingerprint)) if end < len(found) else None
    metrics = [
        {
            "Namespace": series.namespace,
            "MetricName": series.name,
            "Dimensions": [{"Name": name, "Value": value} for name, value in series.dimensions],
        }
        for series in found[position.offset : end]
    ]
    return {"Metrics": metrics, "NextToken": token}


def _checked(request: GetMetricData) -> Formula:
    if unix_seconds(request.start_time) >= unix_seconds(request.end_time):
        raise AwsError("ValidationError", "The parameter StartTime must be less than the parameter EndTime.")
    return formula_of(request.metric_data_queries)


def _answers(store: MetricStore, request: GetMetricData, formula: Formula, as_of: float) -> tuple[list[_Answer], int]:
    since = int(unix_seconds(request.start_time) // MINUTE_SECONDS * MINUTE_SECONDS)
    evaluation = Evaluation(formula, Frame(store, since, unix_seconds(request.end_time), as_of))
    newest_first = request.scan_by == "TimestampDescending"
    answers, offset = [], 0
    for query in request.metric_data_queries:
        for label, line in _returned(evaluation, query):
            points = sorted(line.points.items(), reverse=newest_first)
            answers.append(_Answer(query.id, label, tuple(points), offset))
            offset += len(points)
    return answers, offset


def _returned(evaluation: Evaluation, query: MetricDataQuery) -> list[tuple[str, Line]]:
    """The series of one query with their labels; several of a search or a band."""
    if not query.return_data:
        return []
    value = evaluation.value(query.id)
    if isinstance(value, Line):
        return [(query.label or (value.label if query.metric_stat else query.id), value)]
    if isinstance(value, tuple):
        return [(" ".join(filter(None, (query.label, line.label))) or query.id, line) for line in value]
    raise AwsError("ValidationError", f"Error in expression '{query.id}': it is no time series but a {kind(value)}")


def _on_page(answer: _Answer, start: int, end: int, total: int) -> bool:
    """Whether some of its points are on the page; one without points is where they would be."""
    if answer.points:
        return answer.offset < end and answer.offset + len(answer.points) > start
    return start <= answer.offset and (answer.offset < end or end >= total)


def _shown(answer: _Answer, start: int, end: int) -> dict[str, object]:
    points = answer.points[max(0, start - answer.offset) : max(0, end - answer.offset)]
    finished = answer.offset + len(answer.points) <= end
    return {
        "Id": answer.id,
        "Label": answer.label,
        "Timestamps": [_iso(moment) for moment, _ in points],
        "Values": [value for _, value in points],
        "StatusCode": "Complete" if finished else "PartialData",
    }


def _iso(moment: int) -> str:
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _wanted(series: Series, request: ListMetrics) -> bool:
    present = dict(series.dimensions)
    return (
        request.namespace in {None, series.namespace}
        and request.metric_name in {None, series.name}
        and all(
            wanted.name in present and wanted.value in {None, present[wanted.name]} for wanted in request.dimensions
        )
    )
