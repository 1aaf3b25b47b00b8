"""Turns a client's bytes into exchanges, in their order, as far as they have arrived. Pure."""

from collections import deque
from collections.abc import Callable

import httptools

from cutover.rehearsal.edge.alb.exchange import Exchange

MAX_HEAD_BYTES = 65_536  # ALB: 64 K for the whole request head


class RequestReader:
    """Reads the requests of one connection; `head_for` writes the head that goes to the target.

    `waiting` are the exchanges that nobody has taken up yet; the last of them may still be arriving. A `deaf` reader
    takes nothing more: the client asked to close, or sent what cannot be understood.
    """

    def __init__(self, head_for: Callable[[Exchange], bytes]) -> None:
        self.waiting: deque[Exchange] = deque()
        self.deaf = False
        self.receiving = False
        self._head_for = head_for
        self._arriving = Exchange()
        self._head_bytes = 0
        self._parser = httptools.HttpRequestParser(self)

    @property
    def ready(self) -> bool:
        """Whether the first of `waiting` can be taken up: its head is there, or never will be."""
        return bool(self.waiting) and (self.waiting[0].head_complete or self.waiting[0].broken)

    def feed(self, data: bytes) -> None:
        """Take what has arrived."""
        if self.deaf:
            return
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            self._decline_upgrade()
        except httptools.HttpParserError:
            self.break_off()
        if self.receiving and not self._arriving.head_complete:
            self._head_bytes += len(data)
            if self._head_bytes > MAX_HEAD_BYTES:
                self.break_off()

    def break_off(self) -> None:
        """What is arriving will not become a request: it is marked broken, and nothing more is read."""
        self.deaf = True
        if self.receiving:  # else the parser only minds what follows a closing request
            self._arriving.broken = True
        self.receiving = False

    def on_message_begin(self) -> None:
        self.receiving = True
        self._head_bytes = 0
        self._arriving = Exchange()
        self.waiting.append(self._arriving)

    def on_url(self, url: bytes) -> None:
        self._arriving.target += url

    def on_header(self, name: bytes, value: bytes) -> None:
        if not self._arriving.head_complete:  # what follows a chunked body are trailers, which are dropped
            self._arriving.headers.append((name, value))

    def on_headers_complete(self) -> None:
        exchange, parser = self._arriving, self._parser
        exchange.method = parser.get_method()
        exchange.keep_alive = parser.should_keep_alive()
        exchange.http_1_0 = parser.get_http_version() == "1.0"
        for name, value in exchange.headers:
            lowered = name.lower()
            if lowered == b"transfer-encoding":
                exchange.chunked = True
            elif lowered == b"expect":
                exchange.expects_continue = value.lower() == b"100-continue"
        exchange.pieces.append(self._head_for(exchange))
        exchange.head_complete = True

    def on_body(self, body: bytes) -> None:
        self._arriving.receive_body(body)

    def on_message_complete(self) -> None:
        self._arriving.end_body()
        self.receiving = False
        if not self._arriving.keep_alive:
            self.deaf = True

    def _decline_upgrade(self) -> None:
        """Protocols are not changed: the request is answered as it is; the parser would take a body for the new one."""
        self.deaf = True
        exchange = self._arriving
        exchange.keep_alive = False
        lengths = [value for name, value in exchange.headers if name.lower() == b"content-length"]
        exchange.broken = exchange.chunked or any(int(length) for length in lengths)
