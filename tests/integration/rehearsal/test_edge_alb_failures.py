"""The load balancer when its target or its client is gone, silent or not to be understood."""

import asyncio
import socket
from pathlib import Path

import msgspec
import pytest

from cutover.clock import CompressedClock
from cutover.rehearsal.edge.alb.balancer import Balancer
from cutover.rehearsal.edge.config import AlbConfig
from cutover.rehearsal.edge.faults import FaultSwitch
from cutover.rehearsal.edge.metrics.meters import AlbMeter
from cutover.rehearsal.edge.metrics.tally import Tally
from tests.integration.rehearsal.edge_alb import OK, client
from tests.integration.rehearsal.edge_rig import ALB, Received, alb_config, answering, ask, request, running_edge


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
