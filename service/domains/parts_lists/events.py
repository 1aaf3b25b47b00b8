"""What an event asks the parser to do: one list, the lists of stored objects, or whatever is left over. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote_plus
from uuid import UUID

SCHEDULE = "aws.events"
S3 = "aws.s3"
CREATED = "Object Created"
_CREATED_RECORD = "ObjectCreated:"
_TEST = "s3:TestEvent"


class MalformedEvent(Exception):
    """The event is none that the parser knows: invoking again would not help."""


@dataclass(frozen=True, slots=True)
class ParseList:
    """Parse this list: what the service itself asks for."""

    parts_list_id: UUID


@dataclass(frozen=True, slots=True)
class ParseObjects:
    """Parse the lists that were uploaded as these objects, if they are lists; the keys as the file store has them."""

    keys: Sequence[str]


@dataclass(frozen=True, slots=True)
class SweepUp:
    """Parse what is left over: what EventBridge's schedule asks for."""


Work = ParseList | ParseObjects | SweepUp


def work_of(event: object, bucket: str) -> Work:
    """What to do. Objects of another bucket than `bucket`, and events of deleted ones, are nothing to do.

    Keys are URL-encoded in S3's own notifications, and as they are in those that come by EventBridge. Raises
    MalformedEvent.
    """
    if not isinstance(event, Mapping):
        raise MalformedEvent(_EXPECTED)
    if event.get("source") == SCHEDULE:
        return SweepUp()
    try:
        if event.get("source") == S3:
            return ParseObjects(_key_of_detail(event, bucket))
        if "Records" in event:
            return ParseObjects(_keys_of_records(event["Records"], bucket))
        if event.get("Event") == _TEST:  # what S3 sends when the notification is set up
            return ParseObjects(())
        return ParseList(UUID(event["partsListId"]))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise MalformedEvent(_EXPECTED) from error


def _key_of_detail(event: Mapping[str, Any], bucket: str) -> Sequence[str]:
    detail = event["detail"]
    key = _text(detail["object"]["key"])
    return (key,) if event["detail-type"] == CREATED and detail["bucket"]["name"] == bucket else ()


def _keys_of_records(records: Sequence[Mapping[str, Any]], bucket: str) -> Sequence[str]:
    """Each key once, in the order of the records."""
    found = [
        unquote_plus(_text(record["s3"]["object"]["key"]), errors="strict")
        for record in records
        if record["eventName"].removeprefix("s3:").startswith(_CREATED_RECORD)
        and record["s3"]["bucket"]["name"] == bucket
    ]
    return tuple(dict.fromkeys(found))


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(value)
    return value


_EXPECTED = 'the event has to be {"partsListId": UUID}, an S3 event or a scheduled one'
