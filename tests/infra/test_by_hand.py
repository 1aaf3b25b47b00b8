"""What a person runs once makes a user who can do the service's work, and no more: on a real PostgreSQL."""

import json
import subprocess
import time
from collections.abc import Iterator

import pytest

from infra.by_hand import INDICES, owner_sql, search_role_json, service_user_sql, upload_cors_json
from service.search.indices import IMAGES, MOCS, WISHLIST
from tests.integration.postgres import Postgres, database, migrated_template, postgres

__all__ = ["database", "migrated_template", "postgres"]
USER = "lego_api_by_hand"
OWNER = "lego_owner_by_hand"
ASLEEP = f"SELECT bool_or(query LIKE '%pg_sleep%') FROM pg_stat_activity WHERE usename = '{USER}'"


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


@pytest.fixture
def owner(postgres: Postgres) -> Iterator[str]:
    """The tables' owner as production may have it: a user like any other."""
    postgres.run(f"CREATE ROLE {OWNER} LOGIN")
    yield OWNER
    postgres.run(f"DROP ROLE {OWNER}")


@pytest.fixture
def busy(postgres: Postgres) -> Iterator[subprocess.Popen[str]]:
    """A session of the service's user, within a statement that lasts."""
    postgres.run(f"CREATE ROLE {USER} LOGIN")
    dsn = postgres.dsn().replace("//postgres@", f"//{USER}@")
    with subprocess.Popen(
        [postgres.files.binaries / "psql", "-Xqc", "SELECT pg_sleep(60)", dsn], stderr=subprocess.PIPE, text=True
    ) as session:
        until = time.monotonic() + 20
        while postgres.run(ASLEEP) != ["t"]:
            assert time.monotonic() < until
            time.sleep(0.05)
        yield session
        session.kill()
    postgres.run(f"SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE usename = '{USER}'")
    postgres.run(f"DROP ROLE {USER}")


def test_the_owner_sees_and_ends_sessions_of_others_only_by_what_the_master_granted(
    postgres: Postgres, owner: str, busy: subprocess.Popen[str]
) -> None:
    ends = f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '{USER}'"
    assert postgres.run(f"SET ROLE {owner}; {ASLEEP}") == ["f"]
    with pytest.raises(AssertionError, match="permission denied"):
        postgres.run(f"SET ROLE {owner}; {ends}")

    postgres.run(owner_sql().replace(':"owner"', f'"{owner}"'))

    assert postgres.run(f"SET ROLE {owner}; {ASLEEP}") == ["t"]
    assert postgres.run(f"SET ROLE {owner}; {ends}") == ["t"]
    assert "terminating connection due to administrator command" in busy.communicate(timeout=20)[1]


def test_opensearchs_role_is_for_our_indices_alone() -> None:
    (granted,) = json.loads(search_role_json())["index_permissions"]
    assert granted["index_patterns"] == [f"{alias}*" for alias in (MOCS, IMAGES, WISHLIST)] == list(INDICES)


def test_a_bucket_lets_pages_of_the_stage_post() -> None:
    (rule,) = json.loads(upload_cors_json(("https://app.test",)))["CORSRules"]
    assert rule["AllowedOrigins"] == ["https://app.test"]
    assert "POST" in rule["AllowedMethods"]
