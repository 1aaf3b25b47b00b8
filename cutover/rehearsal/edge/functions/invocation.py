"""One invocation of a function and how it can end; the errors that Lambda itself reports."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum

import msgspec

TIMED_OUT = "Sandbox.Timedout"  # the type of the error


class Ending(Enum):
    """How an invocation ends."""

    RETURNED = "returned"
    FAILED = "failed"
    THROTTLED = "throttled"


@dataclass(frozen=True, slots=True)
class Outcome:
    """The end of an invocation: what the function returned, or the error object of a failure, as JSON."""

    ending: Ending
    payload: bytes = b""


THROTTLED = Outcome(Ending.THROTTLED)


@dataclass(slots=True, eq=False)
class Invocation:
    """A request to run a function; `done` is called exactly once with its outcome.

    `minute` is the simulated minute of its start (Unix seconds), `delivered_at` the `perf_counter` at which an
    environment got it, 0 before; `trace` is what its Lambda-Runtime-Trace-Id says.
    """

    payload: bytes
    trace: str
    done: Callable[[Outcome], None]
    request_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    minute: int = 0
    delivered_at: float = 0.0


def failed(error_type: str, message: str) -> Outcome:
    """The failure that the Lambda service reports by itself."""
    return Outcome(Ending.FAILED, msgspec.json.encode({"errorType": error_type, "errorMessage": message}))


def timed_out(request_id: str, timeout_seconds: float) -> Outcome:
    """The function ran longer than it may."""
    message = f"RequestId: {request_id} Error: Task timed out after {timeout_seconds:.2f} seconds"
    return failed(TIMED_OUT, message)


def exited(request_id: str, return_code: int) -> Outcome:
    """The environment's process ended; a negative code is a signal's number."""
    how = f"signal {-return_code}" if return_code < 0 else f"exit status {return_code}"
    return failed("Runtime.ExitError", f"RequestId: {request_id} Error: Runtime exited with error: {how}")


def too_large(request_id: str, limit_bytes: int) -> Outcome:
    """The function returned more than Lambda carries."""
    message = f"RequestId: {request_id} Error: Response payload size exceeded the maximum of {limit_bytes} bytes"
    return failed("Function.ResponseSizeTooLarge", message)
