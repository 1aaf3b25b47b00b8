"""An HTTP/1.1 server that hands over whole requests, one at a time for each connection."""

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from time import perf_counter
from typing import cast

import httptools

from cutover.rehearsal.edge.http.closing import close_lingering
from cutover.rehearsal.edge.http.text import CONTINUE, Header

MAX_HEAD_BYTES = 65_536  # of anything, so that no client can fill the memory
MAX_PIPELINED = 16


@dataclass(frozen=True, slots=True)
class Limits:
    """The most that a request may have: request line and header values, and body, in bytes.

    A body beyond its limit is read and thrown away before the refusal, up to `drained_bytes`; then the client is cut.
    """

    head_bytes: int
    body_bytes: int
    drained_bytes: int = 64 * 1024 * 1024


@dataclass(slots=True)
class Request:
    """One request as it arrived; header names are in lower case.

    `refusal` is the status to refuse it with (400 unparsable, 413, 431), None for a good one; `began` is the
    `perf_counter` of its first byte.
    """

    method: str
    target: bytes
    version: str
    headers: list[Header]
    body: bytes
    keep_alive: bool
    began: float
    refusal: int | None = None


class Connection(asyncio.Protocol):
    """One client's connection: `serve` gets a request and must, now or later, call `reply` once."""

    def __init__(
        self,
        serve: Callable[[Request, "Connection"], None],
        limits: Limits,
        peers: set[asyncio.Transport],
        lost: Callable[["Connection"], None] | None = None,
    ) -> None:
        self.source_ip = ""
        self._serve = serve
        self._limits = limits
        self._peers = peers
        self._lost = lost
        self._waiting: deque[Request] = deque()
        self._busy = False
        self._advancing = False
        self._deaf = False
        self._paused = False
        self._parser = httptools.HttpRequestParser(self)
        self._target = b""
        self._headers: list[Header] = []
        self._pieces: list[bytes] = []
        self._received_bytes = 0
        self._in_head = False
        self._refusal: int | None = None
        self._began = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._peers.add(self._transport)
        self.source_ip = transport.get_extra_info("peername")[0]

    def connection_lost(self, exc: Exception | None) -> None:
        self._deaf = True
        self._waiting.clear()
        self._peers.discard(self._transport)
        if self._lost is not None:
            self._lost(self)

    def data_received(self, data: bytes) -> None:
        if self._deaf:
            return
        if self._in_head:
            self._received_bytes += len(data)
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            self._last_request()
        except httptools.HttpParserError:
            self._refuse_rest(400)
        if self._in_head and self._received_bytes > MAX_HEAD_BYTES:
            self._refuse_rest(431)
        self._advance()

    def reply(self, answer: bytes, *, keep_alive: bool) -> None:
        """Answer the request that was handed over last; nothing happens when the client has gone."""
        self._busy = False
        if self._transport.is_closing():
            return
        self._transport.write(answer)
        if keep_alive:
            self._advance()
        else:
            self._deaf = True
            close_lingering(self._transport)

    def on_message_begin(self) -> None:
        self._target = b""
        self._headers = []
        self._pieces = []
        self._received_bytes = 0
        self._in_head = True
        self._refusal = None
        self._began = perf_counter()

    def on_url(self, url: bytes) -> None:
        self._target += url

    def on_header(self, name: bytes, value: bytes) -> None:
        if self._in_head:  # what follows a chunked body are trailers, which nobody here reads
            self._headers.append((name.lower(), value))

    def on_headers_complete(self) -> None:
        self._in_head = False
        self._received_bytes = 0
        if _head_bytes(self._parser.get_method(), self._target, self._headers) > self._limits.head_bytes:
            self._refusal = 431
        if (b"expect", b"100-continue") in self._headers:
            self._answer_expectation()

    def on_body(self, body: bytes) -> None:
        self._received_bytes += len(body)
        if self._received_bytes <= self._limits.body_bytes:
            self._pieces.append(body)
            return
        self._pieces.clear()
        self._refusal = self._refusal or 413
        if self._received_bytes > self._limits.drained_bytes:
            self._deaf = True
            self._transport.abort()

    def on_message_complete(self) -> None:
        self._queue(keep_alive=self._parser.should_keep_alive())

    def _answer_expectation(self) -> None:
        lengths = [int(value) for name, value in self._headers if name == b"content-length"]
        if lengths and lengths[0] > self._limits.body_bytes:
            self._refusal = self._refusal or 413
        if self._refusal is not None:
            self._refuse_rest(self._refusal)
        elif not self._waiting and not self._busy:
            self._transport.write(CONTINUE)

    def _queue(self, *, keep_alive: bool) -> None:
        if self._deaf:
            return
        method = self._parser.get_method().decode()
        version = self._parser.get_http_version()
        body = b"".join(self._pieces)
        self._pieces = []
        self._waiting.append(
            Request(method, self._target, version, self._headers, body, keep_alive, self._began, self._refusal)
        )
        self._began = 0.0
        if not keep_alive:
            self._deaf = True
        if len(self._waiting) > MAX_PIPELINED:
            self._paused = True
            self._transport.pause_reading()

    def _last_request(self) -> None:
        """The request asked to change the protocol, which is not done: it is answered and nothing more is read."""
        self._deaf = True
        if self._waiting:
            request = self._waiting[-1]
            request.keep_alive = False
            # The parser takes the body for the new protocol's bytes.
            if any(
                name == b"transfer-encoding" or (name == b"content-length" and int(value))
                for name, value in request.headers
            ):
                request.refusal = 400

    def _refuse_rest(self, status: int) -> None:
        """Answer what has begun with `status` and read nothing more."""
        if self._deaf:
            return
        self._deaf = True
        self._in_head = False
        began = self._began or perf_counter()
        self._waiting.append(Request("", self._target, "1.1", self._headers, b"", False, began, status))

    def _advance(self) -> None:
        if self._advancing:
            return
        self._advancing = True
        while self._waiting and not self._busy:
            self._busy = True
            self._serve(self._waiting.popleft(), self)
        self._advancing = False
        if self._paused and not self._waiting and not self._transport.is_closing():
            self._paused = False
            self._transport.resume_reading()


def _head_bytes(method: bytes, target: bytes, headers: list[Header]) -> int:
    """The size that API Gateway limits: its documentation says request line and header values."""
    return len(method) + len(target) + len(b"  HTTP/1.1") + sum(len(value) for _, value in headers)


class Listener:
    """A listening socket on loopback, and the connections that it has accepted."""

    def __init__(self, server: asyncio.Server, peers: set[asyncio.Transport]) -> None:
        self._server = server
        self._peers = peers

    @classmethod
    async def open(
        cls, connection: Callable[[set[asyncio.Transport]], asyncio.Protocol], address: str, port: int
    ) -> "Listener":
        """Listen at `address`; `connection` makes each client's protocol, given the set to enter its transport in."""
        peers: set[asyncio.Transport] = set()
        loop = asyncio.get_running_loop()
        server = await loop.create_server(lambda: connection(peers), address, port, backlog=1024)
        return cls(server, peers)

    @property
    def port(self) -> int:
        """The port that is listened on."""
        return int(self._server.sockets[0].getsockname()[1])

    def close(self) -> None:
        """Stop listening and cut every connection."""
        self._server.close()
        for transport in list(self._peers):
            transport.abort()
