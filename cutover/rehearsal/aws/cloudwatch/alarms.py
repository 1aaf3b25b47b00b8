"""The alarms that a rehearsal sets; nothing evaluates them."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Literal
from zlib import crc32

import msgspec

from cutover.rehearsal.aws.cloudwatch.paging import Position, position_of, token_of
from cutover.rehearsal.aws.cloudwatch.shapes import DescribeAlarms, Name


class Alarm(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="pascal"):
    """An alarm; one with a rule is composite."""

    alarm_name: Name
    state_value: Literal["OK", "ALARM", "INSUFFICIENT_DATA"] = "OK"
    state_reason: str = ""
    alarm_description: str = ""
    alarm_rule: str = ""
    namespace: str | None = None
    metric_name: str | None = None

    @property
    def kind(self) -> str:
        """Its type as DescribeAlarms asks for it."""
        return "CompositeAlarm" if self.alarm_rule else "MetricAlarm"


class AlarmBoard:
    """All alarms of the account."""

    def __init__(self, arn_prefix: str) -> None:
        self._arn_prefix = arn_prefix  # "arn:aws:cloudwatch:REGION:ACCOUNT:alarm"
        self._alarms: tuple[Alarm, ...] = ()
        self._set_at = 0.0

    def replace(self, alarms: Sequence[Alarm], now: float) -> None:
        """These are the alarms from now on."""
        self._alarms = tuple(sorted(alarms, key=lambda alarm: alarm.alarm_name))
        self._set_at = now

    def described(self, request: DescribeAlarms, now: float) -> dict[str, object]:
        """The result of DescribeAlarms; composite alarms only if asked for. Raises AwsError InvalidNextToken."""
        fingerprint = crc32(msgspec.json.encode(msgspec.structs.replace(request, next_token=None)))
        position = position_of(request.next_token, now=now, request=fingerprint)
        found = [alarm for alarm in self._alarms if _wanted(alarm, request)]
        end = position.offset + request.max_records
        page = found[position.offset : end]
        return {
            "CompositeAlarms": [self._shown(alarm) for alarm in page if alarm.kind == "CompositeAlarm"],
            "MetricAlarms": [self._shown(alarm) for alarm in page if alarm.kind == "MetricAlarm"],
            "NextToken": token_of(Position(end, position.as_of, fingerprint)) if end < len(found) else None,
        }

    def _shown(self, alarm: Alarm) -> dict[str, object]:
        updated = datetime.fromtimestamp(self._set_at, UTC).isoformat(timespec="milliseconds")
        fields: dict[str, object] = msgspec.to_builtins(alarm)
        return fields | {
            "AlarmRule": alarm.alarm_rule or None,
            "AlarmArn": f"{self._arn_prefix}:{alarm.alarm_name}",
            "ActionsEnabled": True,
            "StateUpdatedTimestamp": updated,
        }


def _wanted(alarm: Alarm, request: DescribeAlarms) -> bool:
    return (
        alarm.kind in request.alarm_types
        and alarm.alarm_name.startswith(request.alarm_name_prefix)
        and (not request.alarm_names or alarm.alarm_name in request.alarm_names)
        and request.state_value in {None, alarm.state_value}
    )
