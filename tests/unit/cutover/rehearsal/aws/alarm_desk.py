"""Asks CloudWatch about alarms in botocore's own words, in virtual time."""

from typing import Any
from urllib.parse import urlencode

from botocore.serialize import QuerySerializer
from botocore.session import Session

from cutover.rehearsal.aws.cloudwatch.alarming.shapes import DescribeAlarms
from cutover.rehearsal.aws.cloudwatch.store import Datum, series_of
from cutover.rehearsal.aws.wire import AwsError, Call
from tests.unit.cutover.rehearsal.aws.factories import NOON, Watch

MODEL = Session().get_service_model("cloudwatch")
PLAIN: dict[str, Any] = {
    "AlarmName": "errors",
    "Namespace": "app",
    "MetricName": "Errors",
    "Statistic": "Sum",
    "Period": 60,
    "EvaluationPeriods": 1,
    "Threshold": 5.0,
    "ComparisonOperator": "GreaterThanThreshold",
}
MATH: dict[str, Any] = {
    "AlarmName": "share",
    "EvaluationPeriods": 1,
    "Threshold": 5.0,
    "ComparisonOperator": "GreaterThanThreshold",
}
ARN = "arn:aws:cloudwatch:us-east-1:123456789012:alarm"


def metric(id_: str, period: int = 60, told: bool = False) -> dict[str, Any]:
    """A query of one metric."""
    stat = {"Metric": {"Namespace": "app", "MetricName": id_}, "Period": period, "Stat": "Sum"}
    return {"Id": id_, "MetricStat": stat, "ReturnData": told}


def formula(text: str, id_: str = "e", told: bool = True) -> dict[str, Any]:
    """A query of metric math."""
    return {"Id": id_, "Expression": text, "ReturnData": told}


class Desk:
    """A CloudWatch that is asked in botocore's own words, in virtual time."""

    def __init__(self) -> None:
        self.watch = Watch()
        self.now = NOON

    def ask(self, action: str, **arguments: Any) -> str:
        request = QuerySerializer().serialize_to_request(arguments, MODEL.operation_model(action))
        reply = self.watch.api.handle(Call("POST", "/", self.now, body=urlencode(request["body"]).encode()))
        if reply.status != 200:
            text = reply.body
            raise AwsError(between(text, "Code"), between(text, "Message"), reply.status)
        return reply.body

    def minute(self, value: float | None = None, name: str = "Errors") -> None:
        if value is not None:
            self.watch.store.push(Datum(series_of("app", name, {}), "None", self.now, [value], [1.0]), self.now)
        self.now += 60
        self.watch.alarms.advance(self.now)

    def shown(self, name: str = "errors") -> dict[str, Any]:
        request = DescribeAlarms(alarm_names=(name,), alarm_types=("MetricAlarm", "CompositeAlarm"))
        found: Any = self.watch.alarms.described(request, self.now)
        alarm: dict[str, Any] = (found["MetricAlarms"] + found["CompositeAlarms"])[0]
        return alarm

    def state(self, name: str = "errors") -> str:
        return str(self.shown(name)["StateValue"])

    def composite(self, rule: str, name: str = "veto") -> None:
        self.ask("PutCompositeAlarm", AlarmName=name, AlarmRule=rule)


def between(text: str, tag: str) -> str:
    """What stands in the first element of that name."""
    return text.partition(f"<{tag}>")[2].partition(f"</{tag}>")[0]
