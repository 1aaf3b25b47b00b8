"""Reads what the service sends to X-Ray's daemon: a header line, then OTLP protobuf in base64. Pure."""

import base64
import binascii
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from google.protobuf.message import DecodeError  # type: ignore[import-untyped]  # it ships none
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.trace.v1.trace_pb2 import Span as WireSpan
from opentelemetry.proto.trace.v1.trace_pb2 import Status

HEADER = b'{"format":"json","version":1}'
OTLP_SAMPLED = b"T1S"
_NANOSECONDS = 1e9
_TRACE_ID_BYTES, _SPAN_ID_BYTES = 16, 8

Value = str | int | float | bool | list["Value"]


class BadDatagram(Exception):
    """What arrived is nothing that X-Ray takes; the message says why."""


@dataclass(frozen=True, slots=True)
class Span:
    """One span: `trace_id` as X-Ray writes it, `parent` "" for none, times in real Unix seconds."""

    trace_id: str
    id: str
    parent: str
    name: str
    kind: str  # server, client or internal
    began: float
    ended: float
    attributes: Mapping[str, Value]
    resource: Mapping[str, Value] = field(default_factory=dict)
    failed: str | None = None  # what the status says, where it is an error


def spans_of(datagram: bytes) -> Sequence[Span]:
    """The spans in one datagram. Raises BadDatagram."""
    header, newline, body = datagram.partition(b"\n")
    if not newline or header.replace(b" ", b"") != HEADER:
        raise BadDatagram(f"a header line is missing or unknown: {header[:80]!r}")
    if not body.startswith(OTLP_SAMPLED):
        raise BadDatagram(f"not OTLP of sampled spans: {body[:8]!r}")
    try:
        request = ExportTraceServiceRequest.FromString(base64.b64decode(body[len(OTLP_SAMPLED) :], validate=True))
    except (binascii.Error, DecodeError) as error:
        raise BadDatagram(f"not OTLP in base64: {error}") from error
    return [
        _span(span, _values(resource.resource.attributes))
        for resource in request.resource_spans
        for scope in resource.scope_spans
        for span in scope.spans
    ]


def _span(span: WireSpan, resource: Mapping[str, Value]) -> Span:
    if len(span.trace_id) != _TRACE_ID_BYTES or len(span.span_id) != _SPAN_ID_BYTES:
        raise BadDatagram(f"a span without ids: {span.name!r}")
    digits = span.trace_id.hex()
    return Span(
        trace_id=f"1-{digits[:8]}-{digits[8:]}",
        id=span.span_id.hex(),
        parent=span.parent_span_id.hex(),
        name=span.name,
        kind=WireSpan.SpanKind.Name(span.kind).removeprefix("SPAN_KIND_").lower(),
        began=span.start_time_unix_nano / _NANOSECONDS,
        ended=span.end_time_unix_nano / _NANOSECONDS,
        attributes=_values(span.attributes),
        resource=resource,
        failed=span.status.message if span.status.code == Status.STATUS_CODE_ERROR else None,
    )


def _values(pairs: Sequence[KeyValue]) -> Mapping[str, Value]:
    return {pair.key: _value(pair.value) for pair in pairs}


def _value(value: AnyValue) -> Value:
    which = value.WhichOneof("value")
    if which == "array_value":
        return [_value(one) for one in value.array_value.values]
    found: Value = getattr(value, which) if which is not None else ""
    return found
