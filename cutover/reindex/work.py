"""One alias under its lock: where its reindex stands, and each step on, which the checkpoint keeps when it is done."""

import asyncio
import time
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from cutover.core.reindex.answers import bearable_dead
from cutover.core.reindex.models import Compared, IndexInfo, ReindexStopped, SearchUnreachable, Standing, Written
from cutover.core.reindex.prefix import Acknowledged
from cutover.core.reindex.ranges import EVERYTHING, split
from cutover.core.reindex.run import UNSWAPPED, Moved, Phase, Position, Verification
from cutover.data_ports import Listener
from cutover.reindex.catch_up import catch_up
from cutover.reindex.checkpoint import Checkpoint
from cutover.reindex.cluster import Cluster
from cutover.reindex.courtesy import Courtesy
from cutover.reindex.creating import create_index
from cutover.reindex.kinds import KIND
from cutover.reindex.loading import READERS, load
from cutover.reindex.options import Options
from cutover.reindex.ports import Search, Source
from cutover.reindex.progress import Meter
from cutover.reindex.verifying import Wanted, verify
from cutover.reindex.watching import watched
from cutover.reindex.writer import Limits, Writer


@dataclass
class Work:
    """The steps. `position` is there after `begin` or `find`; `standing` is what stood there then.

    Everything raises SearchUnreachable, SearchRefused, DatabaseUnreachable, ReindexStopped.
    """

    alias: str
    run: str
    search: Search
    cluster: Cluster
    source: Source
    checkpoint: Checkpoint
    options: Options
    listener: Listener
    position: Position = field(init=False)
    standing: Standing = field(init=False)

    def __post_init__(self) -> None:
        self._meter = Meter(self.alias, self.listener.progress, time.monotonic)

    @property
    def is_serving(self) -> bool:
        """Whether the alias points at the index of the checkpoint."""
        return self._serves(self.position.index)

    async def find(self) -> None:
        """The index that the checkpoint tells of."""
        known = await self._known()
        if known is None:
            text = f"no run of {self.alias} is known here: there is no {self.checkpoint.path}"
            raise ReindexStopped(text, f"cutover reindex run {self.alias}; or set reindex.folder to where it ran")
        self.position = known

    async def begin(self, *, fresh: bool, loaded: str) -> bool:
        """The index to go on with, one whose swap was cut off too, or a new one; whether it goes on."""
        known = None
        if fresh or loaded:
            self.standing = await self.cluster.standing(self.alias)
        else:
            known = await self._known()
        if known and known.phase is Phase.SWAPPED and self._serves(known.index):
            self.position = known
            return True
        begun = known.index if known and known.phase in UNSWAPPED else loaded
        if refusal := await self.cluster.obstacle(self.standing, begun):
            raise refusal.stopped()
        if known and known.phase in UNSWAPPED and await self._is_whole(known):
            await self.cluster.reopen(known.index)
            self.position = known
            return True
        if loaded:
            self.keep(await self._loaded(loaded))
        else:
            await self._begin_new()
        return bool(loaded)

    async def is_cut_off(self) -> bool:
        """Whether the alias was moved back already, by a rollback that was cut off."""
        try:
            known = await self._known()
        except ReindexStopped as error:
            self.standing = await self.cluster.standing(self.alias)  # raises, where that was what failed
            self.listener.note(f"{error}: what the cluster says is gone by")
            known = self._moved_back()
        if known is None or known.phase is not Phase.SWAPPED or not self._serves(known.index):
            return False
        self.position = known
        return True

    def _moved_back(self) -> Position | None:
        """Where the alias was moved back, as the index says that serves; whether all came after is not known then."""
        serving = self.standing.serving
        if serving is None or serving.took_over is None or not serving.took_over.back:
            return None
        begun = serving.took_over.at
        return Position(self.alias, self.options.endpoint, serving.name, self.run, begun, Phase.SWAPPED)

    async def take_back(self, index: str) -> None:
        """The former index: what was written since it served last has to come over."""
        serving = self.standing.serving
        took_over = serving.took_over if serving else None
        if took_over is None:
            raise AssertionError("only an index that took over can be gone back from")
        await self.cluster.reopen(index)
        self.keep(Position(self.alias, self.options.endpoint, index, self.run, took_over.at, Phase.LOADED))

    def moved(self) -> Moved:
        """How the index that serves came to, as it says itself."""
        serving = self.standing.serving
        if serving is None:
            raise AssertionError("an index serves")
        return _moved_to(serving, self.alias)

    def must_be_loaded(self) -> None:
        """Stop where the load was not finished."""
        if self.position.phase is Phase.LOADING:
            text = f"{self.position.index} is not loaded yet: {self.position.indexed} rows are in it"
            raise ReindexStopped(text, f"cutover reindex run {self.alias} goes on with it")

    async def load(self) -> None:
        """Write every row that was not acknowledged yet."""
        if self.position.phase is not Phase.LOADING:
            return
        rows, known = await self.source.count(), len(self.checkpoint.letters(self.position.index))
        writer = self._writer(self.position.index, max(0, bearable_dead(rows, self.options.max_bad) - known))
        self._meter.begin("load", self.position.indexed + self.position.stale, rows)
        self._meter.dead = known
        done = _Done(self.position.indexed + self.position.stale)
        index, stop = self.position.index, asyncio.Event()
        async with watched(self.cluster, index, KIND[self.alias].mapping, stop), self._courtesy(writer) as courtesy:

            def told(written: Written) -> None:
                done.rows += written.rows
                self._meter.retried += written.retried
                self._meter.dead += len(written.dead)
                self._meter.at(done.rows, courtesy.reason)

            await load(self.source, writer, self.position.left, self._acknowledged, told, stop)
        self._meter.end()
        self.keep(replace(self.position, phase=Phase.LOADED, left=()))

    async def prove(self) -> None:
        """Catch up with what was written meanwhile, make the index ready, mend what differs, and verify it."""
        index, serving = self.position.index, self.standing.serving
        await self.cluster.require_mapping(index, KIND[self.alias].mapping)
        await self.catch_up()
        self._meter.begin("settle")
        await self.cluster.finish(index, serving.name if serving else None)
        verification = await self._verified(index, repair=True, like=serving)
        self.keep(replace(self.position, phase=Phase.VERIFIED, verification=verification))

    async def compare_serving(self) -> None:
        """Verify the index that serves, and mend nothing: whoever writes keeps it up to date."""
        self.keep(replace(self.position, verification=await self._verified(self.position.index, repair=False)))

    async def follow(self) -> None:
        """After a swap: what was written into the former index until then."""
        await self.catch_up()
        verification = await self._verified(self.position.index, repair=True)
        await self.cluster.close_load(self.position.index)
        self.keep(replace(self.position, phase=Phase.DONE, verification=verification))

    async def catch_up(self) -> None:
        """Write what has changed since the last pass began."""
        index = self.position.index
        self._meter.begin("catch up")
        writer = self._writer(index, 0)
        since = self.position.since or self.position.started
        async with self._courtesy(writer):
            caught_up = await catch_up(self.source, writer, since, overlap=self.options.overlap)
        self.checkpoint.add_letters(index, caught_up.written.dead)
        self._meter.at(caught_up.written.rows)
        self._meter.end()
        self.keep(replace(self.position, since=caught_up.since))

    async def mend(self) -> None:
        """Compare the index with its table, set right what differs, and verify it."""
        verification = await self._verified(self.position.index, repair=True)
        self.keep(replace(self.position, phase=Phase.VERIFIED, verification=verification))

    def keep(self, position: Position) -> None:
        """Go on from there, also after a kill."""
        self.position = position
        self.checkpoint.write(position)

    async def _known(self) -> Position | None:
        """The checkpoint, with what the cluster knows better: an alias that had moved before that could be kept."""
        self.standing = await self.cluster.standing(self.alias)
        known = self.checkpoint.read()
        if known and known.endpoint != self.options.endpoint:
            text = f"the checkpoint {self.checkpoint.path} is of another cluster, {known.endpoint}"
            way_on = f"set another reindex.folder; or begin anew: cutover reindex run {self.alias} --fresh"
            raise ReindexStopped(text, way_on)
        serving = self.standing.serving
        if known and known.phase in UNSWAPPED and serving and serving.name == known.index:
            known = replace(known, phase=Phase.SWAPPED)
            self.checkpoint.write(known)
            self.listener.moved(_moved_to(serving, self.alias))
        return known

    async def _is_whole(self, known: Position) -> bool:
        """Whether the index of the checkpoint is still there, and as it has to be."""
        if self._info(known.index) is None:
            self.listener.note(f"{known.index} of the checkpoint is not there any more: a new index is begun")
            return False
        wrong = await self.cluster.mapping_differences(known.index, KIND[self.alias].mapping)
        if wrong:
            self.listener.note(f"{known.index} has not the service's mapping ({wrong[0]}): a new index is begun")
        return not wrong

    async def _begin_new(self) -> None:
        """A new index, of which nothing is left where it can't be kept that there is one."""
        created = await self._created()
        try:
            self.keep(created)
        except ReindexStopped:
            with suppress(SearchUnreachable, ReindexStopped):  # what can't be written is the news
                await self.cluster.delete(created.index)
            raise

    async def _created(self) -> Position:
        name, now = await create_index(self.cluster, self.source, self.standing, self.run)
        left = tuple(split(EVERYTHING, READERS))
        return Position(self.alias, self.options.endpoint, name, self.run, now, left=left)

    async def _loaded(self, name: str) -> Position:
        """An index that others have filled: the tasks of a distributed map."""
        meta: dict[str, Any] = {}
        if (info := self._info(name)) is not None:
            meta = dict((await self.cluster.mapping_of(name)).get("_meta", {}).get("reindex", {}))
        if info is None or "started" not in meta:
            text = f"{name} is no index that a reindex of {self.alias} has begun"
            raise ReindexStopped(text, f"cutover reindex status {self.alias} shows the indices there are")
        started = datetime.fromisoformat(str(meta["started"]))
        return Position(self.alias, self.options.endpoint, name, info.run, started, Phase.LOADED)

    def _serves(self, index: str) -> bool:
        serving = self.standing.serving
        return serving is not None and serving.name == index

    def _info(self, name: str) -> IndexInfo | None:
        return next((one for one in self.standing.others if one.name == name), None)

    def _acknowledged(self, news: Acknowledged) -> None:
        """Keep what is done without a gap; the letters first, as a kill in between only writes them twice."""
        self.checkpoint.add_letters(self.position.index, news.written.dead)
        self.position = self.position.with_news(news)
        self.checkpoint.write(self.position, lasting=False)

    async def _verified(self, index: str, *, repair: bool, like: IndexInfo | None = None) -> Verification:
        """`like`: the index whose answers to searches it has to give; one that serves no more falls behind."""
        options = self.options
        old = like.name if like and like.ours and like.name != index else None
        known = self.position.verification
        wanted = Wanted(
            self.alias, repair, old, options.golden_queries, options.golden_overlap, known.dead if known else ()
        )
        rows = await self.source.count()
        self._meter.begin("compare", total=rows)

        found = Compared()

        def told(compared: Compared) -> None:
            nonlocal found
            found = compared
            self._meter.at(compared.rows)

        verification = await verify(self.source, self.search, index, wanted, progress=told)
        self._meter.end()
        known_letters = {letter.id for letter in self.checkpoint.letters(index)}
        self.checkpoint.add_letters(index, [letter for letter in found.dead if letter.id not in known_letters])
        return verification

    def _writer(self, index: str, bearable: int) -> Writer:
        options = self.options
        limits = Limits(options.batch_bytes, options.most_batch_bytes, options.in_flight, bearable)
        return Writer(self.search, index, limits)

    def _courtesy(self, writer: Writer) -> Any:
        alias = self.alias if self.standing.serving else ""
        ratio = self.options.slow_search_ratio
        return Courtesy(self.cluster, self.search, alias, slow_search_ratio=ratio).shown_to(writer.window)


def _moved_to(serving: IndexInfo, alias: str) -> Moved:
    took_over = serving.took_over
    return Moved(alias, took_over.former if took_over else "", serving.name, bool(took_over and took_over.concrete))


@dataclass
class _Done:
    """Rows that were dealt with, acknowledged in order or not."""

    rows: int
