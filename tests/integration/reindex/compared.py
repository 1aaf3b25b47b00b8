"""A table of PostgreSQL with an index of its own on the session's search server, and writers for both."""

import asyncio
import random
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import msgspec

from cutover.core.reindex.models import Compared
from cutover.reindex.comparing import How, compare
from cutover.reindex.http import HttpSearch
from cutover.reindex.kinds import KIND, Kind, version_of
from cutover.reindex.source import Table, open_source

PAUSE_SECONDS = 0.025
AT_ONCE = 8
QUICK = How(bucket_rows=50, suspects_at_once=100, pauses_seconds=(0.05, 0.2, 0.5))

FILL = {
    "moc_instructions": """INSERT INTO moc_instructions
        (user_id, title, description, type, tags, parts_count, updated_at)
        SELECT 'user-' || n % 5, 'castle tower ' || n, 'brick by brick', 'moc', '["red", "old"]', n,
               timestamp '2025-01-01' + n * interval '1 second' FROM generate_series(1, {count}) AS n""",
    "gallery_images": """INSERT INTO gallery_images (user_id, title, image_url, album_id, last_updated_at)
        SELECT 'user-' || n % 5, 'photo of castle ' || n, '/' || n,
               CASE WHEN n % 2 = 0 THEN 'a0000000-0000-4000-8000-000000000000'::uuid END,
               timestamp '2025-01-01' + n * interval '1 second' FROM generate_series(1, {count}) AS n""",
    "wishlist_items": """INSERT INTO wishlist_items (user_id, title, sort_order, category, updated_at)
        SELECT 'user-' || n % 5, 'wished castle ' || n, n::text, 'City',
               timestamp '2025-01-01' + n * interval '1 second' FROM generate_series(1, {count}) AS n""",
}


@dataclass(frozen=True, slots=True)
class Pair:
    """Table and index of one alias."""

    alias: str
    index: str
    table: Table
    search: HttpSearch
    sql: asyncpg.Pool

    async def run(self, statement: str, *values: Any) -> Any:
        """Run SQL in the table's database; the rows."""
        return await self.sql.fetch(statement, *values)

    async def put(self, key: UUID | str, version: int, document: Mapping[str, Any]) -> None:
        """Write a document, as the service does."""
        path = f"/{self.index}/_doc/{key}?version={version}&version_type=external_gte"
        await self.search.send("PUT", path, msgspec.json.encode(document))

    async def put_row(self, row: Mapping[str, Any]) -> None:
        """Write a row's document, as the service does."""
        kind = KIND[self.alias]
        await self.put(row["id"], version_of(row[kind.changed_at]), _content(kind, row))

    async def remove(self, key: UUID | str, version: int) -> None:
        """Take a document out, as the service does."""
        await self.search.send("DELETE", f"/{self.index}/_doc/{key}?version={version}&version_type=external_gte")

    async def compare(self, *, repair: bool, how: How = QUICK) -> Compared:
        """Compare the two."""
        return await compare(self.table, self.search, self.index, repair=repair, how=how)

    async def documents(self) -> dict[str, Any]:
        """Every document of the index, found by other ways than a comparison's."""
        await self.search.ask("POST", f"/{self.index}/_refresh")
        found = await self.search.ask("POST", f"/{self.index}/_search", {"size": 10_000})
        return {hit["_id"]: hit["_source"] for hit in found["hits"]["hits"]}

    async def expected(self) -> dict[str, Any]:
        """What the service would make of every row."""
        rows = await self.run(f"SELECT * FROM {self.alias}")
        return {str(row["id"]): _content(KIND[self.alias], row) for row in rows}

    async def is_equal(self) -> bool:
        """Whether the index holds what the table holds, document by document."""
        return await self.documents() == await self.expected()


def _content(kind: Kind, row: Mapping[str, Any]) -> Any:
    return msgspec.json.decode(msgspec.json.encode(kind.document(row)))


@asynccontextmanager
async def paired(dsn: str, search_url: str, alias: str, count: int) -> AsyncIterator[Pair]:
    """A table of so many rows and an empty index for it."""
    index = f"{alias}-v{uuid4().hex}"
    search = HttpSearch(search_url, connections=8)
    sql = await asyncpg.create_pool(dsn, min_size=1, max_size=4)
    table = await open_source(dsn, alias, connections=4)
    try:
        await search.ask("PUT", f"/{index}", {"mappings": KIND[alias].mapping})
        await sql.execute(FILL[alias].format(count=count))
        yield Pair(alias, index, table, search, sql)
    finally:
        await search.send("DELETE", f"/{index}")
        await table.close()
        await sql.close()
        await search.close()


class LiveWriter:
    """A backend that creates, changes and deletes MOCs, and may tell the index of it, best effort."""

    def __init__(self, pair: Pair, *, tells_index: bool, seed: int) -> None:
        self._pair, self._tells_index = pair, tells_index
        self._chance = random.Random(seed)  # noqa: S311
        self._told: set[asyncio.Task[None]] = set()  # under way, or ended and not looked at yet
        self.writes = 0

    async def write_until(self, stop: asyncio.Event) -> None:
        """Write up to forty times a second, and never further ahead of the index than a backend would be."""
        keys = [row["id"] for row in await self._pair.run("SELECT id FROM moc_instructions")]
        while not stop.is_set():
            await self._write(keys)
            self.writes += 1
            if len(self._told) >= AT_ONCE:
                await asyncio.gather(*self._told)
                self._told.clear()
            await asyncio.sleep(PAUSE_SECONDS)
        await asyncio.gather(*self._told)

    async def _write(self, keys: list[UUID]) -> None:
        act = self._chance.random()
        key = self._chance.choice(keys)
        if act < 0.25:
            keys.append(uuid4())
            (row,) = await self._pair.run(
                """INSERT INTO moc_instructions (id, user_id, title, type) VALUES ($1, 'user-1', $2, 'moc')
                RETURNING *""",
                keys[-1],
                f"new {self.writes}",
            )
            self._tell(self._pair.put_row(row))
        elif act < 0.45 and len(keys) > 50:
            keys.remove(key)
            await self._pair.run("DELETE FROM moc_instructions WHERE id = $1", key)
            self._tell(self._pair.remove(key, version_of(datetime.now(UTC) + timedelta(seconds=1))))
        elif act < 0.55:  # without a new time
            await self._pair.run("UPDATE moc_instructions SET description = $2 WHERE id = $1", key, str(self.writes))
        else:
            rows = await self._pair.run(
                """UPDATE moc_instructions SET title = $2, updated_at = greatest(timezone('utc', clock_timestamp()),
                updated_at + interval '1 millisecond') WHERE id = $1 RETURNING *""",
                key,
                f"changed {self.writes}",
            )
            self._tell(*map(self._pair.put_row, rows))

    def _tell(self, *calls: Any) -> None:
        for call in calls:
            if self._tells_index and self._chance.random() < 0.8:  # what is lost, the comparison finds
                self._told.add(asyncio.ensure_future(call))
            else:
                call.close()
