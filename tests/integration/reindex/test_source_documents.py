"""What PostgreSQL makes of a row is what the service makes of it: for each kind, whatever the row holds."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

import asyncpg
import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cutover.core.reindex.models import ALIASES, Batch, Row, Span
from cutover.reindex.database import Database
from cutover.reindex.kinds import KIND, Kind
from cutover.reindex.source import Table, open_source
from tests.integration.postgres import Postgres
from tests.integration.reindex.rows_of_any_kind import (
    Texts,
    as_the_service_has_them,
    definitions,
    fill,
    in_bodies,
    tables,
)

# Types that an adopted database may have in the place of ours; and a time zone that must make no difference.
_OTHER_TYPES = """
ALTER TABLE {table} ALTER COLUMN title TYPE varchar, ALTER COLUMN created_at TYPE timestamptz,
    ALTER COLUMN {changed_at} TYPE timestamptz"""
_OTHER_NUMBERS = """
ALTER TABLE moc_instructions ALTER COLUMN parts_count TYPE bigint, ALTER COLUMN uploaded_date TYPE timestamptz"""

_ORDINARY = {
    "text": 'A "title"',
    "integer": "7",
    "boolean": "true",
    "jsonb": '["a tag", "b"]',
    "timestamp": "2025-11-02 10:15:30.123456",
}

a_while = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


@pytest.fixture
def adopted(postgres: Postgres, database: str) -> str:
    """A database whose columns are of the other types that the service takes, in another time zone."""
    for kind in KIND.values():
        postgres.run(_OTHER_TYPES.format(table=kind.table, changed_at=kind.changed_at), database)
    postgres.run(_OTHER_NUMBERS, database)
    postgres.run(f"ALTER DATABASE {database.rpartition('/')[2]} SET timezone = 'Asia/Kolkata'")
    return database


@pytest.mark.parametrize("alias", ALIASES)
@a_while
@given(data=st.data())
def test_documents_are_those_of_the_service(alias: str, data: st.DataObject, database: str) -> None:
    kind = KIND[alias]

    asyncio.run(_check(database, kind, data.draw(tables(kind))))


@pytest.mark.parametrize("alias", ALIASES)
@a_while
@given(data=st.data())
def test_documents_of_an_adopted_database_are_those_of_the_service(
    alias: str, data: st.DataObject, adopted: str
) -> None:
    kind = KIND[alias]

    asyncio.run(_check(adopted, kind, data.draw(tables(kind))))


@pytest.mark.parametrize("alias", ALIASES)
async def test_ordinary_rows_are_made_by_postgresql_alone(alias: str, database: str) -> None:
    kind = KIND[alias]
    await _fill_with_ordinary_rows(database, kind)
    asks = replace((await _opened(database, alias)).asks, columns="SELECT what_builds_rows_here_would_ask")
    table = Table(kind, asks, Database(database, connections=1, patience_seconds=5, statement_seconds=5))

    batches = [batch async for batch in table.batches(Span(), bytes_wanted=100_000)]

    assert [(batch.count, batch.dead) for batch in batches] == [(2, ())]
    await table.close()


async def _check(dsn: str, kind: Kind, rows: Sequence[Texts]) -> None:
    connection = await asyncpg.connect(dsn)
    try:
        await fill(connection, kind, rows)
        expected, unreadable = await as_the_service_has_them(connection, kind)
    finally:
        await connection.close()
    batches, pages, some = await _read(dsn, kind, [UUID(row["id"]) for row in rows])
    assert in_bodies([batch.body for batch in batches]) == expected
    assert sum(batch.count for batch in batches) == len(expected)
    assert {letter.id for batch in batches for letter in batch.dead} == unreadable
    assert [str(row.id) for row in pages] == sorted(expected)
    assert {str(row.id): (row.version, msgspec.json.decode(row.document)) for row in pages} == expected
    assert some == pages


async def _read(dsn: str, kind: Kind, ids: Sequence[UUID]) -> tuple[list[Batch], list[Row], list[Row]]:
    source = await open_source(dsn, kind.alias)
    try:
        batches = [batch async for batch in source.batches(Span(), bytes_wanted=1500)]
        pages = [row async for page in source.rows(Span()) for row in page]
        some = list(await source.some(ids))
    finally:
        await source.close()
    return batches, pages, some


async def _opened(dsn: str, alias: str) -> Table:
    table = await open_source(dsn, alias)
    await table.close()
    return table


async def _fill_with_ordinary_rows(dsn: str, kind: Kind) -> None:
    """One that holds something in each column, and one that holds what it must."""
    values = {**_ORDINARY, "uuid": str(UUID(int=1))}
    whole = {name: values[definition.split(maxsplit=1)[0]] for name, definition in definitions(kind).items()}
    least = {name: whole[name] if "NOT NULL" in definition else None for name, definition in definitions(kind).items()}
    connection = await asyncpg.connect(dsn)
    await fill(connection, kind, [whole, {**least, "id": str(UUID(int=2)), "user_id": "bob"}])
    await connection.close()
