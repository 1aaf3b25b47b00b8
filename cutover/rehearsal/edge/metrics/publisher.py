"""Pushes what was gathered to the stand-in of CloudWatch and its logs, once a real second."""

import asyncio
import contextlib
import logging
from collections.abc import Sequence
from typing import Protocol

import msgspec

from cutover.rehearsal.edge.http.posting import post

PUSH_EVERY_SECONDS = 1.0  # real ones, at most
PUSH_LEAST_SECONDS = 0.1  # real ones, however fast the clock
HALF_A_MINUTE = 30.0  # simulated seconds
PUSH_TIMEOUT_SECONDS = 5.0
MAX_BACKLOG = 20_000  # data; about ten minutes of all series

_JSON = {"Content-Type": "application/json"}
_log = logging.getLogger(__name__)


class Gathered(Protocol):
    """Where something gathers until it is taken."""

    def take(self) -> Sequence[msgspec.Struct]:
        """Hand over and forget everything."""
        ...


def pause_seconds(factor: float) -> float:
    """How long to wait between pushes, in real seconds: half a simulated minute, within bounds."""
    return min(PUSH_EVERY_SECONDS, max(PUSH_LEAST_SECONDS, HALF_A_MINUTE / factor))


class Publisher:
    """Sends what was gathered to `url`; what could not be sent is kept, bounded, and sent with the next push."""

    def __init__(
        self, url: str, gathered: Gathered, *, what: str = "metrics", every_seconds: float = PUSH_EVERY_SECONDS
    ) -> None:
        self._url = url
        self._gathered = gathered
        self._what = what
        self._every_seconds = every_seconds
        self._backlog: list[msgspec.Struct] = []
        self._failing = False
        self._stopping = asyncio.Event()

    async def run(self) -> None:
        """Push every so often, and once more after `stop`."""
        while not self._stopping.is_set():
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._every_seconds):
                    await self._stopping.wait()
            await self.push()

    def stop(self) -> None:
        """Let `run` end after a last push."""
        self._stopping.set()

    async def push(self) -> bool:
        """Send all that is waiting; False when it was not accepted and is kept for the next time."""
        data = self._backlog = [*self._backlog, *self._gathered.take()]
        if not data:
            return True
        try:
            async with asyncio.timeout(PUSH_TIMEOUT_SECONDS):
                status = await post(self._url, msgspec.json.encode(data), _JSON)
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
            _log.warning("%s not accepted by %s, kept for later: %s", self._what, self._url, why)
        self._failing = True
        return False
