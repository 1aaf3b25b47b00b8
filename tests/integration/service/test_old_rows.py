"""Rows that the first backend or the years have left, and schemas that are not quite ours."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.integration.postgres import Postgres
from tests.integration.service.api import Api, assert_failure
from tests.integration.service.conftest import Open

ID = "00000000-0000-0000-0000-000000000001"
PATH = f"/api/mocs/{ID}"


def insert(postgres: Postgres, database: str, **columns: str) -> None:
    """A row of alice's; values are SQL."""
    values = {"id": f"'{ID}'", "user_id": "'alice'", "title": "'Old'", "type": "'moc'", "author": "'Ada'", **columns}
    postgres.run(
        f"INSERT INTO moc_instructions ({', '.join(values)}) VALUES ({', '.join(values.values())})",
        database,
    )


async def served(api: Api) -> dict[str, Any]:
    """The row as list, detail and search's fallback show it, which has to be the same."""
    listed: dict[str, Any] = (await api.get("/api/mocs")).json()["data"][0]
    detail = (await api.get(PATH)).json()["data"]
    assert {name: value for name, value in detail.items() if name in listed} == listed
    return listed


async def test_a_row_of_nothing_but_what_it_needs_shows_nothing_else(
    api: Api, postgres: Postgres, database: str
) -> None:
    insert(
        postgres, database, author="NULL", created_at="'2020-01-02 03:04:05'", updated_at="'2020-01-02 03:04:05.6789'"
    )
    assert await served(api) == {
        "id": ID,
        "userId": "alice",
        "title": "Old",
        "type": "moc",
        "createdAt": "2020-01-02T03:04:05.000Z",
        "updatedAt": "2020-01-02T03:04:05.678Z",
    }


@pytest.mark.parametrize(
    ("tags", "shown"),
    [
        ("NULL", None),
        ("'null'", None),
        ("'[]'", []),
        ("'{}'", None),
        ("""'"space"'""", None),
        ("'5'", None),
        ("'true'", None),
        ("""'["a", 5, null, "b", ["c"], {"d": 1}]'""", ["a", "b"]),
        ("""'[""]'""", [""]),
        ("""'["a\\nb", "\\u0001"]'""", ["a\nb", "\u0001"]),
        ("('[' || repeat('\"x\",', 999) || '\"x\"]')::jsonb", ["x"] * 1000),
        ("'[1e400]'", []),
        ("'123456789012345678901234567890'", None),
        ("(repeat('[', 2000) || repeat(']', 2000))::jsonb", None),
    ],
)
async def test_odd_tags_are_shown_as_far_as_they_are_texts(
    api: Api, postgres: Postgres, database: str, tags: str, shown: list[str] | None
) -> None:
    insert(postgres, database, tags=tags)
    assert (await served(api)).get("tags") == shown
    assert (await api.get("/api/mocs?tag=space")).status_code == 200
    assert (await api.get("/api/mocs?search=Old")).status_code == 200


@pytest.mark.parametrize("tags", ["NULL", "'{}'", """'"space"'"""])
async def test_a_row_of_odd_tags_can_be_changed(api: Api, postgres: Postgres, database: str, tags: str) -> None:
    insert(postgres, database, tags=tags)
    assert (await api.patch(PATH, {"tags": ["new"]})).json()["data"]["tags"] == ["new"]


async def test_a_title_of_255_characters_is_served_and_kept_by_a_patch_of_something_else(
    api: Api, postgres: Postgres, database: str
) -> None:
    insert(postgres, database, title="repeat('x', 255)")
    assert (await served(api))["title"] == "x" * 255
    changed = await api.patch(PATH, {"theme": "City"})
    assert (changed.status_code, changed.json()["data"]["title"]) == (200, "x" * 255)
    repeated = await api.patch(PATH, {"title": "x" * 255, "theme": "Space"})
    assert (repeated.status_code, repeated.json()["data"]["theme"]) == (200, "Space")
    assert_failure(await api.patch(PATH, {"title": "y" * 255}), 400, "VALIDATION_ERROR", "title")
    assert (await api.patch(PATH, {"title": "Short"})).json()["data"]["title"] == "Short"


@pytest.mark.parametrize("kind", ["'kit'", "'MOC'", "''"])
async def test_a_type_of_neither_kind_is_served_and_keeps_what_it_is(
    api: Api, postgres: Postgres, database: str, kind: str
) -> None:
    insert(postgres, database, type=kind)
    assert (await served(api))["type"] == kind.strip("'")
    assert (await api.patch(PATH, {"author": None})).status_code == 200
    assert_failure(await api.patch(PATH, {"type": "set"}), 400, "VALIDATION_ERROR", "type")


async def test_a_moc_without_its_author_can_be_changed_otherwise(api: Api, postgres: Postgres, database: str) -> None:
    insert(postgres, database, author="NULL")
    assert (await api.patch(PATH, {"theme": "City"})).status_code == 200


async def test_empty_texts_and_relative_addresses_are_served_as_they_are(
    api: Api, postgres: Postgres, database: str
) -> None:
    insert(postgres, database, description="''", thumbnail_url="'/uploads/a b.jpg'", set_number="'MOC-172552'")
    found = await served(api)
    assert (found["thumbnailUrl"], found["setNumber"]) == ("/uploads/a b.jpg", "MOC-172552")
    assert (await api.delete(PATH)).status_code == 200


@pytest.mark.parametrize("moment", ["'infinity'", "'-infinity'", "'0001-01-01'", "'9999-12-31 23:59:59.999999'"])
async def test_times_at_the_edge_of_what_there_is_are_never_a_crash(
    api: Api, postgres: Postgres, database: str, moment: str
) -> None:
    insert(postgres, database, uploaded_date=moment, created_at=moment)
    assert (await served(api))["createdAt"].endswith("Z")


ZONED = """
DO $$ DECLARE c record; BEGIN
  FOR c IN SELECT table_name, column_name FROM information_schema.columns
    WHERE table_schema = 'public' AND data_type = 'timestamp without time zone'
  LOOP EXECUTE format('ALTER TABLE %I ALTER %I TYPE timestamptz USING %I AT TIME ZONE ''UTC''',
                      c.table_name, c.column_name, c.column_name); END LOOP;
END $$
"""


@pytest.fixture(params=["UTC", "America/New_York", "Asia/Kolkata"])
async def zoned(open_api: Open, request: Any, postgres: Postgres, migrated_template: str) -> Any:
    """The API on a database whose every time has a zone, as has the database itself."""
    dsn = postgres.create_database(migrated_template)
    postgres.run(ZONED, dsn)
    postgres.run(f"ALTER DATABASE {dsn.rpartition('/')[2]} SET timezone TO '{request.param}'")
    async with open_api(postgres=postgres.address(dsn)) as api:
        yield api, dsn


async def test_columns_with_a_time_zone_work_like_those_without(zoned: tuple[Api, str], postgres: Postgres) -> None:
    api, dsn = zoned
    moc = await api.create(uploadedDate="2025-11-02T12:15:30.123+02:00")
    assert moc["uploadedDate"] == "2025-11-02T10:15:30.123Z"
    changed = (await api.patch(f"/api/mocs/{moc['id']}", {"theme": "x"})).json()["data"]
    assert changed["updatedAt"] > moc["updatedAt"]
    assert (await api.upload(moc["id"], b"Part,Qty\n3001,5\n")).status_code == 202
    await api.runtime.background.drain(10.0)
    detail = (await api.get(f"/api/mocs/{moc['id']}")).json()["data"]
    assert (detail["totalPieceCount"], detail["partsLists"][0]["status"]) == (5, "parsed")
    now = datetime.now(UTC)
    for written in (moc["createdAt"], detail["files"][0]["createdAt"], detail["partsLists"][0]["updatedAt"]):
        assert abs(datetime.fromisoformat(written) - now) < timedelta(minutes=5)
    assert (await api.delete(f"/api/mocs/{moc['id']}")).status_code == 200
    assert postgres.run("SELECT count(*) FROM moc_instructions", dsn) == ["0"]


async def test_a_zoned_time_is_shown_in_utc(zoned: tuple[Api, str], postgres: Postgres) -> None:
    api, dsn = zoned
    insert(postgres, dsn, created_at="'2025-06-01 12:00:00+02'", uploaded_date="'2025-06-01 00:30:00+02'")
    found = await served(api)
    assert (found["createdAt"], found["uploadedDate"]) == ("2025-06-01T10:00:00.000Z", "2025-05-31T22:30:00.000Z")


async def test_a_column_that_another_release_adds_does_no_harm(
    open_api: Open, postgres: Postgres, migrated_template: str
) -> None:
    """A migration may run while this release serves, its statements prepared already."""
    dsn = postgres.create_database(migrated_template)
    async with open_api(postgres=postgres.address(dsn)) as api:
        moc = await api.create()
        await api.get("/api/mocs")
        postgres.run("ALTER TABLE moc_instructions ADD COLUMN shiny boolean DEFAULT false NOT NULL", dsn)
        assert (await api.patch(f"/api/mocs/{moc['id']}", {"theme": "x"})).status_code == 200
        assert (await api.get("/api/mocs")).json()["total"] == 1
        assert (await api.create(title="Second"))["title"] == "Second"
