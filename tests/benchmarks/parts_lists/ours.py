"""Our import of one list as a process of its own: `python -m tests.benchmarks.parts_lists.ours FILE DSN LIST_ID`.

The service's own parser on a file in the place of S3, without a cache server and a search engine. Prints one JSON line.
"""

import asyncio
import json
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlsplit
from uuid import UUID

from service.cache.aside import CacheAside
from service.db.credentials import Credentials
from service.db.database import Database
from service.domains.parts_lists.parsing import PartsListParser
from service.domains.parts_lists.repository import PartsListRepository
from service.indexing import Indexer
from service.jobs.background import Tasks
from service.jobs.port import ParseJob
from service.search.port import SearchIndex
from service.settings import Postgres
from service.storage.port import Storage
from service.writes import Writes
from tests.fakes.caches import MemoryCache

CHUNK_BYTES = 256 * 1024


class OneFile:
    """A file store with one object."""

    def __init__(self, path: Path) -> None:
        self._path = path

    async def read(self, _key: str) -> AsyncIterator[bytes]:
        """Its bytes."""
        with self._path.open("rb") as file:
            while chunk := file.read(CHUNK_BYTES):
                yield chunk


class NoSearch:
    """Takes documents and forgets them."""

    def prepare(self) -> None:
        """Nothing."""

    async def put(self, *_: object) -> None:
        """Nothing."""


async def imported(path: Path, dsn: str, list_id: UUID) -> float:
    """The seconds from the first connection to the commit."""
    where = urlsplit(dsn)
    address = Postgres(str(where.hostname), int(where.port or 0), where.path[1:], str(where.username), password="")
    database = Database(address, Credentials(address, "us-east-1"), pool_size=1, statement_cache=0)
    background = Tasks()
    parser = PartsListParser(
        lists=PartsListRepository(database),
        writes=Writes(database, CacheAside(MemoryCache())),
        storage=cast(Storage, OneFile(path)),
        index=Indexer(cast(SearchIndex, NoSearch()), background),
    )
    begun = time.perf_counter()
    await parser.parse(ParseJob(list_id))
    seconds = time.perf_counter() - begun
    await background.drain(5.0)
    await database.close()
    return seconds


def peak_megabytes() -> float:
    """The most memory that this process has held since it is this program."""
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


def main(path: str, dsn: str, list_id: str) -> None:
    """Import, and tell how it went."""
    seconds = asyncio.run(imported(Path(path), dsn, UUID(list_id)))
    told: dict[str, Any] = {"seconds": seconds, "peak_mb": peak_megabytes()}
    sys.stdout.write(json.dumps(told) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
