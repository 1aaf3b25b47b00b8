"""What stands in a reindex's way, as whoever runs the command meets it: the exit code, the words, nothing harmed."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest_asyncio

from service.search.indices import MOCS
from tests.integration.servers import send
from tests.stack.reindexing.faulty_search import Answer, Request, answered
from tests.stack.reindexing.site import OLD_INDEX, Site, site

ROWS = 400
TITLE = "Castle no. 7"
RUN = ("run", MOCS, "--swap", "--yes")
DONE, LOCKED, REFUSED, UNEQUAL = 0, 7, 8, 12
FLOOD_STAGE = (
    "index [moc_instructions] blocked by: [TOO_MANY_REQUESTS/12/disk usage exceeded flood-stage watermark, index has"
    " read-only-allow-delete block];"
)


@pytest_asyncio.fixture
async def empty(database: str, search_server: str, tmp_path: Path) -> AsyncIterator[Site]:
    """A site with an empty table and no index."""
    async with site(database, search_server, tmp_path) as made:
        yield made


@pytest_asyncio.fixture
async def here(empty: Site) -> Site:
    """A site with rows, and an index of them that serves."""
    await empty.seed(ROWS)
    return empty


async def test_an_index_that_has_the_name_of_the_alias_is_replaced_only_when_allowed(empty: Site) -> None:
    await empty.seed(ROWS)
    send("DELETE", f"{empty.url}/{OLD_INDEX}", None)
    empty.make_index(MOCS, {"properties": {"title": {"type": "text"}}})  # as the old service left it
    send("PUT", f"{empty.url}/{MOCS}/_doc/1", {"title": "Castle"})
    told = await empty.run(*RUN)
    assert (told.code, "--replace-index" in told.error) == (REFUSED, True), told
    assert send("GET", f"{empty.url}/{MOCS}", None).keys() == {MOCS}
    told = await empty.run(*RUN, "--replace-index")
    assert told.code == DONE, told
    assert MOCS not in empty.indices()
    assert await empty.unequal() == {}


async def test_an_empty_table_is_swapped_in_only_when_allowed(here: Site) -> None:
    await here.sql(f"DELETE FROM {MOCS}")
    told = await here.run(*RUN)
    assert (told.code, "--allow-empty" in told.error) == (REFUSED, True), told
    assert here.serving() == [OLD_INDEX]
    told = await here.run(*RUN, "--allow-empty")
    assert told.code == DONE, told
    assert here.serving() != [OLD_INDEX]
    assert await here.unequal() == {}


async def test_a_block_on_the_new_index_stops_the_load_which_goes_on_when_it_is_lifted(here: Site) -> None:
    here.line.on_bulk = lambda: block(here, True)
    told = await here.run(*RUN)
    assert (told.code, "takes no writes" in told.error) == (REFUSED, True), told
    assert here.serving() == [OLD_INDEX]
    here.line.on_bulk = lambda: None
    block(here, None)
    told = await here.run(*RUN)
    assert told.code == DONE, told
    assert len(here.indices()) == 2
    assert await here.unequal() == {}


async def test_full_disks_stop_the_load_which_goes_on_when_there_is_room(here: Site) -> None:
    here.line.instead = flood_stage
    told = await here.run(*RUN)
    assert (told.code, "disks are full" in told.error) == (REFUSED, True), told
    assert here.serving() == [OLD_INDEX]
    here.line.instead = lambda _: None
    told = await here.run(*RUN)
    assert told.code == DONE, told
    assert len(here.indices()) == 2
    assert await here.unequal() == {}


async def test_a_mapping_that_is_not_ours_is_not_swapped_in(here: Site) -> None:
    here.line.on_bulk = lambda: change_mapping(here)
    told = await here.run(*RUN)
    assert told.code in {REFUSED, UNEQUAL}, told
    assert "mapping" in told.error
    assert here.serving() == [OLD_INDEX]


async def test_a_row_of_which_no_document_can_be_made_is_named_and_left_out_only_when_allowed(here: Site) -> None:
    [[bad]] = await here.sql(f"UPDATE {MOCS} SET uploaded_date = '0044-03-15 BC' WHERE title = '{TITLE}' RETURNING id")
    told = await here.run(*RUN)
    assert told.code == UNEQUAL, told
    assert "--accept-dead 1" in told.error
    assert str(bad) in told.out + told.error + "".join(path.read_text() for path in dead_letters(here))
    assert here.serving() == [OLD_INDEX]
    told = await here.run(*RUN, "--accept-dead", "1")
    assert told.code == DONE, told
    [index] = here.serving()
    assert len(here.documents(index)) == ROWS - 1


async def test_of_two_reindexers_at_once_on_two_machines_one_works(here: Site, tmp_path: Path) -> None:
    here.line.delay_seconds = 0.05
    other = Site(here.dsn, here.url, here.line, tmp_path / "other")
    other.folder.mkdir()
    first, second = await asyncio.gather(here.run(*RUN), later(other))
    assert {first.code, second.code} == {DONE, LOCKED}, (first, second)
    locked = first if first.code == LOCKED else second
    assert "is being reindexed by" in locked.error
    assert len(here.indices()) == 2
    assert await here.unequal() == {}


async def later(other: Site) -> Any:
    """The same command, once the first has begun."""
    begun = asyncio.Event()
    other.line.on_bulk = begun.set
    await begun.wait()
    return await other.run(*RUN)


def block(here: Site, wanted: bool | None) -> None:
    """Forbid or allow writes to every new index."""
    for name in here.indices():
        if name != OLD_INDEX:
            send("PUT", f"{here.url}/{name}/_settings", {"index.blocks.write": wanted})


def flood_stage(request: Request) -> Answer | None:
    """Answer to bulk requests as a node whose disk is full."""
    if not request.is_bulk:
        return None
    error = {"type": "cluster_block_exception", "reason": FLOOD_STAGE}
    items = [{"index": {"status": 429, "error": error}} for _ in range(request.body.count(b"\n") // 2)]
    return answered(200, json.dumps({"errors": True, "items": items}).encode())


def change_mapping(here: Site) -> None:
    """Give every new index a field that ours has not."""
    for name in here.indices():
        if name != OLD_INDEX:
            send("PUT", f"{here.url}/{name}/_mapping", {"properties": {"added": {"type": "keyword"}}})


def dead_letters(here: Site) -> list[Path]:
    """The files of what could not be indexed."""
    return sorted(here.folder.rglob("*.dead.ndjson"))
