"""The search index behind the database: told after a commit, best effort; what is lost, the next reindex finds."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

import msgspec

from service.jobs.background import Background
from service.kernel.wire_time import version_of
from service.search.port import SearchIndex, SearchUnavailable, Versioned
from service.telemetry.log import Log

log = Log(__name__)


@dataclass(frozen=True, slots=True)
class Indexer:
    """Sends documents to the search engine without failing or delaying the request that changed them."""

    search: SearchIndex
    background: Background

    async def put(self, index: str, identity: UUID, updated_at: datetime, document: msgspec.Struct) -> None:
        """Index the document of a row as it was at `updated_at`."""
        body = msgspec.json.encode(document)
        await self._soon("index", partial(self.search.put, index, str(identity), version_of(updated_at), body))

    async def put_all(self, index: str, rows: Sequence[tuple[UUID, datetime, msgspec.Struct]]) -> None:
        """Index the documents of many rows at once; each as `put` takes it: id, `updated_at`, document."""
        documents = [Versioned(str(row), version_of(at), msgspec.json.encode(document)) for row, at, document in rows]
        await self._soon("index_many", partial(self.search.put_all, index, documents))

    async def remove(self, index: str, identity: UUID, deleted_at: datetime) -> None:
        """Take the document of a deleted row out."""
        await self._soon("unindex", partial(self.search.remove, index, str(identity), version_of(deleted_at)))

    async def _soon(self, name: str, call: Callable[[], Awaitable[Any]]) -> None:
        self.search.prepare()
        await self.background.soon(name, partial(_best_effort, name, call))


async def _best_effort(name: str, call: Callable[[], Awaitable[Any]]) -> None:
    try:
        await call()
    except SearchUnavailable as error:
        log.warning("after_commit_failed", work=name, error=error)
