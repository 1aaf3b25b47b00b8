"""What a person runs once makes a user who can do the service's work, and no more: on a real PostgreSQL."""

import json
from collections.abc import Iterator

import pytest

from infra.by_hand import INDICES, search_role_json, service_user_sql, upload_cors_json
from service.search.indices import IMAGES, MOCS, WISHLIST
from tests.integration.postgres import Postgres, database, migrated_template, postgres

__all__ = ["database", "migrated_template", "postgres"]
USER = "lego_api_by_hand"


@pytest.fixture
def tables(postgres: Postgres, database: str) -> Iterator[str]:
    """A migrated database with the service's user in it; the server's own user owns it all."""
    statements = service_user_sql(USER, database.rpartition("/")[2]).replace(":'password'", "'secret'")
    postgres.run(statements, database)
    yield database
    postgres.run(f"DROP OWNED BY {USER}; DROP ROLE {USER}", database)


def as_the_service(postgres: Postgres, dsn: str, sql: str) -> list[str]:
    return postgres.run(f"SET ROLE {USER}; {sql}", dsn)


def test_the_services_user_reads_and_writes_rows(postgres: Postgres, tables: str) -> None:
    added = (
        "INSERT INTO wishlist_items (user_id, title, sort_order) VALUES ('ada', 'Falcon', '1');"
        "UPDATE wishlist_items SET title = 'Saucer'; SELECT title FROM wishlist_items; DELETE FROM wishlist_items"
    )
    assert as_the_service(postgres, tables, added) == ["Saucer"]


def test_it_reads_and_writes_tables_that_migrations_make_later(postgres: Postgres, tables: str) -> None:
    postgres.run("CREATE TABLE later (id serial PRIMARY KEY)", tables)
    assert as_the_service(postgres, tables, "INSERT INTO later DEFAULT VALUES RETURNING id") == ["1"]


@pytest.mark.parametrize(
    "sql", ["DROP TABLE wishlist_items", "ALTER TABLE wishlist_items ADD x int", "CREATE TABLE mine (x int)"]
)
def test_it_changes_no_table(postgres: Postgres, tables: str, sql: str) -> None:
    with pytest.raises(AssertionError, match=r"must be owner|permission denied"):
        as_the_service(postgres, tables, sql)


def test_opensearchs_role_is_for_our_indices_alone() -> None:
    (granted,) = json.loads(search_role_json())["index_permissions"]
    assert granted["index_patterns"] == [f"{alias}*" for alias in (MOCS, IMAGES, WISHLIST)] == list(INDICES)


def test_a_bucket_lets_pages_of_the_stage_post() -> None:
    (rule,) = json.loads(upload_cors_json(("https://app.test",)))["CORSRules"]
    assert rule["AllowedOrigins"] == ["https://app.test"]
    assert "POST" in rule["AllowedMethods"]
