"""What tests of whole reindexes share: seeded tables, the real aliases on the session's search server, a listener."""

import asyncio
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from cutover.core.reindex.models import ALIASES
from cutover.core.reindex.run import Moved, Progress
from cutover.rehearsal.seed import _COLUMNS, rows
from cutover.reindex.lock_document import INDEX as LOCKS
from cutover.reindex.options import Options
from cutover.reindex.reindexing import AsyncReindexing
from tests.integration.servers import send

MOCS = ALIASES[0]
ROWS = 120


@dataclass
class Heard:
    """A Listener that remembers; `then` is called with each progress, `when_moved` when an alias has moved."""

    then: Callable[[Progress], object] = lambda _: None
    when_moved: Callable[[Moved], object] = lambda _: None
    told: list[Progress] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    moves: list[Moved] = field(default_factory=list)

    def progress(self, progress: Progress) -> None:
        """Remember."""
        self.told.append(progress)
        self.then(progress)

    def note(self, text: str) -> None:
        """Remember."""
        self.notes.append(text)

    def moved(self, moved: Moved) -> None:
        """Remember."""
        self.moves.append(moved)
        self.when_moved(moved)


@dataclass
class Place:
    """A table with rows, a cluster without indices, and what reindexes the one into the other."""

    dsn: str
    url: str
    folder: Path

    def reindexing(self, **options: Any) -> AsyncReindexing:
        """One machine's; `folder` names another machine's."""
        told: dict[str, Any] = {
            "endpoint": self.url,
            "folder": self.folder,
            "identity": "alice",
            "host": "bastion",
        } | options
        return AsyncReindexing(Options(**{"golden_queries": 4, "batch_bytes": 10_000, **told}), lambda: self.dsn)

    def sql(self, statement: str) -> list[Any]:
        """Change the tables, or look."""
        return asyncio.run(_fetch(self.dsn, statement))

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        """Ask the cluster."""
        return send(method, f"{self.url}{path}", body)

    def documents(self, index: str = MOCS) -> Mapping[str, Any]:
        """Every document by its id."""
        send("POST", f"{self.url}/{index}/_refresh", None)
        found = send("POST", f"{self.url}/{index}/_search", {"size": 10_000})["hits"]["hits"]
        return {hit["_id"]: hit["_source"] for hit in found}

    def titles(self) -> Mapping[str, str]:
        """The title of every row by its id."""
        return {str(row["id"]): row["title"] for row in self.sql("SELECT id, title FROM moc_instructions")}

    def is_equal(self, index: str = MOCS) -> bool:
        """Whether an index has the rows' titles, and no others."""
        return {one: document["title"] for one, document in self.documents(index).items()} == self.titles()


@pytest.fixture
def place(database: str, search_server: str, tmp_path: Path) -> Iterator[Place]:
    """120 MOCs in the table, and no index."""
    asyncio.run(_seed(database))
    _clear(search_server)
    yield Place(database, search_server, tmp_path / "reindex")
    _clear(search_server)


def _clear(url: str) -> None:
    for alias in (*ALIASES, LOCKS):
        found = send("GET", f"{url}/{alias},{alias}-v*?ignore_unavailable=true", None)
        for index in found:
            send("PUT", f"{url}/{index}/_settings", {"index.blocks.read_only_allow_delete": None})
            send("DELETE", f"{url}/{index}", None)


async def _seed(dsn: str) -> None:
    connection = await asyncpg.connect(dsn, timeout=10)
    try:
        await connection.copy_records_to_table("moc_instructions", records=rows()[:ROWS], columns=_COLUMNS)
    finally:
        await connection.close()


async def _fetch(dsn: str, statement: str) -> list[Any]:
    connection = await asyncpg.connect(dsn, timeout=10)
    try:
        return list(await connection.fetch(statement))
    finally:
        await connection.close()
