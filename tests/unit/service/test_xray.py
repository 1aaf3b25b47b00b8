"""Spans on their way to X-Ray's daemon, read as the rehearsal's X-Ray reads them."""

import base64
import socket
from collections.abc import Iterator
from typing import Any

import pytest
from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans
from opentelemetry.proto.trace.v1.trace_pb2 import TracesData
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.util.instrumentation import InstrumentationScope
from opentelemetry.trace import SpanContext, SpanKind, Status, StatusCode, TraceFlags

from cutover.rehearsal.aws.xray.spans import Span, spans_of
from service.settings import MissingSettings, Settings
from service.telemetry import tracing
from service.telemetry.origin import Origin
from service.telemetry.recording import described, record_traces
from service.telemetry.spans import Span as Noted
from service.telemetry.spans import Trace
from service.telemetry.xray import MOST_BYTES, SCOPE, XRay, _attributes, _name
from tests.fakes.log_lines import log_lines
from tests.unit.service.test_trace_header import PARENT, ROOT
from tests.unit.service.test_tracing import answer, scope

ENV = {
    "POSTGRES_HOST": "127.0.0.1",
    "POSTGRES_DATABASE": "lego",
    "POSTGRES_USERNAME": "lego",
    "POSTGRES_PASSWORD": "",
    "REDIS_ENDPOINT": "127.0.0.1:1",
    "OPENSEARCH_ENDPOINT": "http://127.0.0.1:1",
    "S3_BUCKET": "lego",
    "COGNITO_ISSUER": "https://issuer.test",
    "COGNITO_CLIENT_ID": "client",
}
RESOURCE = {"service.name": "lego-api", "cloud.platform": "aws_ecs"}


class Listener:
    """A UDP port that keeps what comes."""

    def __init__(self) -> None:
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_000_000)
        self.socket.bind(("127.0.0.1", 0))
        self.socket.settimeout(0.3)

    @property
    def address(self) -> tuple[str, int]:
        """Where it listens."""
        host, port = self.socket.getsockname()
        return host, port

    def datagrams(self) -> list[bytes]:
        """What has come."""
        found: list[bytes] = []
        try:
            while True:
                found.append(self.socket.recv(70_000))
        except TimeoutError:
            return found


@pytest.fixture
def daemon() -> Iterator[Listener]:
    """Takes what is sent."""
    listener = Listener()
    yield listener
    listener.socket.close()
    tracing.configure(None)


def record(exporter: XRay, calls: list[dict[str, Any]], status: int = 200) -> None:
    tracing.configure(exporter, 0.0)
    with tracing.request(scope(f"Root={ROOT};Parent={PARENT};Sampled=1")) as segment:
        for one in calls:
            with tracing.span(**one):
                pass
        answer(segment, status, user="u-0123456789abcdef")
    exporter.close()


def test_what_is_sent_is_what_xray_takes(daemon: Listener) -> None:
    calls: list[dict[str, Any]] = [
        {"name": "redis", "operation": "MGET"},
        {"name": "postgresql", "operation": "SELECT moc_instructions"},
        {"name": "opensearch", "operation": "POST _search", "index": "moc_instructions"},
        {"name": "s3", "operation": "PutObject", "bytes": 12},
        {"name": "clamd", "operation": "INSTREAM"},
    ]
    record(XRay(daemon.address, RESOURCE), calls, status=503)
    (datagram,) = daemon.datagrams()
    assert datagram.startswith(b'{"format":"json","version":1}\nT1S')
    server, redis, sql, search, s3, clamd = spans_of(datagram)
    assert (server.trace_id, server.parent, server.kind) == (ROOT, PARENT, "server")
    assert server.name == "GET /api/mocs/{moc_id}"
    assert server.failed == "503"
    assert server.resource == RESOURCE
    assert server.attributes["aws.xray.annotations"] == ["requestId", "userId", "http.route"]
    assert {one.parent for one in (redis, sql, search, s3, clamd)} == {server.id}
    assert redis.attributes == {
        "peer.service": "redis",
        "db.system.name": "redis",
        "db.operation.name": "MGET",
    }
    assert sql.name == "postgresql SELECT moc_instructions"
    assert search.attributes["db.collection.name"] == "moc_instructions"
    assert (s3.attributes["rpc.service"], s3.attributes["rpc.method"]) == ("S3", "PutObject")
    assert (s3.attributes["bytes"], s3.kind) == (12, "client")
    assert clamd.attributes["peer.service"] == "clamd"
    assert server.began <= redis.began <= redis.ended <= server.ended


def test_a_large_trace_is_sent_in_parts_that_fit_a_datagram(daemon: Listener) -> None:
    calls = [{"name": "postgresql", "operation": f"SELECT {'x' * 1500}_{number}"} for number in range(150)]
    record(XRay(daemon.address, RESOURCE), calls)
    found = daemon.datagrams()
    assert len(found) > 2
    assert max(map(len, found)) <= MOST_BYTES
    spans = [span for datagram in found for span in spans_of(datagram)]
    assert len({span.id for span in spans}) == 151
    assert {span.trace_id for span in spans} == {ROOT}


def test_a_span_that_fits_into_no_datagram_is_left_out_alone(daemon: Listener) -> None:
    record(XRay(daemon.address, RESOURCE), [{"name": "redis", "operation": "x" * MOST_BYTES}])
    spans: list[Span] = [span for datagram in daemon.datagrams() for span in spans_of(datagram)]
    assert [span.kind for span in spans] == ["server"]


def test_calls_that_were_too_many_are_counted_in_the_segment(daemon: Listener) -> None:
    record(XRay(daemon.address, RESOURCE), [{"name": "redis", "operation": "GET"}] * 203)
    spans = [span for datagram in daemon.datagrams() for span in spans_of(datagram)]
    (server,) = [span for span in spans if span.kind == "server"]
    assert server.attributes["spansDropped"] == 3


def test_a_stretch_and_an_error_are_told(daemon: Listener) -> None:
    exporter = XRay(daemon.address, RESOURCE)
    tracing.configure(exporter, 0.0)
    get = {"operation": "GET"}
    with (
        tracing.request(scope()),
        pytest.raises(TimeoutError),
        tracing.stretch("transaction"),
        tracing.span("jwks", **get),
    ):
        raise TimeoutError("of somebody")
    exporter.close()
    (datagram,) = daemon.datagrams()
    _, call, stretch = spans_of(datagram)
    assert (call.failed, call.attributes["error.type"]) == ("TimeoutError", "TimeoutError")
    assert (stretch.name, stretch.kind, stretch.failed, stretch.attributes) == (
        "transaction",
        "internal",
        "TimeoutError",
        {},
    )


def test_a_daemon_that_is_away_fails_no_request_and_is_told_once_a_minute() -> None:
    nobody = Listener()
    address = nobody.address
    nobody.socket.close()
    moments = iter([0.0, 0.0, 1.0, 61.0, 61.0, *([62.0] * 20)])
    exporter = XRay(address, RESOURCE, clock=lambda: next(moments))
    with log_lines() as lines:
        for _ in range(8):
            record(exporter, [])  # the kernel tells of the refusal with the next datagram of the same socket
            exporter.send(Trace(1, exporter.send), [])
            exporter.send(Trace(1, exporter.send), [])
    tracing.configure(None)
    told = lines.of("trace_not_sent")
    assert 1 <= len(told) <= 2
    assert told[0]["level"] == "warning"


def test_a_host_that_has_no_address_fails_no_request() -> None:
    with log_lines() as lines:
        record(XRay(("no-such-host.invalid", 2000), RESOURCE), [])
    tracing.configure(None)
    assert len(lines.of("trace_not_sent")) == 1


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("169.254.79.129:2000", ("169.254.79.129", 2000)),
        ("tcp:127.0.0.1:2001 udp:127.0.0.2:2002", ("127.0.0.2", 2002)),
        ("", ("127.0.0.1", 2000)),
    ],
)
def test_the_daemon_is_named_as_aws_names_it(text: str, found: tuple[str, int]) -> None:
    assert Settings.from_env({**ENV, "AWS_XRAY_DAEMON_ADDRESS": text}).xray_daemon == found


@pytest.mark.parametrize("text", ["127.0.0.1", ":2000", "host:port", "host:0", "host:70000"])
def test_another_address_stops_the_start(text: str) -> None:
    with pytest.raises(MissingSettings, match="AWS_XRAY_DAEMON_ADDRESS"):
        Settings.from_env({**ENV, "AWS_XRAY_DAEMON_ADDRESS": text})


def test_the_settings_switch_traces_on_and_off(daemon: Listener) -> None:
    address = ":".join(map(str, daemon.address))
    env = {**ENV, "TRACING": "on", "TRACE_SHARE": "1", "AWS_XRAY_DAEMON_ADDRESS": address}
    origin = Origin("staging", "lego-api-mocs-staging")
    record_traces(Settings.from_env(env), origin)
    with tracing.request(scope(f"Root={ROOT}")) as segment:
        answer(segment)
    tracing.rest()
    record_traces(Settings.from_env({**env, "TRACING": "off"}), origin)
    with tracing.request(scope(f"Root={ROOT}")):
        pass
    (datagram,) = daemon.datagrams()
    (server,) = spans_of(datagram)
    assert server.resource == {
        "service.name": "lego-api",
        "deployment.environment.name": "staging",
        "cloud.provider": "aws",
        "cloud.platform": "aws_lambda",
        "faas.name": "lego-api-mocs-staging",
    }
    assert "faas.name" not in described(Origin("staging"))


def test_what_is_sent_is_what_the_sdk_s_own_encoder_makes_of_the_same_spans(daemon: Listener) -> None:
    kept: list[tuple[Trace, list[Noted]]] = []

    class Both(XRay):
        def send(self, trace: Trace, spans: list[Noted]) -> None:
            kept.append((trace, spans))
            super().send(trace, spans)

    record(Both(daemon.address, RESOURCE), [{"name": "redis", "operation": "MGET", "size": 3}, {"name": "s3"}], 503)

    ((trace, spans),) = kept
    (datagram,) = daemon.datagrams()
    sent = TracesData.FromString(base64.b64decode(datagram.partition(b"T1S")[2]))
    wanted = TracesData.FromString(encode_spans([_by_sdk(trace, span) for span in spans]).SerializeToString())
    assert sent == wanted


def _by_sdk(trace: Trace, span: Noted) -> ReadableSpan:
    """The span as the SDK has it."""
    parent = None
    if span.parent_number:
        parent = SpanContext(trace.number, span.parent_number, is_remote=span.kind == "server")
    return ReadableSpan(
        name=_name(span),
        context=SpanContext(trace.number, span.number, is_remote=False, trace_flags=TraceFlags(TraceFlags.SAMPLED)),
        parent=parent,
        resource=Resource(RESOURCE),
        attributes=_attributes(span, trace),
        kind=SpanKind[span.kind.upper()],
        status=Status(StatusCode.ERROR, span.error) if span.error else Status(StatusCode.UNSET),
        start_time=span.started_ns,
        end_time=span.ended_ns,
        instrumentation_scope=InstrumentationScope(SCOPE),
    )
