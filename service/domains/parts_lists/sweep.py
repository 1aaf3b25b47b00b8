"""Finds parts lists that were accepted but never parsed, because whoever took them died, and parses them."""

from dataclasses import dataclass

from service.domains.parts_lists.parsing import PartsListParser
from service.domains.parts_lists.repository import PartsListRepository
from service.jobs.port import ParseJob
from service.kernel.errors import AppError
from service.telemetry.log import Log

log = Log(__name__)

OLDER_THAN_SECONDS = 120.0  # a list this old has been given up by whoever took it
AT_A_TIME = 20


@dataclass(frozen=True, slots=True)
class PendingSweep:
    """Two that meet do no harm: the list's row is locked."""

    lists: PartsListRepository
    parser: PartsListParser
    older_than_seconds: float = OLDER_THAN_SECONDS

    async def sweep(self) -> int:
        """Parse what is left over; how many lists that were. One that can't be parsed keeps no other waiting."""
        left_over = await self.lists.left_over(self.older_than_seconds, AT_A_TIME)
        for parts_list_id in left_over:
            try:
                await self.parser.parse(ParseJob(parts_list_id))
            except AppError as error:
                log.warning("sweep_failed", partsListId=parts_list_id, error=error)
            except Exception as error:  # noqa: BLE001 - one list that we can't read keeps no other waiting
                log.crash("sweep_crashed", error, partsListId=parts_list_id)
        return len(left_over)
