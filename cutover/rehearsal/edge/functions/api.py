"""The Invoke operation of the Lambda API: which function, which kind of invocation, which answer."""

import uuid
from dataclasses import dataclass
from urllib.parse import unquote

import msgspec

from cutover.clock import CompressedClock
from cutover.rehearsal.edge.functions.active_tracing import ActiveTracing
from cutover.rehearsal.edge.functions.asynchronous import EventQueue, call
from cutover.rehearsal.edge.functions.function import Function
from cutover.rehearsal.edge.functions.invocation import Ending, Outcome
from cutover.rehearsal.edge.http.server import Request
from cutover.rehearsal.edge.http.text import Header, trace_root

PREFIX = "/2015-03-31/functions/"
SUFFIX = "/invocations"
MAX_SYNCHRONOUS_BYTES = 6 * 1024 * 1024
MAX_ASYNCHRONOUS_BYTES = 256 * 1024


@dataclass(frozen=True, slots=True)
class ApiAnswer:
    """Status, headers and body of an answer."""

    status: int
    headers: list[Header]
    body: bytes


def function_name(path: str) -> str | None:
    """The function that an Invoke path names, by name, by name and qualifier, or by ARN; None for another path."""
    if not (path.startswith(PREFIX) and path.endswith(SUFFIX)):
        return None
    named = unquote(path[len(PREFIX) : -len(SUFFIX)])
    return named.split(":")[6] if named.startswith("arn:") and named.count(":") >= 6 else named.partition(":")[0]


def error(status: int, error_type: str, message: str) -> ApiAnswer:
    """An error as the Lambda API words it."""
    headers: list[Header] = [(b"Content-Type", b"application/json"), (b"x-amzn-ErrorType", error_type.encode())]
    return ApiAnswer(status, headers, msgspec.json.encode({"Type": "User", "Message": message, "message": message}))


def payload_error(payload: bytes, limit_bytes: int) -> ApiAnswer | None:
    """Why this payload is not taken, None for a good one."""
    if len(payload) > limit_bytes:
        message = f"{len(payload)} byte payload is too large for this invocation type (limit {limit_bytes} bytes)"
        return error(413, "RequestTooLargeException", message)
    if payload:
        try:
            msgspec.json.decode(payload)
        except msgspec.DecodeError as broken:
            return error(400, "InvalidRequestContentException", f"Could not parse request body into json: {broken}")
    return None


def result(outcome: Outcome) -> ApiAnswer:
    """The answer to a synchronous invocation."""
    if outcome.ending is Ending.THROTTLED:
        return error(429, "TooManyRequestsException", "Rate Exceeded.")
    headers: list[Header] = [(b"Content-Type", b"application/json"), (b"X-Amz-Executed-Version", b"$LATEST")]
    if outcome.ending is Ending.FAILED:
        headers.append((b"X-Amz-Function-Error", b"Unhandled"))
    return ApiAnswer(200, headers, outcome.payload)


class InvokeApi:
    """Answers Invoke requests for the functions of the process."""

    def __init__(
        self, functions: dict[str, Function], events: EventQueue, clock: CompressedClock, tracing: ActiveTracing
    ) -> None:
        self._functions = functions
        self._events = events
        self._clock = clock
        self._tracing = tracing

    async def ask(self, name: str, request: Request) -> ApiAnswer:
        """Invoke the named function as the request wants it."""
        function = self._functions.get(name)
        if function is None:
            return error(404, "ResourceNotFoundException", f"Function not found: {name}")
        headers = dict(request.headers)
        kind = headers.get(b"x-amz-invocation-type", b"RequestResponse")
        limit_bytes = MAX_ASYNCHRONOUS_BYTES if kind == b"Event" else MAX_SYNCHRONOUS_BYTES
        refused = payload_error(request.body, limit_bytes)
        if refused is not None:
            return refused
        payload = request.body or b"{}"
        sent = headers.get(b"x-amzn-trace-id", b"").decode("latin-1")
        trace = self._tracing.header(sent, trace_root(self._clock.timestamp()))
        if kind == b"Event":
            request_id = self._events.submit(function, payload, trace)
            return ApiAnswer(202, [(b"x-amzn-RequestId", request_id.encode())], b"")
        if kind != b"RequestResponse":
            return error(400, "InvalidParameterValueException", "invocation type must be RequestResponse or Event")
        return result(await call(function, payload, trace, str(uuid.uuid4())))
