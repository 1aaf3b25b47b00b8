"""Finds parts lists that were accepted but never parsed, because whoever took them died, and parses them."""

import asyncio
from dataclasses import dataclass, field

from service.domains.parts_lists.parsing import PartsListParser
from service.domains.parts_lists.repository import PartsListRepository
from service.jobs.port import ParseJob
from service.kernel.errors import AppError
from service.telemetry.log import Log

log = Log(__name__)

EVERY_SECONDS = 60.0
OLDER_THAN_SECONDS = 120.0  # a list this old has been given up by whoever took it
AT_A_TIME = 20


@dataclass(slots=True)
class PendingSweep:
    """Runs beside the requests of a long-lived process. Two that meet do no harm: the list's row is locked."""

    lists: PartsListRepository
    parser: PartsListParser
    every_seconds: float = EVERY_SECONDS
    older_than_seconds: float = OLDER_THAN_SECONDS
    _task: asyncio.Task[None] | None = field(default=None, init=False)

    async def start(self) -> None:
        """Begin to sweep, now and then every minute."""
        self._task = asyncio.create_task(self._forever())

    async def stop(self) -> None:
        """Sweep no more; a list that is being parsed stays pending."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])

    async def sweep(self) -> int:
        """Parse what is left over; how many lists that were. One that can't be parsed keeps no other waiting."""
        left_over = await self.lists.left_over(self.older_than_seconds, AT_A_TIME)
        for parts_list_id in left_over:
            try:
                await self.parser.parse(ParseJob(parts_list_id))
            except AppError as error:
                log.warning("sweep_failed", partsListId=parts_list_id, error=str(error))
        return len(left_over)

    async def _forever(self) -> None:
        while True:
            try:
                await self.sweep()
            except AppError as error:
                log.warning("sweep_failed", error=str(error))
            except Exception as error:  # noqa: BLE001 - the outermost boundary of detached work
                log.crash("sweep_crashed", error)
            await asyncio.sleep(self.every_seconds)
