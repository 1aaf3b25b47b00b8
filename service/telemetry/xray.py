"""Spans as X-Ray takes them: OTLP in UDP datagrams to its daemon, as AWS's own distribution of OpenTelemetry does."""

import base64
import socket
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from service.telemetry.log import Log
from service.telemetry.spans import Span, Trace, Value

log = Log(__name__)

HEAD = b'{"format":"json","version":1}\nT1S'  # the daemon's header line; T1S: OTLP of traces that are to be kept
MOST_BYTES = 60_000  # of a datagram: 65,507 is the most that UDP over IPv4 carries
TELL_AGAIN_SECONDS = 60.0
SCOPE = "service"
ANNOTATED = ("requestId", "userId", "http.route")  # what X-Ray's filters can ask for

# What a dependency is in OpenTelemetry's words, and under which of them its call's parts are told.
_SYSTEMS: Mapping[str, Mapping[str, str]] = {
    "postgresql": {"db.system.name": "postgresql"},
    "redis": {"db.system.name": "redis"},
    "opensearch": {"db.system.name": "opensearch"},
    "s3": {"rpc.system": "aws-api", "rpc.service": "S3"},
    "cognito": {"rpc.system": "aws-api", "rpc.service": "CognitoIdentityProvider"},
    "lambda": {"rpc.system": "aws-api", "rpc.service": "Lambda"},
}
_OPERATION = {"aws-api": "rpc.method"}
_NAMES = {"index": "db.collection.name", "size": "db.operation.batch.size"}


class XRay:
    """Sends spans to one daemon: never waits, never raises. What it can't send is lost, and told once a minute."""

    def __init__(
        self, daemon: tuple[str, int], resource: Mapping[str, str], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._daemon = daemon
        self._resource = resource
        self._clock = clock
        self._opentelemetry: _OpenTelemetry | None = None
        self._socket: socket.socket | None = None
        self._told_at = float("-inf")

    def send(self, trace: Trace, spans: list[Span]) -> None:
        """Send these spans of a trace, in as many datagrams as they need."""
        try:
            for datagram in self._library().datagrams(trace, spans):
                self._open().send(datagram)
        except Exception as error:  # noqa: BLE001 - whatever it is, no request fails for its trace
            self.close()
            self._tell(error)

    def prepare(self) -> None:
        """Import OpenTelemetry now, where nobody waits for it, rather than with the first request that is recorded."""
        self._library().datagrams(Trace(1, self.send), [])

    def close(self) -> None:
        """Close the socket; the next spans open another."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _library(self) -> "_OpenTelemetry":
        if self._opentelemetry is None:
            self._opentelemetry = _OpenTelemetry(self._resource)
        return self._opentelemetry

    def _open(self) -> socket.socket:
        if self._socket is None:
            self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            self._socket.setblocking(False)
            self._socket.connect(self._daemon)
        return self._socket

    def _tell(self, error: Exception) -> None:
        if self._clock() - self._told_at >= TELL_AGAIN_SECONDS:
            self._told_at = self._clock()
            log.warning("trace_not_sent", error=error)


class _OpenTelemetry:
    """What is needed of OpenTelemetry, imported when this is made: it takes 50 ms."""

    def __init__(self, described: Mapping[str, str]) -> None:
        from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import ReadableSpan
        from opentelemetry.sdk.util.instrumentation import InstrumentationScope
        from opentelemetry.trace import SpanContext, SpanKind, Status, StatusCode, TraceFlags

        class Fixed(Resource):
            """A resource that is looked up for each span, and writes itself out each time to be told from others."""

            def __hash__(self) -> int:
                return id(self)

        self._encode, self._span, self._context = encode_spans, ReadableSpan, SpanContext
        self._kinds = {kind.name.lower(): kind for kind in SpanKind}
        self._sampled = TraceFlags(TraceFlags.SAMPLED)
        self._fine, self._error = Status(StatusCode.UNSET), partial(Status, StatusCode.ERROR)
        self._made_by, self._scope = Fixed(described), InstrumentationScope(SCOPE)

    def datagrams(self, trace: Trace, spans: Sequence[Span]) -> list[bytes]:
        """The spans of a trace as datagrams."""
        return self._parts([self._readable(trace, span) for span in spans])

    def _parts(self, spans: Sequence[Any]) -> list[bytes]:
        """The spans, halved until each part fits; one that is too large by itself is left out."""
        datagram = HEAD + base64.b64encode(self._encode(spans).SerializeToString())
        if len(datagram) <= MOST_BYTES:
            return [datagram]
        half = len(spans) // 2
        return self._parts(spans[:half]) + self._parts(spans[half:]) if half else []

    def _readable(self, trace: Trace, span: Span) -> Any:
        parent = self._context(trace.number, span.parent_number, is_remote=True) if span.parent_number else None
        return self._span(
            name=_name(span),
            context=self._context(trace.number, span.number, is_remote=False, trace_flags=self._sampled),
            parent=parent,
            resource=self._made_by,
            attributes=_attributes(span, trace),
            kind=self._kinds[span.kind],
            status=self._error(span.error) if span.error else self._fine,
            start_time=span.started_ns,
            end_time=span.ended_ns,
            instrumentation_scope=self._scope,
        )


def _name(span: Span) -> str:
    operation = span.attributes.get("operation")
    return f"{span.name} {operation}" if operation else span.name


def _attributes(span: Span, trace: Trace) -> Mapping[str, Any]:
    if span.kind == "server":
        dropped = {"spansDropped": trace.dropped} if trace.dropped else {}
        return {**span.attributes, **dropped, "aws.xray.annotations": [a for a in ANNOTATED if a in span.attributes]}
    if span.kind == "internal":
        return span.attributes
    system = _SYSTEMS.get(span.name, {})
    told: dict[str, Value] = {"peer.service": span.name, **system}
    for name, value in span.attributes.items():
        told[_key(name, system)] = value
    return told | ({"error.type": span.error} if span.error else {})


def _key(name: str, system: Mapping[str, str]) -> str:
    if name == "operation":
        return _OPERATION.get(system.get("rpc.system", ""), "db.operation.name")
    return _NAMES.get(name, name)
