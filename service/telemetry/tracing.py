"""Traces: one request's way through handler, SQL, Redis, OpenSearch and S3; nothing at all where they are off.

Which requests are recorded is decided at their beginning. Of all others nothing is kept, and OpenTelemetry is imported
with the first that is.
"""

import os
from collections.abc import Mapping, MutableMapping
from types import TracebackType
from typing import Any, Protocol, Self

from service.telemetry.spans import Call, Nothing, Span, Stretch, Trace, Value, current
from service.telemetry.trace_header import TraceHeader

HEADER = b"x-amzn-trace-id"
LAMBDA_VARIABLE = "_X_AMZN_TRACE_ID"  # Lambda's runtime client sets it anew for each invocation
UNASKED = frozenset({"/health"})  # load balancers ask all the time: recorded only for who says so
_FOUND = "service.trace_header"  # where in a scope the header lies that has been read once


class Exporter(Protocol):
    """Takes the spans of requests that are over; never raises, never waits."""

    def send(self, trace: Trace, spans: list[Span]) -> None:
        """Send them."""
        ...

    def close(self) -> None:
        """Let go of the connection; it is made again when it is needed."""
        ...


class Segment(Protocol):
    """Around one request."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None: ...

    def answered(self, *, route: str, status: int, request_id: str, user: str) -> None:
        """How the request went: its route's template, and the user's pseudonym or ""."""
        ...


class _Traces:
    """Whether and how traces are recorded; one for the process."""

    exporter: Exporter | None = None
    share = 0.0


def configure(exporter: Exporter | None, share: float = 0.0) -> None:
    """Record what X-Ray or a caller has chosen, and `share` of what nobody has decided on; without exporter nothing."""
    _Traces.exporter = exporter
    _Traces.share = share


def rest() -> None:
    """Keep nothing open, as a snapshot is taken."""
    if _Traces.exporter is not None:
        _Traces.exporter.close()


def trace_id_of(scope: MutableMapping[str, Any]) -> str:
    """X-Ray's id of the request's trace, `1-XXXXXXXX-…`: from Lambda's environment or the load balancer's header.

    Where neither names one, a new one while traces are on, else "".
    """
    header = _header_of(scope)
    return header.root if header is not None else ""


def request(scope: MutableMapping[str, Any]) -> Segment:
    """Around one request: its segment. Who knows how it went, says so by `answered` before it ends."""
    exporter = _Traces.exporter
    if exporter is None:
        return _NO_SEGMENT
    header = _header_of(scope)
    # On Lambda, X-Ray alone decides: its own segments are there or not.
    share = 0.0 if "aws.context" in scope or scope["path"] in UNASKED else _Traces.share
    if header is None or not header.is_sampled(share):
        return _NO_SEGMENT
    return _Recorded(exporter, header, "server", scope["method"], {"http.request.method": scope["method"]})


def invocation(name: str) -> Segment:
    """Around one invocation of a Lambda function that is no HTTP request."""
    exporter, header = _Traces.exporter, TraceHeader.parse(os.environ.get(LAMBDA_VARIABLE, ""))
    if exporter is None or header is None or not header.is_sampled(0.0):
        return _NO_SEGMENT
    return _Recorded(exporter, header, "server", name, {})


def span(name: str, **attributes: Value) -> Call | Nothing:
    """Around one call to a dependency: `with span("s3", operation="PutObject"):`."""
    parent = current.get()
    return _NOTHING if parent is None else Call(parent, name, attributes)


def stretch(name: str, **attributes: Value) -> Stretch | Nothing:
    """Around work that has parts, such as a transaction: the spans within are its children."""
    parent = current.get()
    return _NOTHING if parent is None else Stretch(parent, name, attributes)


class _Unrecorded(Nothing):
    """The segment of a request that is not recorded."""

    __slots__ = ()

    def __enter__(self) -> Self:  # type: ignore[override]  # a clause of `with … as`, unlike Nothing
        return self

    def answered(self, *, route: str, status: int, request_id: str, user: str) -> None:
        """Nobody is told."""


class _Recorded:
    """The segment of a request that is."""

    __slots__ = ("_attributes", "_exporter", "_header", "_kind", "_name", "_span")

    def __init__(
        self, exporter: Exporter, header: TraceHeader, kind: str, name: str, attributes: Mapping[str, Value]
    ) -> None:
        self._exporter, self._header = exporter, header
        self._kind, self._name, self._attributes = kind, name, attributes

    def __enter__(self) -> Self:
        trace = Trace(self._header.trace_number, self._exporter.send)
        parent = int(self._header.parent or "0", 16)
        self._span = Span(trace, parent, self._kind, self._name, self._attributes)
        current.set(self._span)
        return self

    def answered(self, *, route: str, status: int, request_id: str, user: str) -> None:
        """Name the span by method and route; 5xx is an error."""
        told: dict[str, Value] = {"http.route": route, "http.response.status_code": status, "requestId": request_id}
        self._span.name = f"{self._name} {route}"
        self._span.attributes = {**self._attributes, **told, **({"userId": user} if user else {})}
        if status >= 500:
            self._span.error = str(status)

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        current.set(None)
        self._span.trace.end(self._span, error)


_NOTHING = Nothing()
_NO_SEGMENT = _Unrecorded()


def _header_of(scope: MutableMapping[str, Any]) -> TraceHeader | None:
    if _FOUND in scope:
        found: TraceHeader | None = scope[_FOUND]
        return found
    header = TraceHeader.parse(_text_of(scope))
    if header is None and _Traces.exporter is not None:
        header = TraceHeader.new()
    scope[_FOUND] = header
    return header


def _text_of(scope: Mapping[str, Any]) -> str:
    if "aws.context" in scope:
        return os.environ.get(LAMBDA_VARIABLE, "")
    for name, value in scope["headers"]:
        if name == HEADER:
            return str(value, "latin-1")
    return ""
