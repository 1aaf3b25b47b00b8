"""The load balancer: one listener, one target, and the sweep that ends idle connections."""

import asyncio
from time import perf_counter

from cutover.clock import CompressedClock
from cutover.rehearsal.edge.alb.client import ClientConnection
from cutover.rehearsal.edge.alb.surroundings import Surroundings
from cutover.rehearsal.edge.config import AlbConfig
from cutover.rehearsal.edge.faults import FaultSwitch
from cutover.rehearsal.edge.metrics.meters import AlbMeter


class Balancer:
    """An Application Load Balancer with one HTTP listener and at most one target."""

    connect_timeout_seconds = 10.0  # ALB's limit for reaching a target; beyond it, 504

    def __init__(self, config: AlbConfig, clock: CompressedClock, switch: FaultSwitch, meter: AlbMeter) -> None:
        self.port = config.port
        self._config = config
        self._around = Surroundings(
            target=config.target,
            connect_timeout_seconds=self.connect_timeout_seconds,
            clock=clock,
            switch=switch,
            meter=meter,
            listener=lambda: (config.address, self.port),
        )
        self._peers: set[ClientConnection] = set()
        self._server: asyncio.Server | None = None
        self._sweeping: asyncio.TimerHandle | None = None

    async def open(self) -> None:
        """Listen; raises OSError when the port is taken."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(
            lambda: ClientConnection(self._around, self._peers), self._config.address, self._config.port, backlog=1024
        )
        self.port = int(self._server.sockets[0].getsockname()[1])
        self._sweep()

    def close(self) -> None:
        """Stop listening and cut every connection."""
        if self._sweeping is not None:
            self._sweeping.cancel()
        if self._server is not None:
            self._server.close()
        for peer in list(self._peers):
            peer.cut()

    def _sweep(self) -> None:
        idle_seconds = self._config.idle_timeout_seconds
        self._sweeping = asyncio.get_running_loop().call_later(min(1.0, idle_seconds / 4), self._sweep)
        now = perf_counter()
        for peer in list(self._peers):
            peer.sweep(now, idle_seconds)
