"""What the edge's tests share: a target for the balancer, a taker of metrics, a raw HTTP client, the edge itself."""

import asyncio
import contextlib
import json
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from cutover.rehearsal.edge.config import EdgeConfig
from cutover.rehearsal.edge.edge import Edge, Ready

HERE = Path(__file__).parent
ALB, GATEWAY, CONTROL = "127.0.1.1", "127.0.1.2", "127.0.0.1"
DEADLINE_SECONDS = 10.0


async def eventually(holds: Callable[[], bool | Awaitable[bool]], what: str) -> None:
    """Wait until `holds`; fails the test after the deadline."""
    deadline = time.monotonic() + DEADLINE_SECONDS
    while True:
        held = holds()
        if await held if isinstance(held, Awaitable) else held:
            return
        assert time.monotonic() < deadline, f"never happened: {what}"
        await asyncio.sleep(0.01)


@dataclass(frozen=True)
class Answer:
    """An HTTP answer as it came over the wire."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes

    def header(self, name: str) -> str | None:
        """The first header of that name (lower case), None without one."""
        return next((value for key, value in self.headers if key == name), None)

    def json(self) -> Any:
        """The body decoded."""
        return json.loads(self.body)


class Client:
    """One raw connection; every wait ends at the deadline."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    @classmethod
    @contextlib.asynccontextmanager
    async def to(cls, address: str, port: int) -> AsyncIterator["Client"]:
        """A connection that is closed in the end."""
        reader, writer = await asyncio.open_connection(address, port)
        try:
            yield cls(reader, writer)
        finally:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()

    async def send(self, data: bytes) -> None:
        """Write these bytes."""
        self.writer.write(data)
        await self.writer.drain()

    async def answer(self, method: str = "GET") -> Answer:
        """Read one answer to a request of that method."""
        async with asyncio.timeout(DEADLINE_SECONDS):
            head = (await self.reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
            status = int(head[0].split(" ")[1])
            headers = [(line.split(":", 1)[0].lower(), line.split(":", 1)[1].strip()) for line in head[1:] if line]
            return Answer(status, headers, await self._body(method, status, dict(headers)))

    async def ask(self, method: str, path: str, headers: dict[str, str] | None = None, body: bytes = b"") -> Answer:
        """Send a request and read its answer."""
        await self.send(request(method, path, headers, body))
        return await self.answer(method)

    async def closed(self) -> bytes:
        """Everything until the other side closes."""
        async with asyncio.timeout(DEADLINE_SECONDS):
            try:
                return await self.reader.read()
            except ConnectionError:
                return b""

    async def _body(self, method: str, status: int, headers: dict[str, str]) -> bytes:
        if method == "HEAD" or status in (100, 204, 304):
            return b""
        if "content-length" in headers:
            return await self.reader.readexactly(int(headers["content-length"]))
        if headers.get("transfer-encoding") != "chunked":
            return await self.reader.read()
        return await read_chunks(self.reader)


async def read_chunks(reader: asyncio.StreamReader) -> bytes:
    """A chunked body, decoded."""
    body = b""
    while size := int((await reader.readuntil(b"\r\n")).strip(), 16):
        body += await reader.readexactly(size)
        await reader.readexactly(2)
    await reader.readexactly(2)
    return body


def request(method: str, path: str, headers: dict[str, str] | None = None, body: bytes = b"") -> bytes:
    """The bytes of a request."""
    lines = [f"{method} {path} HTTP/1.1", "Host: api.lego-moc.example.test"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    if body:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*lines, "", ""]).encode() + body


async def ask(
    address: str, port: int, method: str, path: str, headers: dict[str, str] | None = None, body: bytes = b""
) -> Answer:
    """One request on a connection of its own."""
    async with Client.to(address, port) as client:
        return await client.ask(method, path, headers, body)


@dataclass
class Received:
    """A request as the target got it."""

    method: str
    path: str
    headers: list[tuple[str, str]]
    body: bytes

    def header(self, name: str) -> str | None:
        """The first header of that name (lower case)."""
        return next((value for key, value in self.headers if key == name), None)


Script = Callable[[Received, asyncio.StreamWriter], Awaitable[None]]


class Target:
    """The balancer's target: keeps what it got; `script` answers, `early` may answer before the body is read."""

    def __init__(self) -> None:
        self.received: list[Received] = []
        self.connections = 0
        self.script: Script = answer_ok
        self.early: Script | None = None
        self.continues = True
        self.writers: set[asyncio.StreamWriter] = set()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Handle one connection."""
        self.connections += 1
        self.writers.add(writer)
        try:
            while await self._one(reader, writer):
                pass
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            self.writers.discard(writer)
            writer.close()

    async def _one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        method, path, _ = head[0].split(" ")
        headers = [(line.split(":", 1)[0].lower(), line.split(":", 1)[1].strip()) for line in head[1:] if line]
        got = Received(method, path, headers, b"")
        if self.early is not None:
            self.received.append(got)
            await self.early(got, writer)
            while not writer.is_closing() and await reader.read(65_536):
                pass
            return False
        if got.header("expect") and self.continues:
            writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        if got.header("transfer-encoding"):
            got.body = await read_chunks(reader)
        elif length := got.header("content-length"):
            got.body = await reader.readexactly(int(length))
        self.received.append(got)
        await self.script(got, writer)
        await writer.drain()
        return not writer.is_closing()


async def answer_ok(got: Received, writer: asyncio.StreamWriter) -> None:
    """200 with the method, path and body's length."""
    body = f"{got.method} {got.path} {len(got.body)}".encode()
    head = f"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: {len(body)}\r\n\r\n"
    writer.write(head.encode() + (b"" if got.method == "HEAD" else body))


def answering(raw: bytes, *, close: bool = False) -> Script:
    """A script that writes exactly these bytes, and closes if so told."""

    async def script(_got: Received, writer: asyncio.StreamWriter) -> None:
        writer.write(raw)
        if close:
            writer.close()

    return script


class MetricsTaker:
    """Takes what is pushed; answers with `status`."""

    def __init__(self) -> None:
        self.data: list[dict[str, Any]] = []
        self.status = 200
        self.pushes = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Take one push."""
        head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
        body = await reader.readexactly(int(head.split("content-length: ")[1].split("\r\n")[0]))
        self.pushes += 1
        if self.status == 200:
            self.data += json.loads(body)
        writer.write(f"HTTP/1.1 {self.status} X\r\nContent-Length: 0\r\n\r\n".encode())
        writer.close()

    def total(self, metric: str, **dimensions: str) -> float:
        """The sum of a metric under exactly these dimensions."""
        return sum(value * count for value, count in self.samples(metric, **dimensions))

    def samples(self, metric: str, **dimensions: str) -> list[tuple[float, int]]:
        """All values of a metric under exactly these dimensions, with their counts."""
        return [
            (value, count)
            for datum in self.data
            if datum["metric"] == metric and datum["dimensions"] == dimensions
            for value, count in zip(datum["values"], datum["counts"], strict=True)
        ]


@dataclass
class Rig:
    """A running edge, and what stands around it."""

    edge: Edge
    ready: Ready
    target: Target
    metrics: MetricsTaker
    log_dir: Path

    async def alb(self, method: str, path: str, headers: dict[str, str] | None = None, body: bytes = b"") -> Answer:
        """Ask the balancer."""
        return await ask(ALB, self.ready.alb_port, method, path, headers, body)

    async def gateway(self, method: str, path: str, headers: dict[str, str] | None = None, body: bytes = b"") -> Answer:
        """Ask the HTTP API."""
        return await ask(GATEWAY, self.ready.gateway_port, method, path, headers, body)

    async def control(self, method: str, path: str, headers: dict[str, str] | None = None, body: bytes = b"") -> Answer:
        """Ask the control listener."""
        return await ask(CONTROL, self.ready.control_port, method, path, headers, body)

    async def state(self) -> Any:
        """What `GET /state` says."""
        return (await self.control("GET", "/state")).json()

    async def faults(self, **faults: Any) -> None:
        """Order faults."""
        assert (await self.control("PUT", "/faults", body=json.dumps(faults).encode())).status == 200

    def log(self) -> str:
        """The output of all environments."""
        return "".join(path.read_text() for path in self.log_dir.glob("*.log"))


def function(**changes: Any) -> dict[str, Any]:
    """The configuration of a test function."""
    return {
        "name": "lego-api-mocs",
        "handler": "edge_function.handler",
        "memory_mb": 512,
        "timeout_seconds": 20.0,
        "provisioned": 0,
        "max_environments": 3,
        "concurrency_limit": changes.get("max_environments", 3),
        "routes": ["ANY /api/mocs", "ANY /api/mocs/{proxy+}"],
        **changes,
    }


def alb_config(target: list[object] | None = None) -> dict[str, Any]:
    """The configuration of the balancer."""
    return {
        "address": ALB,
        "port": 0,
        "target": target,
        "load_balancer": "app/lego-api/50dc6c495c0c9188",
        "idle_timeout_seconds": 60,
    }


def configuration(tmp_path: Path, *, factor: float = 60.0, **changes: Any) -> dict[str, Any]:
    """A whole configuration as JSON data; the ports are free ones."""
    return {
        "clock": {"factor": factor, "epoch": time.time()},
        "region": "us-east-1",
        "account_id": "123456789012",
        "metrics_url": "http://127.0.0.1:1/_rehearsal/metrics",
        "control": {"address": CONTROL, "port": 0},
        "alb": alb_config(),
        "gateway": {
            "address": GATEWAY,
            "port": 0,
            "api_id": "a1b2c3d4e5",
            "stage": "$default",
            "domain_name": "api.lego-moc.example.test",
        },
        "functions": [],
        "environment": {"GREETING": "hello"},
        "task_root": str(HERE),
        "python": sys.executable,
        "log_dir": str(tmp_path),
        **changes,
    }


@contextlib.asynccontextmanager
async def running_edge(
    tmp_path: Path, *functions: dict[str, Any], idle_timeout_seconds: float = 60, targeted: bool = True, **changes: Any
) -> AsyncIterator[Rig]:
    """An edge in this process, with its taker of metrics and, if `targeted`, its target."""
    target, metrics = Target(), MetricsTaker()
    target_server = await asyncio.start_server(target.serve, "127.0.0.1", 0)
    metrics_server = await asyncio.start_server(metrics.serve, "127.0.0.1", 0)
    raw = configuration(tmp_path, functions=list(functions), **changes)
    raw["metrics_url"] = f"http://127.0.0.1:{metrics_server.sockets[0].getsockname()[1]}/_rehearsal/metrics"
    if targeted:
        raw["alb"]["target"] = ["127.0.0.1", target_server.sockets[0].getsockname()[1]]
    raw["alb"]["idle_timeout_seconds"] = idle_timeout_seconds
    edge = Edge(msgspec.convert(raw, EdgeConfig), {"PATH": "/usr/bin:/bin"})
    try:
        yield Rig(edge, await edge.start(), target, metrics, tmp_path)
    finally:
        await edge.stop()
        for server in (target_server, metrics_server):
            server.close()
        for writer in list(target.writers):
            writer.close()
        await asyncio.sleep(0.01)  # let the closed transports tell their protocols
