"""Work that is done again and again, whatever becomes of it."""

import asyncio

from service.jobs.periodic import Periodic
from service.kernel.errors import Unavailable
from tests.fakes.log_lines import log_lines


async def test_it_goes_on_after_failures_until_it_is_stopped() -> None:
    done = asyncio.Event()
    turns: list[str] = []

    async def work() -> None:
        turns.append("turn")
        if len(turns) == 1:
            raise Unavailable("the database is away")
        if len(turns) == 2:
            raise RuntimeError("a mistake of ours")
        done.set()

    with log_lines() as lines:
        periodic = Periodic("sweep", work, every_seconds=0.0)
        await periodic.start()
        async with asyncio.timeout(5):
            await done.wait()
        await periodic.stop()
        seen = len(turns)
        await asyncio.sleep(0.01)
    assert len(turns) == seen
    assert [line["error"] for line in lines.of("periodic_work_failed")] == ["Unavailable: the database is away"]
    assert [line["work"] for line in lines.of("periodic_work_crashed")] == ["sweep"]


async def test_what_is_under_way_is_broken_off_at_the_stop() -> None:
    begun, broken_off = asyncio.Event(), asyncio.Event()

    async def work() -> None:
        begun.set()
        try:
            await asyncio.Future()
        except asyncio.CancelledError:
            broken_off.set()
            raise

    periodic = Periodic("sweep", work)
    await periodic.start()
    await begun.wait()
    await periodic.stop()
    assert broken_off.is_set()


async def test_stopping_what_never_started_does_nothing() -> None:
    async def never() -> None:
        raise AssertionError

    await Periodic("sweep", never).stop()
