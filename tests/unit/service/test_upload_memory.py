"""Memory for uploads: handed out in order, given back whatever happens."""

import asyncio

import pytest

from service.kernel.errors import Unavailable
from service.web.memory import UploadMemory
from tests.fakes.log_lines import log_lines


async def test_what_fits_is_had_at_once_and_the_rest_waits_its_turn() -> None:
    memory = UploadMemory(100)
    assert [await memory.take(60), await memory.take(40)] == [60, 40]
    large, small = (asyncio.create_task(memory.take(wanted)) for wanted in (70, 10))
    await asyncio.sleep(0)
    memory.give(40)
    await asyncio.sleep(0)
    assert not large.done()
    assert not small.done(), "nobody overtakes"
    memory.give(60)
    assert (await large, await small) == (70, 10)


async def test_more_than_there_is_takes_all_of_it() -> None:
    memory = UploadMemory(100)
    assert await memory.take(500) == 100
    memory.give(100)
    assert await memory.take(100) == 100


async def test_who_waits_too_long_is_told_and_stands_in_nobodys_way() -> None:
    memory = UploadMemory(100, patience_seconds=0.05)
    await memory.take(60)
    with log_lines() as lines, pytest.raises(Unavailable):
        await memory.take(80)
    assert [line["bytes"] for line in lines.of("upload_memory_exhausted")] == [80]
    assert await memory.take(40) == 40


async def test_who_is_cancelled_leaves_the_line_also_at_the_moment_of_the_turn() -> None:
    memory = UploadMemory(100)
    await memory.take(100)
    first, second = (asyncio.create_task(memory.take(100)) for _ in range(2))
    await asyncio.sleep(0)
    first.cancel()
    await asyncio.wait([first])
    memory.give(100)  # the second's turn, which it never sees
    second.cancel()
    await asyncio.wait([second])
    assert await memory.take(100) == 100
