"""The Reindexing port for commands that are not asynchronous: a loop, connections and a Reindexer for each call."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from cutover.core.reindex.pruning import Pruning
from cutover.core.reindex.run import Moved, Ran, Seen, SwapWish
from cutover.data_ports import Listener
from cutover.reindex.database import PATIENCE_SECONDS
from cutover.reindex.http import HttpSearch, Sign
from cutover.reindex.options import Options
from cutover.reindex.ports import Source
from cutover.reindex.reindexer import Reindexer
from cutover.reindex.source import open_source

BESIDES = 6  # connections for all that is not a bulk request: the lock, courtesy, four readers of a comparison
READERS = 4  # statements at once: as many as a comparison has readers

LOOK_SECONDS = 5.0  # a person waits; a run waits as long as a failover takes

T = TypeVar("T")


class AsyncReindexing:
    """A Reindexing. `database_url` is called when the database is needed, and raises what is wrong with it."""

    is_set_up = True

    def __init__(self, options: Options, database_url: Callable[[], str], signer: Sign | None = None) -> None:
        self._options, self._database_url, self._signer = options, database_url, signer

    def look(self, alias: str) -> Seen:
        """As the port says, and so do all below."""
        return self._done(lambda reindexer: reindexer.look(alias), LOOK_SECONDS)

    def run(self, alias: str, listener: Listener, *, fresh: bool = False, loaded: str = "") -> Ran:
        """Load, catch up, compare, mend, verify."""
        return self._done(lambda reindexer: reindexer.run(alias, listener, fresh=fresh, loaded=loaded))

    def verify(self, alias: str, listener: Listener) -> Ran:
        """Compare."""
        return self._done(lambda reindexer: reindexer.verify(alias, listener))

    def swap(self, alias: str, wish: SwapWish, listener: Listener) -> Moved:
        """Move the alias."""
        return self._done(lambda reindexer: reindexer.swap(alias, wish, listener))

    def roll_back(self, alias: str, listener: Listener) -> Moved:
        """Move it back."""
        return self._done(lambda reindexer: reindexer.roll_back(alias, listener))

    def prune(self, alias: str, *, everything: bool, dry_run: bool) -> Pruning:
        """Delete old indices."""
        return self._done(lambda reindexer: reindexer.prune(alias, everything=everything, dry_run=dry_run))

    def _done(self, what: Callable[[Reindexer], Awaitable[T]], patience_seconds: float = PATIENCE_SECONDS) -> T:
        return asyncio.run(self._connected(what, patience_seconds))

    async def _connected(self, what: Callable[[Reindexer], Awaitable[T]], patience_seconds: float) -> T:
        options = self._options

        async def opened(alias: str) -> Source:
            return await open_source(
                self._database_url(), alias, connections=READERS, patience_seconds=patience_seconds
            )

        search = HttpSearch(options.endpoint, connections=options.in_flight + BESIDES, signer=self._signer)
        try:
            return await what(Reindexer(search, opened, options))
        finally:
            await search.close()
