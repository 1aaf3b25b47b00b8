"""A reindex from end to end: load, prove, swap, go back, prune; each begun under the lock, and resumed where it was."""

import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from uuid import uuid4

from cutover.core.reindex.names import index_name
from cutover.core.reindex.pruning import Pruning
from cutover.core.reindex.run import Moved, Phase, Ran, Seen, SwapWish
from cutover.core.reindex.swap import Change, proof_of
from cutover.data_ports import Listener
from cutover.reindex.checkpoint import Checkpoint
from cutover.reindex.cluster import Cluster
from cutover.reindex.kinds import KIND
from cutover.reindex.lock import Holder, Lock, Locks
from cutover.reindex.options import Options
from cutover.reindex.ports import Search, Source
from cutover.reindex.swapping import Swapping
from cutover.reindex.work import Work

OpenSource = Callable[[str], Awaitable[Source]]


class Reindexer:
    """All that `cutover reindex` does, for one alias at a time. Everything raises what data_ports.Reindexing says."""

    def __init__(self, search: Search, open_source: OpenSource, options: Options) -> None:
        self._search, self._open_source, self._options = search, open_source, options
        self._cluster = Cluster(search)
        self._locks = Locks(search, Holder(options.identity, options.host, options.folder))
        self._swapping = Swapping(self._cluster, lambda: datetime.now(UTC))
        self._run = uuid4().hex

    async def look(self, alias: str) -> Seen:
        """What stands there, and what a run would meet."""
        standing, checkpoint = await self._cluster.standing(alias), self._checkpoint(alias)
        position, holder = checkpoint.read(), await self._locks.holder(alias)
        against = await self._cluster.obstacle(standing)
        async with self._source(alias) as source:
            rows, now = await source.count(), await source.now()
        letters = checkpoint.letters(position.index) if position else ()
        if position and position.verification:
            letters = [letter for letter in letters if letter.id in position.verification.dead]
        return Seen(
            standing,
            rows,
            position,
            holder.words() if holder else "",
            [against.text] if against else [],
            index_name(alias, now),
            letters,
        )

    async def run(self, alias: str, listener: Listener, *, fresh: bool = False, loaded: str = "") -> Ran:
        """Load what is not loaded yet, catch up, compare, mend and verify. A swap that was cut off is finished."""
        began = time.monotonic()
        async with self._working(alias, listener) as (work, _):
            resumed = await work.begin(fresh=fresh, loaded=loaded)
            if work.position.phase is Phase.SWAPPED:
                await work.follow()
            else:
                await work.load()
                await work.prove()
            return _ran(work, began, resumed=resumed)

    async def verify(self, alias: str, listener: Listener) -> Ran:
        """Compare. An index that does not serve is brought up to date first and mended: nobody else writes to it."""
        began = time.monotonic()
        async with self._working(alias, listener) as (work, _):
            await work.find()
            if work.is_serving:
                await work.compare_serving()
            else:
                work.must_be_loaded()
                await work.prove()
            return _ran(work, began, resumed=True)

    async def swap(self, alias: str, wish: SwapWish, listener: Listener) -> Moved:
        """Point the alias to the verified index, then bring over what was written meanwhile."""
        async with self._working(alias, listener) as (work, lock):
            await work.find()
            if work.is_serving and work.position.phase is Phase.SWAPPED:
                moved = work.moved()
            else:
                await self._planned(work, wish)
                await work.catch_up()
                change = await self._planned(work, wish)  # that took a while, in which anything may have been deleted
                moved = await self._move(work, lock, change, wish)
            await work.follow()
            return replace(moved, verification=work.position.verification)

    async def roll_back(self, alias: str, listener: Listener) -> Moved:
        """Bring the former index up to date, point the alias back to it, bring over what was written meanwhile."""
        async with self._working(alias, listener, way_back=True) as (work, lock):
            if await work.is_cut_off():
                moved = work.moved()
            else:
                change = await self._swapping.plan_rollback(alias)
                await work.take_back(change.index)
                await work.catch_up()
                await work.mend()
                change = await self._swapping.plan_rollback(alias)  # as behind the last pass of a swap
                moved = await self._move(work, lock, change, SwapWish())
            await work.follow()
            return replace(moved, verification=work.position.verification)

    async def prune(self, alias: str, *, everything: bool, dry_run: bool) -> Pruning:
        """Delete our own indices that are past their time."""
        planned = await self._swapping.plan_prune(alias, self._options.keep, everything=everything)
        if dry_run or not planned.doomed:
            return planned
        async with self._locks.held(alias, self._run) as lock:
            gone = set(await self._swapping.prune(planned, lock.confirm))
        return replace(planned, doomed=[one for one in planned.doomed if one.name in gone])

    async def _planned(self, work: Work, wish: SwapWish) -> Change:
        alias, position = work.alias, work.position
        return await self._swapping.plan_swap(
            alias, position.index, mapping=KIND[alias].mapping, proof=proof_of(position), wish=wish
        )

    async def _move(self, work: Work, lock: Lock, change: Change, wish: SwapWish) -> Moved:
        await self._swapping.make(change, lock.confirm)
        found = work.position.verification
        work.keep(replace(work.position, phase=Phase.SWAPPED))
        accepted = min(wish.accept_dead, len(found.dead)) if found else 0
        moved = Moved(change.alias, change.former, change.index, change.concrete, found, accepted)
        work.listener.moved(moved)
        return moved

    @asynccontextmanager
    async def _working(
        self, alias: str, listener: Listener, *, way_back: bool = False
    ) -> AsyncIterator[tuple[Work, Lock]]:
        """Hold the lock of an alias, with its table open. `way_back`: for a rollback, with a checkpoint of its own."""
        async with self._source(alias) as source, self._locks.held(alias, self._run) as lock:
            checkpoint = Checkpoint(self._options.folder, alias, way_back=way_back)
            yield (
                Work(alias, self._run, self._search, self._cluster, source, checkpoint, self._options, listener),
                lock,
            )

    @asynccontextmanager
    async def _source(self, alias: str) -> AsyncIterator[Source]:
        source = await self._open_source(alias)
        try:
            yield source
        finally:
            await source.close()

    def _checkpoint(self, alias: str) -> Checkpoint:
        return Checkpoint(self._options.folder, alias)


def _ran(work: Work, began: float, *, resumed: bool) -> Ran:
    found = work.position.verification
    if found is None:
        raise AssertionError("every way here ends with a verification")
    return Ran(work.position, found, resumed, time.monotonic() - began)
