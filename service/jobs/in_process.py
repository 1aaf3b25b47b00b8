"""Parts lists parsed by this very process, beside its requests."""

import asyncio
from collections.abc import Awaitable, Callable

from service.jobs.background import Background
from service.jobs.port import ParseJob

AT_ONCE = 2  # each holds a database connection


class InProcessJobs:
    """Starts the parsing as background work. A process that dies leaves the list pending; the next start resumes it."""

    def __init__(self, background: Background, parse: Callable[[ParseJob], Awaitable[None]]) -> None:
        self._background = background
        self._parse = parse
        self._turns = asyncio.Semaphore(AT_ONCE)

    async def hand_over(self, job: ParseJob) -> None:
        """Start it."""
        await self._background.soon("parse_parts_list", lambda: self._in_turn(job))

    async def _in_turn(self, job: ParseJob) -> None:
        async with self._turns:
            await self._parse(job)

    async def close(self) -> None:
        """Nothing to close."""
