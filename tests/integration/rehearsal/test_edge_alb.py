"""The load balancer on real sockets, before a target that does what the test says."""

import asyncio
import hashlib
import os
import re
import socket
import time
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import msgspec
import pytest

from cutover.clock import CompressedClock
from cutover.rehearsal.edge.alb.balancer import Balancer
from cutover.rehearsal.edge.config import AlbConfig
from cutover.rehearsal.edge.faults import FaultSwitch
from cutover.rehearsal.edge.metrics.meters import AlbMeter
from cutover.rehearsal.edge.metrics.tally import Tally
from tests.integration.rehearsal.edge_rig import (
    ALB,
    Client,
    Received,
    Rig,
    alb_config,
    answering,
    ask,
    eventually,
    request,
    running_edge,
)

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
BALANCER = "app/lego-api/50dc6c495c0c9188"


def client(rig: Rig) -> AbstractAsyncContextManager[Client]:
    return Client.to(ALB, rig.ready.alb_port)


async def test_a_request_reaches_the_target_with_what_alb_adds(tmp_path: Path) -> None:
    async with running_edge(tmp_path) as rig:
        answer = await rig.alb("GET", "/api/mocs?page=2", {"X-Custom": "kept", "X-Forwarded-For": "203.0.113.9"})
        got = rig.target.received[0]
        assert (answer.status, answer.body) == (200, b"GET /api/mocs?page=2 0")
        assert got.header("x-forwarded-for") == "203.0.113.9, 127.0.0.1"
        assert got.header("x-forwarded-proto") == "http"
        assert got.header("x-forwarded-port") == str(rig.ready.alb_port)
        assert re.fullmatch(r"Root=1-[0-9a-f]{8}-[0-9a-f]{24}", got.header("x-amzn-trace-id") or "")
        assert (got.header("x-custom"), got.header("host")) == ("kept", "api.lego-moc.example.test")


async def test_one_client_connection_uses_one_target_connection(tmp_path: Path) -> None:
    async with running_edge(tmp_path) as rig, client(rig) as one:
        for number in range(5):
            assert (await one.ask("POST", f"/{number}", body=b"abc")).body == f"POST /{number} 3".encode()
        assert rig.target.connections == 1


async def test_pipelined_requests_are_answered_in_their_order(tmp_path: Path) -> None:
    async with running_edge(tmp_path) as rig, client(rig) as one:
        await one.send(b"".join(request("POST", f"/{number}", body=b"x" * number) for number in range(40)))
        bodies = [(await one.answer()).body for _ in range(40)]
        assert bodies == [f"POST /{number} {number}".encode() for number in range(40)]
        assert rig.target.connections == 1


async def test_a_large_chunked_upload_arrives_byte_for_byte(tmp_path: Path) -> None:
    parts = [os.urandom(100_000 + number) for number in range(80)]
    async with running_edge(tmp_path) as rig, client(rig) as one:
        await one.send(b"POST /up HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
        for part in parts:
            await one.send(b"%x\r\n%b\r\n" % (len(part), part))
        await one.send(b"0\r\nX-Trailer: dropped\r\n\r\n")
        assert (await one.answer()).status == 200
        assert hashlib.sha256(rig.target.received[0].body).digest() == hashlib.sha256(b"".join(parts)).digest()


async def test_a_chunked_answer_is_passed_on_and_the_connection_goes_on(tmp_path: Path) -> None:
    raw = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nabcd\r\n3\r\nefg\r\n0\r\n\r\n"
    async with running_edge(tmp_path) as rig, client(rig) as one:
        rig.target.script = answering(raw)
        first, second = await one.ask("GET", "/"), await one.ask("GET", "/")
        assert (first.body, second.body) == (b"abcdefg", b"abcdefg")
        assert rig.target.connections == 1


async def test_a_client_that_does_not_read_holds_the_target_up(tmp_path: Path) -> None:
    written = asyncio.Event()
    size = 40_000_000

    async def write_much(_got: Received, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % size + bytes(size))
        await writer.drain()
        written.set()

    async with running_edge(tmp_path) as rig, client(rig) as one:
        rig.target.script = write_much
        await one.send(request("GET", "/"))
        await eventually(lambda: len(rig.target.received) == 1, "the target is asked")
        await asyncio.sleep(0.3)
        assert not written.is_set()
        assert (await one.answer()).body == bytes(size)
        assert written.is_set()


async def test_a_target_that_does_not_read_holds_the_client_up(tmp_path: Path) -> None:
    reading = asyncio.Event()

    async def read_later(_got: Received, writer: asyncio.StreamWriter) -> None:
        await reading.wait()
        writer.write(OK)

    async with running_edge(tmp_path) as rig, client(rig) as one:
        rig.target.early = read_later
        sending = asyncio.ensure_future(one.send(request("POST", "/", body=bytes(40_000_000))))
        _, held_up = await asyncio.wait({sending}, timeout=0.3)
        reading.set()
        assert held_up == {sending}
        assert (await one.answer()).body == b"ok"
        await sending


async def test_an_idle_target_that_speaks_unasked_is_left(tmp_path: Path) -> None:
    async with running_edge(tmp_path) as rig, client(rig) as one:
        await one.ask("GET", "/")
        for writer in list(rig.target.writers):
            writer.write(OK)
        await eventually(lambda: not rig.target.writers, "the connection is cut")
        assert (await one.ask("GET", "/next")).body == b"GET /next 0"
        assert rig.target.connections == 2


async def test_a_target_that_cannot_be_reached_in_time_is_a_504(tmp_path: Path) -> None:
    class Impatient(Balancer):
        connect_timeout_seconds = 0.1

    clock = CompressedClock()
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full:
        target = full.getsockname()
        fillers = [socket.socket() for _ in range(3)]
        for filler in fillers:
            filler.setblocking(False)
            filler.connect_ex(target)
        config = msgspec.convert(alb_config(list(target)), AlbConfig)
        balancer = Impatient(config, clock, FaultSwitch(), AlbMeter(Tally(clock), "x"))
        await balancer.open()
        assert (await ask(ALB, balancer.port, "GET", "/")).status == 504
        balancer.close()
        for filler in fillers:
            filler.close()
        await asyncio.sleep(0.01)


async def test_expect_100_continue_works(tmp_path: Path) -> None:
    async with running_edge(tmp_path) as rig, client(rig) as one:
        await one.send(b"POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n")
        assert (await one.answer()).status == 100
        await one.send(b"body")
        assert (await one.answer()).body == b"POST / 4"
        assert (await one.ask("GET", "/")).status == 200


async def test_a_refused_expectation_ends_the_connection(tmp_path: Path) -> None:
    async with running_edge(tmp_path) as rig, client(rig) as one:
        rig.target.early = answering(b"HTTP/1.1 417 No\r\nContent-Length: 0\r\n\r\n")
        await one.send(b"POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n")
        answer = await one.answer()
        assert (answer.status, answer.header("connection")) == (417, "close")
        assert await one.closed() == b""


async def test_head_and_bodyless_answers_do_not_stall_the_connection(tmp_path: Path) -> None:
    async with running_edge(tmp_path) as rig, client(rig) as one:
        head = await one.ask("HEAD", "/")
        rig.target.script = answering(b"HTTP/1.1 304 Not Modified\r\nETag: x\r\n\r\n")
        unchanged = await one.ask("GET", "/")
        rig.target.script = answering(b"HTTP/1.1 204 No Content\r\n\r\n")
        empty = await one.ask("DELETE", "/")
        assert (head.status, head.header("content-length")) == (200, "8")
        assert (unchanged.status, empty.status) == (304, 204)
        assert rig.target.connections == 1


@pytest.mark.parametrize("connection", [b"", b"Connection: close\r\n"])
async def test_an_answer_before_the_end_of_the_upload_is_passed_on_at_once(tmp_path: Path, connection: bytes) -> None:
    async with running_edge(tmp_path) as rig, client(rig) as one:
        rig.target.early = answering(b"HTTP/1.1 413 Big\r\n%bContent-Length: 3\r\n\r\nbig" % connection)
        await one.send(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3000000\r\n\r\n" + bytes(1_000_000))
        answer = await one.answer()
        assert (answer.status, answer.body) == (413, b"big")
        rig.target.early = None
        for writer in list(rig.target.writers):
            writer.close()
        await asyncio.sleep(0.05)  # until the balancer has seen it
        await one.send(bytes(2_000_000))
        assert (await one.ask("GET", "/after")).body == b"GET /after 0"


async def test_an_answer_that_ends_with_the_connection_is_passed_on(tmp_path: Path) -> None:
    async with running_edge(tmp_path) as rig, client(rig) as one:
        rig.target.script = answering(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nuntil the end", close=True)
        answer = await one.ask("GET", "/")
        assert (answer.body, answer.header("connection")) == (b"until the end", "close")


async def test_the_target_may_close_after_each_answer(tmp_path: Path) -> None:
    async with running_edge(tmp_path) as rig, client(rig) as one:
        rig.target.script = answering(
            b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok", close=True
        )
        answers = [await one.ask("GET", "/") for _ in range(3)]
        assert [answer.header("connection") for answer in answers] == ["keep-alive"] * 3
        assert rig.target.connections == 3


async def test_a_target_connection_that_was_closed_while_idle_is_replaced(tmp_path: Path) -> None:
    async with running_edge(tmp_path) as rig, client(rig) as one:
        await one.ask("GET", "/")
        for writer in list(rig.target.writers):
            writer.close()
        await eventually(lambda: not rig.target.writers, "the target has closed")
        await asyncio.sleep(0.02)
        assert (await one.ask("GET", "/")).status == 200


async def test_an_http_1_0_client_gets_a_plain_body_and_the_end(tmp_path: Path) -> None:
    raw = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nabcd\r\n0\r\n\r\n"
    async with running_edge(tmp_path) as rig, client(rig) as one:
        rig.target.script = answering(raw)
        await one.send(b"GET / HTTP/1.0\r\n\r\n")
        head, _, body = (await one.closed()).partition(b"\r\n\r\n")
        assert (body, b"chunked" in head) == (b"abcd", False)
        assert rig.target.received[0].header("host") == ALB


async def test_an_upgrade_is_declined_and_the_request_answered(tmp_path: Path) -> None:
    async with running_edge(tmp_path) as rig, client(rig) as one:
        await one.send(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n")
        assert (await one.answer()).header("connection") == "close"
        assert rig.target.received[0].header("upgrade") is None


@pytest.mark.parametrize(
    ("raw", "close"),
    [
        (b"", True),
        (b"garbage\r\n\r\n", False),
        (b"HTTP/1.1 200 OK\r\nContent-Len", True),
        (b"HTTP/1.1 101 Switching Protocols\r\n\r\n", False),
        (b"HTTP/1.1 999 What\r\nContent-Length: 0\r\n\r\n", False),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nnot a chunk\r\n", False),
    ],
)
async def test_a_target_that_closes_or_garbles_is_a_502(tmp_path: Path, raw: bytes, close: bool) -> None:
    async with running_edge(tmp_path) as rig, client(rig) as one:
        rig.target.script = answering(raw, close=close)
        answer = await one.ask("POST", "/", body=b"abc")
        assert (answer.status, answer.header("server")) == (502, "awselb/2.0")
        assert b"<center><h1>502 Bad Gateway</h1></center>" in answer.body
        rig.target.script = answering(OK)
        assert (await one.ask("GET", "/")).body == b"ok"


async def test_an_answer_that_is_garbled_later_cuts_the_client(tmp_path: Path) -> None:
    async def garble(_got: Received, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\npart\r\n")
        await passed_on.wait()
        writer.write(b"not a chunk\r\n")

    passed_on = asyncio.Event()
    async with running_edge(tmp_path) as rig, client(rig) as one:
        rig.target.script = garble
        await one.send(request("GET", "/"))
        await one.reader.readuntil(b"part\r\n")
        passed_on.set()
        assert await one.closed() == b""


async def test_an_answer_that_breaks_off_cuts_the_client(tmp_path: Path) -> None:
    async with running_edge(tmp_path) as rig, client(rig) as one:
        rig.target.script = answering(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\npart", close=True)
        await one.send(request("GET", "/"))
        assert (await one.closed()).endswith(b"part")


async def test_bytes_that_nobody_asked_for_are_not_passed_on(tmp_path: Path) -> None:
    async with running_edge(tmp_path) as rig, client(rig) as one:
        rig.target.script = answering(OK + b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil")
        first = await one.ask("GET", "/")
        rig.target.script = answering(OK)
        second = await one.ask("GET", "/")
        assert (first.body, second.body, rig.target.connections) == (b"ok", b"ok", 2)


async def test_no_target_is_a_503_and_one_that_refuses_a_502(tmp_path: Path) -> None:
    async with running_edge(tmp_path, targeted=False) as rig:
        missing, head = await rig.alb("GET", "/"), await rig.alb("HEAD", "/")
        assert (missing.status, head.status, head.body) == (503, 503, b"")
        assert b"503 Service Temporarily Unavailable" in missing.body
    closed_port = ["127.0.0.1", 1]
    async with running_edge(tmp_path, targeted=False, alb=alb_config(target=closed_port)) as rig:
        assert (await rig.alb("GET", "/")).status == 502
        assert (await rig.state())["requests"]["ecs"] == {"5xx": 1}


async def test_a_silent_target_is_a_504(tmp_path: Path) -> None:
    async def silence(_got: Received, _writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(2)

    async with running_edge(tmp_path, idle_timeout_seconds=0.2) as rig, client(rig) as one:
        rig.target.script = silence
        answer = await one.ask("GET", "/")
        assert (answer.status, answer.header("connection")) == (504, "keep-alive")
        rig.target.script = answering(OK)
        assert (await one.ask("GET", "/")).body == b"ok"


async def test_idle_and_stalled_connections_are_ended(tmp_path: Path) -> None:
    async with (
        running_edge(tmp_path, idle_timeout_seconds=0.2) as rig,
        client(rig) as idle,
        client(rig) as half_head,
        client(rig) as half_body,
    ):
        await half_head.send(b"GET / HTTP/1.1\r\nHo")
        await half_body.send(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nabc")
        assert await idle.closed() == b""
        assert (await half_head.answer()).status == 408
        assert (await half_body.answer()).status == 408
        assert await half_body.closed() == b""


async def test_a_stalled_answer_cuts_the_client(tmp_path: Path) -> None:
    async with running_edge(tmp_path, idle_timeout_seconds=0.2) as rig, client(rig) as one:
        rig.target.script = answering(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\npart")
        await one.send(request("GET", "/"))
        assert (await one.closed()).endswith(b"part")


@pytest.mark.parametrize(
    "raw",
    [
        b"\x16\x03\x01 not http\r\n\r\n",
        b"GET / HTTP/1.1\r\nBad Header: x\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"POST / HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: h2c\r\nContent-Length: 3\r\n\r\nabc",
        b"GET / HTTP/1.1\r\nX: " + b"x" * 70_000,
    ],
)
async def test_what_cannot_be_parsed_is_a_400(tmp_path: Path, raw: bytes) -> None:
    async with running_edge(tmp_path) as rig, client(rig) as one:
        await one.send(raw)
        answer = await one.answer()
        assert (answer.status, answer.header("connection")) == (400, "close")
        assert b"400 Bad Request" in answer.body


async def test_garbage_behind_a_good_request_spares_the_good_one(tmp_path: Path) -> None:
    async with running_edge(tmp_path) as rig, client(rig) as one:
        await one.send(request("GET", "/good") + b"\x00\x01\x02\r\n\r\n")
        assert (await one.answer()).body == b"GET /good 0"
        assert (await one.answer()).status == 400
        assert await one.closed() == b""


async def test_garbage_within_a_body_cuts_a_client_that_already_has_half_an_answer(tmp_path: Path) -> None:
    async with running_edge(tmp_path) as rig, client(rig) as one:
        rig.target.early = answering(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\npart")
        await one.send(b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n")
        await one.reader.readuntil(b"part")
        await one.send(b"not a chunk\r\n")
        assert await one.closed() == b""


async def test_ordered_errors_and_latency_are_seen_and_counted(tmp_path: Path) -> None:
    async with running_edge(tmp_path) as rig:
        await rig.faults(alb_errors=1.0)
        broken = await rig.alb("GET", "/")
        await rig.faults(alb_latency_ms=150)
        began = time.perf_counter()
        slow = await rig.alb("POST", "/", body=b"abc")
        took = time.perf_counter() - began
        await rig.faults()
        assert (broken.status, slow.body, took >= 0.15) == (502, b"POST / 3", True)
        assert len(rig.target.received) == 1
        await eventually(lambda: rig.metrics.total("RequestCount", LoadBalancer=BALANCER) == 2, "both are counted")
        times = rig.metrics.samples("TargetResponseTime", LoadBalancer=BALANCER)
        assert [(value >= 0.15, count) for value, count in times] == [(True, 1)]


async def test_a_latency_beyond_the_idle_timeout_is_a_504(tmp_path: Path) -> None:
    async with running_edge(tmp_path, idle_timeout_seconds=0.1) as rig:
        await rig.faults(alb_latency_ms=300)
        async with client(rig) as one:
            assert (await one.ask("GET", "/")).status == 504
            await rig.faults()
            for _ in range(8):  # keeps the connection from being idle until the latency is over
                assert (await one.ask("GET", "/next")).body == b"GET /next 0"
                await asyncio.sleep(0.05)
        assert [got.path for got in rig.target.received] == ["/next"] * 8


async def test_every_answer_is_counted_under_its_series(tmp_path: Path) -> None:
    async with running_edge(tmp_path) as rig:
        for status in (200, 301, 404, 500):
            rig.target.script = answering(b"HTTP/1.1 %d X\r\nContent-Length: 0\r\n\r\n" % status)
            await rig.alb("GET", "/")
        rig.target.script = answering(b"", close=True)
        await rig.alb("GET", "/")
        async with client(rig) as one:
            await one.send(b"nonsense\r\n\r\n")
            await one.answer()
        rig.target.script = answering(b"")
        async with client(rig) as gone:
            await gone.send(request("GET", "/"))
            await eventually(lambda: len(rig.target.received) == 6, "the target is asked")
        await eventually(lambda: rig.metrics.total("RequestCount", LoadBalancer=BALANCER) == 6, "all are counted")
        counted = {datum["metric"] for datum in rig.metrics.data}
        assert rig.metrics.total("HTTPCode_ELB_5XX_Count", LoadBalancer=BALANCER) == 1
        assert rig.metrics.total("HTTPCode_ELB_4XX_Count", LoadBalancer=BALANCER) == 2
        assert sum(count for _, count in rig.metrics.samples("TargetResponseTime", LoadBalancer=BALANCER)) == 4
        assert {f"HTTPCode_Target_{hundreds}XX_Count" for hundreds in (2, 3, 4, 5)} <= counted
        assert (await rig.state())["requests"]["ecs"] == {"2xx": 1, "3xx": 1, "4xx": 3, "5xx": 2}
