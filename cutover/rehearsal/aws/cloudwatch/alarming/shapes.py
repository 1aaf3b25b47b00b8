"""The requests about alarms; a field that is missing here is refused, never ignored."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from cutover.rehearsal.aws.cloudwatch.alarming.verdict import Missing, State
from cutover.rehearsal.aws.cloudwatch.shapes import Dimensions, MetricDataQuery, Name, Shape, Unit

Comparison = Literal[
    "GreaterThanOrEqualToThreshold", "GreaterThanThreshold", "LessThanThreshold", "LessThanOrEqualToThreshold",
    "LessThanLowerOrGreaterThanUpperThreshold", "LessThanLowerThreshold", "GreaterThanUpperThreshold",
]  # fmt: skip
Actions = Annotated[tuple[Annotated[str, Meta(min_length=1, max_length=1024)], ...], Meta(max_length=5)]
Kind = Literal["MetricAlarm", "CompositeAlarm"]


class Tag(Shape, frozen=True):
    """Taken and not looked at."""

    key: Annotated[str, Meta(min_length=1, max_length=128)]
    value: Annotated[str, Meta(max_length=256)] = ""


class _Told(Shape, frozen=True, kw_only=True):
    alarm_name: Name
    alarm_description: Annotated[str, Meta(max_length=1024)] | None = None
    actions_enabled: bool = True
    ok_actions: Actions = msgspec.field(name="OKActions", default=())
    alarm_actions: Actions = ()
    insufficient_data_actions: Actions = ()
    tags: Annotated[tuple[Tag, ...], Meta(max_length=50)] = ()

    def actions(self, state: State) -> Actions:
        """Whom it tells of that state."""
        of: Mapping[State, Actions] = {
            "OK": self.ok_actions,
            "ALARM": self.alarm_actions,
            "INSUFFICIENT_DATA": self.insufficient_data_actions,
        }
        return of[state]


class PutMetricAlarm(_Told, frozen=True):
    """The request of that name."""

    evaluation_periods: Annotated[int, Meta(ge=1)]
    comparison_operator: Comparison
    datapoints_to_alarm: Annotated[int, Meta(ge=1)] | None = None
    threshold: float | None = None
    threshold_metric_id: str | None = None
    treat_missing_data: Missing = "missing"
    evaluate_low_sample_count_percentile: Literal["evaluate", "ignore"] | None = None
    namespace: Name | None = None
    metric_name: Name | None = None
    dimensions: Dimensions = ()
    statistic: Literal["SampleCount", "Average", "Sum", "Minimum", "Maximum"] | None = None
    extended_statistic: str | None = None
    period: int | None = None
    unit: Unit | None = None
    metrics: tuple[MetricDataQuery, ...] = ()


class PutCompositeAlarm(_Told, frozen=True):
    """The request of that name."""

    alarm_rule: Annotated[str, Meta(min_length=1, max_length=10_240)]


class AlarmNames(Shape, frozen=True):
    """DeleteAlarms, EnableAlarmActions, DisableAlarmActions."""

    alarm_names: Annotated[tuple[Name, ...], Meta(max_length=100)]


class SetAlarmState(Shape, frozen=True):
    """The request of that name."""

    alarm_name: Name
    state_value: State
    state_reason: Annotated[str, Meta(max_length=1023)]
    state_reason_data: Annotated[str, Meta(max_length=4000)] | None = None


class DescribeAlarms(Shape, frozen=True):
    """The request of that name."""

    alarm_names: Annotated[tuple[str, ...], Meta(max_length=100)] = ()
    alarm_name_prefix: str = ""
    alarm_types: tuple[Kind, ...] = ("MetricAlarm",)
    children_of_alarm_name: str | None = None
    parents_of_alarm_name: str | None = None
    state_value: State | None = None
    action_prefix: str | None = None
    max_records: Annotated[int, Meta(ge=1, le=100)] = 50
    next_token: str | None = None


class DescribeAlarmHistory(Shape, frozen=True):
    """The request of that name."""

    alarm_name: str | None = None
    alarm_types: tuple[Kind, ...] = ("MetricAlarm",)
    history_item_type: Literal["ConfigurationUpdate", "StateUpdate", "Action"] | None = None
    start_date: datetime | None = None
    end_date: datetime | None = None
    scan_by: Literal["TimestampDescending", "TimestampAscending"] = "TimestampDescending"
    max_records: Annotated[int, Meta(ge=1, le=100)] = 100
    next_token: str | None = None
