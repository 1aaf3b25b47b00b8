"""Work that a long-lived process does again and again beside its requests."""

import asyncio
from collections.abc import Awaitable, Callable

from service.kernel.errors import AppError
from service.telemetry.log import Log

log = Log(__name__)

EVERY_SECONDS = 60.0


class Periodic:
    """Calls `work`, then waits, for ever. Work that fails is tried again the next time."""

    def __init__(self, name: str, work: Callable[[], Awaitable[object]], every_seconds: float = EVERY_SECONDS) -> None:
        self._name = name
        self._work = work
        self._every_seconds = every_seconds
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin, now."""
        self._task = asyncio.create_task(self._forever())

    async def stop(self) -> None:
        """No more; work that is under way is broken off."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])

    async def _forever(self) -> None:
        while True:
            try:
                await self._work()
            except AppError as error:
                log.warning("periodic_work_failed", work=self._name, error=error)
            except Exception as error:  # noqa: BLE001 - the outermost boundary of detached work
                log.crash("periodic_work_crashed", error, work=self._name)
            await asyncio.sleep(self._every_seconds)
