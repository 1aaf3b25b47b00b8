"""A recorded request names every call that it makes: to PostgreSQL, Redis, the search engine and S3; and no person."""

from collections.abc import Iterator

import pytest

from service.db.naming import name_of
from service.search.indices import MOCS
from service.telemetry.spans import Span
from tests.fakes.clamd import LOOPBACK, fake_clamd
from tests.fakes.spans import Kept, kept_spans
from tests.integration.service.api import Api
from tests.integration.service.conftest import Open
from tests.integration.service.gallery import album, image, sent


@pytest.fixture
def kept() -> Iterator[Kept]:
    """Every request is recorded."""
    with kept_spans() as kept:
        yield kept


def told(kept: Kept, route: str) -> list[str]:
    """`NAME operation` of what the newest request to this route did."""
    for spans in reversed(kept.sent):
        if spans[0].name == route:
            return [f"{one.name} {one.attributes.get('operation', '')}".strip() for one in spans[1:]]
    raise AssertionError([spans[0].name for spans in kept.sent])


def by_name(kept: Kept, route: str) -> dict[str, Span]:
    (spans,) = [spans for spans in kept.sent if spans[0].name == route]
    return {f"{one.name} {one.attributes.get('operation', '')}".strip(): one for one in spans}


async def test_a_cached_read_asks_redis_alone(api: Api, kept: Kept) -> None:
    await api.get("/api/mocs")
    assert "postgresql SELECT moc_instructions" in told(kept, "GET /api/mocs")
    await api.get("/api/mocs")
    assert told(kept, "GET /api/mocs") == ["redis MGET"]


async def test_a_search_asks_the_engine(api: Api, kept: Kept) -> None:
    await api.get("/api/mocs?search=castle")
    calls = by_name(kept, "GET /api/mocs")
    (search,) = [one for name, one in calls.items() if name.startswith("opensearch") and name.endswith("_search")]
    assert search.attributes["index"] == MOCS


async def test_a_change_is_a_transaction_between_two_words_to_the_cache(api: Api, kept: Kept) -> None:
    moc = await api.create()
    calls = by_name(kept, "POST /api/mocs")
    server = calls["POST /api/mocs"]
    assert calls["transaction"].parent_number == server.number
    assert calls["postgresql INSERT moc_instructions"].parent_number == calls["transaction"].number
    assert [one for one in told(kept, "POST /api/mocs") if one == "redis EVAL"] == ["redis EVAL", "redis EVAL"]
    await api.patch(f"/api/mocs/{moc['id']}", {"title": "Other"})
    changed = next(spans for spans in kept.sent if spans[0].name.startswith("PATCH"))
    inside = {one.number: one for one in changed if one.name == "transaction"}
    statements = [one for one in changed if one.name == "postgresql" and one.parent_number in inside]
    assert any(str(one.attributes["operation"]).startswith("UPDATE moc_instructions") for one in statements)


async def test_the_orms_statements_are_told_like_the_others_and_so_are_their_failures(api: Api, kept: Kept) -> None:
    place = await album(api)
    await image(api, albumId=place["id"])
    await api.create(title="Taken")
    kept.sent.clear()
    again = await api.post("/api/mocs", {"title": "Taken", "type": "moc", "author": "Ada"})
    assert again.status_code == 409
    (spans,) = [spans for spans in kept.sent if spans[0].kind == "server"]
    (insert,) = [one for one in spans if str(one.attributes.get("operation", "")).startswith("INSERT")]
    assert "Unique" in insert.error or "Integrity" in insert.error
    assert spans[0].error == ""


async def test_an_upload_names_scanner_and_file_store(open_api: Open, kept: Kept) -> None:
    async with fake_clamd() as clamd, open_api(clamd_endpoint=f"{LOOPBACK}:{clamd.port}") as api:
        answer = await sent(api)
        assert answer.status_code == 201
        await api.delete(f"/api/images/{answer.json()['data']['id']}")
        await api.runtime.background.drain(5.0)
    calls = by_name(kept, "POST /api/images")
    assert int(calls["clamd INSTREAM"].attributes["bytes"]) > 0
    assert [one for one in told(kept, "POST /api/images") if one.startswith("s3")] == ["s3 PutObject"] * 2
    assert "s3 DeleteObjects" in kept.told()


async def test_nothing_that_is_sent_names_a_person_or_a_value(api: Api, kept: Kept) -> None:
    moc = await api.create(title="Alices secret castle")
    await api.get(f"/api/mocs/{moc['id']}")
    await api.get("/api/mocs?search=secret")
    await sent(api, title="Alices picture")
    everything = repr([(one.name, one.attributes, one.error) for one in kept.spans])
    assert "alice" not in everything.lower()
    assert "secret" not in everything
    assert moc["id"] not in everything
    assert "'userId': 'u-" in everything


@pytest.mark.parametrize(
    ("statement", "name"),
    [
        ("SELECT 1", "SELECT"),
        ("SELECT id FROM moc_instructions WHERE user_id = $1", "SELECT moc_instructions"),
        ('\n INSERT INTO "turns" (name) VALUES ($1)', "INSERT turns"),
        ("update gallery_images SET title = 'from me'", "UPDATE gallery_images"),
        ("WITH a AS (SELECT id FROM mocs) SELECT * FROM a", "SELECT mocs"),
        ("DELETE FROM ONLY wishlist_items", "DELETE wishlist_items"),
        ("BEGIN;", "BEGIN"),
        ("", "SQL"),
    ],
)
def test_a_statement_is_called_by_its_verb_and_table(statement: str, name: str) -> None:
    assert name_of(statement) == name
