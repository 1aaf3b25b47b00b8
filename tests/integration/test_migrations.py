"""From production's tables to the newest schema and back, beside a backend that goes on writing."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection

from service.db import constraints
from service.db.base import Base
from service.db.migrate import TURN_LOCK, downgrade, upgrade
from service.db.migrations import baseline
from service.db.migrations.connecting import engine_to
from service.db.migrations.refusal import MigrationRefused
from service.db.models import file, gallery, moc, parts_list, turn, wishlist
from tests.integration.catalog import Catalog, catalog_of
from tests.integration.postgres import Postgres
from tests.integration.production import OLD_INSERTS
from tests.integration.production_schema import COLUMNS, FOREIGN_KEYS, INDEXES

MODELS = (file, gallery, moc, parts_list, turn, wishlist)
AS_PRODUCTION = Catalog(COLUMNS, FOREIGN_KEYS, INDEXES, [])
VERSION = "SELECT version_num FROM alembic_version"
HAS_VERSION = "SELECT to_regclass('alembic_version') IS NOT NULL"


async def on_a_connection(dsn: str, work: Callable[[Connection], Any]) -> Any:
    engine = engine_to(dsn)
    try:
        async with engine.begin() as connection:
            return await connection.run_sync(work)
    finally:
        await engine.dispose()


@asynccontextmanager
async def open_transaction(dsn: str, statement: str) -> AsyncIterator[None]:
    """Somebody who has done `statement` and has not committed yet."""
    connection = await asyncpg.connect(dsn)
    try:
        async with connection.transaction():
            await connection.execute(statement)
            yield
    finally:
        await connection.close()


def await_index_build(postgres: Postgres) -> None:
    building = "SELECT count(*) FROM pg_stat_activity WHERE query ~ '^\\s*CREATE UNIQUE INDEX CONCURRENTLY'"
    deadline = time.monotonic() + 20
    while postgres.run(building) == ["0"]:
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_revision_0001_makes_the_tables_that_production_has(postgres: Postgres, empty_database: str) -> None:
    postgres.run(";\n".join(baseline.statements()), empty_database)
    assert catalog_of(postgres, empty_database) == AS_PRODUCTION


def test_the_sql_of_these_tests_makes_them_too(postgres: Postgres, production: str) -> None:
    assert catalog_of(postgres, production) == AS_PRODUCTION


def test_an_empty_database_gets_every_revision_once(postgres: Postgres, empty_database: str) -> None:
    assert upgrade(empty_database) == ["0001", "0002", "0003", "0004", "0005"]
    assert upgrade(empty_database) == []
    assert postgres.run(VERSION, empty_database) == ["0005"]


def test_the_additions_are_the_agreed_ones_and_nothing_else(postgres: Postgres, database: str) -> None:
    columns = {table: dict(known) for table, known in COLUMNS.items()}
    columns["gallery_images"]["thumbnail_url"] = "text"
    columns["moc_parts_lists"] |= {
        "status": "text",
        "errors": "jsonb",
        "error_count": "integer",
        "row_count": "integer",
        "source_key": "text",
    }
    columns["moc_parts"] = {
        "parts_list_id": "uuid not null",
        "line": "integer not null",
        "part_id": "text not null",
        "name": "text",
        "color": "text",
        "quantity": "integer not null",
        "is_spare": "boolean",
    }
    columns["file_leftovers"] = {"key": "text not null", "due_at": "timestamp without time zone not null"}
    columns["direct_uploads"] = {
        "id": "uuid not null default gen_random_uuid()",
        "user_id": "text not null",
        "route": "text not null",
        "filename": "text not null",
        "content_type": "text not null",
        "size_bytes": "integer not null",
        "expires_at": "timestamp without time zone not null",
        "claimed_at": "timestamp without time zone",
        "done_at": "timestamp without time zone",
    }
    columns["turns"] = {"name": "text not null"}
    foreign_keys = {parts_list.LIST_OF_PART: "parts_list_id -> moc_parts_lists cascade"}
    indexes = {
        "file_leftovers_pkey": "unique file_leftovers (key)",
        "idx_file_leftovers_due": "file_leftovers (due_at)",
        "direct_uploads_pkey": "unique direct_uploads (id)",
        "idx_direct_uploads_expires": "direct_uploads (expires_at)",
        "moc_parts_pkey": "unique moc_parts (parts_list_id, line)",
        "turns_pkey": "unique turns (name)",
        "idx_moc_parts_lists_pending": "moc_parts_lists (created_at) WHERE (status = 'pending'::text)",
        constraints.ONE_LIST_PER_UPLOAD: "unique moc_parts_lists (source_key)",
    }
    assert catalog_of(postgres, database) == Catalog(columns, FOREIGN_KEYS | foreign_keys, INDEXES | indexes, [])


async def test_alembic_finds_no_difference_between_models_and_migrated_tables(database: str) -> None:
    def differences(connection: Connection) -> Any:
        options = {"compare_type": True, "compare_server_default": True}
        return compare_metadata(MigrationContext.configure(connection, opts=options), Base.metadata)

    assert await on_a_connection(database, differences) == []


async def test_models_and_revisions_make_the_same_tables_down_to_every_name(
    postgres: Postgres, database: str, empty_database: str
) -> None:
    await on_a_connection(empty_database, Base.metadata.create_all)
    assert catalog_of(postgres, empty_database) == catalog_of(postgres, database)


def test_the_constraint_names_that_code_decides_by_exist(postgres: Postgres, database: str) -> None:
    found = catalog_of(postgres, database)
    unique = {name for name, index in found.indexes.items() if index.startswith("unique ")}
    assert unique >= {
        constraints.ONE_TITLE_PER_OWNER,
        constraints.ONE_FILE_NAME_PER_MOC,
        constraints.ONE_FLAG_PER_USER,
        constraints.ONE_LIST_PER_UPLOAD,
    }
    assert found.foreign_keys.keys() >= {
        moc.MOC_OF_FILE,
        constraints.IMAGE_OF_FLAG,
        parts_list.MOC_OF_PARTS_LIST,
        parts_list.FILE_OF_PARTS_LIST,
        parts_list.LIST_OF_PART,
    }


def test_two_upgrades_at_once_in_one_process_take_turns(postgres: Postgres) -> None:
    dsns = [postgres.create_database(), postgres.create_database()]
    with ThreadPoolExecutor(2) as threads:
        assert list(threads.map(upgrade, dsns)) == [["0001", "0002", "0003", "0004", "0005"]] * 2


async def test_an_upgrade_does_not_wait_for_its_turn_for_ever(postgres: Postgres, production: str) -> None:
    async with open_transaction(production, f"SELECT pg_advisory_lock({TURN_LOCK})"):
        with pytest.raises(MigrationRefused, match=r"Another migration is still running after 0\.3 s"):
            await asyncio.to_thread(upgrade, production, turn_timeout_seconds=0.3)
    assert postgres.run(HAS_VERSION, production) == ["f"]


@pytest.mark.parametrize(
    ("limits", "reason"),
    [
        ({"lock_timeout_seconds": 0.2}, r"in use for longer than 0\.2 s"),
        ({"lock_timeout_seconds": 20, "statement_timeout_seconds": 0.5}, r"longer than 0\.5 s"),
    ],
)
async def test_a_busy_table_stops_the_upgrade_which_leaves_nothing_and_can_run_again(
    postgres: Postgres, production: str, limits: dict[str, Any], reason: str
) -> None:
    async with open_transaction(production, "SELECT * FROM moc_parts_lists"):
        with pytest.raises(MigrationRefused, match=reason):
            await asyncio.to_thread(upgrade, production, **limits)
    assert catalog_of(postgres, production) == AS_PRODUCTION
    assert await asyncio.to_thread(upgrade, production) == ["0002", "0003", "0004", "0005"]


async def test_an_index_build_that_was_cut_short_is_done_again(postgres: Postgres, database: str) -> None:
    await asyncio.to_thread(downgrade, database, "0002")
    postgres.run(OLD_INSERTS, database)
    async with open_transaction(database, "UPDATE moc_parts_lists SET notes = 'mine'"):
        with pytest.raises(MigrationRefused, match="in use"):
            await asyncio.to_thread(upgrade, database, lock_timeout_seconds=0.2)
    assert catalog_of(postgres, database).indexes[constraints.ONE_LIST_PER_UPLOAD].startswith("invalid ")
    assert await asyncio.to_thread(upgrade, database) == ["0003", "0004", "0005"]
    found = catalog_of(postgres, database).indexes[constraints.ONE_LIST_PER_UPLOAD]
    assert found == "unique moc_parts_lists (source_key)"


async def test_the_first_backend_can_write_while_the_index_is_built(postgres: Postgres, database: str) -> None:
    await asyncio.to_thread(downgrade, database, "0002")
    async with open_transaction(database, "UPDATE moc_parts_lists SET notes = 'mine'"):
        building = asyncio.create_task(asyncio.to_thread(upgrade, database))
        await asyncio.to_thread(await_index_build, postgres)
        postgres.run(OLD_INSERTS, database)
    assert await building == ["0003", "0004", "0005"]


def test_what_the_first_backend_inserts_still_goes_in(postgres: Postgres, database: str) -> None:
    postgres.run(OLD_INSERTS, database)
    lists = "SELECT built, inventory_percentage, acquired_parts_count{} FROM moc_parts_lists"
    added = ", status, errors, error_count, row_count, source_key"
    assert postgres.run(lists.format(added), database) == ["f|0.00|0|||||"] * 2
    assert postgres.run("SELECT flagged, thumbnail_url FROM gallery_images", database) == ["f|"]


def test_one_upload_has_one_list(postgres: Postgres, database: str) -> None:
    postgres.run(OLD_INSERTS, database)
    postgres.run("UPDATE moc_parts_lists SET source_key = 'a' WHERE ctid = '(0,1)'", database)
    with pytest.raises(AssertionError, match=constraints.ONE_LIST_PER_UPLOAD):
        postgres.run("UPDATE moc_parts_lists SET source_key = 'a'", database)


def test_going_back_to_0001_leaves_what_production_had(postgres: Postgres, database: str) -> None:
    postgres.run(OLD_INSERTS, database)
    assert downgrade(database, "0001") == ["0005", "0004", "0003", "0002"]
    assert catalog_of(postgres, database) == AS_PRODUCTION
    assert postgres.run("SELECT count(*) FROM moc_parts_lists", database) == ["2"]
    assert upgrade(database) == ["0002", "0003", "0004", "0005"]


def test_going_back_keeps_thumbnails_that_nobody_could_make_again(postgres: Postgres, database: str) -> None:
    postgres.run(OLD_INSERTS, database)
    postgres.run("UPDATE gallery_images SET thumbnail_url = '/t'", database)
    downgrade(database, "0001")
    assert postgres.run("SELECT thumbnail_url FROM gallery_images", database) == ["/t"]
    assert upgrade(database) == ["0002", "0003", "0004", "0005"]


def test_going_below_0001_is_refused_before_anything_is_undone(postgres: Postgres, database: str) -> None:
    before = catalog_of(postgres, database)
    with pytest.raises(MigrationRefused, match="would delete production's data"):
        downgrade(database, "base")
    assert catalog_of(postgres, database) == before
    assert postgres.run(VERSION, database) == ["0005"]


def test_a_database_from_a_newer_release_is_refused(postgres: Postgres, database: str) -> None:
    postgres.run("UPDATE alembic_version SET version_num = '9999'", database)
    with pytest.raises(MigrationRefused, match="at revision 9999, which this release does not know"):
        upgrade(database)


def test_an_unknown_revision_to_go_back_to_is_refused(database: str) -> None:
    with pytest.raises(MigrationRefused, match="4711"):
        downgrade(database, "4711")
