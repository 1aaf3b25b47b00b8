"""The runtime API of one execution environment: what its runtime client asks and reports, as calls to its owner."""

import asyncio
from typing import Protocol
from urllib.parse import unquote

from cutover.rehearsal.edge.functions.invocation import Invocation
from cutover.rehearsal.edge.http.server import Connection, Limits, Listener, Request
from cutover.rehearsal.edge.http.text import Header, answer

MAX_RESPONSE_BYTES = 6 * 1024 * 1024 + 100  # Lambda: 6 MB of response, and a little
_NEXT = b"/2018-06-01/runtime/invocation/next"
_INIT_ERROR = b"/2018-06-01/runtime/init/error"
_INVOCATION = b"/2018-06-01/runtime/invocation/"
_LIMITS = Limits(head_bytes=2 * 1024 * 1024, body_bytes=MAX_RESPONSE_BYTES)
_JSON: Header = (b"Content-Type", b"application/json")
_ACCEPTED = answer(202, [_JSON], b'{"status":"OK"}\n', keep_alive=True)


class RuntimeEvents(Protocol):
    """What happens in an environment, as its runtime client reports it."""

    def polled(self) -> None:
        """It waits for an invocation."""
        ...

    def returned(self, request_id: str, payload: bytes) -> None:
        """The handler returned."""
        ...

    def raised(self, request_id: str, error: bytes) -> None:
        """The handler raised; `error` is the error object as JSON."""
        ...

    def returned_too_much(self, request_id: str) -> None:
        """The handler returned more than Lambda carries."""
        ...

    def init_failed(self, error: bytes) -> None:
        """The handler could not be loaded."""
        ...

    def poll_lost(self) -> None:
        """The connection on which it waited broke."""
        ...


class RuntimeApi:
    """A listener of its own for one environment: the native runtime client tells environments apart by nothing else."""

    def __init__(self, events: RuntimeEvents, function_arn: str) -> None:
        self._events = events
        self._arn = function_arn.encode()
        self._listener: Listener | None = None
        self._poll: Connection | None = None

    async def open(self) -> str:
        """Listen; returns the address for AWS_LAMBDA_RUNTIME_API."""
        self._listener = await Listener.open(self._connection, "127.0.0.1", 0)
        return f"127.0.0.1:{self._listener.port}"

    def close(self) -> None:
        """Stop listening and cut the runtime client off."""
        if self._listener is not None:
            self._listener.close()

    def deliver(self, invocation: Invocation, deadline_ms: int) -> None:
        """Give the waiting runtime client its invocation; `deadline_ms` is real Unix time in milliseconds."""
        poll, self._poll = self._poll, None
        if poll is None:
            return
        # One send for head and body: two would wait for the peer's delayed acknowledgement, 40 ms.
        headers = [
            _JSON,
            (b"Lambda-Runtime-Aws-Request-Id", invocation.request_id.encode()),
            (b"Lambda-Runtime-Deadline-Ms", b"%d" % deadline_ms),
            (b"Lambda-Runtime-Invoked-Function-Arn", self._arn),
            (b"Lambda-Runtime-Trace-Id", invocation.trace.encode()),
        ]
        poll.reply(answer(200, headers, invocation.payload, keep_alive=True), keep_alive=True)

    def _connection(self, peers: set[asyncio.Transport]) -> Connection:
        return Connection(self._serve, _LIMITS, peers, self._lost)

    def _serve(self, request: Request, connection: Connection) -> None:
        if request.method == "GET" and request.target == _NEXT:
            self._poll = connection
            self._events.polled()
        elif request.method == "POST" and request.target == _INIT_ERROR:
            connection.reply(_ACCEPTED, keep_alive=True)
            self._events.init_failed(request.body)
        elif request.method == "POST" and request.target.startswith(_INVOCATION):
            self._report(request, connection)
        else:
            connection.reply(answer(404, [_JSON], b"{}", keep_alive=False), keep_alive=False)

    def _report(self, request: Request, connection: Connection) -> None:
        request_id, _, verb = unquote(request.target[len(_INVOCATION) :].decode("latin-1")).partition("/")
        if request.refusal is not None:
            error = b'{"errorType":"Function.ResponseSizeTooLarge"}'
            connection.reply(answer(413, [_JSON], error, keep_alive=True), keep_alive=True)
            self._events.returned_too_much(request_id)
            return
        # The environment goes on with its next poll while the caller gets its answer.
        connection.reply(_ACCEPTED, keep_alive=True)
        if verb == "response":
            self._events.returned(request_id, request.body)
        else:
            self._events.raised(request_id, request.body)

    def _lost(self, connection: Connection) -> None:
        if self._poll is connection:
            self._poll = None
            self._events.poll_lost()
