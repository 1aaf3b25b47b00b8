"""Pushes what was counted to the CloudWatch stand-in, once a real second."""

import asyncio
import contextlib
import logging
from urllib.parse import urlsplit

import msgspec

from cutover.rehearsal.edge.metrics.tally import Datum, Tally

PUSH_EVERY_SECONDS = 1.0
PUSH_TIMEOUT_SECONDS = 5.0
MAX_BACKLOG = 20_000  # data; about ten minutes of all series

_log = logging.getLogger(__name__)


class Publisher:
    """Sends the tally to `url`; what could not be sent is kept, bounded, and sent with the next push."""

    def __init__(self, url: str, tally: Tally) -> None:
        parts = urlsplit(url)
        self._host = parts.hostname or ""
        self._port = parts.port or 80
        self._path = parts.path
        self._tally = tally
        self._backlog: list[Datum] = []
        self._failing = False
        self._stopping = asyncio.Event()

    async def run(self) -> None:
        """Push every real second, and once more after `stop`."""
        while not self._stopping.is_set():
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(PUSH_EVERY_SECONDS):
                    await self._stopping.wait()
            await self.push()

    def stop(self) -> None:
        """Let `run` end after a last push."""
        self._stopping.set()

    async def push(self) -> bool:
        """Send all that is waiting; False when it was not accepted and is kept for the next time."""
        data = self._backlog = [*self._backlog, *self._tally.take()]
        if not data:
            return True
        try:
            async with asyncio.timeout(PUSH_TIMEOUT_SECONDS):
                status = await self._post(msgspec.json.encode(data))
        except (OSError, TimeoutError, EOFError, asyncio.LimitOverrunError) as error:
            return self._failed(f"{type(error).__name__} {error}")
        if not 200 <= status < 300:
            return self._failed(f"status {status}")
        self._backlog = []
        self._failing = False
        return True

    def _failed(self, why: str) -> bool:
        self._backlog = self._backlog[-MAX_BACKLOG:]
        if not self._failing:
            _log.warning("metrics not accepted by %s:%d, kept for later: %s", self._host, self._port, why)
        self._failing = True
        return False

    async def _post(self, body: bytes) -> int:
        reader, writer = await asyncio.open_connection(self._host, self._port)
        try:
            head = (
                f"POST {self._path} HTTP/1.1\r\nHost: {self._host}:{self._port}\r\nContent-Type: application/json\r\n"
                f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
            )
            writer.write(head.encode() + body)
            await writer.drain()
            return _status_of(await reader.readuntil(b"\r\n"))
        finally:
            writer.close()


def _status_of(status_line: bytes) -> int:
    words = status_line.split(b" ", 2)
    return int(words[1]) if len(words) > 1 and words[1].isdigit() else 0
