"""The errors that a client is told of; each carries its code, `web/errors.py` knows the HTTP status.

AppError                    INTERNAL_SERVER_ERROR
├── ValidationFailed        VALIDATION_ERROR
├── Unauthorized            UNAUTHORIZED
├── Forbidden               FORBIDDEN
│   └── CsrfFailed          CSRF_FAILED
├── NotFound                NOT_FOUND
├── Conflict                CONFLICT
├── PayloadTooLarge         PAYLOAD_TOO_LARGE
├── UnsupportedMediaType    UNSUPPORTED_MEDIA_TYPE
├── MalwareDetected         MALWARE_DETECTED
├── Unavailable             SERVICE_UNAVAILABLE
└── DeadlineExceeded        GATEWAY_TIMEOUT
"""

from collections.abc import Mapping, Sequence
from typing import ClassVar

Details = Sequence[Mapping[str, object]]


class AppError(Exception):
    """Something that the client is told; `details` has one entry a finding, such as {"field": …, "message": …}."""

    code: ClassVar[str] = "INTERNAL_SERVER_ERROR"

    def __init__(self, message: str, details: Details = ()) -> None:
        super().__init__(message)
        self.message = message
        self.details = details


class ValidationFailed(AppError):
    """The request does not fit the contract."""

    code = "VALIDATION_ERROR"

    @classmethod
    def of_field(cls, field: str, message: str) -> "ValidationFailed":
        """One wrong field: the message stands at the top and in the details."""
        return cls(f"{field}: {message}", [{"field": field, "message": message}])


class Unauthorized(AppError):
    """Nobody, or nobody that can be verified, is asking."""

    code = "UNAUTHORIZED"


class Forbidden(AppError):
    """The resource is somebody else's."""

    code = "FORBIDDEN"


class CsrfFailed(Forbidden):
    """A cookie-authenticated write that did not come from our own pages."""

    code = "CSRF_FAILED"


class NotFound(AppError):
    """There is no such resource."""

    code = "NOT_FOUND"


class Conflict(AppError):
    """The write collides with what is there, such as a title that is taken."""

    code = "CONFLICT"


class PayloadTooLarge(AppError):
    """The body, or a file in it, is larger than the route takes."""

    code = "PAYLOAD_TOO_LARGE"


class UnsupportedMediaType(AppError):
    """The body, or a file in it, is of a type that the route does not take."""

    code = "UNSUPPORTED_MEDIA_TYPE"


class MalwareDetected(AppError):
    """The virus scanner found something in a file."""

    code = "MALWARE_DETECTED"


class Unavailable(AppError):
    """Something that the answer needs is down; asking again in a while may work."""

    code = "SERVICE_UNAVAILABLE"


class DeadlineExceeded(AppError):
    """The answer could not be made in time."""

    code = "GATEWAY_TIMEOUT"
