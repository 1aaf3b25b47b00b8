"""The load balancer on real sockets passes on what is asked and answered, before a target that the test directs."""

import asyncio
import hashlib
import os
import re
from pathlib import Path

import pytest

from tests.integration.rehearsal.edge_alb import OK, client
from tests.integration.rehearsal.edge_rig import ALB, Received, answering, eventually, request, running_edge


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
