"""What the tests of clusters share: an alias of each test's own, on the session's search server."""

import re
from collections.abc import AsyncIterator
from uuid import uuid4

import pytest_asyncio

from cutover.reindex.http import HttpSearch

MAPPING = {
    "dynamic": "strict",
    "_meta": {"schema": "lego-projects/1"},
    "properties": {"id": {"type": "keyword"}, "title": {"type": "text", "analyzer": "standard"}},
}


@pytest_asyncio.fixture
async def search(search_server: str) -> AsyncIterator[HttpSearch]:
    """The session's search server."""
    search = HttpSearch(search_server, connections=4)
    yield search
    await search.close()


@pytest_asyncio.fixture
async def alias(search: HttpSearch) -> AsyncIterator[str]:
    """An alias that nobody else has; what was made for it is taken away."""
    name = f"mocs_{uuid4().hex}"
    yield name
    found = await search.ask("GET", f"/{name},{name}-*?ignore_unavailable=true")
    for index in found:
        assert re.match(r"mocs_|by-hand", index)
        await search.ask("PUT", f"/{index}/_settings", {"index.blocks.read_only_allow_delete": None})
        await search.ask("DELETE", f"/{index}")
