"""An HTTP server that sends the very bytes it is told to, when it is told to: also those that no server should send."""

import asyncio
import socket
import ssl
import struct
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

_RESET = struct.pack("ii", 1, 0)  # a close that throws away what was not sent


@dataclass(frozen=True, slots=True)
class Reply:
    """What to do about one request. `pieces` are sent one after another; `early`: before the body has been read.

    `then`: keep the connection, close it, reset it, or hang.
    """

    pieces: tuple[bytes, ...] = ()
    early: bool = False
    then: str = "keep"


@dataclass(frozen=True, slots=True)
class Request:
    """One request as it came. `raw`: its first line and headers."""

    raw: str
    body: bytes
    connection: int

    @property
    def line(self) -> str:
        """Its first line."""
        return self.raw.partition("\r\n")[0]

    @property
    def headers(self) -> dict[str, str]:
        """By their names in lower case."""
        fields = (line.partition(":") for line in self.raw.split("\r\n")[1:] if line)
        return {name.lower(): value.strip() for name, _, value in fields}


def ok(body: bytes = b"{}", status: str = "200 OK", headers: str = "") -> Reply:
    """An answer as a sound server gives it."""
    return Reply((f"HTTP/1.1 {status}\r\n{headers}Content-Length: {len(body)}\r\n\r\n".encode() + body,))


class RawHttp:
    """Goes through `replies`, and gives the last one for ever."""

    def __init__(self, *replies: Reply) -> None:
        self.replies = deque(replies)
        self.requests: list[Request] = []
        self.connections = 0
        self.port = 0
        self.writers: list[asyncio.StreamWriter] = []

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        self.connections += 1
        self.writers.append(writer)
        number = self.connections
        try:
            while await self._one(number, reader, writer):
                pass
        except (OSError, asyncio.IncompleteReadError):
            return
        finally:
            writer.close()

    async def _one(self, number: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        raw = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").removesuffix("\r\n\r\n")
        reply = self.replies.popleft() if len(self.replies) > 1 else self.replies[0]
        request = Request(raw, b"", number)
        if not reply.early:
            body = await reader.readexactly(int(request.headers.get("content-length", "0")))
            request = Request(raw, body, number)
        self.requests.append(request)
        for piece in reply.pieces:
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(0)
        if reply.then == "hang":
            await asyncio.Event().wait()
        if reply.then == "reset":
            connected: socket.socket = writer.get_extra_info("socket")
            connected.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
            writer.transport.abort()
        return reply.then == "keep"


@asynccontextmanager
async def raw_http(*replies: Reply, tls: ssl.SSLContext | None = None) -> AsyncIterator[RawHttp]:
    """A running one, on a free port of 127.0.0.1."""
    script = RawHttp(*replies)
    connections: set[asyncio.Task[None]] = set()

    def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.ensure_future(script.serve(reader, writer))
        connections.add(task)
        task.add_done_callback(connections.discard)

    server = await asyncio.start_server(connected, "127.0.0.1", 0, ssl=tls)
    script.port = server.sockets[0].getsockname()[1]
    try:
        yield script
    finally:
        server.close()
        under_way = tuple(connections)
        for task in under_way:
            task.cancel()
        await asyncio.gather(*under_way, return_exceptions=True)
