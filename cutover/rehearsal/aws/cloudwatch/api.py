"""CloudWatch's operations: the query protocol above store and alarms."""

from collections.abc import Callable, Iterable

from cutover.rehearsal.aws.cloudwatch.alarms import AlarmBoard
from cutover.rehearsal.aws.cloudwatch.query import NAMESPACE, action_of, result_document
from cutover.rehearsal.aws.cloudwatch.reading import listed_metrics, metric_data
from cutover.rehearsal.aws.cloudwatch.shapes import (
    DescribeAlarms,
    GetMetricData,
    ListMetrics,
    PutMetricData,
    request_of,
)
from cutover.rehearsal.aws.cloudwatch.store import Datum, MetricStore
from cutover.rehearsal.aws.cloudwatch.writing import data_of
from cutover.rehearsal.aws.faults import ActiveFaults
from cutover.rehearsal.aws.logs import Called, CallLog
from cutover.rehearsal.aws.wire import AwsError, Call, Reply
from cutover.rehearsal.aws.xmltext import error_document

_Fields = dict[str, object]


class CloudWatchApi:
    """The operations, and the door through which the other stand-ins publish AWS's own metrics."""

    def __init__(self, store: MetricStore, *, alarms: AlarmBoard, faults: ActiveFaults, calls: CallLog) -> None:
        self._store = store
        self._alarms = alarms
        self._faults = faults
        self._calls = calls
        self._operations: dict[str, Callable[[_Fields, float], _Fields | None]] = {
            "GetMetricData": self._get_metric_data,
            "PutMetricData": self._put_metric_data,
            "ListMetrics": self._list_metrics,
            "DescribeAlarms": self._describe_alarms,
        }

    def handle(self, call: Call) -> Reply:
        """Answer one request; a refusal is an answer too."""
        action = "unknown"
        try:
            action, fields = action_of(call)
            self._gate(action)
            reply = Reply(200, result_document(action, self._operations[action](fields, call.now)))
            result = "ok"
        except AwsError as error:
            reply = Reply(error.status, error_document(NAMESPACE, error))
            result = error.code
        self._calls.add(Called(call.now, f"cloudwatch:{action}", result, call.user_agent))
        return reply

    def publish(self, data: Iterable[Datum], now: float) -> None:
        """Take values in, unless their namespace is silent."""
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

    def _get_metric_data(self, fields: _Fields, now: float) -> _Fields:
        request = request_of(GetMetricData, fields, invalid="ValidationError")
        return metric_data(self._store, request, now, partial=self._faults.now.cloudwatch_partial)

    def _put_metric_data(self, fields: _Fields, now: float) -> None:
        request = request_of(PutMetricData, fields, invalid="InvalidParameterValue")
        self.publish(data_of(request, now), now)

    def _list_metrics(self, fields: _Fields, now: float) -> _Fields:
        return listed_metrics(self._store, request_of(ListMetrics, fields, invalid="InvalidParameterValue"), now)

    def _describe_alarms(self, fields: _Fields, now: float) -> _Fields:
        return self._alarms.described(request_of(DescribeAlarms, fields, invalid="ValidationError"), now)
