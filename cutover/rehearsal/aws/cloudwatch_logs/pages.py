"""Pages of what was found, and the two tokens by which a stream is read on."""

import re
from collections.abc import Sequence
from typing import TypeVar
from zlib import crc32

import msgspec

from cutover.rehearsal.aws.cloudwatch.paging import Position, position_of, token_of
from cutover.rehearsal.aws.cloudwatch_logs.events import Event
from cutover.rehearsal.aws.cloudwatch_logs.shapes import Paged
from cutover.rehearsal.aws.wire import AwsError

_TOKEN = re.compile(r"([fb])/(\d+)")

_Found = TypeVar("_Found")


def page_of(found: Sequence[_Found], request: Paged, limit: int, now: float) -> tuple[Sequence[_Found], dict[str, str]]:
    """The asked page, and `nextToken` if there is more. Raises AwsError InvalidParameterException."""
    fingerprint = crc32(msgspec.json.encode(msgspec.structs.replace(request, next_token=None)))
    try:
        position = position_of(request.next_token, now=now, request=fingerprint)
    except AwsError as error:
        raise AwsError("InvalidParameterException", "The specified nextToken is invalid.") from error
    end = position.offset + limit
    more = {"nextToken": token_of(Position(end, position.as_of, fingerprint))} if end < len(found) else {}
    return found[position.offset : end], more


def read_on(
    events: Sequence[Event], token: str | None, limit: int, *, from_head: bool
) -> tuple[Sequence[Event], dict[str, str]]:
    """A stream's next events and both tokens; at an end the token that was given comes back.

    Raises AwsError InvalidParameterException.
    """
    if token is None:
        page = events[:limit] if from_head else events[-limit:]
        return page, _tokens(page, 0, 0)
    match = _TOKEN.fullmatch(token)
    if match is None:
        raise AwsError("InvalidParameterException", "The specified nextToken is invalid.")
    number = int(match[2])
    if match[1] == "f":
        page = [event for event in events if event.number > number][:limit]
    else:
        page = [event for event in events if event.number < number][-limit:]
    return page, _tokens(page, number, number)


def _tokens(page: Sequence[Event], last: int, first: int) -> dict[str, str]:
    return {
        "nextForwardToken": f"f/{page[-1].number if page else last}",
        "nextBackwardToken": f"b/{page[0].number if page else first}",
    }
