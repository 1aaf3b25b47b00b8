"""The Lambda function that parses parts lists; invoked asynchronously with `{"partsListId": UUID}`."""

import asyncio
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from service.domains.parts_lists.deps import build_parser
from service.entrypoints.start import settle, start
from service.jobs.port import ParseJob
from service.telemetry.log import Log

log = Log(__name__)


class MalformedEvent(Exception):
    """The event names no parts list: invoking again would not help."""


_loop = asyncio.new_event_loop()
asyncio.set_event_loop(_loop)
_runtime = start()
_parser = build_parser(_runtime)
if _runtime.settings.eager:
    _loop.run_until_complete(_runtime.warm_up())
settle()


def handler(event: Mapping[str, Any], _context: Any) -> dict[str, str]:
    """Parse the list. An exception makes Lambda try again, which changes nothing when the list is done."""
    parts_list_id = _parts_list_id(event)
    _loop.run_until_complete(_parser.parse(ParseJob(parts_list_id)))
    return {"partsListId": str(parts_list_id)}


def _parts_list_id(event: Mapping[str, Any]) -> UUID:
    try:
        return UUID(event["partsListId"])
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        log.problem("malformed_event", error=repr(error))
        raise MalformedEvent('the event has to be {"partsListId": UUID}') from error
