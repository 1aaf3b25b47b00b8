"""Where pictures wait for a thread, off the event loop."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from service.images.turns import Limits, LineFull, Turn, Turns
from service.kernel.errors import Unavailable
from service.telemetry.log import Log

log = Log(__name__)

Made = TypeVar("Made")


class Line:
    """Does work in threads, in turns. Not locked: it belongs to one event loop.

    A thread can't be stopped. So a caller that gives up leaves its rendering running, and the turn is over when the
    thread is done, not before.
    """

    def __init__(self, limits: Limits) -> None:
        self._turns = Turns(limits)
        self._patience_seconds = limits.patience_seconds
        # One thread more than renderings: a glance at a header, which takes a millisecond, never waits for pixels.
        self._threads = ThreadPoolExecutor(limits.at_once + 1, thread_name_prefix="images")

    async def glance(self, work: Callable[[], Made]) -> Made:
        """Do short work now."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)

    async def run(self, memory_mb: int, work: Callable[[], Made]) -> Made:
        """Do long work that takes that much memory, in its turn. Raises Unavailable when that does not come soon."""
        turn = await self._turn(memory_mb)
        done = asyncio.get_running_loop().run_in_executor(self._threads, work)
        done.add_done_callback(lambda _: self._turns.end(turn))
        return await asyncio.shield(done)

    def close(self) -> None:
        """Take no more work."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def _turn(self, memory_mb: int) -> Turn:
        try:
            turn = self._turns.ask(memory_mb)
        except LineFull as error:
            raise _refusal("line_full") from error
        try:
            async with asyncio.timeout(self._patience_seconds):
                await turn.called
        except TimeoutError as error:
            self._turns.end(turn)
            raise _refusal("waited_too_long") from error
        except asyncio.CancelledError:
            self._turns.end(turn)
            raise
        return turn


def _refusal(reason: str) -> Unavailable:
    log.warning("image_not_taken", reason=reason)
    return Unavailable("Too many pictures are being worked on: try again in a few seconds")
