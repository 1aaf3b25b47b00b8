"""The load balancer's side of a client's connection: sends each request to the target, passes answers back."""

import asyncio
from time import perf_counter
from typing import cast

from cutover.rehearsal.edge.alb.exchange import Exchange
from cutover.rehearsal.edge.alb.heads import Hop, balancer_answer, request_head
from cutover.rehearsal.edge.alb.reader import RequestReader
from cutover.rehearsal.edge.alb.reading import Reading, Reason
from cutover.rehearsal.edge.alb.surroundings import Surroundings
from cutover.rehearsal.edge.alb.target import TargetConnection
from cutover.rehearsal.edge.http.closing import close_lingering
from cutover.rehearsal.edge.http.text import trace_root

MAX_PIPELINED = 8


class ClientConnection(asyncio.Protocol):
    """A client's connection and its one connection to the target; requests are forwarded strictly one by one."""

    def __init__(self, around: Surroundings, peers: set["ClientConnection"]) -> None:
        self._around = around
        self._peers = peers
        self._reader = RequestReader(self._head_for)
        self._current: Exchange | None = None
        self._upstream: TargetConnection | None = None
        self._task: asyncio.Task[None] | None = None
        self._delay: asyncio.TimerHandle | None = None
        self._pumping = False
        self._active_at = perf_counter()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._reading = Reading(self._transport)
        self._peers.add(self)
        self._hop = Hop(transport.get_extra_info("peername")[0], *self._around.listener())

    def connection_lost(self, exc: Exception | None) -> None:
        self._peers.discard(self)
        self._reader.deaf = True
        self._reader.waiting.clear()
        exchange, self._current = self._current, None
        if exchange is not None and not exchange.answered:
            self._count_interrupted(exchange)
        if self._delay is not None:
            self._delay.cancel()
        if self._task is not None:
            self._task.cancel()
        self._drop_upstream()

    def pause_writing(self) -> None:
        if self._upstream is not None and not self._upstream.transport.is_closing():
            self._upstream.transport.pause_reading()

    def resume_writing(self) -> None:
        if self._upstream is not None and not self._upstream.transport.is_closing():
            self._upstream.transport.resume_reading()

    def data_received(self, data: bytes) -> None:
        self._active_at = perf_counter()
        self._reader.feed(data)
        self._pump()

    def cut(self) -> None:
        """End the connection without a word."""
        self._transport.abort()

    def sweep(self, now: float, idle_seconds: float) -> None:
        """End what has been idle for too long at `now`, a `perf_counter`."""
        if now - self._active_at <= idle_seconds:
            return
        exchange = self._current
        if exchange is None and not self._reader.receiving:
            self._transport.close()
        elif exchange is not None and (exchange.status or exchange.answered):
            self.cut()
        elif exchange is not None and exchange.complete:
            self._answer(exchange, 504)
        else:
            self._time_out_client()

    def answer_part(self, data: bytes) -> None:
        self._active_at = perf_counter()
        if not self._transport.is_closing():
            self._transport.write(data)

    def answer_complete(self, *, reusable: bool) -> None:
        exchange = self._current
        if not reusable:
            self._drop_upstream()
        if exchange is None:
            return
        exchange.answered = True
        self._around.meter.target_answered(exchange.status, exchange.target_seconds)
        if not reusable:
            exchange.discard_rest()
        self._pump()

    def target_failed(self) -> None:
        self._upstream = None
        exchange = self._current
        if exchange is not None and exchange.status:
            self.cut()
        elif exchange is not None:
            self._answer(exchange, 502)

    def target_gone(self) -> None:
        if self._current is not None and self._current.answered:
            self._current.discard_rest()
            self._pump()

    def target_blocked(self, blocked: bool) -> None:
        self._reading.hold(Reason.TARGET_SLOW, blocked)

    def _head_for(self, exchange: Exchange) -> bytes:
        root = trace_root(self._around.clock.timestamp())
        return request_head(exchange.method, exchange.target, exchange.headers, self._hop, root)

    def _time_out_client(self) -> None:
        self._reader.break_off()
        exchange = self._current = self._current or self._reader.waiting.popleft()
        self._answer(exchange, 408)

    def _pump(self) -> None:
        """Do whatever can be done now: end the current exchange, begin the next, forward what has arrived."""
        if self._pumping:
            return
        self._pumping = True
        while self._step():
            pass
        self._pumping = False
        self._reading.hold(Reason.PIPELINE_FULL, len(self._reader.waiting) > MAX_PIPELINED)

    def _step(self) -> bool:
        exchange = self._current
        if exchange is None:
            if not self._reader.ready:
                return False
            self._begin(self._reader.waiting.popleft())
        elif exchange.finished:
            self._end(exchange)
        elif exchange.broken and exchange.status:
            self.cut()
            return False
        elif exchange.broken:
            self._answer(exchange, 400)
        else:
            self._forward_pieces(exchange)
            return False
        return True

    def _begin(self, exchange: Exchange) -> None:
        self._current = exchange
        if exchange.broken:
            return
        faults = self._around.switch.faults
        exchange.began = perf_counter()
        if self._around.target is None:
            self._answer(exchange, 503)
        elif self._around.switch.strikes(faults.alb_errors):
            self._answer(exchange, 502)
        elif faults.alb_latency_ms:
            self._reading.hold(Reason.NOT_FORWARDING, True)
            wait_seconds = faults.alb_latency_ms / 1000
            loop = asyncio.get_running_loop()
            self._delay = loop.call_later(wait_seconds, self._reach, exchange, self._around.target)
        else:
            self._reach(exchange, self._around.target)

    def _reach(self, exchange: Exchange, target: tuple[str, int]) -> None:
        if exchange.answered:  # the idle timeout was shorter than the injected latency
            return
        if self._upstream is None or self._upstream.transport.is_closing():
            self._reading.hold(Reason.NOT_FORWARDING, True)
            self._task = asyncio.get_running_loop().create_task(self._connect(exchange, target))
        else:
            self._forward(exchange, self._upstream)

    async def _connect(self, exchange: Exchange, target: tuple[str, int]) -> None:
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(self._around.connect_timeout_seconds):
                _, upstream = await loop.create_connection(lambda: TargetConnection(self, self._forget), *target)
        except TimeoutError:
            self._answer(exchange, 504)
        except OSError:
            self._answer(exchange, 502)
        else:
            if exchange.answered:
                upstream.drop()
                return
            self._upstream = upstream
            self._forward(exchange, upstream)

    def _forward(self, exchange: Exchange, upstream: TargetConnection) -> None:
        exchange.forwarding = True
        upstream.begin(exchange)
        self._reading.hold(Reason.NOT_FORWARDING, False)
        self._forward_pieces(exchange)

    def _forward_pieces(self, exchange: Exchange) -> None:
        upstream = self._upstream
        if exchange.forwarding and exchange.pieces and upstream is not None and not upstream.transport.is_closing():
            upstream.transport.write(exchange.take_pieces())

    def _answer(self, exchange: Exchange, status: int) -> None:
        """Answer by the balancer itself and give up on the target, unless the exchange was answered already."""
        if exchange is not self._current or exchange.answered:
            return
        self._drop_upstream()
        if exchange.broken or exchange.body_uncertain:
            exchange.keep_alive = False
        exchange.answered = True
        exchange.discard_rest()
        self._reading.hold(Reason.NOT_FORWARDING, False)
        head_only = exchange.method == b"HEAD"
        self._transport.write(balancer_answer(status, keep_alive=exchange.keep_alive, head_only=head_only))
        self._around.meter.balancer_answered(status, target_chosen=status in (502, 504))
        self._pump()

    def _end(self, exchange: Exchange) -> None:
        self._current = None
        if not exchange.keep_alive:
            self._reader.deaf = True
            self._reader.waiting.clear()
            close_lingering(self._transport)

    def _count_interrupted(self, exchange: Exchange) -> None:
        if exchange.status:
            self._around.meter.target_answered(exchange.status, exchange.target_seconds)
        elif not exchange.broken:
            self._around.meter.balancer_answered(460, target_chosen=True)

    def _drop_upstream(self) -> None:
        upstream, self._upstream = self._upstream, None
        if upstream is not None:
            upstream.drop()

    def _forget(self, upstream: TargetConnection) -> None:
        if self._upstream is upstream:
            self._upstream = None
