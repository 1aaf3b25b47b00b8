"""Work that the answer does not wait for, as far as the platform allows."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Protocol

from service.telemetry.log import Log

log = Log(__name__)

Work = Callable[[], Awaitable[None]]

LAMBDA_BUDGET_SECONDS = 0.3


class Background(Protocol):
    """Takes work after a commit. Work that fails or is lost must be found again by somebody else (reindex, sweep)."""

    async def soon(self, name: str, work: Work, *, budget_seconds: float = LAMBDA_BUDGET_SECONDS) -> None:
        """Do it soon; never raises. Where the answer has to wait for it, never longer than the budget."""
        ...

    async def drain(self, deadline_seconds: float) -> None:
        """Wait for what is under way, that long at most."""
        ...


class Tasks:
    """A process that lives on (ECS): the work runs beside the next requests and is waited for at the stop."""

    def __init__(self) -> None:
        self._running: set[asyncio.Task[None]] = set()

    async def soon(self, name: str, work: Work, *, budget_seconds: float = LAMBDA_BUDGET_SECONDS) -> None:
        """Start it; it may take its time."""
        task = asyncio.create_task(_guarded(name, work))
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def drain(self, deadline_seconds: float) -> None:
        """Wait for all of it."""
        if self._running:
            await asyncio.wait(set(self._running), timeout=deadline_seconds)


class WithinRequest:
    """A Lambda environment freezes when its handler returns, so the work is done before, within a budget."""

    async def soon(self, name: str, work: Work, *, budget_seconds: float = LAMBDA_BUDGET_SECONDS) -> None:
        """Do it now, or as much of it as the budget allows."""
        try:
            async with asyncio.timeout(budget_seconds):
                await _guarded(name, work)
        except TimeoutError:
            log.warning("background_work_cut_off", work=name, budget_seconds=budget_seconds)

    async def drain(self, deadline_seconds: float) -> None:
        """Nothing is ever under way."""


async def _guarded(name: str, work: Work) -> None:
    try:
        await work()
    except Exception as error:  # noqa: BLE001 - the outermost boundary of detached work
        log.crash("background_work_failed", error, work=name)
