"""The requests that the stand-in understands; a field that is missing here is refused, never ignored."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Literal, TypeVar

import msgspec
from msgspec import Meta

from cutover.rehearsal.aws.wire import AwsError

Name = Annotated[str, Meta(min_length=1, max_length=255)]
Unit = Literal[
    "Seconds", "Microseconds", "Milliseconds", "Bytes", "Kilobytes", "Megabytes", "Gigabytes", "Terabytes", "Bits",
    "Kilobits", "Megabits", "Gigabits", "Terabits", "Percent", "Count", "Bytes/Second", "Kilobytes/Second",
    "Megabytes/Second", "Gigabytes/Second", "Terabytes/Second", "Bits/Second", "Kilobits/Second", "Megabits/Second",
    "Gigabits/Second", "Terabits/Second", "Count/Second", "None",
]  # fmt: skip


class Shape(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="pascal"):
    """What all requests and their parts have in common: AWS's spelling, and nothing unknown."""


class Dimension(Shape, frozen=True):
    """One dimension."""

    name: Name
    value: Annotated[str, Meta(min_length=1, max_length=1024)]


class DimensionFilter(Shape, frozen=True):
    """A dimension that listed metrics must have, with any value if none is given."""

    name: Name
    value: str | None = None


Dimensions = Annotated[tuple[Dimension, ...], Meta(max_length=30)]


class Metric(Shape, frozen=True):
    """The metric that is asked for."""

    namespace: Name
    metric_name: Name
    dimensions: Dimensions = ()


class MetricStat(Shape, frozen=True):
    """A statistic of a metric; `period` in seconds."""

    metric: Metric
    period: int
    stat: str
    unit: Unit | None = None


class MetricDataQuery(Shape, frozen=True):
    """One series of a GetMetricData request or of an alarm: a metric, or metric math over the others."""

    id: Annotated[str, Meta(pattern="^[a-z][a-zA-Z0-9_]{0,254}$")]
    metric_stat: MetricStat | None = None
    expression: str | None = None
    label: str | None = None
    return_data: bool = True
    period: int | None = None


class LabelOptions(Shape, frozen=True):
    """Matters to labels with times in them only, of which there are none here."""

    timezone: str = "+0000"


class GetMetricData(Shape, frozen=True):
    """The request of that name."""

    metric_data_queries: Annotated[tuple[MetricDataQuery, ...], Meta(min_length=1, max_length=500)]
    start_time: datetime
    end_time: datetime
    next_token: str | None = None
    scan_by: Literal["TimestampDescending", "TimestampAscending"] = "TimestampDescending"
    max_datapoints: Annotated[int, Meta(ge=1, le=100_800)] = 100_800
    label_options: LabelOptions | None = None


class GetMetricStatistics(Shape, frozen=True):
    """The request of that name."""

    namespace: Name
    metric_name: Name
    start_time: datetime
    end_time: datetime
    period: int
    dimensions: Dimensions = ()
    statistics: Annotated[tuple[str, ...], Meta(max_length=5)] = ()
    extended_statistics: Annotated[tuple[str, ...], Meta(max_length=1)] = ()  # AWS takes ten
    unit: Unit | None = None


class StatisticSet(Shape, frozen=True):
    """A summary of values that are not sent themselves."""

    sample_count: float
    sum: float
    minimum: float
    maximum: float


class MetricDatum(Shape, frozen=True):
    """One entry of a PutMetricData request."""

    metric_name: Name
    dimensions: Dimensions = ()
    timestamp: datetime | None = None
    value: float | None = None
    values: tuple[float, ...] = ()
    counts: tuple[float, ...] = ()
    statistic_values: StatisticSet | None = None
    unit: Unit = "None"
    storage_resolution: Literal[1, 60] = 60


class PutMetricData(Shape, frozen=True):
    """The request of that name."""

    namespace: Annotated[str, Meta(min_length=1, max_length=255, pattern="^[^:]")]
    metric_data: Annotated[tuple[MetricDatum, ...], Meta(min_length=1)]


class ListMetrics(Shape, frozen=True):
    """The request of that name."""

    namespace: str | None = None
    metric_name: str | None = None
    dimensions: Annotated[tuple[DimensionFilter, ...], Meta(max_length=10)] = ()
    next_token: str | None = None
    recently_active: Literal["PT3H"] | None = None


_Request = TypeVar("_Request", bound=Shape)


def request_of(shape: type[_Request], fields: Mapping[str, object], *, invalid: str) -> _Request:
    """The typed request. Raises AwsError with the code `invalid`, or MissingParameter."""
    try:
        return msgspec.convert(fields, shape, strict=False)
    except msgspec.ValidationError as error:
        missing = "missing required field" in str(error)
        raise AwsError("MissingParameter" if missing else invalid, str(error)) from error


def unix_seconds(moment: datetime) -> float:
    """The moment's Unix time; the protocol's times without a zone are UTC."""
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
