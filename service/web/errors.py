"""Errors → HTTP: what the application raises, as answers in the one shape that every failure has."""

from collections.abc import Mapping
from typing import Any

import msgspec
from litestar import MediaType, Request, Response
from litestar.exceptions import HTTPException, SerializationException, ValidationException

from service.kernel.errors import (
    AppError,
    Details,
    NotFound,
    PayloadTooLarge,
    Unauthorized,
    UnsupportedMediaType,
    ValidationFailed,
)
from service.telemetry.log import Log
from service.web.failures import NO_SUCH_ROUTE, failure_body, status_of
from service.web.forms import presign_hint
from service.web.incoming import Disconnected
from service.web.scope import request_id_of, route_of

log = Log(__name__)

RETRY_AFTER_SECONDS = 5


class MethodNotAllowed(AppError):
    """The path exists, but not with this method."""

    code = "METHOD_NOT_ALLOWED"


_OF_STATUS: Mapping[int, type[AppError]] = {
    400: ValidationFailed,
    401: Unauthorized,
    404: NotFound,
    405: MethodNotAllowed,
    413: PayloadTooLarge,
    415: UnsupportedMediaType,
}
_MESSAGES: Mapping[int, str] = {
    400: "The request is not valid",
    401: "Sign in first",
    404: NO_SUCH_ROUTE,
    405: "This route does not take this method",
    413: "The request body is too large",
    415: "This route does not take this content type",
}


def on_app_error(request: Request[Any, Any, Any], error: AppError) -> Response[bytes]:
    """An error of ours."""
    return _response(request, error, {})


def on_http_exception(request: Request[Any, Any, Any], error: HTTPException) -> Response[bytes]:
    """An error that Litestar found: unknown route, wrong method, parameters that do not fit, a body too large."""
    if error.status_code not in _OF_STATUS:
        return on_crash(request, error)
    kind, message = _OF_STATUS[error.status_code], _MESSAGES[error.status_code]
    details = _details(error) if isinstance(error, ValidationException) else ()
    if any(detail["field"] == "data" for detail in details):
        return _response(request, _no_body(request), {})
    if error.status_code == 413:
        details = presign_hint(request)
    allow = {"Allow": _in_order(error.headers["allow"])} if error.headers and "allow" in error.headers else {}
    return _response(request, kind(message, details), allow)


def _in_order(methods: str) -> str:
    """Litestar's order is another one in each process."""
    return ", ".join(sorted(methods.split(", ")))


def on_bad_input(request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    """Bytes that are not what they claim to be, which Litestar itself would answer with 500."""
    return _response(request, ValidationFailed("The request can't be read"), {})


def on_disconnect(request: Request[Any, Any, Any], error: Disconnected) -> Response[bytes]:
    """Nobody is left to be answered: the boundary notes it."""
    raise error


def on_crash(request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    """Anything else: told to us, not to the client."""
    log.crash("crashed", error, route=route_of(request.scope))
    return _response(request, AppError("Internal server error"), {})


EXCEPTION_HANDLERS: dict[Any, Any] = {
    AppError: on_app_error,
    Disconnected: on_disconnect,
    HTTPException: on_http_exception,
    SerializationException: on_bad_input,
    msgspec.MsgspecError: on_bad_input,
    UnicodeError: on_bad_input,
    LookupError: on_crash,
    RecursionError: on_bad_input,
    Exception: on_crash,
}


def _response(request: Request[Any, Any, Any], error: AppError, headers: Mapping[str, str]) -> Response[bytes]:
    status = status_of(error.code)
    extra = dict(headers)
    if status == 401:
        extra["WWW-Authenticate"] = "Bearer"
    if status == 503:
        extra["Retry-After"] = str(RETRY_AFTER_SECONDS)
    body = failure_body(error, request_id_of(request.scope))
    return Response(body, status_code=status, media_type=MediaType.JSON, headers=extra)


def _details(error: ValidationException) -> Details:
    found = error.extra if isinstance(error.extra, list) else []
    return [{"field": str(e.get("key", "")), "message": str(e.get("message", ""))} for e in found]


def _no_body(request: Request[Any, Any, Any]) -> AppError:
    if request.headers.get("content-type") is None:
        return UnsupportedMediaType(_MESSAGES[415])
    return ValidationFailed("The request body is empty")
