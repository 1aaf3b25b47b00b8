"""Indices of a search server verified against tables of PostgreSQL, with searches as the service makes them."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from cutover.core.reindex.models import ALIASES
from cutover.reindex.kinds import KIND
from cutover.reindex.verifying import Wanted, verify
from tests.integration.reindex.compared import QUICK, Pair, paired


@pytest_asyncio.fixture(params=ALIASES)
async def pair(request: pytest.FixtureRequest, database: str, search_server: str) -> AsyncIterator[Pair]:
    """100 rows, and an empty index."""
    async with paired(database, search_server, request.param, 100) as pair:
        yield pair


async def test_a_new_index_that_is_filled_and_answers_like_the_serving_one_is_verified(pair: Pair) -> None:
    old = f"{pair.index}-old"
    await pair.search.ask("PUT", f"/{old}", {"mappings": KIND[pair.alias].mapping})
    for row in await pair.run(f"SELECT * FROM {pair.alias}"):
        await Pair(pair.alias, old, pair.table, pair.search, pair.sql).put_row(row)
    await pair.search.ask("POST", f"/{old}/_refresh")  # what a second does to an index that serves

    wanted = Wanted(pair.alias, repair=True, serving=old, queries=10)
    found = await verify(pair.table, pair.search, pair.index, wanted, how=QUICK)
    await pair.search.ask("DELETE", f"/{old}")

    assert found.problems == ()
    assert found.equal
    assert (found.rows, found.documents, found.mended, found.queries) == (100, 100, 100, 10)
    assert found.overlap is not None
    assert found.overlap >= 0.9


async def test_a_verified_index_stays_verified_when_it_is_only_read(pair: Pair) -> None:
    await pair.compare(repair=True)

    found = await verify(pair.table, pair.search, pair.index, Wanted(pair.alias, repair=False, queries=5), how=QUICK)

    assert found.equal
    assert (found.mended, found.overlap, found.queries) == (0, None, 5)


async def test_a_serving_index_that_finds_other_things_is_told(pair: Pair) -> None:
    old = f"{pair.index}-old"
    await pair.search.ask("PUT", f"/{old}", {"mappings": KIND[pair.alias].mapping})

    wanted = Wanted(pair.alias, repair=True, serving=old, queries=5)
    found = await verify(pair.table, pair.search, pair.index, wanted, how=QUICK)
    await pair.search.ask("DELETE", f"/{old}")

    assert found.overlap == 0.0
    assert not found.equal
    assert [problem.partition(" find ")[0] for problem in found.problems] == ["5 searches"]


async def test_an_index_of_the_old_service_is_not_verified(pair: Pair) -> None:
    other = f"{pair.index}-other"
    await pair.search.ask("PUT", f"/{other}", {"mappings": {"properties": {"id": {"type": "text"}}}})

    found = await verify(pair.table, pair.search, other, Wanted(pair.alias, repair=True), how=QUICK)
    await pair.search.ask("DELETE", f"/{other}")

    assert not found.equal
    assert any("_meta.schema" in problem for problem in found.problems)
    assert (found.rows, found.documents) == (100, 0)
