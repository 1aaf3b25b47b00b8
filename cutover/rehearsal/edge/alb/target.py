"""The load balancer's side of a connection to its target: reads answers and reframes them for the client."""

import asyncio
from collections.abc import Callable
from time import perf_counter
from typing import Protocol, cast

import httptools

from cutover.rehearsal.edge.alb.exchange import Exchange
from cutover.rehearsal.edge.alb.heads import response_head
from cutover.rehearsal.edge.http.text import BODYLESS_STATUSES, CONTINUE, LAST_CHUNK, Header, chunk


class AnswerTaker(Protocol):
    """The client's side, which takes what the target answers."""

    def answer_part(self, data: bytes) -> None:
        """Bytes for the client."""
        ...

    def answer_complete(self, *, reusable: bool) -> None:
        """The answer ended; `reusable` says whether the target's connection can carry another request."""
        ...

    def target_failed(self) -> None:
        """The target closed or garbled before its answer was complete."""
        ...

    def target_gone(self) -> None:
        """An unused connection was closed by the target."""
        ...

    def target_blocked(self, blocked: bool) -> None:
        """The target reads slower than the client sends, or (False) has caught up."""
        ...


class TargetConnection(asyncio.Protocol):
    """One connection to the target, used for one exchange after the other."""

    def __init__(self, taker: AnswerTaker, on_lost: Callable[["TargetConnection"], None]) -> None:
        self._taker = taker
        self._on_lost = on_lost
        self._exchange: Exchange | None = None
        self._out: list[bytes] = []
        self._ended = False
        self._dropped = False
        self._reset_parser()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)

    def connection_lost(self, exc: Exception | None) -> None:
        self._on_lost(self)
        if self._dropped:
            return
        exchange, self._exchange = self._exchange, None
        if exchange is None:
            self._taker.target_gone()
        elif self._until_close and exchange.status and exc is None:
            self._taker.answer_complete(reusable=False)
        else:
            self._taker.target_failed()

    def pause_writing(self) -> None:
        self._taker.target_blocked(True)

    def resume_writing(self) -> None:
        self._taker.target_blocked(False)

    def begin(self, exchange: Exchange) -> None:
        """Expect the answer of this exchange."""
        self._exchange = exchange
        self._ended = False

    def drop(self) -> None:
        """Cut the connection; the client's side is told nothing more."""
        self._exchange = None
        self._dropped = True
        self.transport.abort()

    def data_received(self, data: bytes) -> None:
        if self._exchange is None:  # bytes that nobody asked for
            self.transport.abort()
            return
        begun_before = self._exchange.status != 0
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade):
            if not self._ended:
                self._garbled(self._exchange, begun_before)
                return
            self._reusable = False
        self._flush()

    def on_message_begin(self) -> None:
        self._reason = b""
        self._headers: list[Header] = []
        self._in_head = True
        if self._ended:
            self._reusable = False  # an answer without a request

    def on_status(self, reason: bytes) -> None:
        self._reason += reason

    def on_header(self, name: bytes, value: bytes) -> None:
        if self._in_head:
            self._headers.append((name, value))

    def on_headers_complete(self) -> None:
        self._in_head = False
        exchange = self._exchange
        if exchange is None or self._ended:
            return
        status = self._parser.get_status_code()
        self._interim = status < 200
        if self._interim:
            self._pass_interim(status, exchange)
        else:
            self._begin_answer(status, exchange)

    def on_body(self, body: bytes) -> None:
        if not self._ended:
            self._out.append(chunk(body) if self._chunk_out else body)

    def on_message_complete(self) -> None:
        if self._interim or self._ended:
            return
        if self._chunk_out:
            self._out.append(LAST_CHUNK)
        self._ended = True

    def _reset_parser(self) -> None:
        self._parser = httptools.HttpResponseParser(self)
        self._interim = False
        self._chunk_out = False
        self._until_close = False
        self._reusable = True

    def _pass_interim(self, status: int, exchange: Exchange) -> None:
        if status != 100:
            raise httptools.HttpParserError(f"status {status} is not passed on")
        exchange.expects_continue = False
        self._out.append(CONTINUE)

    def _begin_answer(self, status: int, exchange: Exchange) -> None:
        if not 200 <= status <= 599:
            raise httptools.HttpParserError(f"status {status} does not exist")
        names = {name.lower(): value.lower() for name, value in self._headers}
        bodyless = exchange.method == b"HEAD" or status in BODYLESS_STATUSES
        chunked = b"chunked" in names.get(b"transfer-encoding", b"") and not bodyless
        self._until_close = not (bodyless or chunked or b"content-length" in names)
        self._reusable = not (self._until_close or b"close" in names.get(b"connection", b""))
        self._chunk_out = chunked and not exchange.http_1_0
        self._settle(exchange, ends_by_close=self._until_close or (chunked and exchange.http_1_0))
        exchange.status = status
        exchange.target_seconds = perf_counter() - exchange.began
        self._out.append(
            response_head(status, self._reason, self._headers, chunked=self._chunk_out, keep_alive=exchange.keep_alive)
        )
        self._ended = exchange.method == b"HEAD"

    def _settle(self, exchange: Exchange, *, ends_by_close: bool) -> None:
        # A client that was never told to go on may or may not send its body now: only a new connection is safe.
        if ends_by_close or exchange.body_uncertain:
            exchange.keep_alive = False

    def _flush(self) -> None:
        if self._out:
            self._taker.answer_part(b"".join(self._out))
            self._out.clear()
        if self._ended and self._exchange is not None:
            head_only = self._exchange.method == b"HEAD"
            self._exchange = None
            reusable = self._reusable
            if head_only:
                self._reset_parser()  # it waits for a body that HEAD has not
            self._taker.answer_complete(reusable=reusable)

    def _garbled(self, exchange: Exchange, begun_before: bool) -> None:
        if not begun_before:
            exchange.status = 0  # nothing of this answer has been passed on
        self.drop()
        self._taker.target_failed()
