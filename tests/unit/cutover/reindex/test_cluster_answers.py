"""What the cluster says of itself that the embedded server does not, and what is made of trouble."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from cutover.core.reindex.described import Allocation, disks_of, told
from cutover.core.reindex.fitness import Disk
from cutover.core.reindex.models import ReindexStopped, SearchRefused, SearchUnreachable, TookOver
from cutover.core.reindex.refusals import Why
from cutover.reindex.asking import ATTEMPTS
from cutover.reindex.cluster import Cluster
from tests.fakes.scripted_search import Script, ScriptedSearch
from tests.unit.cutover.reindex.indices_at_hand import ALIAS, NEW, NOW, OLD, index, serving, standing

GB = 1 << 30
NODES = {"nodes": {"a": {"jvm": {"mem": {"heap_used_percent": 61}}}, "b": {"jvm": {"mem": {"heap_used_percent": 88}}}}}
DESCRIBED = {"settings": {"index": {"number_of_replicas": "1"}}, "mappings": {}, "aliases": {}}


class Rest:
    """Remembers how long it was to wait."""

    def __init__(self) -> None:
        self.seconds: list[float] = []

    async def __call__(self, seconds: float) -> None:
        self.seconds.append(seconds)


def cluster(script: Script) -> tuple[Cluster, ScriptedSearch, Rest]:
    """A cluster that answers by that script."""
    search, rest = ScriptedSearch(script), Rest()
    return Cluster(search, sleep=rest), search, rest


def refusing(status: int, kind: str) -> Script:
    """Says no to everything."""

    def script(method: str, path: str, body: Any) -> Any:
        raise SearchRefused(status, kind, "because")

    return script


def by_path(**answers: Any) -> Script:
    """Answers by what the path holds (`_` for every other sign); an exception is raised, all else is told."""

    def script(method: str, path: str, body: Any) -> Any:
        for part, answer in answers.items():
            if part in path:
                if isinstance(answer, Exception):
                    raise answer
                return answer
        return {}

    return script


async def test_the_fullest_heap_counts() -> None:
    assert await cluster(by_path(_nodes=NODES))[0].heap_percent() == 88


@pytest.mark.parametrize("status", [400, 403])
async def test_a_cluster_may_keep_its_heap_to_itself(status: int) -> None:
    assert await cluster(refusing(status, "unsupported"))[0].heap_percent() is None


async def test_disks_without_room_stand_against_a_new_index() -> None:
    lines = [
        {"node": "n1", "disk.used": str(95 * GB), "disk.total": str(100 * GB)},
        {"node": "warm", "disk.used": None, "disk.total": None},
        {"node": "UNASSIGNED"},
    ]
    settings = {"persistent": {"cluster.routing.allocation.disk.watermark.high": "92%"}}

    refusal = await cluster(by_path(_cat=lines, _cluster=settings))[0].obstacle(
        standing(serving(bytes=2 * GB), index())
    )

    assert refusal is not None
    assert (refusal.why, refusal.found, refusal.limit) == (Why.DISK, "0 kB", "3.0 GB")
    assert "below the high watermark of 92%; n1's disk is at 95%" in refusal.text


async def test_a_cluster_that_does_not_tell_of_its_disks_is_taken_at_its_silence() -> None:
    assert await cluster(refusing(403, "security_exception"))[0].obstacle(standing(serving(), index())) is None


def test_only_disks_that_are_told_of_count() -> None:
    lines = [Allocation("n1", "1", "2"), Allocation("warm"), Allocation("UNASSIGNED", None, "9")]

    assert disks_of(lines) == [Disk("n1", 1, 2)]


async def test_what_gets_no_answer_is_asked_again_a_few_times_with_longer_and_longer_rests() -> None:
    left = [SearchUnreachable("x")] * (ATTEMPTS - 1)

    def script(method: str, path: str, body: Any) -> Any:
        if left:
            raise left.pop()
        return {"count": 7}

    at_hand, search, rest = cluster(script)

    assert await at_hand.count(NEW) == 7
    assert rest.seconds == [0.5, 1.0, 2.0]
    assert search.asked == [("GET", f"/{NEW}/_count")] * ATTEMPTS


async def test_a_cluster_that_stays_away_is_unreachable() -> None:
    def script(method: str, path: str, body: Any) -> Any:
        raise SearchUnreachable("x")

    at_hand, search, _ = cluster(script)

    with pytest.raises(SearchUnreachable):
        await at_hand.refresh(NEW)
    assert len(search.asked) == ATTEMPTS


async def test_a_change_of_aliases_is_never_sent_twice() -> None:
    def script(method: str, path: str, body: Any) -> Any:
        raise SearchUnreachable("x")

    at_hand, search, _ = cluster(script)

    with pytest.raises(SearchUnreachable):
        await at_hand.change_aliases([{"add": {"index": NEW, "alias": ALIAS}}])
    assert search.asked == [("POST", "/_aliases")]


@pytest.mark.parametrize(
    "call",
    [
        lambda at_hand: at_hand.count(NEW),
        lambda at_hand: at_hand.health(),
        lambda at_hand: at_hand.standing(ALIAS),
        lambda at_hand: at_hand.mapping_of(NEW),
        lambda at_hand: at_hand.shape(NEW),
        lambda at_hand: at_hand.heap_percent(),
        lambda at_hand: at_hand.finish(NEW, None),
    ],
)
@pytest.mark.parametrize("answer", [[], "hello", {"error": 1}, None])
async def test_an_answer_that_is_none_is_no_answer(call: Callable[[Cluster], Any], answer: Any) -> None:
    with pytest.raises(SearchUnreachable):
        await call(cluster(lambda *_: answer)[0])


async def test_an_answer_about_another_index_is_no_answer() -> None:
    with pytest.raises(SearchUnreachable, match=f"an answer without {NEW}"):
        await cluster(lambda *_: {OLD: {"mappings": {}}})[0].mapping_of(NEW)


async def test_a_page_of_a_proxy_in_place_of_health_is_no_answer() -> None:
    answers = by_path(_cluster_health=b"<html>", wait_for_status=b"<html>", _cluster={"status": "green"})

    with pytest.raises(SearchUnreachable, match="200 with what is no JSON"):
        await cluster(answers)[0].finish(NEW, None)


@pytest.mark.parametrize(
    "call",
    [
        lambda at_hand: at_hand.count(NEW),
        lambda at_hand: at_hand.refresh(NEW),
        lambda at_hand: at_hand.create(ALIAS, {}, {"run": "r"}, NOW),
        lambda at_hand: at_hand.delete(NEW),
    ],
)
async def test_a_block_is_told_with_what_to_do(call: Callable[[Cluster], Any]) -> None:
    with pytest.raises(ReindexStopped, match="403 cluster_block_exception") as stopped:
        await call(cluster(refusing(403, "cluster_block_exception"))[0])

    assert stopped.value.way_on.startswith("take the block away: a full disk, or somebody, has set it; then: ")


async def test_what_is_refused_for_another_reason_is_told_as_it_is() -> None:
    with pytest.raises(
        ReindexStopped, match=f"the cluster refuses GET /{NEW}/_count: 403 security_exception"
    ) as stopped:
        await cluster(refusing(403, "security_exception"))[0].count(NEW)

    assert stopped.value.way_on == "cutover reindex status"


async def test_the_first_index_of_several_nodes_gets_a_replica() -> None:
    health = {"status": "green", "number_of_data_nodes": 3}
    at_hand, search, _ = cluster(by_path(_cluster=health))

    assert (await at_hand.finish(NEW, None)).status == "green"

    sent = dict(zip(search.asked, search.bodies, strict=True))
    assert sent["PUT", f"/{NEW}/_settings"] == {"index": {"number_of_replicas": 1, "refresh_interval": "1s"}}


async def test_an_index_is_waited_for_until_it_is_green() -> None:
    health = iter(["red", "yellow", "green"])

    def script(method: str, path: str, body: Any) -> Any:
        if "wait_for_status=green" in path:
            return {"status": next(health), "timed_out": True}
        return {"status": "green"} if "_cluster" in path else {OLD: DESCRIBED}

    at_hand, _, rest = cluster(script)

    assert (await at_hand.finish(NEW, OLD)).status == "green"
    assert len(rest.seconds) == 2


async def test_an_index_need_not_be_better_than_the_one_that_serves() -> None:
    def script(method: str, path: str, body: Any) -> Any:
        return {"status": "yellow"} if "_cluster" in path else {OLD: DESCRIBED}

    at_hand, search, rest = cluster(script)

    assert (await at_hand.finish(NEW, OLD)).status == "yellow"
    assert search.asked[-1] == ("GET", f"/_cluster/health/{NEW}?wait_for_status=yellow&timeout=5s")
    assert rest.seconds == []


async def test_an_index_that_stays_red_is_told_of() -> None:
    with pytest.raises(ReindexStopped, match=f"{NEW} is still red after 0 s: 2 shards have no node") as stopped:
        await cluster(by_path(_cluster={"status": "red", "unassigned_shards": 2}))[0].finish(
            NEW, None, timeout_seconds=0
        )

    assert stopped.value.way_on.endswith(f"cutover reindex run {ALIAS} goes on")


async def test_an_index_that_stays_yellow_will_do() -> None:
    health = await cluster(by_path(_cluster={"status": "yellow"}))[0].finish(NEW, None, timeout_seconds=0)

    assert health.status == "yellow"


@pytest.mark.parametrize(
    "written", [None, "yesterday", {"at": "yesterday", "former": OLD}, {"former": OLD}, {"at": 1, "former": 2}]
)
async def test_what_somebody_else_wrote_into_an_index_counts_as_nothing(written: Any) -> None:
    meta = {"reindex": {"run": "r", "took_over": written}}
    described = {**DESCRIBED, "mappings": {"_meta": meta}, "aliases": {ALIAS: {}}}
    sizes = [{"index": NEW, "docs.count": None, "pri.store.size": None}]

    found = await cluster(by_path(_cat=sizes, ignore_unavailable={NEW: described}))[0].standing(ALIAS)

    assert found.serving is not None
    assert (found.serving.run, found.serving.took_over, found.serving.documents) == ("r", None, 0)


@pytest.mark.parametrize("meta", [{}, {"reindex": "by hand"}, {"reindex": []}])
async def test_an_index_that_says_nothing_of_a_reindex_was_made_by_something_else(meta: Any) -> None:
    described = {**DESCRIBED, "mappings": {"_meta": meta}}

    found = await cluster(by_path(_cat=[], ignore_unavailable={NEW: described}))[0].standing(ALIAS)

    assert (found.others[0].run, found.others[0].ours) == ("", False)
    assert found.others[0].created == datetime(2025, 11, 2, 10, 15, 30, tzinfo=UTC)


def test_what_an_index_took_over_is_told_in_json() -> None:
    assert told(TookOver(NOW, OLD, concrete=True)) == {
        "at": "2025-11-12T10:15:30+00:00", "former": OLD, "concrete": True, "back": False
    }  # fmt: skip
