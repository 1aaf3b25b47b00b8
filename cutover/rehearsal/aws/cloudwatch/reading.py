"""GetMetricData and ListMetrics: what CloudWatch shows of the store."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from zlib import crc32

import msgspec

from cutover.rehearsal.aws.cloudwatch.digest import Digest
from cutover.rehearsal.aws.cloudwatch.paging import Position, position_of, token_of
from cutover.rehearsal.aws.cloudwatch.shapes import (
    Dimension,
    GetMetricData,
    ListMetrics,
    MetricDataQuery,
    MetricStat,
    unix_seconds,
)
from cutover.rehearsal.aws.cloudwatch.statistics import is_statistic, statistic
from cutover.rehearsal.aws.cloudwatch.store import MINUTE_SECONDS, MetricStore, Series, series_of
from cutover.rehearsal.aws.wire import AwsError

_LISTED_PER_PAGE = 500
_Point = tuple[int, float]  # period's start in Unix seconds, value


@dataclass(frozen=True, slots=True)
class _Answer:
    query: MetricDataQuery
    stat: MetricStat
    points: tuple[_Point, ...]
    offset: int  # of its first point among all points of the request


def metric_data(store: MetricStore, request: GetMetricData, now: float, *, partial: bool = False) -> dict[str, object]:
    """The result of GetMetricData; `partial`: as if CloudWatch had not got at everything.

    Raises AwsError: ValidationError, InvalidNextToken.
    """
    stats = _checked(request)
    fingerprint = crc32(msgspec.json.encode(msgspec.structs.replace(request, next_token=None)))
    position = position_of(request.next_token, now=now, request=fingerprint)
    answers, total = _answers(store, request, stats, position.as_of)
    end = position.offset + request.max_datapoints
    token = token_of(Position(end, position.as_of, fingerprint)) if end < total else None
    results = [
        _shown(answer, position.offset, end) | ({"StatusCode": "PartialData"} if partial else {})
        for answer in answers
        if _on_page(answer, position.offset, end, total)
    ]
    return {"MetricDataResults": results, "Messages": [], "NextToken": token}


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


def as_mapping(dimensions: Sequence[Dimension]) -> dict[str, str]:
    """The dimensions by name."""
    return {dimension.name: dimension.value for dimension in dimensions}


def _checked(request: GetMetricData) -> tuple[MetricStat, ...]:
    if unix_seconds(request.start_time) >= unix_seconds(request.end_time):
        raise AwsError("ValidationError", "The parameter StartTime must be less than the parameter EndTime.")
    ids = [query.id for query in request.metric_data_queries]
    if len(set(ids)) < len(ids):
        raise AwsError("ValidationError", f"The values for parameter id in MetricDataQueries are not unique: {ids}")
    return tuple(_checked_stat(query) for query in request.metric_data_queries)


def _checked_stat(query: MetricDataQuery) -> MetricStat:
    if query.expression is not None:
        raise AwsError("ValidationError", f"{query.id}: this stand-in has no metric math; ask for MetricStat alone")
    stat = query.metric_stat
    if stat is None or query.period is not None:
        raise AwsError(
            "ValidationError", f"{query.id}: exactly one of MetricStat, or Expression with Period, is needed"
        )
    if stat.period < MINUTE_SECONDS or stat.period % MINUTE_SECONDS:
        raise AwsError(
            "ValidationError", f"{query.id}: Period must be a multiple of {MINUTE_SECONDS}, not {stat.period}"
        )
    if not is_statistic(stat.stat):
        raise AwsError("ValidationError", f"{query.id}: the statistic {stat.stat!r} is not known to this stand-in")
    return stat


def _answers(
    store: MetricStore, request: GetMetricData, stats: Sequence[MetricStat], as_of: float
) -> tuple[list[_Answer], int]:
    since = unix_seconds(request.start_time) // MINUTE_SECONDS * MINUTE_SECONDS
    until = unix_seconds(request.end_time)
    newest_first = request.scan_by == "TimestampDescending"
    answers, offset = [], 0
    for query, stat in zip(request.metric_data_queries, stats, strict=True):
        if not query.return_data:
            continue
        points = _points(store, stat, (since, until), as_of)
        answers.append(_Answer(query, stat, tuple(reversed(points)) if newest_first else tuple(points), offset))
        offset += len(points)
    return answers, offset


def _points(store: MetricStore, stat: MetricStat, span: tuple[float, float], as_of: float) -> list[_Point]:
    """Oldest first. Periods start at multiples of their length, and none before the span does."""
    first = -int(-span[0] // stat.period) * stat.period
    series = series_of(stat.metric.namespace, stat.metric.metric_name, as_mapping(stat.metric.dimensions))
    periods: dict[int, list[Digest]] = defaultdict(list)
    for minute, digest in store.visible(series, stat.unit, first, span[1], as_of):
        periods[minute - minute % stat.period].append(digest)
    values = ((start, statistic(stat.stat, periods[start])) for start in sorted(periods))
    return [(start, value) for start, value in values if value is not None]


def _on_page(answer: _Answer, start: int, end: int, total: int) -> bool:
    """Whether some of its points are on the page; one without points is where they would be."""
    if answer.points:
        return answer.offset < end and answer.offset + len(answer.points) > start
    return start <= answer.offset and (answer.offset < end or end >= total)


def _shown(answer: _Answer, start: int, end: int) -> dict[str, object]:
    points = answer.points[max(0, start - answer.offset) : max(0, end - answer.offset)]
    finished = answer.offset + len(answer.points) <= end
    return {
        "Id": answer.query.id,
        "Label": answer.query.label or answer.stat.metric.metric_name,
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
