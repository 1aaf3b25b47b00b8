"""ASGI on Lambda: API Gateway HTTP API events in, and an answer in our shape whatever comes in."""

import asyncio
import base64
import uuid
from collections.abc import Awaitable, Callable, Mapping, Sequence
from http import HTTPStatus
from typing import Any, cast

from mangum import Mangum
from mangum.types import ASGI

from service.entrypoints.cold_starts import started, telling_cold_starts
from service.entrypoints.snapshots import outlive_snapshots
from service.entrypoints.start import Handler, before_the_freeze, settle, start
from service.kernel.errors import AppError, ValidationFailed
from service.runtime import Runtime
from service.telemetry.log import Log
from service.web.failures import failure_body, status_of

log = Log(__name__)

MAX_PORT_DIGITS = 5

Event = Mapping[str, Any]


def http_handler(application: Callable[[Runtime], Any]) -> Handler:
    """The handler of a function that this ASGI application answers; clients and event loop are made here, once."""
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    runtime = start()
    if runtime.settings.eager:
        loop.run_until_complete(runtime.warm_up())
    adapter = Mangum(cast(ASGI, unbroken(application(runtime))), lifespan="off")
    outlive_snapshots(runtime, loop)
    settle(runtime)
    handle, ready_ms = answering(adapter), started(runtime.settings)
    if not runtime.settings.eager:
        handle = telling_cold_starts(handle, ready_ms)
    return before_the_freeze(handle, runtime.aside, loop)


def unbroken(application: Any) -> Callable[[Any, Any, Any], Awaitable[None]]:
    """The ASGI application, whose crashes Mangum would answer in words of its own, and tell nobody.

    What is left of them here came before any answer: an application that could not be made for its first request.
    """

    async def serve(scope: Mapping[str, Any], receive: Any, send: Any) -> None:
        try:
            await application(scope, receive, send)
        except Exception as error:  # noqa: BLE001 - outermost, as below
            request_id = _request_id(scope["aws.event"], scope["aws.context"])
            log.crash("crashed", error, requestId=request_id)
            answer = _failure(AppError("Internal server error"), request_id)
            headers = [(name.encode(), value.encode()) for name, value in answer["headers"].items()]
            await send({"type": "http.response.start", "status": answer["statusCode"], "headers": headers})
            await send({"type": "http.response.body", "body": answer["body"].encode(), "more_body": False})

    return serve


def answering(adapter: Callable[[Any, Any], dict[str, Any]]) -> Handler:
    """The adapter, with events that it would choke on mended or refused."""

    def handle(event: Any, context: Any) -> dict[str, Any]:
        given: Event = event if isinstance(event, dict) else {}
        request_id = _request_id(given, context)
        try:
            return _without_type_of_nothing(adapter(_mended(given), context))
        except ValidationFailed as error:
            log.warning("malformed_event", requestId=request_id, error=error.message)
            return _failure(error, request_id)
        except Exception as error:  # noqa: BLE001 - the outermost boundary: our error shape must not be lost
            log.crash("crashed", error, requestId=request_id)
            return _failure(AppError("Internal server error"), request_id)

    return handle


def _request_id(event: Event, context: Any) -> str:
    """API Gateway's id, as for every other answer; an event without one has that of its invocation."""
    where = event.get("requestContext")
    given = where.get("requestId") if isinstance(where, Mapping) else None
    if isinstance(given, str) and given:
        return given
    return str(getattr(context, "aws_request_id", "") or uuid.uuid4())


def _mended(event: Event) -> dict[str, Any]:
    """The event with everything in place that Mangum relies on. Raises ValidationFailed when it is no HTTP event."""
    if event.get("version") != "2.0":
        raise ValidationFailed("This is not an API Gateway HTTP API event")
    context = event.get("requestContext")
    http = context.get("http") if isinstance(context, Mapping) else None
    if not isinstance(http, Mapping) or not _texts(http, ("method", "path")):
        raise ValidationFailed("The event has no request context of an HTTP request")
    cookies, query = event.get("cookies"), event.get("rawQueryString")
    return {
        **event,
        "headers": _headers(event.get("headers")),
        "cookies": [c for c in cookies if isinstance(c, str)] if isinstance(cookies, list) else [],
        "rawQueryString": query if isinstance(query, str) else "",
        "body": _body(event),
        "isBase64Encoded": False,
        "requestContext": {**cast(Event, context), "http": {"sourceIp": "unknown", **http}},
    }


def _texts(values: Event, names: Sequence[str]) -> bool:
    return all(isinstance(values.get(name), str) for name in names)


def _headers(given: Any) -> dict[str, str]:
    """Header texts, without a Host or port that is none: Mangum takes them apart unchecked."""
    headers = {str(k).lower(): v for k, v in given.items() if isinstance(v, str)} if isinstance(given, Mapping) else {}
    _, colon, port = headers.get("host", "").partition(":")
    if colon and not _is_port(port):
        headers["host"] = "unknown"
    if not _is_port(headers.get("x-forwarded-port", "0")):
        del headers["x-forwarded-port"]
    return headers


def _is_port(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= MAX_PORT_DIGITS


def _body(event: Event) -> bytes:
    body = event.get("body") or ""
    if not isinstance(body, str):
        raise ValidationFailed("The event's body is not text")
    try:
        return base64.b64decode(body) if event.get("isBase64Encoded") else body.encode()
    except ValueError as error:
        raise ValidationFailed("The event's body can't be decoded") from error


def _without_type_of_nothing(answer: dict[str, Any]) -> dict[str, Any]:
    """Mangum calls JSON whatever names no type, also an answer without a body: on ECS that has no type."""
    if answer["statusCode"] == HTTPStatus.NO_CONTENT:
        answer["headers"].pop("content-type", None)
    return answer


def _failure(error: AppError, request_id: str) -> dict[str, Any]:
    return {
        "statusCode": status_of(error.code),
        "headers": {"content-type": "application/json", "x-request-id": request_id},
        "body": failure_body(error, request_id).decode(),
        "isBase64Encoded": False,
    }
