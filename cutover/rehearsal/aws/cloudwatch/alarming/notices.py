"""Whom a change of an alarm's state is told, and in which words; nothing is sent here."""

from dataclasses import dataclass

import msgspec

from cutover.rehearsal.aws.cloudwatch.alarming.shapes import PutMetricAlarm
from cutover.rehearsal.aws.cloudwatch.alarming.standing import Standing
from cutover.rehearsal.aws.cloudwatch.alarming.verdict import State
from cutover.rehearsal.aws.cloudwatch.times import iso_java

_SUBJECT_CHARACTERS = 100  # what SNS takes


@dataclass(frozen=True, slots=True)
class Notice:
    """One message to one topic."""

    alarm: str
    topic: str
    subject: str
    message: str


def notices_of(standing: Standing, before: State, arn: str, now: float) -> list[Notice]:
    """A notice for each action of the new state, unless the alarm's actions are disabled."""
    asked = standing.asked
    if not asked.actions_enabled:
        return []
    region, account = arn.split(":")[3:5]
    facts: dict[str, object] = {
        "AlarmName": standing.name,
        "AlarmDescription": asked.alarm_description,
        "AWSAccountId": account,
        "AlarmConfigurationUpdatedTimestamp": iso_java(standing.configured_at),
        "NewStateValue": standing.state,
        "NewStateReason": standing.reason,
        "StateChangeTime": iso_java(now),
        "Region": region,
        "AlarmArn": arn,
        "OldStateValue": before,
        "OKActions": asked.ok_actions,
        "AlarmActions": asked.alarm_actions,
        "InsufficientDataActions": asked.insufficient_data_actions,
    }
    if isinstance(asked, PutMetricAlarm):
        facts["Trigger"] = {
            "Period": getattr(standing.on, "period", asked.period),
            "EvaluationPeriods": asked.evaluation_periods,
            "DatapointsToAlarm": asked.datapoints_to_alarm or asked.evaluation_periods,
            "ComparisonOperator": asked.comparison_operator,
            "Threshold": asked.threshold,
            "TreatMissingData": asked.treat_missing_data,
        }
    subject = f'{standing.state}: "{standing.name}" in {region}'[:_SUBJECT_CHARACTERS]
    message = msgspec.json.encode(facts).decode()
    return [Notice(standing.name, topic, subject, message) for topic in asked.actions(standing.state)]
