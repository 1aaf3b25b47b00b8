"""The daemon's UDP port: takes datagrams, answers nothing."""

import asyncio
import logging
from collections.abc import Callable

from cutover.rehearsal.aws.xray.spans import BadDatagram, spans_of
from cutover.rehearsal.aws.xray.store import TraceStore

_log = logging.getLogger(__name__)


class Daemon(asyncio.DatagramProtocol):
    """Puts what comes into the store; `now` is the simulated time in Unix seconds."""

    def __init__(self, traces: TraceStore, now: Callable[[], float]) -> None:
        self._traces = traces
        self._now = now
        self._transport: asyncio.DatagramTransport | None = None

    async def start(self, host: str, port: int) -> int:
        """Listen; returns the port. Raises OSError if it is taken."""
        loop = asyncio.get_running_loop()
        self._transport, _ = await loop.create_datagram_endpoint(lambda: self, local_addr=(host, port))
        return int(self._transport.get_extra_info("sockname")[1])

    def stop(self) -> None:
        """Listen no more."""
        if self._transport is not None:
            self._transport.close()

    def datagram_received(self, data: bytes, addr: object) -> None:
        try:
            self._traces.take(spans_of(data), self._now())
        except BadDatagram as error:
            self._traces.refused += 1
            _log.warning("refused: %s", error)
