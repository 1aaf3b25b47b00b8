"""Parts lists parsed by this very process, beside its requests."""

from collections.abc import Awaitable, Callable

from service.jobs.background import Background
from service.jobs.port import ParseJob


class InProcessJobs:
    """Starts the parsing as background work. A process that dies leaves the list pending; the next start resumes it."""

    def __init__(self, background: Background, parse: Callable[[ParseJob], Awaitable[None]]) -> None:
        self._background = background
        self._parse = parse

    async def hand_over(self, job: ParseJob) -> None:
        """Start it."""
        await self._background.soon("parse_parts_list", lambda: self._parse(job))

    async def close(self) -> None:
        """Nothing to close."""
