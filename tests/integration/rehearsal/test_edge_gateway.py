"""The HTTP API on real sockets, with the real runtime client behind it."""

import asyncio
import contextlib
import hashlib
import os
from collections.abc import AsyncIterator, Callable
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import pytest

from cutover.clock import CompressedClock
from cutover.rehearsal.edge.config import EdgeConfig, SamplingConfig
from cutover.rehearsal.edge.faults import FaultSwitch
from cutover.rehearsal.edge.functions.active_tracing import ActiveTracing
from cutover.rehearsal.edge.functions.invocation import Invocation
from cutover.rehearsal.edge.functions.log_lines import LogLines
from cutover.rehearsal.edge.gateway.access_log import AccessLog
from cutover.rehearsal.edge.gateway.listener import Gateway, Watch
from cutover.rehearsal.edge.http.server import Connection, Limits, Listener, Request
from cutover.rehearsal.edge.http.text import answer
from cutover.rehearsal.edge.metrics.meters import GatewayMeter
from cutover.rehearsal.edge.metrics.tally import Tally
from tests.integration.rehearsal.edge_rig import (
    GATEWAY,
    Client,
    Rig,
    ask,
    configuration,
    eventually,
    function,
    request,
    running_edge,
)

MEGABYTE = 1024 * 1024


async def test_the_function_gets_the_event_and_the_context_that_lambda_gives(tmp_path: Path) -> None:
    async with running_edge(tmp_path, function()) as rig:
        answer = await rig.gateway("GET", "/api/mocs/a%20b?x=1&x=2&y=", {"Cookie": "s=1; t=2", "X-Two": "a"})
        told = answer.json()
        event = told["event"]
        assert (answer.status, answer.header("content-type")) == (200, "application/json")
        assert answer.header("apigw-requestid") == event["requestContext"]["requestId"]
        assert (event["rawPath"], event["pathParameters"]) == ("/api/mocs/a b", {"proxy": "a b"})
        assert (event["cookies"], event["queryStringParameters"]) == (["s=1", "t=2"], {"x": "1,2", "y": ""})
        assert told["arn"] == "arn:aws:lambda:us-east-1:123456789012:function:lego-api-mocs"
        assert 15_000 < told["remaining_ms"] <= 20_000
        assert told["variables"] == {
            "AWS_LAMBDA_FUNCTION_NAME": "lego-api-mocs",
            "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
            "GREETING": "hello",
            "_HANDLER": "edge_function.handler",
        }


async def test_binary_bodies_are_byte_exact_in_both_directions(tmp_path: Path) -> None:
    body = bytes(range(256)) * 1024 + os.urandom(1000)
    async with running_edge(tmp_path, function()) as rig:
        path = "/api/mocs?do=binary"
        answer = await rig.gateway("POST", path, {"Content-Type": "image/png"}, body)
        assert answer.header("x-sha256") == hashlib.sha256(body).hexdigest()
        assert (answer.body, answer.header("content-type")) == (body[::-1], "image/png")


async def test_several_cookies_and_the_status_reach_the_client(tmp_path: Path) -> None:
    async with running_edge(tmp_path, function()) as rig:
        answer = await rig.gateway("POST", "/api/mocs?do=cookies")
        cookies = [value for name, value in answer.headers if name == "set-cookie"]
        assert (answer.status, answer.body, cookies) == (201, b"made", ["a=1; Path=/", "b=2; HttpOnly"])
        assert answer.header("content-type") == "text/plain; charset=utf-8"


async def test_keep_alive_pipelining_chunks_head_and_options_work(tmp_path: Path) -> None:
    async with running_edge(tmp_path, function()) as rig, Client.to(GATEWAY, rig.ready.gateway_port) as one:
        await one.send(request("HEAD", "/api/mocs") + request("OPTIONS", "/api/mocs"))
        head, options = await one.answer("HEAD"), await one.answer()
        await one.send(b"POST /api/mocs HTTP/1.1\r\nTransfer-Encoding: chunked\r\nContent-Type: text/plain\r\n\r\n")
        await one.send(b"3\r\nabc\r\n2\r\nde\r\n0\r\nX-Trailer: no\r\n\r\n")
        posted = (await one.answer()).json()["event"]
        assert (head.status, head.body) == (200, b"")
        assert options.json()["event"]["requestContext"]["http"]["method"] == "OPTIONS"
        assert (posted["body"], posted["isBase64Encoded"], posted["headers"]["content-length"]) == ("abcde", False, "5")
        assert "transfer-encoding" not in posted["headers"]


async def test_the_gateways_own_refusals(tmp_path: Path) -> None:
    async with running_edge(tmp_path, function()) as rig:
        unknown = await rig.gateway("GET", "/elsewhere")
        long_head = await rig.gateway("GET", "/api/mocs", {"X-Long": "x" * 10_240})
        over_ten = await rig.gateway("POST", "/api/mocs?do=size", body=bytes(10 * MEGABYTE + 1))
        over_six = await rig.gateway("POST", "/api/mocs?do=size", body=bytes(5 * MEGABYTE))
        under_six = await rig.gateway("POST", "/api/mocs?do=size", body=bytes(4_600_000))
        assert (unknown.status, unknown.body) == (404, b'{"message":"Not Found"}')
        assert long_head.status == 431
        assert (over_ten.status, over_ten.body) == (413, b'{"message":"Request Too Long"}')
        assert (over_six.status, over_six.body) == (413, b'{"message":"Request Too Long"}')
        assert (under_six.status, under_six.body) == (200, b"6133336")
        assert (await rig.state())["requests"]["lambda"] == {"2xx": 1, "4xx": 4}


async def test_what_cannot_be_parsed_is_a_400_and_ends_the_connection(tmp_path: Path) -> None:
    async with running_edge(tmp_path, function()) as rig, Client.to(GATEWAY, rig.ready.gateway_port) as one:
        await one.send(b"nonsense\r\n\r\n")
        answer = await one.answer()
        assert (answer.status, answer.body) == (400, b'{"message":"Bad Request"}')
        assert await one.closed() == b""


async def test_an_endless_head_is_refused(tmp_path: Path) -> None:
    async with running_edge(tmp_path, function()) as rig, Client.to(GATEWAY, rig.ready.gateway_port) as one:
        await one.send(b"GET /api/mocs HTTP/1.1\r\nX: ")
        for _ in range(10):
            await one.send(b"x" * 10_000)
            await asyncio.sleep(0)
        assert (await one.answer()).status == 431


async def test_expectations_are_met_or_refused_before_the_body(tmp_path: Path) -> None:
    async with running_edge(tmp_path, function()) as rig, Client.to(GATEWAY, rig.ready.gateway_port) as one:
        await one.send(b"POST /api/mocs?do=size HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n")
        assert (await one.answer()).status == 100
        await one.send(b"abc")
        assert (await one.answer()).body == b"4"
        await one.send(b"POST /api/mocs HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 99999999\r\n\r\n")
        assert (await one.answer()).status == 413
        assert await one.closed() == b""


async def test_an_upgrade_is_declined_and_one_with_a_body_refused(tmp_path: Path) -> None:
    upgrade = b"POST /api/mocs?do=size HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n"
    async with running_edge(tmp_path, function()) as rig:
        async with Client.to(GATEWAY, rig.ready.gateway_port) as one:
            await one.send(upgrade + b"\r\n")
            assert (await one.answer()).status == 200
        async with Client.to(GATEWAY, rig.ready.gateway_port) as one:
            await one.send(upgrade + b"Content-Length: 3\r\n\r\nabc")
            assert (await one.answer()).status == 400


@pytest.mark.parametrize("do", ["fail", "malformed", "exit", "huge"])
async def test_a_function_that_fails_is_a_500_and_the_next_request_is_served(tmp_path: Path, do: str) -> None:
    async with running_edge(tmp_path, function()) as rig:
        broken = await rig.gateway("GET", f"/api/mocs?do={do}")
        good = await rig.gateway("GET", "/api/mocs?do=cookies")
        assert (broken.status, broken.body) == (500, b'{"message":"Internal Server Error"}')
        assert good.status == 201


async def test_ordered_faults_are_answered_as_the_gateway_would(tmp_path: Path) -> None:
    async with running_edge(tmp_path, function()) as rig:
        await rig.faults(errors=1.0)
        failed = await rig.gateway("GET", "/api/mocs")
        await rig.faults(throttle=1.0, latency_ms=20)
        throttled = await rig.gateway("GET", "/api/mocs")
        assert (failed.status, failed.body) == (500, b'{"message":"Internal Server Error"}')
        assert (throttled.status, throttled.body) == (503, b'{"message":"Service Unavailable"}')
        assert (await rig.state())["environments"] == []
        name = {"FunctionName": "lego-api-mocs"}
        await eventually(lambda: rig.metrics.total("Throttles", **name) == 1, "the throttle is counted")
        assert (rig.metrics.total("Errors", **name), rig.metrics.total("Invocations", **name)) == (1, 1)


async def test_the_gateways_metrics_come_under_both_sets_of_dimensions(tmp_path: Path) -> None:
    async with running_edge(tmp_path, function()) as rig:
        for path in ("/api/mocs", "/api/mocs?do=fail", "/nowhere"):
            await rig.gateway("GET", path)
        both: list[dict[str, str]] = [{"ApiId": "a1b2c3d4e5"}, {"ApiId": "a1b2c3d4e5", "Stage": "$default"}]
        for dimensions in both:
            await eventually(partial(counted, rig, dimensions), "all are counted")
            assert (rig.metrics.total("4xx", **dimensions), rig.metrics.total("5xx", **dimensions)) == (1, 1)
            assert sum(count for _, count in rig.metrics.samples("Latency", **dimensions)) == 3
            integration = rig.metrics.samples("IntegrationLatency", **dimensions)
            assert sum(count for _, count in integration) == 2
            assert all(value == round(value, 1) for value, _ in integration)


def counted(rig: Rig, dimensions: dict[str, str]) -> bool:
    return rig.metrics.total("Count", **dimensions) == 3


async def test_many_pipelined_requests_are_answered_in_their_order(tmp_path: Path) -> None:
    async with running_edge(tmp_path, function(provisioned=1)) as rig:
        async with Client.to(GATEWAY, rig.ready.gateway_port) as one:
            await one.send(b"".join(request("GET", f"/api/mocs?n={number}") for number in range(50)))
            numbers = [(await one.answer()).json()["event"]["rawQueryString"] for _ in range(50)]
        assert numbers == [f"n={number}" for number in range(50)]


async def test_a_client_that_has_gone_does_not_disturb_the_function(tmp_path: Path) -> None:
    async with running_edge(tmp_path, function(max_environments=1)) as rig:
        async with Client.to(GATEWAY, rig.ready.gateway_port) as one:
            await one.send(request("GET", "/api/mocs?seconds=0.1") * 2)
            await asyncio.sleep(0.05)
        await eventually(lambda: rig.metrics.total("Invocations", FunctionName="lego-api-mocs") == 1, "it ends")
        assert (await rig.gateway("GET", "/api/mocs?do=cookies")).status == 201


async def test_a_refused_body_is_read_to_its_end_but_not_for_ever() -> None:
    served: list[int | None] = []

    def serve(request: Request, connection: Connection) -> None:
        served.append(request.refusal)
        connection.reply(answer(413, [], b"", keep_alive=request.keep_alive), keep_alive=request.keep_alive)

    async with listening(serve) as port, Client.to(GATEWAY, port) as one:
        assert (await one.ask("POST", "/", body=bytes(100))).status == 413
        await one.send(request("POST", "/", body=bytes(101)))
        assert await one.closed() == b""
        assert served == [413]


async def test_nothing_is_served_after_a_closing_request() -> None:
    served: list[bytes] = []

    def serve(request: Request, connection: Connection) -> None:
        served.append(request.target)
        connection.reply(answer(200, [], b"", keep_alive=request.keep_alive), keep_alive=request.keep_alive)

    async with listening(serve) as port, Client.to(GATEWAY, port) as one:
        await one.send(b"GET /1 HTTP/1.1\r\nConnection: close\r\n\r\nGET /2 HTTP/1.1\r\n\r\n")
        assert (await one.answer()).header("connection") == "close"
        assert (await one.closed(), served) == (b"", [b"/1"])


@contextlib.asynccontextmanager
async def listening(serve: Callable[[Request, Connection], None]) -> AsyncIterator[int]:
    limits = Limits(head_bytes=1000, body_bytes=10, drained_bytes=100)
    listener = await Listener.open(lambda peers: Connection(serve, limits, peers), GATEWAY, 0)
    try:
        yield listener.port
    finally:
        listener.close()
        await asyncio.sleep(0.01)


class Silent:
    """A function that never ends."""

    def __init__(self) -> None:
        self.asked: list[Invocation] = []

    def invoke(self, invocation: Invocation) -> None:
        self.asked.append(invocation)


class Impatient(Gateway):
    """A gateway whose integration timeout a test can wait for."""

    integration_timeout_seconds = 0.05


async def test_an_integration_that_takes_too_long_is_a_503(tmp_path: Path) -> None:
    clock = CompressedClock(60, 0)
    config = msgspec.convert(configuration(tmp_path, functions=[function()]), EdgeConfig)
    silent: Any = Silent()
    meter = GatewayMeter(Tally(clock), "a", "$default")
    lines = LogLines(clock)
    watch = Watch(meter, AccessLog("/access", lines), "api")
    gateway = Impatient(config, clock, {"lego-api-mocs": silent}, FaultSwitch(), watch, ActiveTracing(SamplingConfig()))
    await gateway.open()
    try:
        answer = await ask(GATEWAY, gateway.port, "GET", "/api/mocs")
        assert (answer.status, answer.body) == (503, b'{"message":"Service Unavailable"}')
        assert (len(silent.asked), meter.answers) == (1, {"5xx": 1})
        (written,) = [text for one in lines.take() for _, text in one.lines]
        assert "Endpoint request timed out" in written
    finally:
        gateway.close()
        await asyncio.sleep(0.01)
