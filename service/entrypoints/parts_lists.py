"""The Lambda function that parses parts lists: the one that it is invoked with, or by schedule those left over."""

import asyncio
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from service.domains.parts_lists.deps import build_parser
from service.domains.parts_lists.sweep import PendingSweep
from service.entrypoints.start import before_the_freeze, settle, start
from service.jobs.port import ParseJob
from service.telemetry.log import Log

log = Log(__name__)

SCHEDULE = "aws.events"


class MalformedEvent(Exception):
    """The event names no parts list: invoking again would not help."""


_loop = asyncio.new_event_loop()
asyncio.set_event_loop(_loop)
_runtime = start()
_parser = build_parser(_runtime)
_sweep = PendingSweep(_parser.lists, _parser)
if _runtime.settings.eager:
    _loop.run_until_complete(_runtime.warm_up())
settle()


def _handle(event: Mapping[str, Any], _context: Any) -> dict[str, Any]:
    """Parse the list of `{"partsListId": UUID}`, or what is left over when EventBridge's schedule asks.

    An exception makes Lambda try again, which changes nothing when a list is done.
    """
    if isinstance(event, dict) and event.get("source") == SCHEDULE:
        return {"swept": _loop.run_until_complete(_sweep.sweep())}
    parts_list_id = _parts_list_id(event)
    _loop.run_until_complete(_parser.parse(ParseJob(parts_list_id)))
    return {"partsListId": str(parts_list_id)}


def _parts_list_id(event: Mapping[str, Any]) -> UUID:
    try:
        return UUID(event["partsListId"])
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        log.problem("malformed_event", error=repr(error))
        raise MalformedEvent('the event has to be {"partsListId": UUID}') from error


handler = before_the_freeze(_handle, _runtime.aside, _loop)
