"""The errors that an operation can answer, and how the description shows them. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from service.kernel import errors
from service.kernel.errors import AppError
from service.web.errors import RETRY_AFTER_SECONDS
from service.web.failures import STATUS_BY_CODE
from service.web.openapi.facts import JsonObject
from service.web.openapi.shapes import REF

FAILURE = REF.format(name="Failure")
REQUEST_ID_HEADER: JsonObject = {"X-Request-Id": {"$ref": "#/components/headers/X-Request-Id"}}
EXAMPLE_TIME = "2025-11-02T10:15:30.123Z"
EXAMPLE_REQUEST_ID = "3f6f2d5e-8b0c-4a57-9d0e-6f1f7d1c2b3a"

# One of each, as clients usually meet it.
USUAL: Mapping[str, AppError] = {
    error.code: error
    for error in (
        errors.ValidationFailed.of_field("id", "is not a UUID"),
        errors.Unauthorized("Sign in first"),
        errors.Forbidden("This belongs to somebody else"),
        errors.CsrfFailed("This request did not come from an allowed page"),
        errors.NotFound("There is no such resource"),
        errors.PayloadTooLarge("The request body is too large"),
        errors.UnsupportedMediaType("The body has to be application/json in UTF-8"),
        errors.MalwareDetected("The file holds malware"),
        errors.AppError("Internal server error"),
        errors.Unavailable("The database can't be reached"),
        errors.DeadlineExceeded("The answer could not be made in time"),
    )
}
MEANINGS: Mapping[str, str] = {
    "VALIDATION_ERROR": "The request does not fit this description; `details` names the fields.",
    "UNAUTHORIZED": "Nobody is signed in, or the token is not valid.",
    "FORBIDDEN": "The resource is somebody else's.",
    "CSRF_FAILED": "A request that is signed in by cookie comes from no allowed page and has no CSRF token.",
    "NOT_FOUND": "There is no such resource.",
    "CONFLICT": "The request collides with what is there.",
    "PAYLOAD_TOO_LARGE": "The body, or a file in it, is too large; `details` may name the way for larger files.",
    "UNSUPPORTED_MEDIA_TYPE": "The body, or a file in it, is of a type that the route does not take.",
    "MALWARE_DETECTED": "The virus scanner found something in a file.",
    "INTERNAL_SERVER_ERROR": "A fault of the service's own.",
    "SERVICE_UNAVAILABLE": "Something that the answer needs is down; try again after `Retry-After` seconds.",
    "GATEWAY_TIMEOUT": "The answer could not be made in time.",
}
HEADERS: Mapping[int, JsonObject] = {
    401: {"WWW-Authenticate": {"description": "How to sign in.", "required": True, "schema": {"const": "Bearer"}}},
    503: {
        "Retry-After": {
            "description": "After how many seconds to try again.",
            "schema": {"type": "integer", "minimum": 1, "examples": [RETRY_AFTER_SECONDS]},
        }
    },
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Traits:
    """What decides which errors an operation can give."""

    public: bool
    changes: bool  # any method but GET
    has_ids: bool  # in its path
    has_input: bool  # parameters or a body
    has_body: bool
    has_files: bool


def codes_of(traits: Traits, own: Iterable[AppError]) -> list[str]:
    """The codes of the errors that such an operation can give, in the order of their statuses."""
    given = {
        "VALIDATION_ERROR": traits.has_input,
        "UNAUTHORIZED": not traits.public,
        "FORBIDDEN": traits.has_ids and not traits.public,
        "CSRF_FAILED": traits.changes and not traits.public,
        "NOT_FOUND": traits.has_ids,
        "PAYLOAD_TOO_LARGE": traits.has_body,
        "UNSUPPORTED_MEDIA_TYPE": traits.has_body,
        "MALWARE_DETECTED": traits.has_files,
        "INTERNAL_SERVER_ERROR": True,
        "SERVICE_UNAVAILABLE": not traits.public,
        "GATEWAY_TIMEOUT": True,
    }
    codes = {code for code, holds in given.items() if holds} | {error.code for error in own}
    return [code for code in STATUS_BY_CODE if code in codes]


class FailureResponses:
    """The responses of failures; those that look alike stand once, in `components`, and so do their `schemas`."""

    def __init__(self) -> None:
        self.components: dict[str, JsonObject] = {}
        self.schemas: dict[str, JsonObject] = {"Failure": failure_schema()}

    def of(self, codes: Sequence[str], own: Sequence[AppError]) -> dict[str, JsonObject]:
        """The responses of these codes by status; `own` are the operation's own examples."""
        by_status: dict[int, list[str]] = {}
        for code in codes:
            by_status.setdefault(STATUS_BY_CODE[code], []).append(code)
        return {str(status): self._response(status, found, own) for status, found in by_status.items()}

    def _response(self, status: int, codes: Sequence[str], own: Sequence[AppError]) -> JsonObject:
        told = [error for error in own if error.code in codes]
        examples = [*told, *(USUAL[code] for code in codes if code not in {error.code for error in told})]
        name = "Or".join(_pascal(code) for code in codes)
        schema = f"{name}Failure"
        self.schemas[schema] = {"allOf": [{"$ref": FAILURE}, {"properties": {"code": {"enum": list(codes)}}}]}
        response = _response(status, codes, REF.format(name=schema), examples)
        if told:
            return response
        self.components[name] = response
        return {"$ref": f"#/components/responses/{name}"}


def failure_schema() -> JsonObject:
    """The one shape of every failure."""
    return {
        "type": "object",
        "description": "What every failure looks like; `message` and `code` stand at the top, too, for older clients.",
        "properties": {
            "error": _error_schema(),
            "message": {"type": "string", "minLength": 1},
            "code": {"enum": list(STATUS_BY_CODE)},
        },
        "required": ["error", "message", "code"],
        "additionalProperties": False,
    }


def example_of(error: AppError) -> JsonObject:
    """The failure's body as a client gets it."""
    told: JsonObject = {
        "code": error.code,
        "message": error.message,
        "timestamp": EXAMPLE_TIME,
        "requestId": EXAMPLE_REQUEST_ID,
    }
    if error.details:
        told["details"] = [dict(detail) for detail in error.details]
    return {"error": told, "message": error.message, "code": error.code}


def _error_schema() -> JsonObject:
    return {
        "type": "object",
        "properties": {
            "code": {"enum": list(STATUS_BY_CODE)},
            "message": {"type": "string", "minLength": 1},
            "timestamp": {"type": "string", "format": "date-time"},
            "requestId": {
                "type": "string",
                "minLength": 1,
                "description": "The same as the header X-Request-Id: API Gateway's own, or a UUID.",
            },
            "details": {
                "type": "array",
                "minItems": 1,
                "description": "One entry a finding; it names the `field`, or where else to go.",
                "items": {
                    "type": "object",
                    "properties": {
                        "field": {"type": "string"},
                        "message": {"type": "string"},
                        "presign": {"type": "string", "description": "The route whose /presign takes larger files."},
                    },
                },
            },
        },
        "required": ["code", "message", "timestamp", "requestId"],
        "additionalProperties": False,
    }


def _response(status: int, codes: Sequence[str], schema: str, examples: Sequence[AppError]) -> JsonObject:
    shown: dict[str, Any] = {}
    for number, error in enumerate(examples, start=1):
        name = _pascal(error.code)
        shown[name if name not in shown else f"{name}{number}"] = {"summary": error.message, "value": example_of(error)}
    return {
        "description": " ".join(MEANINGS[code] for code in codes),
        "headers": {**REQUEST_ID_HEADER, **HEADERS.get(status, {})},
        "content": {"application/json": {"schema": {"$ref": schema}, "examples": shown}},
    }


def _pascal(code: str) -> str:
    return "".join(word.capitalize() for word in code.split("_"))
