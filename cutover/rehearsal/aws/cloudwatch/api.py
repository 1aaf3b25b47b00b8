"""CloudWatch's operations: the query protocol above store, alarms and dashboards."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from cutover.rehearsal.aws.cloudwatch.alarming.shapes import (
    AlarmNames,
    DescribeAlarmHistory,
    DescribeAlarms,
    PutCompositeAlarm,
    PutMetricAlarm,
    SetAlarmState,
)
from cutover.rehearsal.aws.cloudwatch.alarms import AlarmBoard
from cutover.rehearsal.aws.cloudwatch.dashboards import (
    DashboardShelf,
    DeleteDashboards,
    GetDashboard,
    ListDashboards,
    PutDashboard,
)
from cutover.rehearsal.aws.cloudwatch.query import NAMESPACE, action_of, result_document
from cutover.rehearsal.aws.cloudwatch.reading import listed_metrics, metric_data, metric_statistics
from cutover.rehearsal.aws.cloudwatch.shapes import (
    GetMetricData,
    GetMetricStatistics,
    ListMetrics,
    PutMetricData,
    Shape,
    request_of,
)
from cutover.rehearsal.aws.cloudwatch.store import Datum, MetricStore
from cutover.rehearsal.aws.cloudwatch.writing import data_of
from cutover.rehearsal.aws.faults import ActiveFaults
from cutover.rehearsal.aws.logs import Called, CallLog
from cutover.rehearsal.aws.wire import AwsError, Call, Reply
from cutover.rehearsal.aws.xmltext import error_document

_Fields = dict[str, object]
_Operation = tuple[type[Shape], str, Callable[[Any, float], _Fields | None]]  # request, code if malformed, what to do


class CloudWatchApi:
    """The operations, and the door through which the other stand-ins publish AWS's own metrics."""

    def __init__(
        self,
        store: MetricStore,
        *,
        alarms: AlarmBoard,
        dashboards: DashboardShelf,
        faults: ActiveFaults,
        calls: CallLog,
    ) -> None:
        self._store = store
        self._alarms = alarms
        self._faults = faults
        self._calls = calls
        self._operations: Mapping[str, _Operation] = {
            **self._of_metrics(),
            **_of_alarms(alarms),
            **_of_dashboards(dashboards),
        }

    def handle(self, call: Call) -> Reply:
        """Answer one request; a refusal is an answer too."""
        action = "unknown"
        try:
            action, fields = action_of(call)
            self._gate(action)
            shape, invalid, answer = self._operations[action]
            reply = Reply(200, result_document(action, answer(request_of(shape, fields, invalid=invalid), call.now)))
            result = "ok"
        except AwsError as error:
            reply = Reply(error.status, error_document(NAMESPACE, error))
            result = error.code
        self._calls.add(Called(call.now, f"cloudwatch:{action}", result, call.user_agent))
        return reply

    def publish(self, data: Iterable[Datum], now: float) -> None:
        """Take values in, unless their namespace is silent."""
        self._alarms.advance(now)  # what comes late was not there before
        faults = self._faults.now
        for datum in data:
            if datum.series.namespace not in faults.cloudwatch_silent:
                self._store.push(datum, now, faults.late_seconds)

    def _gate(self, action: str) -> None:
        if self._faults.now.cloudwatch_down:
            raise AwsError("ServiceUnavailable", "CloudWatch is unavailable; try again later", 503)
        if self._faults.take("cloudwatch_throttle"):
            raise AwsError("Throttling", "Rate exceeded")
        if action not in self._operations:
            raise AwsError("InvalidAction", f"this stand-in does not have {action}")

    def _of_metrics(self) -> Mapping[str, _Operation]:
        store, invalid = self._store, "InvalidParameterValue"

        def statistics(asked: GetMetricStatistics, now: float) -> _Fields:
            return metric_statistics(store, asked, now)

        return {
            "GetMetricData": (GetMetricData, "ValidationError", self._get_metric_data),
            "GetMetricStatistics": (
                GetMetricStatistics,
                invalid,
                lambda asked, now: metric_statistics(store, asked, now),
            ),
            "PutMetricData": (PutMetricData, invalid, lambda asked, now: self.publish(data_of(asked, now), now)),
            "ListMetrics": (ListMetrics, invalid, lambda asked, now: listed_metrics(store, asked, now)),
        }

    def _get_metric_data(self, request: GetMetricData, now: float) -> _Fields:
        return metric_data(self._store, request, now, partial=self._faults.now.cloudwatch_partial)


def _of_alarms(board: AlarmBoard) -> Mapping[str, _Operation]:
    invalid = "ValidationError"
    return {
        "PutMetricAlarm": (PutMetricAlarm, invalid, board.put),
        "PutCompositeAlarm": (PutCompositeAlarm, invalid, board.put),
        "DeleteAlarms": (AlarmNames, invalid, lambda asked, now: board.delete(asked.alarm_names, now)),
        "EnableAlarmActions": (
            AlarmNames,
            invalid,
            lambda asked, now: board.enable_actions(asked.alarm_names, now, enabled=True),
        ),
        "DisableAlarmActions": (
            AlarmNames,
            invalid,
            lambda asked, now: board.enable_actions(asked.alarm_names, now, enabled=False),
        ),
        "SetAlarmState": (SetAlarmState, invalid, board.set_state),
        "DescribeAlarms": (DescribeAlarms, invalid, board.described),
        "DescribeAlarmHistory": (DescribeAlarmHistory, invalid, board.history),
    }


def _of_dashboards(shelf: DashboardShelf) -> Mapping[str, _Operation]:
    invalid = "InvalidParameterValue"
    return {
        "PutDashboard": (PutDashboard, invalid, shelf.put),
        "GetDashboard": (GetDashboard, invalid, lambda asked, _now: shelf.get(asked)),
        "ListDashboards": (ListDashboards, invalid, lambda asked, _now: shelf.listed(asked)),
        "DeleteDashboards": (DeleteDashboards, invalid, lambda asked, _now: shelf.delete(asked)),
    }
