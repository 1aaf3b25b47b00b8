"""Spans as X-Ray takes them: OTLP in UDP datagrams to its daemon, as AWS's own distribution of OpenTelemetry does."""

import base64
import socket
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from service.telemetry.log import Log
from service.telemetry.spans import Span, Trace, Value

log = Log(__name__)

HEAD = b'{"format":"json","version":1}\nT1S'  # the daemon's header line; T1S: OTLP of traces that are to be kept
MOST_BYTES = 60_000  # of a datagram: 65,507 is the most that UDP over IPv4 carries
TELL_AGAIN_SECONDS = 60.0
SCOPE = "service"
KINDS = ("server", "client", "internal")
REMOTE_IS_KNOWN, IS_REMOTE = 0x100, 0x200  # a span's flags: is its parent of another process?
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
    """OpenTelemetry's messages, imported when this is made. Its SDK would make the same of them in three times as long.

    A test holds what is sent against what the SDK's own encoder makes of the same spans.
    """

    def __init__(self, described: Mapping[str, str]) -> None:
        from opentelemetry.proto.common.v1.common_pb2 import AnyValue, ArrayValue, InstrumentationScope, KeyValue
        from opentelemetry.proto.resource.v1.resource_pb2 import Resource
        from opentelemetry.proto.trace.v1 import trace_pb2

        self._any, self._array, self._pair = AnyValue, ArrayValue, KeyValue
        self._span, self._spans_of, self._all = trace_pb2.Span, trace_pb2.ScopeSpans, trace_pb2.TracesData
        self._of_resource = trace_pb2.ResourceSpans
        self._error = trace_pb2.Status.StatusCode.Value("STATUS_CODE_ERROR")
        self._status = trace_pb2.Status
        self._kinds = {kind: self._span.SpanKind.Value(f"SPAN_KIND_{kind.upper()}") for kind in KINDS}
        self._made_by = Resource(attributes=self._pairs(described))
        self._scope = InstrumentationScope(name=SCOPE)

    def datagrams(self, trace: Trace, spans: Sequence[Span]) -> list[bytes]:
        """The spans of a trace as datagrams."""
        return self._parts([self._message(trace, span) for span in spans])

    def _parts(self, messages: Sequence[Any]) -> list[bytes]:
        """The spans, halved until each part fits; one that is too large by itself is left out."""
        of_scope = self._spans_of(scope=self._scope, spans=messages)
        found = self._all(resource_spans=[self._of_resource(resource=self._made_by, scope_spans=[of_scope])])
        datagram = HEAD + base64.b64encode(found.SerializeToString())
        if len(datagram) <= MOST_BYTES:
            return [datagram]
        half = len(messages) // 2
        return self._parts(messages[:half]) + self._parts(messages[half:]) if half else []

    def _message(self, trace: Trace, span: Span) -> Any:
        parent = span.parent_number.to_bytes(8, "big") if span.parent_number else b""
        return self._span(
            trace_id=trace.number.to_bytes(16, "big"),
            span_id=span.number.to_bytes(8, "big"),
            parent_span_id=parent,
            flags=REMOTE_IS_KNOWN | (IS_REMOTE if parent and span.kind == "server" else 0),
            name=_name(span),
            kind=self._kinds[span.kind],
            start_time_unix_nano=span.started_ns,
            end_time_unix_nano=span.ended_ns,
            attributes=self._pairs(_attributes(span, trace)),
            status=self._status(code=self._error, message=span.error) if span.error else self._status(),
        )

    def _pairs(self, attributes: Mapping[str, Any]) -> list[Any]:
        return [self._pair(key=key, value=self._value(value)) for key, value in attributes.items()]

    def _value(self, value: Value | Sequence[str]) -> Any:
        if isinstance(value, str):
            return self._any(string_value=value)
        if isinstance(value, int):
            return self._any(int_value=value)
        return self._any(array_value=self._array(values=[self._any(string_value=one) for one in value]))


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
