"""The Lambda function that parses parts lists: the one that it is invoked with, those of S3 events, those left over."""

import asyncio
from collections.abc import Sequence
from typing import Any

from service.domains.parts_lists.building import build_parser
from service.domains.parts_lists.events import MalformedEvent, ParseList, ParseObjects, work_of
from service.domains.parts_lists.sweep import PendingSweep
from service.entrypoints.cold_starts import started
from service.entrypoints.snapshots import outlive_snapshots
from service.entrypoints.start import before_the_freeze, settle, start
from service.jobs.port import ParseJob
from service.kernel.errors import AppError
from service.telemetry import tracing
from service.telemetry.log import Log
from service.telemetry.pseudonym import without_owner

log = Log(__name__)

_loop = asyncio.new_event_loop()
asyncio.set_event_loop(_loop)
_runtime = start()
_parser = build_parser(_runtime)
_sweep = PendingSweep(_parser.lists, _parser)
if _runtime.settings.eager:
    _loop.run_until_complete(_runtime.warm_up())
outlive_snapshots(_runtime, _loop)
settle(_runtime)
started(_runtime.settings)


def _traced(event: Any, context: Any) -> dict[str, Any]:
    with tracing.invocation("parse parts lists"):
        return _handle(event, context)


def _handle(event: Any, _context: Any) -> dict[str, Any]:
    """Do what the event asks for (`service.domains.parts_lists.events`).

    An exception makes Lambda try again, which changes nothing for lists that are done.
    """
    try:
        work = work_of(event, _runtime.settings.s3_bucket)
    except MalformedEvent as error:
        log.problem("malformed_event", error=error.__cause__ or error)
        raise
    if isinstance(work, ParseList):
        _loop.run_until_complete(_parser.parse(ParseJob(work.parts_list_id)))
        return {"partsListId": str(work.parts_list_id)}
    if isinstance(work, ParseObjects):
        return {"partsListIds": _loop.run_until_complete(_parse_objects(work.keys))}
    return _loop.run_until_complete(_swept())


async def _swept() -> dict[str, Any]:
    """What the schedule asks for: lists that nobody finished, and files that no row names."""
    try:
        lists = await _sweep.sweep()
    finally:
        files = await _runtime.sweep()
    return {"swept": lists, "filesSwept": files}


async def _parse_objects(keys: Sequence[str]) -> list[str]:
    """One after the other, also after one that can't be parsed now; that is raised in the end."""
    parsed, failed = [], None
    for key in keys:
        try:
            identity = await _parser.parse_object(key)
        except AppError as error:
            log.warning("parts_list_left_pending", key=without_owner(key), error=error)
            failed = error
        else:
            parsed += [str(identity)] if identity is not None else []
    if failed is not None:
        raise failed
    return parsed


handler = before_the_freeze(_traced, _runtime.aside, _loop)
