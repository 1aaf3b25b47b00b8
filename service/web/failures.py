"""Failures on the wire: the only table of statuses, and the one shape that every failure has. Knows no framework."""

from datetime import UTC, datetime
from typing import Any

import msgspec

from service.kernel.errors import AppError
from service.kernel.wire_time import wire_time

STATUS_BY_CODE = {
    "VALIDATION_ERROR": 400,
    "UNAUTHORIZED": 401,
    "FORBIDDEN": 403,
    "CSRF_FAILED": 403,
    "NOT_FOUND": 404,
    "METHOD_NOT_ALLOWED": 405,
    "CONFLICT": 409,
    "PAYLOAD_TOO_LARGE": 413,
    "UNSUPPORTED_MEDIA_TYPE": 415,
    "MALWARE_DETECTED": 422,
    "TOO_MANY_REQUESTS": 429,
    "INTERNAL_SERVER_ERROR": 500,
    "SERVICE_UNAVAILABLE": 503,
    "GATEWAY_TIMEOUT": 504,
}
NO_SUCH_ROUTE = "There is no such route"


def status_of(code: str) -> int:
    """The HTTP status of an error code."""
    return STATUS_BY_CODE[code]


def failure_body(error: AppError, request_id: str) -> bytes:
    """The body of a failure: the documented shape, and the two top-level copies that the web client reads."""
    told: dict[str, Any] = {
        "code": error.code,
        "message": error.message,
        "timestamp": wire_time(datetime.now(UTC)),
        "requestId": request_id,
    }
    if error.details:
        told["details"] = error.details
    return msgspec.json.encode({"error": told, "message": error.message, "code": error.code})
