"""A load makes way for live searches."""

import asyncio
from dataclasses import dataclass, field
from typing import Any

import pytest

from cutover.core.reindex.models import SearchRefused, SearchUnreachable
from cutover.reindex.cluster import Cluster
from cutover.reindex.courtesy import PROBES_AT_FIRST, PROBES_EACH_LOOK, Courtesy, is_slower, p95_ms
from tests.fakes.scripted_search import ScriptedSearch


@dataclass
class Told:
    """A window that remembers what it was told."""

    words: list[str] = field(default_factory=list)

    def pause(self) -> None:
        self.words.append("pause")

    def resume(self) -> None:
        self.words.append("resume")

    def shrink(self) -> None:
        self.words.append("shrink")


@dataclass
class Live:
    """A cluster with searches going on."""

    status: str = "green"
    heap: int | None = 40
    took: Any = 10
    error: Exception | None = None
    searches: list[Any] = field(default_factory=list)

    def script(self, method: str, path: str, body: Any) -> Any:
        """What it says."""
        if self.error is not None:
            raise self.error
        if path.endswith("/_search"):
            self.searches.append((path, body))
            if isinstance(self.took, Exception):
                raise self.took
            return {"took": self.took}
        if path.startswith("/_cluster/health"):
            return {"status": self.status}
        if self.heap is None:
            raise SearchRefused(400, "unsupported_operation_exception", "no _nodes/stats")
        return {"nodes": {"a": {"jvm": {"mem": {"heap_used_percent": self.heap}}}}}


async def nap(_: float) -> None:
    """No time to lose."""


def courtesy(live: Live, alias: str = "mocs") -> Courtesy:
    """Courtesy in that cluster, which never looks by itself after the first time."""

    async def never(_: float) -> None:
        await asyncio.Event().wait()

    search = ScriptedSearch(live.script)
    return Courtesy(Cluster(search, sleep=nap), search, alias, slow_search_ratio=2.0, sleep=never)


async def has_looked_once(live: Live) -> None:
    """Let it look by itself, as it does when it begins."""
    for _ in range(1000):
        await asyncio.sleep(0)
    assert len(live.searches) == PROBES_AT_FIRST + PROBES_EACH_LOOK


async def test_a_healthy_cluster_holds_nothing_back() -> None:
    live, told = Live(), Told()
    async with courtesy(live).shown_to(told) as shown:
        for _ in range(5):
            await shown.look(told)
        assert (shown.reason, told.words) == ("", [])


async def test_a_red_cluster_is_waited_for_and_its_searches_are_left_alone() -> None:
    live, told = Live(status="red"), Told()
    async with courtesy(live).shown_to(told) as shown:
        before = len(live.searches)
        await shown.look(told)
        await shown.look(told)
        assert (told.words, shown.reason) == (["pause"], "the cluster is red: shards are missing")
        assert len(live.searches) == before

        live.status = "yellow"
        await shown.look(told)
        assert (told.words, shown.reason) == (["pause", "resume"], "")


async def test_a_full_heap_halves_the_load_each_time_it_is_seen() -> None:
    live, told = Live(heap=86), Told()
    shown = courtesy(live)

    await shown.look(told)
    await shown.look(told)

    assert told.words == ["shrink", "shrink"]
    assert shown.reason == "a node's heap is 86% full, over 85%"


@pytest.mark.parametrize("heap", [85, None])
async def test_a_heap_up_to_the_limit_or_one_that_nobody_tells_of_is_no_reason(heap: int | None) -> None:
    live, told = Live(heap=heap), Told()

    await courtesy(live).look(told)

    assert told.words == []


async def test_slower_searches_halve_the_load_and_are_then_measured_anew() -> None:
    live, told = Live(took=20), Told()
    async with courtesy(live).shown_to(told) as shown:
        await has_looked_once(live)
        live.took = 90
        await shown.look(told)
        assert told.words == ["shrink"]
        assert shown.reason == "searches take 90 ms (p95), over 2 times the 20 ms without the load"

        await shown.look(told)
        assert told.words == ["shrink"]  # four searches say nothing yet
        await shown.look(told)
        assert told.words == ["shrink", "shrink"]

        live.took = 20
        for _ in range(5):
            await shown.look(told)
        assert (told.words, shown.reason) == (["shrink", "shrink"], "")


async def test_searches_without_an_answer_are_slow_ones() -> None:
    live, told = Live(), Told()
    async with courtesy(live).shown_to(told) as shown:
        live.took = SearchUnreachable("too many searches")
        for _ in range(2):
            await shown.look(told)
        assert "shrink" in told.words


async def test_where_nothing_serves_nothing_is_searched() -> None:
    live, told = Live(), Told()
    async with courtesy(live, alias="").shown_to(told) as shown:
        await shown.look(told)

    assert live.searches == []


async def test_an_alias_that_can_not_be_searched_says_nothing_of_speed() -> None:
    live, told = Live(took=SearchRefused(404, "index_not_found_exception", "gone")), Told()
    async with courtesy(live).shown_to(told) as shown:
        for _ in range(5):
            await shown.look(told)
        assert told.words == []


async def test_a_cluster_that_goes_away_while_it_is_waited_for_is_left_to_the_load() -> None:
    live, told = Live(status="red"), Told()
    shown = courtesy(live)
    await shown.look(told)

    live.error = SearchUnreachable("gone")
    await shown.look(told)

    assert (told.words, shown.reason) == (["pause", "resume"], "")


async def test_when_it_is_over_the_load_goes_on_and_nobody_looks_any_more() -> None:
    live, told = Live(status="red"), Told()
    async with courtesy(live).shown_to(told) as shown:
        await shown.look(told)
    asked = len(live.searches)

    assert told.words[-1] == "resume"
    assert shown.reason == ""
    await asyncio.sleep(0)
    assert len(live.searches) == asked


async def test_it_looks_by_itself_again_and_again() -> None:
    live, told, looks = Live(heap=99), Told(), asyncio.Semaphore(0)

    async def nap_and_count(_: float) -> None:
        looks.release()
        await asyncio.sleep(0)

    search = ScriptedSearch(live.script)
    shown = Courtesy(Cluster(search, sleep=nap), search, "mocs", slow_search_ratio=2.0, sleep=nap_and_count)
    async with asyncio.timeout(20), shown.shown_to(told):
        for _ in range(3):
            await looks.acquire()

    assert told.words[:3] == ["shrink"] * 3


async def test_searches_are_measured_before_the_load_with_different_words() -> None:
    live, told = Live(), Told()
    async with courtesy(live).shown_to(told):
        assert len(live.searches) == PROBES_AT_FIRST

    words = [body["query"]["multi_match"]["query"] for _, body in live.searches]
    assert {path for path, _ in live.searches} == {"/mocs/_search"}
    assert len(set(words)) == 10


@pytest.mark.parametrize(
    ("before", "now", "slower"),
    [
        ([10.0] * 20, [31.0] * 8, True),
        ([10.0] * 20, [31.0] * 7, False),  # too few to say
        ([10.0] * 20, [30.0] * 20, False),  # 20 ms are not felt
        ([100.0] * 20, [200.0] * 20, False),  # just twice
        ([100.0] * 20, [201.0] * 20, True),
        ([100.0] * 20, [100.0] * 19 + [900.0], False),  # one in twenty may be late
        ([], [900.0] * 20, False),
    ],
)
def test_slower_is_by_the_ratio_and_by_what_people_feel(before: list[float], now: list[float], slower: bool) -> None:
    assert is_slower(before, now, 2.0) is slower


def test_the_p95_is_a_time_that_was_measured() -> None:
    assert p95_ms([5.0]) == 5.0
    assert p95_ms([float(number) for number in range(1, 101)]) == 95.0
