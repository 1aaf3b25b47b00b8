"""One table in PostgreSQL as bodies of bulk requests and as documents, read by key in short statements."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from cutover.core.reindex.models import Batch, DeadLetter, ReindexStopped, Row, Span
from cutover.core.reindex.pace import Pace
from cutover.core.reindex.ranges import EVERYTHING
from cutover.reindex.building import build, bulk_lines, dead
from cutover.reindex.database import DATA_FAULTS, PATIENCE_SECONDS, STATEMENT_SECONDS, Database, Record
from cutover.reindex.kinds import KIND, Kind
from cutover.reindex.statements import COLUMNS, Statements, UnfitColumn, statements
from cutover.reindex.walking import Asked, Page, walk

PAGE_BYTES = 1_000_000  # of documents, in what `rows` gives at a time
IDS_AT_ONCE = 500
COUNT_SECONDS = 600.0  # it reads the whole table


class Table:
    """A `Source`. Made by `open_source`."""

    def __init__(self, kind: Kind, asks: Statements, database: Database) -> None:
        self.kind = kind
        self.asks = asks
        self._database = database
        self._single = _Single(kind, asks, database)

    def batches(self, span: Span, *, bytes_wanted: int) -> AsyncIterator[Batch]:
        """The rows of a range in bodies of about `bytes_wanted`; of more than 1.25 times that only by one row."""
        return walk(_Bodies(self._single, self.asks.batch, self.asks.first, ()), span, Pace(bytes_wanted))

    def changed_since(self, moment: datetime, *, bytes_wanted: int) -> AsyncIterator[Batch]:
        """The rows changed at that moment (aware) or later, likewise: each once, as it is when it is read."""
        reading = _Bodies(self._single, self.asks.changed, self.asks.first_changed, (moment,))
        return walk(reading, EVERYTHING, Pace(bytes_wanted))

    def rows(self, span: Span, lost: Callable[[DeadLetter], None] | None = None) -> AsyncIterator[Sequence[Row]]:
        """The rows of a range with their documents, in pages; `lost` is told those that none can be made of."""
        return walk(_Documents(self._single, self.asks, lost or _untold), span, Pace(PAGE_BYTES))

    async def some(self, ids: Sequence[UUID]) -> Sequence[Row]:
        """Those of the rows that exist now and that documents can be made of, in the order of their keys."""
        found: list[Row] = []
        for start in range(0, len(ids), IDS_AT_ONCE):
            found += await self._some(ids[start : start + IDS_AT_ONCE])
        return sorted(found, key=_key)

    async def dead(self, ids: Sequence[UUID]) -> Sequence[DeadLetter]:
        """Those of the rows that exist now and that no document can be made of."""
        return (await self._single.built(ids))[1]

    async def count(self) -> int:
        """How many rows there are now."""
        (row,) = await self._database.fetch(self.asks.count, timeout_seconds=COUNT_SECONDS)
        return int(row["count"])

    async def now(self) -> datetime:
        """The database's clock (UTC, aware)."""
        (row,) = await self._database.fetch("SELECT clock_timestamp() AS now")
        moment: datetime = row["now"]
        return moment

    async def close(self) -> None:
        """Let go of the connections."""
        await self._database.close()

    async def _some(self, ids: Sequence[UUID]) -> Sequence[Row]:
        try:
            records = await self._database.fetch(self.asks.some, ids)
        except DATA_FAULTS:
            built, _ = await self._single.built(ids)
            return built
        return (await self._single.completed(records))[0]


async def open_source(
    dsn: str,
    alias: str,
    *,
    connections: int = 2,
    patience_seconds: float = PATIENCE_SECONDS,
    statement_seconds: float = STATEMENT_SECONDS,
    primary: bool = True,
) -> Table:
    """The table behind an alias; at most that many statements run at once, each for `statement_seconds`.

    `patience_seconds`: how long a database that is gone is asked again. `primary`: a standby is refused: compared with
    rows that lag behind, what live writers put into an index would be taken out again. Raises DatabaseUnreachable, and
    ReindexStopped when there is no such table or it is not as the service has it.
    """
    kind = KIND[alias]
    plain = dsn.replace("postgresql+asyncpg://", "postgresql://", 1)  # as SQLAlchemy writes it
    database = Database(
        plain,
        connections=connections,
        patience_seconds=patience_seconds,
        statement_seconds=statement_seconds,
        primary=primary,
    )
    found = await database.fetch(COLUMNS, kind.table)
    try:
        return Table(kind, statements(kind, {one["attname"]: one["type"] for one in found}), database)
    except UnfitColumn as error:
        await database.close()
        wrong = str(error) if found else f"there is no table {kind.table}"
        raise ReindexStopped(
            f"the database is not as the service has it: {wrong}", "migrate it, or name another database"
        ) from error


@dataclass(frozen=True, slots=True)
class _Single:
    """Rows that PostgreSQL has made no documents of."""

    kind: Kind
    asks: Statements
    database: Database

    async def built(self, keys: Sequence[UUID]) -> tuple[list[Row], list[DeadLetter]]:
        """The rows of these keys that are still there, built here; in the order of their keys."""
        rows: list[Row] = []
        lost: list[DeadLetter] = []
        for start in range(0, len(keys), IDS_AT_ONCE):
            for made in await self._some(keys[start : start + IDS_AT_ONCE]):
                if isinstance(made, Row):
                    rows.append(made)
                else:
                    lost.append(made)
        return sorted(rows, key=_key), lost

    async def completed(self, records: Sequence[Record]) -> tuple[Sequence[Row], Sequence[DeadLetter]]:
        """Rows with the documents that PostgreSQL has made, and those that are built here, in the same order."""
        odd = [record["id"] for record in records if record["document"] is None]
        if not odd:
            return [_row(record) for record in records], ()
        rows, lost = await self.built(odd)
        built = {row.id: row for row in rows}
        made = [built.get(one["id"]) if one["document"] is None else _row(one) for one in records]
        return [row for row in made if row is not None], lost

    async def _some(self, keys: Sequence[UUID]) -> Sequence[Row | DeadLetter]:
        try:
            found = await self.database.fetch(self.asks.columns, keys)
        except DATA_FAULTS as error:  # such as a year that Python has no date for: no row of this answer is read
            if len(keys) == 1:
                return [dead(keys[0], error)]
            return [made for key in keys for made in await self._some([key])]
        return [build(self.kind, columns) for columns in found]


@dataclass(frozen=True, slots=True)
class _Bodies:
    """Rows as bodies of bulk requests. `more`: the statements' values after those that each has."""

    single: _Single
    sql: str
    first_sql: str
    more: Sequence[object]

    async def page(self, asked: Asked) -> Page[Batch]:
        values = (asked.first, asked.last, asked.rows, asked.most_bytes, *self.more)
        (found,) = await self.single.database.fetch(self.sql, *values)
        rows = found["rows"]
        if not rows:
            return Page(None, 0, 0, None)
        batch = await self._batch(found)
        size = max(len(batch.body), found["size"])
        last = None if rows < asked.rows and found["size"] < asked.most_bytes else batch.last_id
        return Page(batch, rows, size, last)

    async def first_key(self, asked: Asked) -> UUID | None:
        return await _first(self.single.database, self.first_sql, asked, self.more)

    async def alone(self, key: UUID) -> Batch | None:
        rows, lost = await self.single.built([key])
        return Batch(key, key, len(rows), b"".join(map(bulk_lines, rows)), lost) if rows or lost else None

    async def _batch(self, found: Mapping[str, Any]) -> Batch:
        first, last = UUID(found["first_id"]), UUID(found["last_id"])
        if not found["odd"]:
            return Batch(first, last, found["count"], found["body"])
        rows, lost = await self.single.built(found["odd"])
        body = b"".join((found["body"], *map(bulk_lines, rows)))
        return Batch(first, last, found["count"] + len(rows), body, lost)


@dataclass(frozen=True, slots=True)
class _Documents:
    """Rows with their documents."""

    single: _Single
    asks: Statements
    lost: Callable[[DeadLetter], None]

    async def page(self, asked: Asked) -> Page[Sequence[Row]]:
        values = (asked.first, asked.last, asked.rows, asked.most_bytes)
        found = await self.single.database.fetch(self.asks.pages, *values)
        if not found:
            return Page(None, 0, 0, None)
        rows = self._without(await self.single.completed(found))
        reached, size = found[-1]["upto"], sum(len(row.document) for row in rows)
        last = None if len(found) < asked.rows and reached < asked.most_bytes else found[-1]["id"]
        return Page(rows or None, len(found), size, last)

    async def first_key(self, asked: Asked) -> UUID | None:
        return await _first(self.single.database, self.asks.first, asked, ())

    async def alone(self, key: UUID) -> Sequence[Row] | None:
        return self._without(await self.single.built([key])) or None

    def _without(self, made: tuple[Sequence[Row], Sequence[DeadLetter]]) -> Sequence[Row]:
        rows, lost = made
        for letter in lost:
            self.lost(letter)
        return rows


async def _first(database: Database, sql: str, asked: Asked, more: Sequence[object]) -> UUID | None:
    found = await database.fetch(sql, asked.first, asked.last, *more)
    key: UUID | None = found[0]["id"] if found else None
    return key


def _row(record: Record) -> Row:
    return Row(record["id"], record["version"], record["document"])


def _key(row: Row) -> UUID:
    return row.id


def _untold(_: DeadLetter) -> None:
    pass
