"""What happened to the alarms: DescribeAlarmHistory."""

from collections import deque
from typing import Literal
from zlib import crc32

import msgspec

from cutover.rehearsal.aws.cloudwatch.alarming.shapes import DescribeAlarmHistory, Kind
from cutover.rehearsal.aws.cloudwatch.paging import Position, position_of, token_of
from cutover.rehearsal.aws.cloudwatch.shapes import unix_seconds
from cutover.rehearsal.aws.cloudwatch.times import iso

_KEPT = 5_000


class Event(msgspec.Struct, frozen=True):
    """One item; `at` in Unix seconds, `story` as JSON."""

    alarm: str
    of: Kind
    at: float
    kind: Literal["ConfigurationUpdate", "StateUpdate", "Action"]
    summary: str
    story: bytes


class History:
    """The newest events of all alarms."""

    def __init__(self) -> None:
        self._events: deque[Event] = deque(maxlen=_KEPT)

    def add(self, event: Event) -> None:
        """Keep one more."""
        self._events.append(event)

    def described(self, request: DescribeAlarmHistory, now: float) -> dict[str, object]:
        """The result of DescribeAlarmHistory. Raises AwsError InvalidNextToken."""
        fingerprint = crc32(msgspec.json.encode(msgspec.structs.replace(request, next_token=None)))
        position = position_of(request.next_token, now=now, request=fingerprint)
        found = [event for event in self._events if event.at <= position.as_of and _wanted(event, request)]
        if request.scan_by == "TimestampDescending":
            found.reverse()
        end = position.offset + request.max_records
        return {
            "AlarmHistoryItems": [_shown(event) for event in found[position.offset : end]],
            "NextToken": token_of(Position(end, position.as_of, fingerprint)) if end < len(found) else None,
        }


def _wanted(event: Event, request: DescribeAlarmHistory) -> bool:
    return (
        event.of in request.alarm_types
        and request.alarm_name in {None, event.alarm}
        and request.history_item_type in {None, event.kind}
        and (request.start_date is None or event.at >= unix_seconds(request.start_date))
        and (request.end_date is None or event.at <= unix_seconds(request.end_date))
    )


def _shown(event: Event) -> dict[str, object]:
    return {
        "AlarmName": event.alarm,
        "AlarmType": event.of,
        "Timestamp": iso(event.at),
        "HistoryItemType": event.kind,
        "HistorySummary": event.summary,
        "HistoryData": event.story.decode(),
    }
