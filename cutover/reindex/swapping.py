"""Swap, rollback and prune: looks, asks the rules, and does what they allow in one call."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, TypeVar

from cutover.core.reindex.models import ReindexStopped, SearchRefused, SearchUnreachable, Standing
from cutover.core.reindex.pruning import Pruning, plan_prune
from cutover.core.reindex.refusals import Refusal, Why
from cutover.core.reindex.run import SwapWish
from cutover.core.reindex.swap import Change, Proof, plan_rollback, plan_swap, unfit
from cutover.reindex.cluster import Cluster

T = TypeVar("T")


class Swapping:
    """What changes where an alias points. `now`: the clock that stamps and judges, aware.

    Everything raises SearchUnreachable; ReindexStopped with the refusal of a rule.
    """

    def __init__(self, cluster: Cluster, now: Callable[[], datetime]) -> None:
        self._cluster, self._now = cluster, now

    async def plan_swap(
        self, alias: str, index: str, *, mapping: Mapping[str, Any], proof: Proof | None, wish: SwapWish
    ) -> Change:
        """The exchange that makes `index` serve, if every rule allows it. `mapping`: what it has to have."""
        standing = await self._cluster.standing(alias)
        candidates = [*standing.others, *([standing.serving] if standing.serving else [])]
        target = next((one for one in candidates if one.name == index), None)
        if target is None:
            text = f"the index {index} is not there"
            raise Refusal(Why.GONE, text, "0 indices", "1", f"cutover reindex run {alias} makes one").stopped()
        change = _allowed(plan_swap(standing, target, proof, wish, self._now()))
        await self._require_fit(change, await self._cluster.mapping_differences(index, mapping))
        return change

    async def plan_rollback(self, alias: str) -> Change:
        """The exchange that makes the former index serve again, if that can be."""
        change = _allowed(plan_rollback(await self._cluster.standing(alias)))
        await self._require_fit(change, ())
        return change

    async def make(self, change: Change, confirm: Callable[[], Awaitable[None]]) -> None:
        """Exchange, in one call. `confirm`: raises if another reindexer has the lock by now; asked at the last moment.

        The index is marked first: after a kill behind the call, it says itself what it took over.
        """
        await self._cluster.mark(change.index, change.took_over(self._now()))
        await confirm()
        try:
            await self._cluster.change_aliases(change.actions())
        except SearchUnreachable:
            if not await self._serves(change):
                raise
        except SearchRefused as error:
            if not await self._serves(change):
                raise _unchanged(change, error) from error

    async def plan_prune(self, alias: str, keep: timedelta, *, everything: bool = False) -> Pruning:
        """What may be deleted, and what stays and why."""
        standing = await self._cluster.standing(alias)
        return plan_prune(standing, keep, self._now(), everything=everything)

    async def prune(self, planned: Pruning, confirm: Callable[[], Awaitable[None]]) -> Sequence[str]:
        """Delete what was planned; the names of what is gone. What has got an alias meanwhile stays."""
        gone = []
        for one in planned.doomed:
            await confirm()
            if one.name in await self._idle(planned.alias):
                await self._cluster.delete(one.name)
                gone.append(one.name)
        return gone

    async def _idle(self, alias: str) -> set[str]:
        standing: Standing = await self._cluster.standing(alias)
        return {one.name for one in standing.others if not one.aliases}

    async def _serves(self, change: Change) -> bool:
        """Whether the exchange has been made: its answer may have been lost, or a proxy may have repeated it."""
        serving = (await self._cluster.standing(change.alias)).serving
        return serving is not None and serving.name == change.index

    async def _require_fit(self, change: Change, differences: Sequence[str]) -> None:
        status = (await self._cluster.health(change.index)).status
        if refusal := unfit(change.alias, change.index, status, differences):
            raise refusal.stopped()


def _allowed(planned: Change | Refusal) -> Change:
    if isinstance(planned, Refusal):
        raise planned.stopped()
    return planned


def _unchanged(change: Change, error: SearchRefused) -> ReindexStopped:
    text = f"the cluster did not give {change.alias} to {change.index}: {error}; the alias is as it was"
    return ReindexStopped(text, f"cutover reindex status {change.alias} shows where it points; then again")
