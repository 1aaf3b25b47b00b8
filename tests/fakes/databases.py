"""Databases that count what they are asked, or stop half way until they are let go."""

import asyncio
from collections.abc import Sequence

from service.db.credentials import Credentials
from service.db.database import Database, Row
from service.settings import Settings


class CountingDatabase(Database):
    """The real one, which remembers its reads; they wait at `gate` once they have their rows, if there is one."""

    def __init__(self, settings: Settings) -> None:
        credentials = Credentials(settings.postgres, settings.aws_region)
        super().__init__(settings.postgres, credentials, pool_size=10, statement_cache=100)
        self.reads: list[str] = []
        self.gate: asyncio.Event | None = None
        self.waiting = 0

    async def fetch(self, statement: str, *values: object) -> Sequence[Row]:
        """All rows of one read."""
        rows = await super().fetch(statement, *values)
        await self._pass(statement)
        return rows

    async def fetch_row(self, statement: str, *values: object) -> Row | None:
        """The first row of one read."""
        row = await super().fetch_row(statement, *values)
        await self._pass(statement)
        return row

    async def _pass(self, statement: str) -> None:
        self.reads.append(statement)
        if self.gate is not None:
            self.waiting += 1
            await self.gate.wait()
