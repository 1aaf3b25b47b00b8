"""Swap, rollback and prune on a search server."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from cutover.core.reindex.models import ReindexStopped, SearchRefused, SearchUnreachable, StoppedBy
from cutover.core.reindex.run import SwapWish
from cutover.core.reindex.swap import Change, Proof
from cutover.reindex.cluster import Cluster
from cutover.reindex.http import HttpSearch
from cutover.reindex.swapping import Swapping
from tests.integration.reindex.clusters import MAPPING, alias, search
from tests.integration.reindex.test_cluster import add, nap

__all__ = ["alias", "search"]

NOW = datetime(2025, 11, 12, 10, 15, 30, tzinfo=UTC)
FIRST, SECOND = NOW - timedelta(days=20), NOW - timedelta(minutes=10)
NOTHING = SwapWish()


async def ours() -> None:
    """Nobody has taken the lock."""


async def lost() -> None:
    """Somebody has."""
    raise ReindexStopped("the lock was lost", "again", StoppedBy.LOCKED)


class Bench:
    """A cluster with some indices of one alias."""

    def __init__(self, search: HttpSearch, alias: str) -> None:
        self.search, self.alias = search, alias
        self.cluster = Cluster(search, sleep=nap)
        self.swapping = Swapping(self.cluster, lambda: NOW)

    async def loaded(self, when: datetime, documents: int = 2) -> str:
        """An index that was loaded then."""
        made = await self.cluster.create(self.alias, MAPPING, {"run": "r"}, when)
        await add(self.search, made, documents)
        await self.cluster.finish(made, None)
        return made

    async def plan(self, index: str, wish: SwapWish = NOTHING, mapping: Any = MAPPING) -> Change:
        """The swap to a verified index."""
        proof = Proof(index, NOW, equal=True)
        return await self.swapping.plan_swap(self.alias, index, mapping=mapping, proof=proof, wish=wish)

    async def swap(self, index: str, wish: SwapWish = NOTHING) -> None:
        """Have that index serve."""
        await self.swapping.make(await self.plan(index, wish), ours)

    async def serving(self) -> str:
        """Which index serves."""
        found = (await self.cluster.standing(self.alias)).serving
        return found.name if found else ""

    async def names(self) -> Sequence[str]:
        """Every index of the alias."""
        standing = await self.cluster.standing(self.alias)
        return sorted(one.name for one in (*standing.others, *([standing.serving] if standing.serving else [])))


@pytest.fixture
def bench(search: HttpSearch, alias: str) -> Bench:
    """A cluster, and an alias of the test's own."""
    return Bench(search, alias)


async def test_a_swap_moves_the_alias_and_a_rollback_moves_it_back(bench: Bench) -> None:
    old, new = await bench.loaded(FIRST), await bench.loaded(SECOND)
    await bench.swap(old)

    await bench.swap(new)
    assert await bench.serving() == new
    aliases = await bench.search.ask("GET", f"/_alias/{bench.alias}")
    assert aliases == {new: {"aliases": {bench.alias: {"is_write_index": True}}}}

    back = await bench.swapping.plan_rollback(bench.alias)
    assert back == Change(bench.alias, old, new, back=True)
    await bench.swapping.make(back, ours)
    assert await bench.serving() == old
    with pytest.raises(ReindexStopped, match="that was a rollback"):
        await bench.swapping.plan_rollback(bench.alias)


async def test_going_forward_again_after_a_rollback_can_be_taken_back_too(bench: Bench) -> None:
    old, new = await bench.loaded(FIRST), await bench.loaded(SECOND)
    await bench.swap(old)
    await bench.swap(new)
    await bench.swapping.make(await bench.swapping.plan_rollback(bench.alias), ours)

    await bench.swap(new)

    assert (await bench.swapping.plan_rollback(bench.alias)).index == old


async def test_writes_through_the_alias_go_to_the_index_that_serves(bench: Bench) -> None:
    old, new = await bench.loaded(FIRST), await bench.loaded(SECOND)
    await bench.swap(old)
    await bench.swap(new)

    await bench.search.ask("PUT", f"/{bench.alias}/_doc/new", {"id": "new", "title": "x"})
    await bench.cluster.refresh(bench.alias)

    assert (await bench.cluster.count(new), await bench.cluster.count(old)) == (3, 2)


async def test_a_concrete_index_is_replaced_in_one_call_only_if_that_is_wanted(bench: Bench) -> None:
    await bench.search.ask("PUT", f"/{bench.alias}", {})
    await add(bench.search, bench.alias, 1)
    new = await bench.loaded(SECOND)

    with pytest.raises(ReindexStopped, match="is an index itself, of 1 document, not an alias"):
        await bench.swap(new)
    assert await bench.serving() == bench.alias

    await bench.swap(new, SwapWish(replace_index=True))
    assert await bench.names() == [new]
    with pytest.raises(ReindexStopped, match="had to delete the index"):
        await bench.swapping.plan_rollback(bench.alias)


async def test_an_empty_index_does_not_serve_unless_it_may(bench: Bench) -> None:
    empty = await bench.loaded(SECOND, documents=0)

    with pytest.raises(ReindexStopped, match="holds 0 documents, and at least 1 must be there"):
        await bench.swap(empty)
    assert await bench.serving() == ""

    await bench.swap(empty, SwapWish(allow_empty=True))
    assert await bench.serving() == empty


async def test_an_index_of_another_mapping_does_not_serve(bench: Bench) -> None:
    new = await bench.loaded(SECOND)
    wanted = {**MAPPING, "properties": {"id": {"type": "keyword"}, "title": {"type": "keyword"}}}

    with pytest.raises(ReindexStopped, match="differs from the service's in 1 place: title: type text, not type key"):
        await bench.plan(new, mapping=wanted)

    assert await bench.serving() == ""


@pytest.mark.parametrize("blocked", ["old", "new"])
async def test_a_full_disk_keeps_the_alias_where_it_is(bench: Bench, blocked: str) -> None:
    indices = {"old": await bench.loaded(FIRST), "new": await bench.loaded(SECOND)}
    await bench.swap(indices["old"])
    await bench.search.ask("PUT", f"/{indices[blocked]}/_settings", {"index.blocks.read_only_allow_delete": True})

    with pytest.raises(ReindexStopped, match="flood stage") as stopped:
        await bench.swap(indices["new"])

    assert stopped.value.by is StoppedBy.REFUSED
    assert await bench.serving() == indices["old"]


async def test_an_index_that_is_gone_is_not_swapped_in(bench: Bench) -> None:
    with pytest.raises(ReindexStopped, match="is not there"):
        await bench.plan(f"{bench.alias}-v20200101t000000")


async def test_whoever_has_lost_the_lock_moves_nothing(bench: Bench) -> None:
    new = await bench.loaded(SECOND)
    change = await bench.plan(new)

    with pytest.raises(ReindexStopped, match="the lock was lost"):
        await bench.swapping.make(change, lost)

    assert await bench.serving() == ""


async def test_an_alias_that_somebody_has_moved_meanwhile_stays_where_they_put_it(bench: Bench) -> None:
    old, new, other = await bench.loaded(FIRST), await bench.loaded(SECOND), await bench.loaded(NOW)
    await bench.swap(old)
    change = await bench.plan(new)
    await bench.swap(other)

    with pytest.raises(ReindexStopped, match=f"the cluster did not give {bench.alias} to {new}"):
        await bench.swapping.make(change, ours)

    assert await bench.serving() == other


class Line:
    """A line to the cluster on which `_aliases` calls end with an error, `made` or not; implements ports.Search."""

    def __init__(self, search: HttpSearch, error: Exception, *, made: bool) -> None:
        self.search, self.error, self.made = search, error, made
        self.send, self.close = search.send, search.close

    async def ask(self, method: str, path: str, body: Any = None, *, timeout_seconds: float = 10.0) -> Any:
        """What the cluster says, except of aliases."""
        if path != "/_aliases":
            return await self.search.ask(method, path, body, timeout_seconds=timeout_seconds)
        if self.made:
            await self.search.ask(method, path, body, timeout_seconds=timeout_seconds)
        raise self.error

    def swapping(self) -> Swapping:
        """Swapping over this line."""
        return Swapping(Cluster(self, sleep=nap), lambda: NOW)


async def test_a_swap_whose_answer_is_lost_is_seen_to_have_been_made(bench: Bench) -> None:
    new = await bench.loaded(SECOND)
    change = await bench.plan(new)

    await Line(bench.search, SearchUnreachable("no answer"), made=True).swapping().make(change, ours)

    assert await bench.serving() == new


async def test_a_swap_that_a_proxy_sent_twice_is_seen_to_have_been_made(bench: Bench) -> None:
    change = await bench.plan(await bench.loaded(SECOND))

    refused = SearchRefused(404, "aliases_not_found_exception", "missing")
    await Line(bench.search, refused, made=True).swapping().make(change, ours)

    assert await bench.serving() == change.index


@pytest.mark.parametrize(
    ("error", "raised"), [(SearchUnreachable("x"), SearchUnreachable), (SearchRefused(403, "no", "x"), ReindexStopped)]
)
async def test_a_swap_that_was_not_made_is_said_not_to_be(
    bench: Bench, error: Exception, raised: type[Exception]
) -> None:
    change = await bench.plan(await bench.loaded(SECOND))

    with pytest.raises(raised):
        await Line(bench.search, error, made=False).swapping().make(change, ours)

    assert await bench.serving() == ""


async def test_a_rollback_to_an_index_that_is_gone_is_refused(bench: Bench) -> None:
    old, new = await bench.loaded(FIRST), await bench.loaded(SECOND)
    await bench.swap(old)
    await bench.swap(new)
    await bench.cluster.delete(old)

    with pytest.raises(ReindexStopped, match="is not there any more"):
        await bench.swapping.plan_rollback(bench.alias)

    assert await bench.serving() == new


async def test_a_prune_takes_what_has_had_its_time_and_nothing_that_serves_or_may_serve_again(bench: Bench) -> None:
    oldest, old = await bench.loaded(FIRST - timedelta(days=1)), await bench.loaded(FIRST)
    new, foreign = await bench.loaded(SECOND), f"{bench.alias}-vsomebody-elses"
    await bench.search.ask("PUT", f"/{foreign}", {})
    past = Swapping(bench.cluster, lambda: NOW - timedelta(days=9))
    for index, swapping in ((oldest, past), (old, past), (new, bench.swapping)):
        await swapping.make(Change(bench.alias, index, await bench.serving()), ours)

    planned = await bench.swapping.plan_prune(bench.alias, timedelta(days=7))
    gone = await bench.swapping.prune(planned, ours)

    assert gone == [oldest]
    assert await bench.names() == sorted([old, new, foreign])


async def test_what_has_got_an_alias_since_the_plan_is_not_pruned(bench: Bench) -> None:
    new, spare = await bench.loaded(NOW), await bench.loaded(SECOND)
    await bench.swap(new)
    # The server gave `spare` today's date; a month from now its time is over.
    planned = await Swapping(bench.cluster, lambda: datetime.now(UTC) + timedelta(days=30)).plan_prune(
        bench.alias, timedelta(days=7), everything=True
    )
    assert [one.name for one in planned.doomed] == [spare]
    await bench.search.ask("POST", "/_aliases", {"actions": [{"add": {"index": spare, "alias": f"{spare}-mine"}}]})

    assert await bench.swapping.prune(planned, ours) == []

    assert await bench.names() == sorted([new, spare])


async def test_a_prune_without_the_lock_deletes_nothing(bench: Bench) -> None:
    new, spare = await bench.loaded(NOW), await bench.loaded(SECOND)
    await bench.swap(new)
    late = Swapping(bench.cluster, lambda: datetime.now(UTC) + timedelta(days=30))
    planned = await late.plan_prune(bench.alias, timedelta(days=7), everything=True)

    with pytest.raises(ReindexStopped, match="the lock was lost"):
        await bench.swapping.prune(planned, lost)

    assert await bench.names() == sorted([new, spare])
