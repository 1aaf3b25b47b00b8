"""The search cluster as a reindex needs it: what stands under an alias, new indices, health, blocks and room."""

import asyncio
import time
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar

import msgspec

from cutover.core.reindex.described import (
    Allocation,
    Count,
    Described,
    Health,
    Mapped,
    NodeStats,
    Shape,
    Sizes,
    disks_of,
    shape_of,
    standing_of,
    told,
)
from cutover.core.reindex.fitness import Disk, Limits, limits_of, obstacle
from cutover.core.reindex.mappings import mapping_differences
from cutover.core.reindex.models import ReindexStopped, SearchRefused, SearchUnreachable, Standing, TookOver
from cutover.core.reindex.names import all_of, index_name, made_at
from cutover.core.reindex.refusals import Refusal
from cutover.reindex.asking import CALL_SECONDS, CHANGE_SECONDS, PAUSE_SECONDS, Asking, Sleep, read_as, stopped
from cutover.reindex.kinds import SCHEMA
from cutover.reindex.ports import Search

FINISH_SECONDS = 600.0
HEALTH_SECONDS = 5  # that one question waits for a status
TOMBSTONES = "24h"  # how long a load's deletes are remembered: a late, older document must not bring a row back
_LOADING = {"number_of_replicas": 0, "refresh_interval": "-1", "gc_deletes": TOMBSTONES}

T = TypeVar("T")


class _Made(msgspec.Struct, frozen=True):
    mappings: dict[str, Any] = {}
    aliases: dict[str, Any] = {}


class Cluster:
    """What is asked and told of one cluster. Every call is bounded, and repeated a few times where it got no answer.

    Everything raises SearchUnreachable; ReindexStopped, where the cluster says no.
    """

    def __init__(self, search: Search, *, schema: str = SCHEMA, sleep: Sleep = asyncio.sleep) -> None:
        self._search, self._schema, self._sleep = search, schema, sleep
        self._asking = Asking(search, sleep)

    async def standing(self, alias: str) -> Standing:
        """What stands under the alias. ReindexStopped: it points at more than one index."""
        found = await self._asking.read(dict[str, Described], f"/{alias},{all_of(alias)}?ignore_unavailable=true")
        sizes = {line.index: line for line in await self._sizes(alias, found)}
        standing = standing_of(alias, found, sizes, self._schema)
        if isinstance(standing, Refusal):
            raise standing.stopped()
        return standing

    async def obstacle(self, standing: Standing, begun: str = "") -> Refusal | None:
        """What keeps a new index from being made beside the one that serves: a block, a disk without room.

        `begun`: the name of one that is there already, and only has to grow.
        """
        return obstacle(standing, await self._limits(), await self._disks(), begun)

    async def create(
        self, alias: str, mapping: Mapping[str, Any], meta: Mapping[str, Any], now: datetime, *, shards: int = 1
    ) -> str:
        """Make an index to be loaded; its name. `meta`: what `_meta.reindex` says, `run` among it.

        A repeated call with the same run and moment finds the index of the first. ReindexStopped: it can't be made,
        or a template makes another index of it, which is taken away again.
        """
        name, wanted = index_name(alias, now), _with_meta(mapping, meta)
        body = {"settings": {"index": {"number_of_shards": shards, **_LOADING}}, "mappings": wanted}
        try:
            await self._asking.ask("PUT", f"/{name}", body, CHANGE_SECONDS)
        except SearchRefused as error:
            if error.kind != "resource_already_exists_exception" or not await self._is_of_run(name, meta):
                raise stopped(error, f"the index {name} can't be made", f"cutover reindex run {alias}") from error
        await self._require_as_asked(name, wanted)
        return name

    async def finish(self, index: str, like: str | None, *, timeout_seconds: float = FINISH_SECONDS) -> Health:
        """Make a loaded index ready to serve: refreshed, with the replicas and the refreshing of `like`; its health.

        Waits for green, unless `like` is not green itself, and puts up with yellow in the end. ReindexStopped: red.
        """
        shape = await self.shape(like) if like else Shape()
        replicas = shape.replicas
        if replicas is None:
            replicas = 1 if (await self.health()).number_of_data_nodes > 1 else 0
        settings = {"number_of_replicas": replicas, "refresh_interval": shape.refresh_interval}
        await self._settle(index, settings)
        await self.refresh(index)
        # Where the nodes are too few for the replicas, nothing is ever green.
        wanted = "green" if not like or (await self.health(like)).status == "green" else "yellow"
        return await self._wait_for(index, wanted, timeout_seconds)

    async def reopen(self, index: str) -> None:
        """Let an index remember deletes for as long as a load lasts, before older documents are sent to it again."""
        await self._settle(index, {"gc_deletes": TOMBSTONES})

    async def close_load(self, index: str) -> None:
        """Let an index forget deletes as any other does, when nothing older is sent to it any more."""
        await self._settle(index, {"gc_deletes": None})

    async def refresh(self, index: str) -> None:
        """Make everything that was written findable."""
        await self._asking.tell("POST", f"/{index}/_refresh")

    async def health(self, index: str = "") -> Health:
        """The health of one index, or of all."""
        return await self._asking.read(Health, f"/_cluster/health/{index}".rstrip("/"))

    async def shape(self, index: str) -> Shape:
        """How an index is cut and kept."""
        return shape_of(await self._described(index))

    async def count(self, index: str) -> int:
        """How many documents can be found in it."""
        return (await self._asking.read(Count, f"/{index}/_count")).count

    async def mapping_of(self, index: str) -> Mapping[str, Any]:
        """Its mapping, with `_meta`."""
        path = f"/{index}/_mapping"
        return _of(index, await self._asking.read(dict[str, Mapped], path), path).mappings

    async def mapping_differences(self, index: str, wanted: Mapping[str, Any]) -> Sequence[str]:
        """In what its mapping is other than it should be."""
        return mapping_differences(wanted, await self.mapping_of(index))

    async def require_mapping(self, index: str, wanted: Mapping[str, Any]) -> None:
        """Make sure that an index is still the one that was made to be loaded. ReindexStopped: it is gone, or another.

        A bulk request makes an index that is not there, with a mapping that it guesses; that is deleted again.
        """
        again = f"cutover reindex run {index.partition('-v')[0]} makes another"
        if await self.is_lost(index):
            if made_at(index.partition("-v")[0], index):  # nothing else is ours to delete
                await self.delete(index)
            raise ReindexStopped(f"{index} is gone: it was deleted, or the cluster lost it", again)
        if wrong := await self.mapping_differences(index, wanted):
            text = f"the mapping of {index} is not the one that it was made with: {wrong[0]}"
            raise ReindexStopped(text, again)

    async def is_lost(self, index: str) -> bool:
        """Whether an index of ours is not there any more, or another that only a bulk request can have made.

        Such a one is bare: it has no alias, and says nothing of who made it.
        """
        try:
            answer = await self._asking.ask("GET", f"/{index}", None, CALL_SECONDS)
        except SearchRefused as error:
            if error.kind == "index_not_found_exception":
                return True
            raise stopped(error, f"the cluster refuses GET /{index}", "cutover reindex status") from error
        made = _of(index, read_as(dict[str, _Made], answer, f"/{index}"), f"/{index}")
        return "_meta" not in made.mappings and not made.aliases

    async def mark(self, index: str, took_over: TookOver) -> None:
        """Write into an index how it comes to serve; nothing else in its mapping changes."""
        meta = dict((await self.mapping_of(index)).get("_meta", {}))
        meta["reindex"] = {**meta.get("reindex", {}), "took_over": told(took_over)}
        await self._asking.tell("PUT", f"/{index}/_mapping", {"_meta": meta})

    async def change_aliases(self, actions: Sequence[Mapping[str, Any]]) -> None:
        """Send one `_aliases` call, once: without an answer, nobody but the cluster knows what became of it."""
        await self._search.ask("POST", "/_aliases", {"actions": list(actions)}, timeout_seconds=CHANGE_SECONDS)

    async def delete(self, index: str) -> None:
        """Delete an index; one that is not there is fine."""
        try:
            await self._asking.ask("DELETE", f"/{index}", None, CHANGE_SECONDS)
        except SearchRefused as error:
            if error.kind != "index_not_found_exception":
                raise stopped(
                    error, f"{index} can't be deleted", "cutover reindex prune, when that is mended"
                ) from error

    async def heap_percent(self) -> int | None:
        """How full the fullest node's heap is; None: the cluster does not say."""
        stats = await self._asking.read_if_told(NodeStats, "/_nodes/stats/jvm")
        return stats.heap_percent if stats else None

    async def _wait_for(self, index: str, wanted: str, timeout_seconds: float) -> Health:
        path = f"/_cluster/health/{index}?wait_for_status={wanted}&timeout={HEALTH_SECONDS}s"
        ends = time.monotonic() + timeout_seconds
        while True:
            # 408: it did not come to that within the time; the answer says what it is all the same.
            health = await self._asking.read_whatever_status(Health, path)
            if health.status in {wanted, "green"} or time.monotonic() >= ends:
                break
            await self._sleep(PAUSE_SECONDS)
        if health.status == "red":
            way_on = f"GET /_cluster/allocation/explain says why; then: {_resume(index)}"
            text = f"{index} is still red after {timeout_seconds:g} s: {health.unassigned_shards} shards have no node"
            raise ReindexStopped(text, way_on)
        return health

    async def _require_as_asked(self, name: str, wanted: Mapping[str, Any]) -> None:
        """An index template may add fields and aliases to what was asked for."""
        made = await self._described(name)
        wrong = [*await self.mapping_differences(name, wanted), *(f"alias {alias}" for alias in made.aliases)]
        if not wrong:
            return
        await self.delete(name)
        raise ReindexStopped(
            f"the cluster made {name} other than it was asked to: {'; '.join(wrong[:5])}; it is deleted again",
            "GET /_index_template shows the templates; mend the one that matches this name; then again",
        )

    async def _is_of_run(self, name: str, meta: Mapping[str, Any]) -> bool:
        made_by = (await self.mapping_of(name)).get("_meta", {}).get("reindex", {})
        return bool(made_by.get("run") == meta.get("run"))

    async def _described(self, index: str) -> Described:
        return _of(index, await self._asking.read(dict[str, Described], f"/{index}"), f"/{index}")

    async def _sizes(self, alias: str, found: Mapping[str, Described]) -> Sequence[Sizes]:
        """Of the alias's indices; one that serves by another name is asked for by that."""
        names = [f"{alias}*", *(name for name in found if not name.startswith(alias))]
        path = "/_cat/indices/{}?format=json&bytes=b&h=index,docs.count,pri.store.size"
        lines = [await self._asking.read(list[Sizes], path.format(name)) for name in names]
        return [line for some in lines for line in some]

    async def _limits(self) -> Limits:
        answer = await self._asking.read_if_told(dict[str, Any], "/_cluster/settings?flat_settings=true")
        return limits_of(answer) if answer else Limits()

    async def _disks(self) -> Sequence[Disk]:
        lines = await self._asking.read_if_told(list[Allocation], "/_cat/allocation?format=json&bytes=b")
        return disks_of(lines or [])

    async def _settle(self, index: str, settings: Mapping[str, Any]) -> None:
        await self._asking.tell("PUT", f"/{index}/_settings", {"index": settings})


def _with_meta(mapping: Mapping[str, Any], meta: Mapping[str, Any]) -> Mapping[str, Any]:
    return {**mapping, "_meta": {**mapping.get("_meta", {}), "reindex": dict(meta)}}


def _resume(index: str) -> str:
    return f"cutover reindex run {index.partition('-v')[0]} goes on"


def _of(index: str, found: Mapping[str, T], path: str) -> T:
    if index not in found:
        raise SearchUnreachable(f"GET {path}: an answer without {index}")
    return found[index]
