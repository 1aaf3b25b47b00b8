"""One reindexer at a time, on a search server."""

import asyncio
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec
import pytest

from cutover.core.reindex.models import ReindexStopped, SearchRefused, SearchUnreachable, StoppedBy
from cutover.reindex.http import HttpSearch
from cutover.reindex.lock import Holder, Locks
from cutover.reindex.lock_document import INDEX, Held
from cutover.reindex.place import Place
from tests.fakes.waiting import until
from tests.integration.reindex.clusters import alias, search

__all__ = ["alias", "search"]

SHORT_SECONDS = 0.4


class Line:
    """A line to the cluster that may be cut, or lose answers; implements ports.Search."""

    def __init__(self, search: HttpSearch) -> None:
        self.search = search
        self.send, self.close = search.send, search.close
        self.cut: Exception | None = None
        self.losing = 0
        self.in_vain = 0

    async def ask(self, method: str, path: str, body: Any = None, *, timeout_seconds: float = 10.0) -> Any:
        """What the cluster says, unless that is lost."""
        if self.cut is not None:
            self.in_vain += 1
            raise self.cut
        answer = await self.search.ask(method, path, body, timeout_seconds=timeout_seconds)
        if method == "PUT" and "_doc" in path and self.losing:
            self.losing -= 1
            raise SearchUnreachable("the answer is lost")
        return answer


def locks(search: Any, folder: Path, host: str = "here", seconds: float = 60.0, ahead: float = 0.0) -> Locks:
    """The locks as they are seen from a machine, whose clock may be ahead."""
    return Locks(search, Holder("ada", host, folder), lasts_seconds=seconds, now=lambda: time.time() + ahead)


async def for_ever() -> None:
    """Work that does not end, but for the test's sake."""
    async with asyncio.timeout(20):
        await asyncio.Event().wait()


async def test_a_held_lock_keeps_others_out_and_says_who_holds_it(
    search: HttpSearch, alias: str, tmp_path: Path
) -> None:
    async with locks(search, tmp_path / "a").held(alias, "r1"):
        with pytest.raises(ReindexStopped) as stopped:
            async with locks(search, tmp_path / "b", "there").held(alias, "r2"):
                pytest.fail("two at once")

    assert stopped.value.by is StoppedBy.LOCKED
    assert str(stopped.value).startswith(f"{alias} is being reindexed by ada on here, since ")
    assert f"cutover reindex status {alias}" in stopped.value.way_on


async def test_a_lock_is_free_again_afterwards_whatever_happened(
    search: HttpSearch, alias: str, tmp_path: Path
) -> None:
    seen, held = locks(search, tmp_path / "a"), list[Held | None]()

    async def work() -> None:
        async with seen.held(alias, "r1"):
            held.append(await seen.holder(alias))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await work()

    assert [(one.run, one.identity, one.host) for one in held if one] == [("r1", "ada", "here")]
    assert await seen.holder(alias) is None
    async with locks(search, tmp_path / "b", "there").held(alias, "r2") as lock:
        await lock.confirm()


async def test_two_aliases_do_not_stand_in_each_others_way(search: HttpSearch, alias: str, tmp_path: Path) -> None:
    async with locks(search, tmp_path).held(alias, "r1"), locks(search, tmp_path).held(f"{alias}2", "r1"):
        assert await locks(search, tmp_path).holder(f"{alias}2") is not None


async def test_of_many_who_come_at_once_one_gets_it(search: HttpSearch, alias: str, tmp_path: Path) -> None:
    done, inside = asyncio.Event(), 0

    async def come(number: int) -> str:
        nonlocal inside
        try:
            async with locks(search, tmp_path / str(number), str(number)).held(alias, str(number)):
                inside += 1
                await done.wait()
                return "held"
        except ReindexStopped as stopped:
            return stopped.by.value

    coming = [asyncio.create_task(come(number)) for number in range(8)]

    async def seven_are_refused() -> bool:
        return sum(task.done() for task in coming) == 7

    await until(seven_are_refused)
    assert inside == 1
    done.set()
    assert sorted(await asyncio.gather(*coming)) == ["held"] + ["locked"] * 7


async def test_a_lock_is_prolonged_for_as_long_as_it_is_held(search: HttpSearch, alias: str, tmp_path: Path) -> None:
    seen = locks(search, tmp_path, seconds=SHORT_SECONDS)
    async with seen.held(alias, "r1"):
        first = await seen.holder(alias)

        async def is_longer() -> bool:
            now = await seen.holder(alias)
            return now is not None and first is not None and now.until > first.until + SHORT_SECONDS

        await until(is_longer)


async def test_a_dead_holders_lock_is_taken_over_when_its_time_is_over_and_clocks_differ(
    search: HttpSearch, alias: str, tmp_path: Path
) -> None:
    await leave_behind(search, alias, tmp_path / "a")

    with pytest.raises(ReindexStopped):
        async with locks(search, tmp_path / "b", ahead=74).held(alias, "r2"):
            pytest.fail("it may still be alive")
    async with locks(search, tmp_path / "b", ahead=76).held(alias, "r2"):
        held = await locks(search, tmp_path / "b", ahead=76).holder(alias)

    assert held is not None
    assert held.run == "r2"


async def leave_behind(search: HttpSearch, alias: str, folder: Path) -> str:
    """The lock of a holder that was killed: its document stays, its file is free; the file's name."""
    lock = locks(search, folder).held(alias, "r1")
    await lock.__aenter__()
    found = await locks(search, folder).document(alias).read()
    assert found is not None
    await lock.__aexit__(None, None, None)
    await locks(search, folder).document(alias).exchange(None, found.held)
    return found.held.place


async def test_on_the_same_machine_a_killed_process_keeps_nobody_waiting(
    search: HttpSearch, alias: str, tmp_path: Path
) -> None:
    place = await leave_behind(search, alias, tmp_path)

    async with locks(search, tmp_path).held(alias, "r1"):
        found = await locks(search, tmp_path).document(alias).read()

    assert found is not None
    assert found.held.place == place


def test_a_process_that_dies_leaves_its_place(tmp_path: Path) -> None:
    code = (
        "import sys, os, pathlib\nfrom cutover.reindex.place import Place\n"
        "print(Place(pathlib.Path(sys.argv[1]), 'mocs').seize(), flush=True)\nsys.stdin.read()"
    )
    path = tmp_path / "made" / "mocs.lock"
    with subprocess.Popen(
        [sys.executable, "-c", code, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        name = process.stdout.readline().strip()
        with pytest.raises(ReindexStopped, match="another process on this machine reindexes mocs") as stopped:
            Place(path, "mocs").seize()
        process.kill()
        process.wait()

    assert stopped.value.by is StoppedBy.LOCKED
    place = Place(path, "mocs")
    assert place.seize() == name
    place.leave()
    place.leave()  # does no harm


def test_a_place_that_can_not_be_written_is_told_of(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")

    with pytest.raises(ReindexStopped, match="can't be written: ") as stopped:
        Place(tmp_path / "file" / "mocs.lock", "mocs").seize()

    assert "reindex.folder" in stopped.value.way_on


def test_a_place_with_something_else_in_it_gets_a_name(tmp_path: Path) -> None:
    (tmp_path / "mocs.lock").write_text("x")
    place = Place(tmp_path / "mocs.lock", "mocs")

    name = place.seize()
    place.leave()

    assert len(name) == 32
    assert (tmp_path / "mocs.lock").read_text() == name


async def steal(search: HttpSearch, alias: str) -> None:
    """Have somebody else hold the lock."""
    now = time.time()
    held = Held("r9", "token", "place", "there", "eve", now, now + 60)
    await search.ask("PUT", f"/{INDEX}/_doc/{alias}", msgspec.to_builtins(held))


async def test_who_loses_the_lock_stops_at_once(search: HttpSearch, alias: str, tmp_path: Path) -> None:
    async def work() -> None:
        async with locks(search, tmp_path, seconds=SHORT_SECONDS).held(alias, "r1"):
            await steal(search, alias)
            await for_ever()

    with pytest.raises(ReindexStopped, match=f"the lock of {alias} was lost: eve on there, since .* has it") as stopped:
        await work()

    assert stopped.value.by is StoppedBy.LOCKED
    held = await locks(search, tmp_path).holder(alias)
    assert held is not None
    assert held.run == "r9"
    current = asyncio.current_task()
    assert current is not None
    assert current.cancelling() == 0


async def test_who_asks_before_a_swap_learns_that_the_lock_is_gone(
    search: HttpSearch, alias: str, tmp_path: Path
) -> None:
    async def work() -> None:
        async with locks(search, tmp_path).held(alias, "r1") as lock:
            await steal(search, alias)
            with pytest.raises(ReindexStopped, match="eve on there"):
                await lock.confirm()
            await lock.confirm()

    with pytest.raises(ReindexStopped, match="eve on there"):
        await work()

    assert await locks(search, tmp_path).holder(alias) is not None


async def test_a_lock_that_somebody_deleted_is_lost(search: HttpSearch, alias: str, tmp_path: Path) -> None:
    async def work() -> None:
        async with locks(search, tmp_path).held(alias, "r1") as lock:
            await search.ask("DELETE", f"/{INDEX}/_doc/{alias}")
            await lock.confirm()

    with pytest.raises(ReindexStopped, match="was lost: somebody deleted it"):
        await work()


async def test_a_body_that_ends_as_the_lock_is_lost_is_told_of_it_too(
    search: HttpSearch, alias: str, tmp_path: Path
) -> None:
    async def work() -> None:
        async with locks(search, tmp_path, seconds=SHORT_SECONDS).held(alias, "r1"):
            await steal(search, alias)
            with suppress(asyncio.CancelledError):  # and ends as if nothing were
                await for_ever()

    with pytest.raises(ReindexStopped, match="was lost"):
        await work()

    current = asyncio.current_task()
    assert current is not None
    assert current.cancelling() == 0
    await asyncio.sleep(0)  # nothing is under way any more


async def test_a_line_that_is_cut_for_a_moment_costs_nothing(search: HttpSearch, alias: str, tmp_path: Path) -> None:
    line = Line(search)
    async with locks(line, tmp_path, seconds=4.0).held(alias, "r1") as lock:
        line.cut = SearchUnreachable("cut")
        with pytest.raises(SearchUnreachable):
            await lock.confirm()

        async def has_tried_by_itself() -> bool:
            return line.in_vain == 2

        await until(has_tried_by_itself)
        line.cut = None

        await lock.confirm()


@pytest.mark.parametrize("error", [SearchUnreachable("cut"), SearchRefused(403, "cluster_block_exception", "full")])
async def test_a_lock_that_can_not_be_prolonged_is_lost_when_others_may_take_it(
    search: HttpSearch, alias: str, tmp_path: Path, error: Exception
) -> None:
    line = Line(search)

    async def work() -> None:
        async with locks(line, tmp_path, seconds=SHORT_SECONDS).held(alias, "r1"):
            line.cut = error
            await for_ever()

    with pytest.raises(ReindexStopped, match=f"it could not be prolonged for {SHORT_SECONDS:g} s: "):
        await work()


async def test_an_answer_that_is_lost_does_not_lose_the_lock(search: HttpSearch, alias: str, tmp_path: Path) -> None:
    line = Line(search)
    async with locks(line, tmp_path).held(alias, "r1") as lock:
        line.losing = 1
        with pytest.raises(SearchUnreachable):
            await lock.confirm()

        await lock.confirm()
        await lock.confirm()

    assert await locks(search, tmp_path).holder(alias) is None


async def test_who_is_interrupted_is_interrupted_and_leaves_the_lock_free(
    search: HttpSearch, alias: str, tmp_path: Path
) -> None:
    inside = asyncio.Event()

    async def work() -> None:
        async with locks(search, tmp_path).held(alias, "r1"):
            inside.set()
            await asyncio.Event().wait()

    working = asyncio.create_task(work())
    await inside.wait()
    working.cancel()

    with pytest.raises(asyncio.CancelledError):
        await working
    assert await locks(search, tmp_path).holder(alias) is None


async def test_a_cluster_that_refuses_the_lock_is_told_of_and_the_place_is_free(
    search: HttpSearch, alias: str, tmp_path: Path
) -> None:
    line = Line(search)
    line.cut = SearchRefused(403, "security_exception", "no rights")
    with pytest.raises(ReindexStopped, match=f"the lock of {alias}, a document in {INDEX}, can't be written: 403"):
        async with locks(line, tmp_path).held(alias, "r1"):
            pytest.fail("without a lock")

    async with locks(search, tmp_path).held(alias, "r1"):
        pass


async def test_a_document_that_is_none_of_ours_is_no_answer(search: HttpSearch, alias: str, tmp_path: Path) -> None:
    await search.ask("PUT", f"/{INDEX}/_doc/{alias}", {"something": "else"})

    with pytest.raises(SearchUnreachable, match="an answer that is none"):
        async with locks(search, tmp_path).held(alias, "r1"):
            pytest.fail("without a lock")

    await search.ask("DELETE", f"/{INDEX}/_doc/{alias}")
