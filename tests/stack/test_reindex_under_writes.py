"""A reindex while a backend writes, the command is killed, and database and cluster misbehave: nothing is lost."""

import asyncio
import os
import random
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest
import pytest_asyncio

from tests.stack.reindexing.site import OLD_INDEX, Site, Watch, site, writing

# REINDEX_SEEDS and REINDEX_ROWS make it thorough: so many histories, over so many rows.
SEEDS = range(1, 1 + int(os.environ.get("REINDEX_SEEDS", "1")))
ROWS = int(os.environ.get("REINDEX_ROWS", "1200"))
KILLS = 4
MOST_KILLS = ROWS // 100  # each load sends more than that before it is killed
IN_FLIGHT = 4
STARTS = 40
UNREACHABLE, KILLED = 10, -9
RUN = ("run", "moc_instructions", "--swap", "--yes")


@pytest_asyncio.fixture
async def here(database: str, search_server: str, tmp_path: Path) -> AsyncIterator[Site]:
    """A site with rows, and an index of them that serves."""
    async with site(database, search_server, tmp_path) as made:
        await made.seed(ROWS)
        yield made


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("per_second", [0.01, 0.001])
async def test_whatever_happens_meanwhile_index_and_table_are_equal(here: Site, per_second: float, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - the same history for the same seed
    here.line.fault_rate, here.line.other_rate = 0.15, 0.01
    watch = Watch(here.url)
    async with (
        writing(here, max(2.0, ROWS * per_second), seed) as did,
        watch.watching(),
        lost_connections(here, chance) as cut,
    ):
        codes = await run_to_the_end(here, chance)
    assert await here.unequal() == {}
    assert sum(did.values()) > 0
    assert sum(here.line.met.values()) > 0
    assert cut["connections"] > 0
    assert codes[KILLED] >= 1
    assert watch.failures == []
    assert watch.answered == [OLD_INDEX, *here.serving()]


async def test_what_was_acknowledged_is_not_sent_again_after_a_kill(here: Site) -> None:
    here.line.delay_seconds = 0.01
    codes = [KILLED]
    while codes[-1] == KILLED and len(codes) <= MOST_KILLS:
        codes.append((await here.run_until(15, *RUN, hook="on_bulk")).code)
    kills = codes[1:].count(KILLED)
    assert (codes[-1], kills >= 2) == (0, True)
    [index] = here.serving()
    assert ROWS <= here.line.sent[index] <= ROWS + kills * IN_FLIGHT * here.line.most
    assert await here.unequal() == {}


async def run_to_the_end(here: Site, chance: random.Random) -> "Counter[int]":
    """Start the command, kill it, start it again, until it says that it is done: how its starts ended."""
    codes: Counter[int] = Counter()
    for _ in range(STARTS):
        if codes[KILLED] < KILLS:
            requests, seconds = chance.randrange(1, 2 * ROWS // 25), chance.uniform(0, 0.05)
            told = await here.run_until(requests, *RUN, then_seconds=seconds)
        else:
            told = await here.run(*RUN)
        codes[told.code] += 1
        if told.code == 0:
            return codes
        assert told.code in {KILLED, UNREACHABLE}, told
    raise AssertionError(f"not done after {STARTS} starts: {codes}")


@asynccontextmanager
async def lost_connections(here: Site, chance: random.Random) -> AsyncIterator["Counter[str]"]:
    """The connections of the command to the database end now and then; those that did are counted."""
    cut: Counter[str] = Counter()

    async def cut_on() -> None:
        while True:
            await asyncio.sleep(chance.uniform(0.1, 0.8))
            cut["connections"] += await here.cut_connections()

    task = asyncio.create_task(cut_on())
    try:
        yield cut
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
