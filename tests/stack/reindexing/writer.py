"""A backend that never stops writing: `python -m tests.stack.reindexing.writer DSN SEARCH_URL WRITES_PER_SECOND SEED`.

It creates, updates and deletes MOCs, now and then in a transaction that commits late, and tells the index behind the
alias afterwards by the service's own rule, late and in any order. SIGTERM ends it once all is told; it prints how many
of each it did as one JSON line.
"""

import asyncio
import json
import random
import signal
import sys
import uuid
from collections import Counter
from urllib.parse import urlsplit

import asyncpg
import msgspec

from service.kernel.wire_time import version_of
from service.search.documents import KINDS
from service.search.indices import MOCS

NAME = "a backend"
"""As PostgreSQL knows its connections."""
KIND = KINDS[MOCS]
CONNECTIONS = 4
LATE_SECONDS = 1.0
TRIES = 50
_CREATE = """INSERT INTO moc_instructions (user_id, title, type, description, tags, created_at, updated_at)
VALUES ($1, $2, 'moc', $3, '["new"]', clock_timestamp(), clock_timestamp()) RETURNING *"""
_UPDATE = """UPDATE moc_instructions SET description = $1, parts_count = $2, updated_at = clock_timestamp()
WHERE id = $3 RETURNING *"""
_DELETE = "DELETE FROM moc_instructions WHERE id = $1 RETURNING clock_timestamp()"


class Backend:
    """Writes to the table, then to the index."""

    def __init__(self, pool: asyncpg.Pool, search_url: str, chance: random.Random) -> None:
        self._pool = pool
        self._url = urlsplit(search_url)
        self._chance = chance
        self.did: Counter[str] = Counter()
        self.ids: list[uuid.UUID] = []

    async def write(self) -> None:
        """One change: a half are updates, a third are creations."""
        what = self._chance.choices(("update", "create", "delete"), (5, 3, 2))[0]
        taken = self.ids.pop(self._chance.randrange(len(self.ids))) if what != "create" else uuid.UUID(int=0)
        await getattr(self, what)(taken)
        self.did[what] += 1

    def pause(self, per_second: float) -> float:
        """How long until the next change, in seconds."""
        return self._chance.expovariate(per_second)

    async def create(self, _: uuid.UUID) -> None:
        """A new row."""
        title = f"New {self._chance.getrandbits(60)}"
        row = await self._change(_CREATE, f"user-{self._chance.randrange(50)}", title, "fresh \u2603")
        await self._tell(row)

    async def update(self, taken: uuid.UUID) -> None:
        """A changed row."""
        number = self._chance.randrange(10_000)
        await self._tell(await self._change(_UPDATE, f"changed {number}", number, taken))

    async def delete(self, taken: uuid.UUID) -> None:
        """A row that is gone."""
        [moment] = await self._change(_DELETE, taken)
        await self._index("DELETE", taken, version_of(moment), b"")

    async def _change(self, sql: str, *values: object) -> asyncpg.Record:
        """The row that a statement returns; one transaction in ten commits late."""
        late = self._chance.random() < 0.1
        async with self._pool.acquire() as connection, connection.transaction():
            row = await connection.fetchrow(sql, *values)
            if late:
                await asyncio.sleep(self._chance.random() * LATE_SECONDS)
        return row

    async def _tell(self, row: asyncpg.Record) -> None:
        document = msgspec.json.encode(KIND.document(row))
        await self._index("PUT", row["id"], version_of(row[KIND.changed_at]), document)
        self.ids.append(row["id"])

    async def _index(self, method: str, row: uuid.UUID, version: int, document: bytes) -> None:
        await asyncio.sleep(self._chance.random() * 0.2)
        path = f"/{MOCS}/_doc/{row}?version={version}&version_type=external_gte"
        head = (
            f"{method} {path} HTTP/1.0\r\nHost: {self._url.netloc}\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(document)}\r\n\r\n"
        )
        reader, writer = await asyncio.open_connection(self._url.hostname, self._url.port)
        writer.write(head.encode() + document)
        answer = await reader.read()
        writer.close()
        status = int(answer.split(b" ")[1])
        if status not in {200, 201, 404, 409}:
            raise RuntimeError(f"{method} {path}: {answer.decode(errors='replace')}")


async def main(dsn: str, search_url: str, per_second: float, seed: int) -> None:
    """Write until told to stop."""
    stopped = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopped.set)
    settings = {"application_name": NAME}
    async with asyncpg.create_pool(dsn, min_size=1, max_size=CONNECTIONS, server_settings=settings) as pool:
        backend = Backend(pool, search_url, random.Random(seed))  # noqa: S311 - the same changes every time
        backend.ids = [row["id"] for row in await pool.fetch(f"SELECT id FROM {MOCS} ORDER BY id")]
        sys.stdout.write("writing\n")
        sys.stdout.flush()
        async with asyncio.TaskGroup() as under_way:
            while not stopped.is_set():
                under_way.create_task(backend.write())
                await asyncio.sleep(backend.pause(per_second))
    sys.stdout.write(json.dumps(backend.did) + "\n")


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], float(sys.argv[3]), int(sys.argv[4])))
