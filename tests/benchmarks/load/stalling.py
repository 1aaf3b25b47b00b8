"""A server that answers at once, but for a stall in every period: `python -m tests.benchmarks.load.stalling`.

Its schedule starts with the first request, so that every generator that has a server of its own meets the same. A
stall lies in the middle of its period; what comes meanwhile is accepted and read, and answered when it is over.
"""

import argparse
import asyncio
import json
import resource
import signal
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import httptools

from cutover.rehearsal.stack.ports import LOOPBACK
from cutover.rehearsal.stack.process import Child, Program

START_SECONDS = 20.0
_BODY = b'{"success":true,"data":[],"total":0}'
_ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b" % (len(_BODY), _BODY)


@dataclass(frozen=True, slots=True)
class Stalls:
    """`stall` seconds in every `period` seconds; none at all with a stall of 0."""

    stall: float = 10.0
    period: float = 30.0

    def wait(self, into: float) -> float:
        """How long (seconds) an answer waits that is asked for so long after the schedule's start."""
        at = into % self.period - (self.period - self.stall) / 2
        return self.stall - at if 0 <= at < self.stall else 0.0


class Schedule:
    """When the stalls are: from the first request on."""

    def __init__(self, stalls: Stalls, loop: asyncio.AbstractEventLoop) -> None:
        self._stalls, self._loop = stalls, loop
        self._started: float | None = None

    def wait(self) -> float:
        """How long (seconds) an answer that is asked for now has to wait."""
        now = self._loop.time()
        if self._started is None:
            self._started = now
        return self._stalls.wait(now - self._started)


class Connection(asyncio.Protocol):
    """One client, who asks for one thing after the other."""

    def __init__(self, schedule: Schedule) -> None:
        self._schedule = schedule
        self._parser = httptools.HttpRequestParser(self)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def on_message_complete(self) -> None:
        if wait := self._schedule.wait():
            asyncio.get_running_loop().call_later(wait, self._answer)
        else:
            self._answer()

    def _answer(self) -> None:
        if not self._transport.is_closing():
            self._transport.write(_ANSWER)


@contextmanager
def stalling(stalls: Stalls) -> Iterator[str]:
    """Such a server as a process of its own: its URL."""
    command = [sys.executable, "-m", __name__, "--stall", str(stalls.stall), "--period", str(stalls.period)]
    with tempfile.TemporaryDirectory(prefix="stalling-") as folder:
        child = Child(Program("stalling server", command, {}, Path(folder) / "log", announces=True))
        try:
            yield f"http://{LOOPBACK}:{child.first_line(START_SECONDS)['port']}"
        finally:
            child.stop()


async def _serve(stalls: Stalls) -> None:
    loop = asyncio.get_running_loop()
    schedule = Schedule(stalls, loop)
    server = await loop.create_server(lambda: Connection(schedule), LOOPBACK, 0, backlog=4096)
    sys.stdout.write(json.dumps({"port": server.sockets[0].getsockname()[1]}) + "\n")
    sys.stdout.flush()
    ended = asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, ended.set)
    await ended.wait()
    server.close()


def main() -> None:
    """Serve until SIGTERM; one JSON line says at which port."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--stall", type=float, default=Stalls().stall)
    parser.add_argument("--period", type=float, default=Stalls().period)
    asked = parser.parse_args()
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))  # everybody who comes in a stall has a connection
    asyncio.run(_serve(Stalls(asked.stall, asked.period)))


if __name__ == "__main__":
    main()
