"""A production database becomes one with revisions: adopted when it is what it should be, else left alone."""

import pytest

from service.db.migrate import upgrade
from service.db.migrations.refusal import MigrationRefused
from tests.integration.catalog import catalog_of
from tests.integration.postgres import Postgres
from tests.integration.production import OLD_INSERTS, PRODUCTION

HAS_VERSION = "SELECT to_regclass('alembic_version') IS NOT NULL"


def test_production_is_adopted_and_only_added_to(postgres: Postgres, production: str, database: str) -> None:
    rows = "SELECT md5(string_agg(i::text, '' ORDER BY id)) FROM (SELECT id, user_id, title, created_at FROM {}) i"
    tables = [rows.format(table) for table in ("moc_instructions", "gallery_images", "wishlist_items")]
    before = [postgres.run(table, production) for table in tables]
    assert upgrade(production) == ["0002", "0003", "0004", "0005"]
    assert [postgres.run(table, production) for table in tables] == before
    assert catalog_of(postgres, production) == catalog_of(postgres, database)


@pytest.mark.parametrize(
    "change",
    [
        "ALTER TABLE moc_instructions ALTER created_at TYPE timestamptz, ALTER uploaded_date TYPE timestamptz",
        "ALTER TABLE gallery_images ADD COLUMN thumbnail_url text",
        "ALTER TABLE gallery_albums ALTER title TYPE varchar(255)",
        "ALTER TABLE moc_instructions ALTER parts_count TYPE bigint",
        "ALTER TABLE moc_files ADD COLUMN size bigint",
        "ALTER TABLE moc_files ADD COLUMN position integer NOT NULL DEFAULT 0",
        "ALTER TABLE wishlist_items ADD COLUMN number integer NOT NULL GENERATED ALWAYS AS IDENTITY",
        "CREATE TABLE users (id uuid PRIMARY KEY)",
        "CREATE TABLE alembic_version (version_num varchar(32) PRIMARY KEY)",
        "CREATE VIEW all_parts AS SELECT 1 AS one",
    ],
)
def test_what_does_no_harm_is_tolerated_and_kept(postgres: Postgres, production: str, change: str) -> None:
    postgres.run(change, production)
    before = catalog_of(postgres, production).columns
    assert upgrade(production) == ["0002", "0003", "0004", "0005"]
    after = catalog_of(postgres, production).columns
    assert all(after[table].items() >= columns.items() for table, columns in before.items())


def test_a_database_whose_every_time_has_a_zone_is_adopted(postgres: Postgres, empty_database: str) -> None:
    postgres.run(PRODUCTION.replace(" timestamp", " timestamptz") + OLD_INSERTS, empty_database)
    assert upgrade(empty_database) == ["0002", "0003", "0004", "0005"]
    columns = catalog_of(postgres, empty_database).columns
    assert columns["moc_instructions"]["uploaded_date"] == "timestamp with time zone"


@pytest.mark.parametrize(
    ("change", "finding"),
    [
        ("ALTER TABLE moc_files DROP COLUMN file_url", "moc_files.file_url is missing (expected text)"),
        (
            "ALTER TABLE wishlist_items ALTER sort_order TYPE integer USING 1",
            "wishlist_items.sort_order is integer (expected text)",
        ),
        (
            "ALTER TABLE gallery_images ALTER tags TYPE text[] USING NULL",
            "gallery_images.tags is text[] (expected jsonb)",
        ),
        ("DROP TABLE gallery_flags", "table gallery_flags is missing"),
        (
            "ALTER TABLE moc_instructions ALTER author SET NOT NULL",
            "moc_instructions.author is NOT NULL without a default",
        ),
        ("ALTER TABLE moc_files ALTER id DROP DEFAULT", "moc_files.id is NOT NULL without a default"),
        (
            "ALTER TABLE moc_parts_lists ADD COLUMN status integer",
            "moc_parts_lists.status is there already, made by somebody else",
        ),
        ("CREATE TABLE moc_parts (id integer)", "table moc_parts is there already, made by somebody else"),
    ],
)
def test_a_database_that_is_not_as_production_is_refused_and_left_alone(
    postgres: Postgres, production: str, change: str, finding: str
) -> None:
    postgres.run(change, production)
    before = catalog_of(postgres, production)
    with pytest.raises(MigrationRefused) as caught:
        upgrade(production)
    assert finding in str(caught.value)
    assert catalog_of(postgres, production) == before
    assert postgres.run(HAS_VERSION, production) == ["f"]


def test_every_finding_is_named_at_once(postgres: Postgres, production: str) -> None:
    postgres.run("ALTER TABLE moc_files DROP file_url; ALTER TABLE moc_instructions DROP theme", production)
    with pytest.raises(MigrationRefused, match=r"moc_instructions\.theme is missing.*; moc_files\.file_url is missing"):
        upgrade(production)
