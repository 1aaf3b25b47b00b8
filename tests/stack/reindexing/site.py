"""A database and a search server with a reindex between them: the command as a process, and what is looked at."""

import asyncio
import itertools
import json
import os
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import msgspec

from cutover.rehearsal.stack.process import CHECKOUT
from service.kernel.wire_time import version_of
from service.search.documents import KINDS
from service.search.indices import MAPPINGS, MOCS
from tests.integration.servers import send
from tests.stack.reindexing.faulty_search import FaultySearch, faulty_search
from tests.stack.reindexing.writer import NAME as BACKEND

DEADLINE_SECONDS = 120.0
OLD_INDEX = f"{MOCS}-v20250101t000000"
SETTINGS = """
name = "api.lego-moc.example.test"
hosted_zone_id = "Z0123456789ABC"
ecs = {{ load_balancer = "app/api/1" }}
lambda = {{ api_id = "abc" }}
freeze = {{ weekly = [] }}

[reindex]
endpoint = "{endpoint}"
{settings}
"""
SMALL_BATCHES: Mapping[str, object] = {"batch_bytes": 10_000, "overlap": "10s", "golden_queries": 5}
SEED = """
INSERT INTO moc_instructions (id, user_id, title, description, type, parts_count, tags, created_at, updated_at)
SELECT md5('moc ' || n)::uuid, 'user-' || n % 50, 'Castle no. ' || n, repeat('Brick by brick. ', 1 + n % 8), 'moc',
    CASE WHEN n % 3 = 0 THEN n END, jsonb_build_array('tag ' || n % 40, 'star wars'), timestamp '2025-01-01',
    timestamp '2025-01-02' + n * interval '1.000007 seconds'
FROM generate_series(1, $1::int) n"""


@dataclass(frozen=True, slots=True)
class Told:
    """How a command ended."""

    code: int
    out: str
    error: str


@dataclass
class Site:
    """`dsn` of the database, `url` of the search server itself, `line` to it, on which the command goes."""

    dsn: str
    url: str
    line: FaultySearch
    folder: Path
    settings: dict[str, object] = field(default_factory=lambda: dict(SMALL_BATCHES))

    async def seed(self, rows: int) -> None:
        """Fill the table, make the index that has served so far, and let the alias point to it."""
        await self.sql(SEED, rows)
        self.make_index(OLD_INDEX)
        send("POST", f"{self.url}/_aliases", {"actions": [{"add": {"index": OLD_INDEX, "alias": MOCS}}]})
        lines = [_lines(row) for row in await self.table()]
        if lines:
            send("POST", f"{self.url}/{OLD_INDEX}/_bulk?filter_path=errors", b"".join(lines), "application/x-ndjson")

    def make_index(self, name: str, mapping: Mapping[str, Any] = MAPPINGS[MOCS]) -> None:
        """An empty index."""
        send("PUT", f"{self.url}/{name}", {"mappings": mapping})

    async def sql(self, statement: str, *values: object) -> list[asyncpg.Record]:
        """Run a statement as the backend does, whose connections nobody cuts."""
        connection = await asyncpg.connect(self.dsn, timeout=10, server_settings={"application_name": BACKEND})
        try:
            return list(await connection.fetch(statement, *values))
        finally:
            await connection.close()

    async def table(self) -> list[asyncpg.Record]:
        """All rows."""
        return await self.sql(f"SELECT * FROM {MOCS} ORDER BY id")

    def serving(self) -> Sequence[str]:
        """The indices behind the alias."""
        return sorted(send("GET", f"{self.url}/{MOCS}/_alias", None))

    def indices(self) -> Sequence[str]:
        """Every index of the alias's name."""
        return sorted(name for name in send("GET", f"{self.url}/_mapping", None) if name.startswith(MOCS))

    async def unequal(self, index: str = MOCS) -> Mapping[str, tuple[Any, Any]]:
        """Each row and document that are not alike, by id: what the table makes of it, what the index holds."""
        rows = {str(row["id"]): msgspec.json.decode(_document(row)) for row in await self.table()}
        send("POST", f"{self.url}/{index}/_refresh", None)
        found = dict(self.documents(index))
        pairs = {key: (rows.get(key), found.get(key)) for key in rows.keys() | found.keys()}
        return {key: pair for key, pair in pairs.items() if pair[0] != pair[1]}

    def documents(self, index: str) -> Sequence[tuple[str, Any]]:
        """Everything that an index holds."""
        found: list[tuple[str, Any]] = []
        query: dict[str, Any] = {"size": 5000, "sort": [{"id": "asc"}]}
        while hits := send("POST", f"{self.url}/{index}/_search", query)["hits"]["hits"]:
            found += [(hit["_id"], hit["_source"]) for hit in hits]
            query["search_after"] = hits[-1]["sort"]
        return found

    async def start(self, *words: str) -> "asyncio.subprocess.Process":
        """`cutover reindex WORDS` as a process."""
        place = self.folder / "cutover.toml"
        settings = "\n".join(f"{name} = {json.dumps(value)}" for name, value in self.settings.items())
        place.write_text(SETTINGS.format(endpoint=f"http://127.0.0.1:{self.line.port}", settings=settings))
        return await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "cutover", "--config", str(place), "reindex", *words),
            cwd=self.folder,
            env={**os.environ, "DATABASE_URL": self.dsn, "PYTHONPATH": str(CHECKOUT), "COLUMNS": "120"},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )

    async def run(self, *words: str) -> Told:
        """`cutover reindex WORDS` to its end."""
        return await self._ended(await self.start(*words))

    async def run_until(self, requests: int, *words: str, hook: str = "on_request", then_seconds: float = 0.0) -> Told:
        """`cutover reindex WORDS`, killed so long after its line's hook has heard of so many requests."""
        process = await self.start(*words)
        left = itertools.count(requests, -1)

        def count_down() -> None:
            if next(left) == 1:
                asyncio.get_running_loop().call_later(then_seconds, kill, process)

        setattr(self.line, hook, count_down)
        try:
            return await self._ended(process)
        finally:
            setattr(self.line, hook, lambda: None)

    async def _ended(self, process: "asyncio.subprocess.Process") -> Told:
        try:
            out, error = await asyncio.wait_for(process.communicate(), DEADLINE_SECONDS)
        finally:
            kill(process)
        assert process.returncode is not None
        return Told(process.returncode, out.decode(), error.decode())

    async def cut_connections(self) -> int:
        """End every connection to the database but the backend's: how many there were."""
        [[count]] = await self.sql(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
            " WHERE datname = current_database() AND application_name <> $1 AND pid <> pg_backend_pid()",
            BACKEND,
        )
        return int(count)


@asynccontextmanager
async def site(dsn: str, search_url: str, folder: Path, seed: int = 1) -> AsyncIterator[Site]:
    """A site whose line is well-behaved at first; nothing of our names is in the search server before or after."""
    clear(search_url)
    async with faulty_search(search_url, seed) as line:
        yield Site(dsn, search_url, line, folder)
    clear(search_url)


def clear(search_url: str) -> None:
    """Take away every index."""
    for name in send("GET", f"{search_url}/_mapping", None):
        send("DELETE", f"{search_url}/{name}", None)


def kill(process: "asyncio.subprocess.Process") -> None:
    """End it without a warning, unless it has ended."""
    with suppress(ProcessLookupError):
        process.kill()


class Watch:
    """Asks the alias all the time, as users do: which indices answered, in turn, and what went wrong."""

    def __init__(self, url: str) -> None:
        self._url = url
        self.answered: list[str] = []
        self.failures: list[str] = []
        self.count = 0

    @asynccontextmanager
    async def watching(self) -> AsyncIterator[None]:
        """Ask for as long as the block takes."""
        task = asyncio.create_task(self._ask_on())
        try:
            yield
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    async def _ask_on(self) -> None:
        while True:
            await asyncio.to_thread(self._ask)
            await asyncio.sleep(0.02)

    def _ask(self) -> None:
        query = {"size": 1, "query": {"term": {"userId": "user-7"}}}
        try:
            hits = send("POST", f"{self._url}/{MOCS}/_search", query)["hits"]["hits"]
        except OSError as error:
            self.failures.append(str(error))
            return
        self.count += 1
        if not hits:
            self.failures.append("nothing was found")
        elif self.answered[-1:] != [hits[0]["_index"]]:
            self.answered.append(hits[0]["_index"])


@asynccontextmanager
async def writing(the_site: Site, per_second: float, seed: int) -> AsyncIterator[Mapping[str, int]]:
    """A backend that writes for as long as the block takes; what it did is there afterwards."""
    did: dict[str, int] = {}
    words = ("-m", "tests.stack.reindexing.writer", the_site.dsn, the_site.url, str(per_second), str(seed))
    process = await asyncio.create_subprocess_exec(sys.executable, *words, cwd=CHECKOUT, stdout=asyncio.subprocess.PIPE)
    assert process.stdout is not None
    try:
        assert await process.stdout.readline() == b"writing\n"
        yield did
        process.terminate()
        out, _ = await asyncio.wait_for(process.communicate(), DEADLINE_SECONDS)
        assert process.returncode == 0
        did.update(json.loads(out))
    finally:
        kill(process)
        await process.wait()


def version_in(row: asyncpg.Record) -> int:
    """The version of a row's document."""
    return version_of(row[KINDS[MOCS].changed_at])


def _lines(row: asyncpg.Record) -> bytes:
    action = {"_id": str(UUID(str(row["id"]))), "version": version_in(row), "version_type": "external_gte"}
    return msgspec.json.encode({"index": action}) + b"\n" + _document(row) + b"\n"


def _document(row: asyncpg.Record) -> bytes:
    return msgspec.json.encode(KINDS[MOCS].document(row))
