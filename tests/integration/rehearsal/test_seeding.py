"""The seeded data in a real database and a real index."""

import asyncio
import json
import urllib.error
from collections.abc import Callable, Iterator

import asyncpg
import pytest

from cutover.rehearsal import seed
from service.search.indices import MAPPINGS, MOCS
from tests.integration.servers import remove_index, send


@pytest.fixture
def empty_search(search_server: str) -> Iterator[str]:
    """The search server without indices, before and after."""
    for name in MAPPINGS:
        remove_index(search_server, name)
    yield search_server
    for name in MAPPINGS:
        remove_index(search_server, name + seed.INDEX_SUFFIX)


async def test_what_is_seeded_is_in_the_table_and_behind_the_alias(database: str, empty_search: str) -> None:
    await seed.seed_database(database)
    others = len(seed.image_rows()) + len(seed.wish_rows())
    assert await seed.seed_index(database, empty_search) == seed.MOC_COUNT + others
    connection = await asyncpg.connect(database)
    rows = await connection.fetch("SELECT id, title, tags::text AS tags FROM moc_instructions")
    await connection.close()
    found = await asyncio.to_thread(send, "POST", f"{empty_search}/{MOCS}/_search", {"size": seed.MOC_COUNT})
    documents = {hit["_id"]: hit["_source"] for hit in found["hits"]["hits"]}
    assert {str(row["id"]): row["title"] for row in rows} == {key: one["title"] for key, one in documents.items()}
    assert all(documents[str(row["id"])]["tags"] == json.loads(row["tags"]) for row in rows)


@pytest.mark.parametrize(("table", "rows"), [("gallery_images", seed.image_rows), ("wishlist_items", seed.wish_rows)])
async def test_images_and_wishes_are_in_their_tables_and_behind_their_aliases(
    database: str, empty_search: str, table: str, rows: Callable[[], list[tuple[object, ...]]]
) -> None:
    await seed.seed_database(database)
    await seed.seed_index(database, empty_search)
    connection = await asyncpg.connect(database)
    kept = {str(row["id"]): row["title"] for row in await connection.fetch(f"SELECT id, title FROM {table}")}
    await connection.close()
    found = await asyncio.to_thread(send, "POST", f"{empty_search}/{table}/_search", {"size": 2000})
    assert kept == {str(row[0]): row[2] for row in rows()}
    assert kept == {hit["_id"]: hit["_source"]["title"] for hit in found["hits"]["hits"]}


async def test_seeding_a_table_twice_fails_and_adds_nothing(database: str) -> None:
    await seed.seed_database(database)
    with pytest.raises(asyncpg.UniqueViolationError):
        await seed.seed_database(database)
    connection = await asyncpg.connect(database)
    assert await connection.fetchval("SELECT count(*) FROM moc_instructions") == seed.MOC_COUNT
    await connection.close()


async def test_an_index_that_is_there_already_is_not_made_again(database: str, empty_search: str) -> None:
    await seed.seed_database(database)
    await seed.seed_index(database, empty_search)
    with pytest.raises(urllib.error.HTTPError) as caught:
        await seed.seed_index(database, empty_search)
    caught.value.close()
