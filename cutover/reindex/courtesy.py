"""Live searches first: a load waits while the cluster is red, and sends less while its memory or searches suffer."""

import asyncio
import math
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Protocol

import msgspec

from cutover.core.reindex.models import ReindexStopped, SearchRefused, SearchUnreachable
from cutover.reindex.cluster import Cluster
from cutover.reindex.ports import Search

MOST_HEAP_PERCENT = 85  # OpenSearch's own breakers trip at 95
LOOK_SECONDS = 5.0
PROBES_AT_FIRST = 20
PROBES_EACH_LOOK = 4
FEWEST_PROBES = 8  # for a word on how fast searches are
SEARCH_SECONDS = 2.0
SLACK_MS = 20.0  # from 2 ms to 5 is more than twice as slow, and nobody notices
# What people type, a word after the other; with fuzziness it costs what their searches cost.
_WORDS = ("castle", "star", "train", "city", "space", "ship", "bridge", "tower", "car", "dragon")


class Yielding(Protocol):
    """What is sent at once, which others may hold back."""

    def pause(self) -> None:
        """Begin nothing new until `resume`."""
        ...

    def resume(self) -> None:
        """Go on after a pause."""
        ...

    def shrink(self) -> None:
        """Half of everything."""
        ...


class _Took(msgspec.Struct, frozen=True):
    took: float


def p95_ms(times_ms: Sequence[float]) -> float:
    """The time that 95% of these (at least one) do not exceed."""
    return sorted(times_ms)[math.ceil(0.95 * len(times_ms)) - 1]


def is_slower(before_ms: Sequence[float], now_ms: Sequence[float], ratio: float) -> bool:
    """Whether searches have become slower by that ratio, as far as there are enough of them to say."""
    if not before_ms or len(now_ms) < FEWEST_PROBES:
        return False
    before, now = p95_ms(before_ms), p95_ms(now_ms)
    return now > before * ratio and now - before > SLACK_MS


class Courtesy:
    """Looks after one cluster during a load. `alias` empty: nothing serves yet, so nobody can be kept waiting.

    `reason`: why the load is held back, in words; empty: it is not.
    """

    def __init__(
        self,
        cluster: Cluster,
        search: Search,
        alias: str,
        *,
        slow_search_ratio: float,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        self._cluster, self._search, self._alias = cluster, search, alias
        self._ratio, self._sleep = slow_search_ratio, sleep
        self._before_ms: Sequence[float] = ()
        self._lately_ms: deque[float] = deque(maxlen=PROBES_AT_FIRST)
        self._asked = 0
        self._is_red = False
        self.reason = ""

    @asynccontextmanager
    async def shown_to(self, window: Yielding) -> AsyncIterator["Courtesy"]:
        """Measure the searches as they are without the load, then hold the window back as long as this lasts."""
        self._before_ms = await self._probe(PROBES_AT_FIRST)
        watching = asyncio.create_task(self._watch(window))
        try:
            yield self
        finally:
            watching.cancel()
            await asyncio.wait([watching])
            self._is_red, self.reason = False, ""
            window.resume()

    async def look(self, window: Yielding) -> None:
        """Look once, and do what that calls for. What can't be reached is the load's own business."""
        try:
            await self._look(window)
        except (SearchUnreachable, ReindexStopped):
            self._set_red(window, is_red=False)
            self.reason = ""

    async def _watch(self, window: Yielding) -> None:
        while True:
            await self.look(window)
            await self._sleep(LOOK_SECONDS)

    async def _look(self, window: Yielding) -> None:
        is_red = (await self._cluster.health()).status == "red"
        self._set_red(window, is_red=is_red)
        if is_red:
            self.reason = "the cluster is red: shards are missing"
            return
        self.reason = await self._heap() or await self._searches()
        if self.reason:
            window.shrink()

    def _set_red(self, window: Yielding, *, is_red: bool) -> None:
        if is_red != self._is_red:
            self._is_red = is_red
            (window.pause if is_red else window.resume)()

    async def _heap(self) -> str:
        heap = await self._cluster.heap_percent()
        return f"a node's heap is {heap}% full, over {MOST_HEAP_PERCENT}%" if heap and heap > MOST_HEAP_PERCENT else ""

    async def _searches(self) -> str:
        self._lately_ms.extend(await self._probe(PROBES_EACH_LOOK))
        if not is_slower(self._before_ms, self._lately_ms, self._ratio):
            return ""
        now, before = p95_ms(self._lately_ms), p95_ms(self._before_ms)
        self._lately_ms.clear()  # what comes from now on shows whether less was little enough
        return f"searches take {now:.0f} ms (p95), over {self._ratio:g} times the {before:.0f} ms without the load"

    async def _probe(self, searches: int) -> Sequence[float]:
        """The times that so many searches of the alias take by the cluster's own clock: ours is busy with the load."""
        return [took for _ in range(searches if self._alias else 0) if (took := await self._search_ms()) is not None]

    async def _search_ms(self) -> float | None:
        """None: the alias can't be searched at all. A search without an answer counts as the longest."""
        word = _WORDS[self._asked % len(_WORDS)]
        self._asked += 1
        fields = {"query": word, "fields": ["title", "description"], "fuzziness": "AUTO"}
        query = {"size": 10, "_source": False, "query": {"multi_match": fields}}
        try:
            answer = await self._search.ask("POST", f"/{self._alias}/_search", query, timeout_seconds=SEARCH_SECONDS)
            return msgspec.convert(answer, _Took).took
        except SearchUnreachable:
            return SEARCH_SECONDS * 1000
        except (SearchRefused, msgspec.ValidationError):
            return None
