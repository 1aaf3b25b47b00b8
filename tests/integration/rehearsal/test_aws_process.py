"""The process: one line, one clean end, whoever ends it; and what it passes on."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest
from aiohttp import web
from moto.server import ThreadedMotoServer

from tests.integration.rehearsal.aws_process import (
    DEADLINE_SECONDS,
    ROOT,
    Aws,
    config_of,
    eventually,
    started,
)

SIGNED = "AWS4-HMAC-SHA256 Credential=AKIATEST/20251122/us-east-1/{}/aws4_request, SignedHeaders=host, Signature=00"
# Starts the stand-in, says where it is, and waits to be killed.
PARENT = """
import subprocess, sys, time
command = [sys.executable, "-m", "cutover.rehearsal.aws", sys.argv[1]]
child = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
print(child.stdout.readline(), flush=True)
time.sleep(600)
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_cleanly_after_one_line(tmp_path: Path, number: signal.Signals) -> None:
    with started(tmp_path) as aws:
        assert aws.ready == {"ready": True, "port": aws.port, "dns_port": aws.dns_port}
        aws.resolve()
        aws.process.send_signal(number)
        assert aws.process.wait(DEADLINE_SECONDS) == 0
        assert not aws.is_listening()


def test_a_signal_ends_it_although_a_client_holds_a_connection(tmp_path: Path) -> None:
    with started(tmp_path) as aws, socket.create_connection(("127.0.0.1", aws.port)) as held:
        held.sendall(b"GET /half HTTP/1.1\r\nHost: x\r\n")
        aws.process.terminate()
        assert aws.process.wait(DEADLINE_SECONDS) == 0


def test_it_ends_when_its_parent_dies(tmp_path: Path) -> None:
    path = tmp_path / "aws.json"
    path.write_text(json.dumps(config_of()))
    with subprocess.Popen(
        [sys.executable, "-c", PARENT, str(path)], stdout=subprocess.PIPE, text=True, cwd=ROOT
    ) as parent:
        assert parent.stdout is not None
        port = json.loads(parent.stdout.readline())["port"]
        parent.kill()

    def refused() -> bool:
        with socket.socket() as connection:
            return connection.connect_ex(("127.0.0.1", port)) != 0

    assert eventually(refused, bool)


def test_a_wrong_configuration_ends_it_with_2_and_the_reason(tmp_path: Path) -> None:
    path = tmp_path / "aws.json"
    path.write_text("{}")
    ended = subprocess.run(
        [sys.executable, "-m", "cutover.rehearsal.aws", str(path)],
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=DEADLINE_SECONDS,
        check=False,
    )
    assert (ended.returncode, ended.stdout) == (2, "")
    assert "moto_url" in ended.stderr


def test_a_taken_port_ends_it_with_2_and_the_reason(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        path = tmp_path / "aws.json"
        path.write_text(json.dumps(config_of(port=taken.getsockname()[1])))
        ended = subprocess.run(
            [sys.executable, "-m", "cutover.rehearsal.aws", str(path)],
            capture_output=True,
            text=True,
            cwd=ROOT,
            timeout=DEADLINE_SECONDS,
            check=False,
        )
    assert (ended.returncode, ended.stdout) == (2, "")
    assert "choose other ports" in ended.stderr


def test_keys_are_served_at_their_path(tmp_path: Path) -> None:
    with started(tmp_path) as aws:
        reply = aws.http.get("/pool-1/.well-known/jwks.json")
        assert reply.json() == {"keys": [{"kid": "k1"}]}
        assert reply.headers["content-type"].startswith("application/json")


def test_an_upstream_that_is_down_is_said_to_be_down(tmp_path: Path) -> None:
    with started(tmp_path) as aws:
        reply = aws.http.get("/bucket/key")
        assert (reply.status_code, "did not answer" in reply.text) == (503, True)


def test_a_body_without_end_is_refused(tmp_path: Path) -> None:
    with started(tmp_path) as aws:
        reply = aws.http.put("/_rehearsal/faults", content=b" " * (32 * 1024 * 1024 + 1))
        assert reply.status_code == 413


@pytest.fixture(scope="module")
def moto() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.mark.filterwarnings("ignore::ResourceWarning")  # moto's own server thread leaves sockets to the collector
def test_other_services_are_those_of_moto(tmp_path: Path, moto: str) -> None:
    with started(tmp_path, moto_url=moto) as aws:
        s3 = aws.client("s3")
        s3.create_bucket(Bucket="images")
        s3.put_object(Bucket="images", Key="a b/ü%2F.bin", Body=os.urandom(300_000), Metadata={"who": "me"})
        found = s3.head_object(Bucket="images", Key="a b/ü%2F.bin")
        assert (found["ContentLength"], found["Metadata"]) == (300_000, {"who": "me"})
        link = s3.generate_presigned_url("get_object", Params={"Bucket": "images", "Key": "a b/ü%2F.bin"})
        assert len(httpx.get(link, timeout=DEADLINE_SECONDS).content) == 300_000
        assert aws.client("sts").get_caller_identity()["Account"] == "123456789012"


class Upstream:
    """Remembers what it was sent and answers oddly enough to see that all of it comes through."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, str, dict[str, str], bytes]] = []
        self.url = ""

    async def handle(self, request: web.Request) -> web.StreamResponse:
        headers = {name.lower(): value for name, value in request.headers.items()}
        self.seen.append((request.method, request.raw_path, headers, await request.read()))
        if request.path == "/break":
            return await self._half_an_answer(request)
        return web.Response(status=418, body=b"teapot", headers={"X-Odd": "1", "Content-Type": "text/odd"})

    async def _half_an_answer(self, request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Length": "100"})
        await response.prepare(request)
        await response.write(b"half")
        assert request.transport is not None
        request.transport.close()
        return response


@pytest.fixture
async def upstream() -> AsyncIterator[Upstream]:
    made = Upstream()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", made.handle)
    runner = web.AppRunner(app, access_log=None, auto_decompress=False, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    made.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield made
    await runner.cleanup()


async def send(aws: Aws, method: str, path: str, service: str, **more: object) -> httpx.Response:
    headers = {"Authorization": SIGNED.format(service), "Host": "bucket.s3.amazonaws.com", "Content-Encoding": "gzip"}
    async with httpx.AsyncClient(base_url=aws.url, timeout=DEADLINE_SECONDS) as client:
        return await client.request(method, path, headers=headers, **more)  # type: ignore[arg-type]


async def test_a_request_goes_through_unchanged(tmp_path: Path, upstream: Upstream) -> None:
    with started(tmp_path, moto_url=upstream.url) as aws:
        reply = await send(aws, "PUT", "/a%20b//c?x=%2F&y", "s3", content=b"not gzip at all")
    assert (reply.status_code, reply.content, reply.headers["x-odd"]) == (418, b"teapot", "1")
    method, path, headers, body = upstream.seen[0]
    assert (method, path, body) == ("PUT", "/a%20b//c?x=%2F&y", b"not gzip at all")
    wanted = {"host": "bucket.s3.amazonaws.com", "content-encoding": "gzip", "content-length": "15"}
    assert wanted.items() <= headers.items()
    assert headers["authorization"] == SIGNED.format("s3")


async def test_invocations_go_to_the_rehearsals_own_lambda(tmp_path: Path, upstream: Upstream) -> None:
    with started(tmp_path, invoke_url=upstream.url) as aws:
        await send(aws, "POST", "/2015-03-31/functions/parser/invocations?Qualifier=live", "lambda", content=b"{}")
        other = await send(aws, "GET", "/2015-03-31/functions/parser", "lambda")
    assert [(method, path) for method, path, _, _ in upstream.seen] == [
        ("POST", "/2015-03-31/functions/parser/invocations?Qualifier=live")
    ]
    assert other.status_code == 503  # moto, which is not there


async def test_half_an_answer_never_looks_like_a_whole_one(tmp_path: Path, upstream: Upstream) -> None:
    with started(tmp_path, moto_url=upstream.url) as aws, pytest.raises(httpx.TransportError):
        await send(aws, "GET", "/break", "s3")


async def test_a_presigned_url_names_its_service(tmp_path: Path, upstream: Upstream) -> None:
    scope = "AKIATEST/20251122/us-east-1/{}/aws4_request"
    with started(tmp_path, moto_url=upstream.url) as aws:
        async with httpx.AsyncClient(base_url=aws.url, timeout=DEADLINE_SECONDS) as client:
            ours = await client.get("/2013-04-01/hostedzone", params={"X-Amz-Credential": scope.format("route53")})
            theirs = await client.get("/2013-04-01/hostedzone", params={"X-Amz-Credential": scope.format("s3")})
    assert (ours.status_code, theirs.status_code) == (200, 418)
