"""POST /api/mocs: what a new MOC may hold, and what is said of what it may not."""

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.integration.postgres import Postgres
from tests.integration.service.api import MOC, SET, Api, assert_failure

THIS_YEAR = datetime.now(UTC).year

EVERYTHING: dict[str, Any] = {
    **MOC,
    "description": "Two lines,\n\ta tab, and ümläuts 🧱",
    "partsCount": 1254,
    "theme": "Star Wars",
    "subtheme": "Ships",
    "setNumber": "MOC-172552",
    "releaseYear": 1999,
    "retired": False,
    "uploadedDate": "2025-11-02T10:15:30.123Z",
    "brand": "LEGO",
    "tags": ["space", "grey, light", "🧱"],
    "thumbnailUrl": "https://img.test/a.webp?x=1",
}


async def test_a_new_moc_is_201_with_what_was_sent_and_nothing_empty(api: Api) -> None:
    answer = await api.post("/api/mocs", MOC)
    assert answer.status_code == 201
    body = answer.json()
    assert set(body) == {"success", "data"}
    assert body["success"] is True
    assert set(body["data"]) == {"id", "userId", "title", "type", "author", "createdAt", "updatedAt"}
    assert {name: body["data"][name] for name in MOC} == MOC
    assert body["data"]["userId"] == "alice"
    assert body["data"]["createdAt"] == body["data"]["updatedAt"]


async def test_every_field_comes_back_as_it_was_sent_in_every_later_answer(api: Api) -> None:
    made = (await api.post("/api/mocs", EVERYTHING)).json()["data"]
    assert {name: made[name] for name in EVERYTHING} == EVERYTHING
    assert (await api.get("/api/mocs")).json()["data"] == [made]
    assert (await api.get("/api/mocs/search?q=falcon")).json()["data"] == [made]
    detail = (await api.get(f"/api/mocs/{made['id']}")).json()["data"]
    assert detail == {**made, "files": [], "images": [], "partsLists": []}


async def test_a_set_needs_a_brand_and_no_author(api: Api) -> None:
    made = (await api.post("/api/mocs", SET)).json()["data"]
    assert (made["type"], made["brand"]) == ("set", "LEGO")
    assert "author" not in made


async def test_null_on_a_create_is_not_given(api: Api) -> None:
    optional = {name: None for name in EVERYTHING if name not in MOC}
    made = (await api.post("/api/mocs", {**MOC, **optional})).json()["data"]
    assert not set(optional) & set(made)


REFUSED: list[tuple[str, Any]] = [
    ("title", ""),
    ("title", "   "),
    ("title", "\u3000\u2003"),
    ("title", "x" * 201),
    ("title", 5),
    ("title", None),
    ("title", True),
    ("title", ["a"]),
    ("title", "a\nb"),
    ("title", "a\n"),
    ("title", "a\tb"),
    ("title", "a\0b"),
    ("title", "a\x1bb"),
    ("title", "a\x7fb"),
    ("title", "a\x85b"),
    ("type", "MOC"),
    ("type", "other"),
    ("type", ""),
    ("type", None),
    ("type", 1),
    ("author", ""),
    ("author", "  "),
    ("author", None),
    ("author", "a" * 256),
    ("author", "a\nb"),
    ("description", "x" * 5001),
    ("description", 5),
    ("description", "a\0b"),
    ("description", "a\x0bb"),
    ("partsCount", 0),
    ("partsCount", -1),
    ("partsCount", "5"),
    ("partsCount", 1.5),
    ("partsCount", True),
    ("partsCount", 2**31),
    ("partsCount", 10**30),
    ("releaseYear", 1931),
    ("releaseYear", THIS_YEAR + 2),
    ("releaseYear", "1999"),
    ("releaseYear", 1999.5),
    ("releaseYear", -(2**70)),
    ("retired", "yes"),
    ("retired", 1),
    ("uploadedDate", "yesterday"),
    ("uploadedDate", ""),
    ("uploadedDate", "2025-13-01T00:00:00Z"),
    ("uploadedDate", "2025-02-30T00:00:00Z"),
    ("uploadedDate", 1700000000),
    ("uploadedDate", "0001-01-01T00:00:00+01:00"),
    ("uploadedDate", "9999-12-31T23:59:59-01:00"),
    ("theme", "x" * 256),
    ("theme", "a\0b"),
    ("subtheme", "a\rb"),
    ("setNumber", 10294),
    ("brand", {}),
    ("tags", "a"),
    ("tags", {}),
    ("tags", ["t"] * 21),
    ("thumbnailUrl", "javascript:alert(1)"),
    ("thumbnailUrl", "ftp://a"),
    ("thumbnailUrl", "https://a b"),
    ("thumbnailUrl", "https://a\n"),
    ("thumbnailUrl", "https://" + "a" * 2048),
]


@pytest.mark.parametrize(("field", "value"), REFUSED)
async def test_a_value_that_does_not_fit_is_400_and_names_its_field(api: Api, field: str, value: Any) -> None:
    answer = await api.post("/api/mocs", {**MOC, field: value})
    assert_failure(answer, 400, "VALIDATION_ERROR", field)
    assert (await api.get("/api/mocs")).json()["total"] == 0


@pytest.mark.parametrize("tag", ["", "x" * 51, 5, None, ["a"], "a\nb", "a\0"])
async def test_a_tag_that_does_not_fit_is_400_and_named_by_its_place(api: Api, tag: Any) -> None:
    error = assert_failure(await api.post("/api/mocs", {**MOC, "tags": ["good", tag]}), 400, "VALIDATION_ERROR")
    assert error["details"][0]["field"].startswith("tags[")


@pytest.mark.parametrize("field", ["title", "type", "author"])
async def test_a_missing_field_is_named(api: Api, field: str) -> None:
    body = {name: value for name, value in MOC.items() if name != field}
    assert_failure(await api.post("/api/mocs", body), 400, "VALIDATION_ERROR", field)


@pytest.mark.parametrize("brand", [None, "", " "])
async def test_a_set_without_a_brand_is_400_even_with_an_author(api: Api, brand: str | None) -> None:
    body = {**SET, "author": "Ada", "brand": brand}
    assert_failure(await api.post("/api/mocs", body), 400, "VALIDATION_ERROR", "brand")


ACCEPTED: list[tuple[str, Any]] = [
    ("title", "x" * 200),
    ("title", "🧱" * 200),
    ("title", "%_\\'\";--<b>{}"),
    ("description", "x" * 5000),
    ("description", "a\r\n\tb"),
    ("description", ""),
    ("author", "a" * 255),
    ("partsCount", 1),
    ("partsCount", 2**31 - 1),
    ("releaseYear", 1932),
    ("releaseYear", THIS_YEAR + 1),
    ("tags", []),
    ("tags", [f"tag {n}" for n in range(20)]),
    ("tags", ["x" * 50]),
    ("tags", ["a", "a"]),
    ("thumbnailUrl", "/uploads/a.jpg"),
]


@pytest.mark.parametrize(("field", "value"), ACCEPTED)
async def test_a_value_at_its_limit_is_taken_and_served(api: Api, field: str, value: Any) -> None:
    made = (await api.post("/api/mocs", {**MOC, field: value})).json()["data"]
    assert made[field] == value
    assert (await api.get(f"/api/mocs/{made['id']}")).json()["data"][field] == value


@pytest.mark.parametrize(
    ("sent", "served"),
    [
        ("2025-11-02T12:15:30.123456+02:00", "2025-11-02T10:15:30.123Z"),
        ("2025-11-02T10:15:30Z", "2025-11-02T10:15:30.000Z"),
        ("2025-11-02T10:15:30.1", "2025-11-02T10:15:30.100Z"),
        ("2024-12-31T23:30:00-01:00", "2025-01-01T00:30:00.000Z"),
        ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00.000Z"),
        ("9999-12-31T23:59:59.999999Z", "9999-12-31T23:59:59.999Z"),
    ],
)
async def test_times_come_in_with_any_zone_and_go_out_in_utc_with_milliseconds(
    api: Api, sent: str, served: str
) -> None:
    made = (await api.post("/api/mocs", {**MOC, "uploadedDate": sent})).json()["data"]
    assert made["uploadedDate"] == served
    assert (await api.get("/api/mocs")).json()["data"][0]["uploadedDate"] == served


async def test_a_title_is_trimmed_before_it_is_counted_and_compared(api: Api) -> None:
    made = (await api.post("/api/mocs", {**MOC, "title": "  " + "x" * 200 + " \u2003"})).json()["data"]
    assert made["title"] == "x" * 200
    again = await api.post("/api/mocs", {**MOC, "title": " " + "x" * 200})
    assert_failure(again, 409, "CONFLICT", "title")


async def test_the_same_title_twice_is_409_whatever_the_type(api: Api) -> None:
    await api.create()
    assert_failure(await api.post("/api/mocs", MOC), 409, "CONFLICT", "title")
    assert_failure(await api.post("/api/mocs", {**SET, "title": MOC["title"]}), 409, "CONFLICT", "title")
    assert (await api.get("/api/mocs")).json()["total"] == 1


async def test_another_user_may_use_the_title(api: Api) -> None:
    await api.create()
    await api.create("bob")
    assert (await api.get("/api/mocs", "bob")).json()["total"] == 1


async def test_twenty_at_once_make_one_moc_and_nineteen_conflicts(api: Api, postgres: Postgres, database: str) -> None:
    answers = await asyncio.gather(*(api.post("/api/mocs", MOC) for _ in range(20)))
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 19
    for answer in answers:
        if answer.status_code == 409:
            assert_failure(answer, 409, "CONFLICT", "title")
    assert postgres.run("SELECT count(*) FROM moc_instructions", database) == ["1"]


async def test_what_was_written_is_in_the_database_as_the_other_backend_reads_it(
    api: Api, postgres: Postgres, database: str
) -> None:
    await api.post("/api/mocs", EVERYTHING)
    row = postgres.run(
        "SELECT user_id, title, type, parts_count, release_year, retired, uploaded_date, tags, set_number,"
        " total_piece_count IS NULL, created_at = updated_at, date_trunc('milliseconds', created_at) = created_at,"
        " abs(extract(epoch FROM timezone('utc', now()) - created_at)) < 60 FROM moc_instructions",
        database,
    )
    tags = '["space", "grey, light", "🧱"]'
    assert row == [f"alice|Falcon|moc|1254|1999|f|2025-11-02 10:15:30.123|{tags}|MOC-172552|t|t|t|t"]
