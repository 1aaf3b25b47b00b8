"""PutMetricData's rules."""

import math
from collections.abc import Iterator

from cutover.rehearsal.aws.cloudwatch.frames import as_mapping
from cutover.rehearsal.aws.cloudwatch.shapes import MetricDatum, PutMetricData, StatisticSet, unix_seconds
from cutover.rehearsal.aws.cloudwatch.store import Datum, Summary, series_of
from cutover.rehearsal.aws.wire import AwsError

_MAX_DATUMS = 1000
_MAX_VALUES = 150
_OLDEST_SECONDS = 14 * 24 * 3600
_NEWEST_SECONDS = 2 * 3600
_MAX_MAGNITUDE = 2.0**360


def data_of(request: PutMetricData, now: float) -> list[Datum]:
    """What the request adds to the store. Raises AwsError: InvalidParameterValue, InvalidParameterCombination."""
    if request.namespace.startswith("AWS/"):
        raise _invalid(f"The value {request.namespace} for parameter Namespace is reserved for AWS.")
    if len(request.metric_data) > _MAX_DATUMS:
        raise _invalid(f"MetricData holds {len(request.metric_data)} datums; {_MAX_DATUMS} are allowed.")
    return [_datum(request.namespace, entry, now) for entry in request.metric_data]


def _datum(namespace: str, entry: MetricDatum, now: float) -> Datum:
    _check_form(entry)
    if not all(math.isfinite(number) and abs(number) <= _MAX_MAGNITUDE for number in _numbers(entry)):
        raise _invalid(f"{entry.metric_name}: NaN, infinity and numbers beyond 2^360 are not allowed.")
    values = entry.values if entry.value is None else (entry.value,)
    counts = entry.counts or (1.0,) * len(values)
    if any(count <= 0 for count in counts):
        raise _invalid(f"{entry.metric_name}: every count must be above zero.")
    return Datum(
        series_of(namespace, entry.metric_name, as_mapping(entry.dimensions)),
        entry.unit,
        _moment(entry, now),
        values,
        counts,
        _summary(entry),
    )


def _check_form(entry: MetricDatum) -> None:
    given = (entry.value is not None, bool(entry.values), entry.statistic_values is not None)
    if sum(given) != 1:
        raise AwsError(
            "InvalidParameterCombination",
            f"{entry.metric_name}: exactly one of Value, Values and StatisticValues is needed.",
        )
    if len(entry.values) > _MAX_VALUES:
        raise _invalid(f"{entry.metric_name}: {len(entry.values)} Values; {_MAX_VALUES} are allowed.")
    if entry.counts and len(entry.counts) != len(entry.values):
        raise _invalid(f"{entry.metric_name}: {len(entry.counts)} Counts do not fit {len(entry.values)} Values.")


def _numbers(entry: MetricDatum) -> Iterator[float]:
    if entry.value is not None:
        yield entry.value
    yield from entry.values
    yield from entry.counts
    if entry.statistic_values is not None:
        yield from _fields(entry.statistic_values)


def _fields(given: StatisticSet) -> tuple[float, float, float, float]:
    return given.sample_count, given.sum, given.minimum, given.maximum


def _summary(entry: MetricDatum) -> Summary | None:
    given = entry.statistic_values
    if given is None:
        return None
    if given.sample_count <= 0 or given.minimum > given.maximum:
        raise _invalid(f"{entry.metric_name}: StatisticValues needs a SampleCount above zero and Minimum <= Maximum.")
    return Summary(*_fields(given))


def _moment(entry: MetricDatum, now: float) -> float:
    if entry.timestamp is None:
        return now
    moment = unix_seconds(entry.timestamp)
    if not now - _OLDEST_SECONDS <= moment <= now + _NEWEST_SECONDS:
        raise _invalid(
            f"{entry.metric_name}: the timestamp {entry.timestamp} is over two weeks old or over two hours ahead."
        )
    return moment


def _invalid(message: str) -> AwsError:
    return AwsError("InvalidParameterValue", message)
