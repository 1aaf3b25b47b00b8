"""How anything is changed: fence the cache, one transaction, commit, unfence, effects; in this order, always."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from service.cache.aside import CacheAside
from service.db.database import Database, Transaction
from service.kernel.effects import Effects


@dataclass(frozen=True, slots=True)
class Writes:
    """Opens the transactions of a request or a job."""

    database: Database
    cache: CacheAside

    @asynccontextmanager
    async def begin(self, *generation_keys: str) -> AsyncIterator[Transaction]:
        """One transaction that changes what these cache generations cover; nobody else ever calls commit.

        When the block ends without an error the transaction is committed and the cache invalidated before this
        returns, so what a write has answered every later read sees. Effects run last. See `Database.transaction`.
        """
        effects = Effects()
        async with self.cache.writing(*generation_keys), self.database.transaction(effects) as transaction:
            yield transaction
        await effects.run()
