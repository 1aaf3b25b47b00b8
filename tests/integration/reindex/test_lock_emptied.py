"""The lock of an alias in a cluster that comes back empty."""

from pathlib import Path
from typing import Any

import pytest

from cutover.core.reindex.models import ReindexStopped, SearchRefused, StoppedBy
from cutover.reindex.http import HttpSearch
from cutover.reindex.lock_document import INDEX
from tests.integration.reindex.clusters import alias, search
from tests.integration.reindex.test_lock import Line, locks

__all__ = ["alias", "search"]


@pytest.mark.parametrize("makes_another", [False, True])
async def test_a_lock_that_is_lost_with_its_whole_index_is_told_as_that(
    search: HttpSearch, alias: str, tmp_path: Path, *, makes_another: bool
) -> None:
    line = EmptiedLine(search, makes_another=makes_another)

    async def work() -> None:
        async with locks(line, tmp_path).held(alias, "r1") as lock:
            line.is_emptied = True
            await lock.confirm()

    with pytest.raises(ReindexStopped, match=r"^the cluster came back empty") as stopped:
        await work()

    assert stopped.value.by is StoppedBy.REFUSED


class EmptiedLine(Line):
    """A cluster that comes back empty, and has made the locks' index anew for a write, or refuses that."""

    def __init__(self, search: HttpSearch, *, makes_another: bool) -> None:
        super().__init__(search)
        self.is_emptied, self._makes_another = False, makes_another

    async def ask(self, method: str, path: str, body: Any = None, *, timeout_seconds: float = 10.0) -> Any:
        """The real index stays, as other tests have locks in it."""
        if not self.is_emptied:
            return await super().ask(method, path, body, timeout_seconds=timeout_seconds)
        if method == "PUT":
            raise SearchRefused(409, "version_conflict_engine_exception", "document is missing")
        if not self._makes_another:
            raise SearchRefused(404, "index_not_found_exception", "no such index")
        if "_mapping" in path:
            return {INDEX: {"mappings": {}}}
        raise SearchRefused(404, "", "not found")
