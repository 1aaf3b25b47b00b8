"""An alarm that was put, and how it stands; values, replaced and never changed."""

from dataclasses import dataclass
from typing import Any

import msgspec

from cutover.rehearsal.aws.cloudwatch.alarming.rules import Rule
from cutover.rehearsal.aws.cloudwatch.alarming.shapes import Kind, PutCompositeAlarm, PutMetricAlarm
from cutover.rehearsal.aws.cloudwatch.alarming.verdict import State, Verdict
from cutover.rehearsal.aws.cloudwatch.alarming.watched import Watched
from cutover.rehearsal.aws.cloudwatch.times import iso, iso_java

UNCHECKED = "Unchecked: Initial alarm creation"


@dataclass(frozen=True, slots=True)
class Standing:
    """`on`: what it watches; moments are Unix seconds."""

    asked: PutMetricAlarm | PutCompositeAlarm
    on: Watched | Rule
    configured_at: float
    state: State
    reason: str
    reason_data: bytes | None
    updated_at: float
    moved_at: float  # when the state was another one last

    @property
    def name(self) -> str:
        """The alarm's."""
        return self.asked.alarm_name

    @property
    def kind(self) -> Kind:
        """Its type as DescribeAlarms asks for it."""
        return "MetricAlarm" if isinstance(self.on, Watched) else "CompositeAlarm"


def shown(standing: Standing, arn: str) -> dict[str, object]:
    """What DescribeAlarms says of it."""
    fields: dict[str, object] = msgspec.to_builtins(standing.asked)
    del fields["Tags"]
    if isinstance(standing.asked, PutMetricAlarm) and standing.asked.metrics:
        del fields["Dimensions"]
    return fields | {
        "AlarmArn": arn,
        "AlarmConfigurationUpdatedTimestamp": iso(standing.configured_at),
        "StateValue": standing.state,
        "StateReason": standing.reason,
        "StateReasonData": None if standing.reason_data is None else standing.reason_data.decode(),
        "StateUpdatedTimestamp": iso(standing.updated_at),
        "StateTransitionedTimestamp": iso(standing.moved_at),
    }


def reason_data(watched: Watched, found: Verdict, now: float) -> bytes:
    """The numbers behind a state, as CloudWatch's StateReasonData has them."""
    asked = watched.asked
    points = [{"timestamp": iso_java(one.at), "value": one.value} for one in found.judged]
    facts: dict[str, Any] = {"version": "1.0", "queryDate": iso_java(now)}
    if found.judged:
        facts["startDate"] = iso_java(found.judged[-1].at)
    if (statistic := asked.statistic or asked.extended_statistic) is not None:
        facts["statistic"] = statistic
    facts["period"] = watched.period
    facts["recentDatapoints"] = [one.value for one in reversed(found.judged)]
    if asked.threshold is not None:
        facts["threshold"] = asked.threshold
    else:
        facts["recentLowerThresholds"] = [one.limit for one in reversed(found.judged)]
    return msgspec.json.encode(facts | {"evaluatedDatapoints": points})
