"""How much of the files that are being uploaded may be in memory at once, whoever sends them."""

import asyncio
from collections import deque

from service.kernel.errors import Unavailable
from service.kernel.received import MEBIBYTE
from service.telemetry.log import Log

log = Log(__name__)

LIMIT_BYTES = 128 * MEBIBYTE
PATIENCE_SECONDS = 10.0


class UploadMemory:
    """Hands memory out in the order of asking. Not locked: it belongs to one event loop."""

    def __init__(self, limit_bytes: int = LIMIT_BYTES, patience_seconds: float = PATIENCE_SECONDS) -> None:
        self._left = limit_bytes
        self._limit = limit_bytes
        self._patience_seconds = patience_seconds
        self._waiting: deque[tuple[int, asyncio.Future[None]]] = deque()

    async def take(self, wanted: int) -> int:
        """Wait for so many bytes: what to `give` back. Raises Unavailable when they do not become free soon."""
        taken = min(wanted, self._limit)
        if not self._waiting and taken <= self._left:
            self._left -= taken
            return taken
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((taken, turn))
        try:
            async with asyncio.timeout(self._patience_seconds):
                await turn
        except TimeoutError as error:
            self._leave(taken, turn)
            log.warning("upload_memory_exhausted", bytes=wanted)
            raise Unavailable("Too many files are being uploaded: try again in a few seconds") from error
        except asyncio.CancelledError:
            self._leave(taken, turn)
            raise
        return taken

    def give(self, taken: int) -> None:
        """Let go of them."""
        self._left += taken
        while self._waiting and self._waiting[0][0] <= self._left:
            bytes_, turn = self._waiting.popleft()
            if not turn.done():
                self._left -= bytes_
                turn.set_result(None)

    def _leave(self, taken: int, turn: "asyncio.Future[None]") -> None:
        """Whoever gives up gives back what came at that very moment, and stands in nobody's way."""
        if turn.done() and not turn.cancelled():
            self.give(taken)
            return
        turn.cancel()
        self._waiting = deque(one for one in self._waiting if one[1] is not turn)
        self.give(0)
