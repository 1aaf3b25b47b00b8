"""The cluster as a reindex sees and changes it, on a search server."""

from datetime import UTC, datetime

import pytest

from cutover.core.reindex.models import ReindexStopped, TookOver
from cutover.core.reindex.names import index_name
from cutover.core.reindex.refusals import Why
from cutover.reindex.cluster import Cluster
from cutover.reindex.http import HttpSearch
from tests.integration.reindex.clusters import MAPPING, alias, search

__all__ = ["alias", "search"]

NOW = datetime(2025, 11, 2, 10, 15, 30, tzinfo=UTC)
LATER = datetime(2025, 11, 9, 10, 15, 30, tzinfo=UTC)
META = {"started": "2025-11-02T10:15:30Z", "run": "r1"}


async def nap(_: float) -> None:
    """No time to lose."""


def cluster(search: HttpSearch) -> Cluster:
    """The cluster behind that server."""
    return Cluster(search, sleep=nap)


async def settings(search: HttpSearch, index: str) -> dict[str, str]:
    """What an index is set to."""
    answer = await search.ask("GET", f"/{index}/_settings")
    found: dict[str, str] = answer[index]["settings"]["index"]
    return found


async def add(search: HttpSearch, index: str, count: int) -> None:
    """Put so many documents into it."""
    for number in range(count):
        await search.ask("PUT", f"/{index}/_doc/{number}", {"id": str(number), "title": "x"})
    await search.ask("POST", f"/{index}/_refresh")


async def test_where_nothing_is_nothing_stands(search: HttpSearch, alias: str) -> None:
    standing = await cluster(search).standing(alias)

    assert (standing.alias, standing.serving, standing.concrete, standing.others) == (alias, None, False, ())


async def test_a_new_index_is_made_for_loading_and_says_who_made_it(search: HttpSearch, alias: str) -> None:
    made = await cluster(search).create(alias, MAPPING, META, NOW, shards=2)

    assert made == f"{alias}-v20251102t101530"
    found = await settings(search, made)
    assert {name: found[name] for name in ("number_of_shards", "number_of_replicas", "refresh_interval")} == {
        "number_of_shards": "2", "number_of_replicas": "0", "refresh_interval": "-1"
    }  # fmt: skip
    assert found["gc_deletes"] == "24h"
    mapping = await cluster(search).mapping_of(made)
    assert mapping["_meta"] == {"schema": "lego-projects/1", "reindex": META}
    assert await cluster(search).mapping_differences(made, MAPPING) == []
    (info,) = (await cluster(search).standing(alias)).others
    assert (info.name, info.documents, info.ours, info.run, info.took_over) == (made, 0, True, "r1", None)


async def test_the_same_run_finds_the_index_that_it_made_and_another_run_does_not_take_it(
    search: HttpSearch, alias: str
) -> None:
    made = await cluster(search).create(alias, MAPPING, META, NOW)

    assert await cluster(search).create(alias, MAPPING, META, NOW) == made
    with pytest.raises(ReindexStopped, match="resource_already_exists_exception"):
        await cluster(search).create(alias, MAPPING, {"run": "r2"}, NOW)


async def test_an_index_that_a_template_would_spoil_is_refused_and_taken_away(search: HttpSearch, alias: str) -> None:
    extra = {"properties": {"extra": {"type": "keyword"}}}
    template = {"index_patterns": [f"{alias}-v*"], "template": {"aliases": {alias: {}}, "mappings": extra}}
    await search.ask("PUT", f"/_index_template/{alias}", template)
    try:
        with pytest.raises(ReindexStopped) as stopped:
            await cluster(search).create(alias, MAPPING, META, NOW)
    finally:
        await search.ask("DELETE", f"/_index_template/{alias}")

    assert f"extra: type keyword, not nothing; alias {alias}; it is deleted again" in str(stopped.value)
    assert "_index_template" in stopped.value.way_on
    standing = await cluster(search).standing(alias)
    assert (standing.serving, standing.others) == (None, ())


async def test_a_loaded_index_becomes_like_the_one_that_serves(search: HttpSearch, alias: str) -> None:
    at_hand = cluster(search)
    made = await at_hand.create(alias, MAPPING, META, NOW)
    old = index_name(alias, LATER)
    like = {"number_of_replicas": 1, "refresh_interval": "5s", "number_of_shards": 1}
    await search.ask("PUT", f"/{old}", {"settings": {"index": like}})

    health = await at_hand.finish(made, old)

    found = await settings(search, made)
    assert (found["number_of_replicas"], found["refresh_interval"]) == ("1", "5s")
    assert found["gc_deletes"] == "24h"  # until nothing older is sent any more
    assert health.status == "yellow"  # as the one that serves is: there is one node, and replicas have none


async def test_the_first_index_of_one_node_has_no_replica_and_refreshes_each_second(
    search: HttpSearch, alias: str
) -> None:
    made = await cluster(search).create(alias, MAPPING, META, NOW)

    health = await cluster(search).finish(made, None)

    found = await settings(search, made)
    assert (found["number_of_replicas"], found["refresh_interval"]) == ("0", "1s")
    assert health.status == "green"


async def test_an_index_that_was_left_without_refreshing_is_no_model_in_that(search: HttpSearch, alias: str) -> None:
    made = await cluster(search).create(alias, MAPPING, META, NOW)
    other = await cluster(search).create(alias, MAPPING, META, LATER)

    await cluster(search).finish(made, other)

    assert (await settings(search, made))["refresh_interval"] == "1s"


async def test_deletes_are_remembered_for_as_long_as_a_load_lasts(search: HttpSearch, alias: str) -> None:
    made = await cluster(search).create(alias, MAPPING, META, NOW)

    await cluster(search).close_load(made)
    assert "gc_deletes" not in await settings(search, made)

    await cluster(search).reopen(made)
    assert (await settings(search, made))["gc_deletes"] == "24h"


async def test_documents_are_counted_by_the_cluster(search: HttpSearch, alias: str) -> None:
    made = await cluster(search).create(alias, MAPPING, META, NOW)
    await add(search, made, 3)

    assert await cluster(search).count(made) == 3
    (info,) = (await cluster(search).standing(alias)).others
    assert info.documents == 3
    assert info.bytes > 0


async def test_an_index_remembers_what_it_took_over_and_nothing_else_of_it_changes(
    search: HttpSearch, alias: str
) -> None:
    at_hand = cluster(search)
    made = await at_hand.create(alias, MAPPING, META, NOW)

    await at_hand.mark(made, TookOver(LATER, "mocs-old", concrete=True))

    (info,) = (await at_hand.standing(alias)).others
    assert info.took_over == TookOver(LATER, "mocs-old", concrete=True)
    assert info.run == "r1"
    assert await at_hand.mapping_differences(made, MAPPING) == []


async def test_an_index_of_the_aliases_own_name_is_told_from_an_alias(search: HttpSearch, alias: str) -> None:
    await search.ask("PUT", f"/{alias}", {"mappings": {"properties": {"title": {"type": "text"}}}})
    await add(search, alias, 2)

    standing = await cluster(search).standing(alias)

    assert standing.concrete
    assert standing.serving is not None
    assert (standing.serving.documents, standing.serving.ours, standing.serving.run) == (2, False, "")


async def test_an_index_that_serves_by_another_name_is_found_with_its_size(search: HttpSearch, alias: str) -> None:
    named = f"by-hand-{alias}"
    await search.ask("PUT", f"/{named}", {"aliases": {alias: {}}})
    try:
        await add(search, named, 1)
        standing = await cluster(search).standing(alias)
    finally:
        await cluster(search).delete(named)

    assert standing.serving is not None
    assert (standing.serving.name, standing.serving.documents, standing.serving.aliases) == (named, 1, (alias,))


async def test_an_alias_on_two_indices_is_refused(search: HttpSearch, alias: str) -> None:
    names = [await cluster(search).create(alias, MAPPING, META, at) for at in (NOW, LATER)]
    await search.ask("POST", "/_aliases", {"actions": [{"add": {"index": one, "alias": alias}} for one in names]})

    with pytest.raises(ReindexStopped, match=f"{alias} points at 2 indices, .* and may point at 1"):
        await cluster(search).standing(alias)


async def test_a_block_is_seen_and_stands_against_a_new_index(search: HttpSearch, alias: str) -> None:
    made = await cluster(search).create(alias, MAPPING, META, NOW)
    await search.ask("POST", "/_aliases", {"actions": [{"add": {"index": made, "alias": alias}}]})
    assert await cluster(search).obstacle(await cluster(search).standing(alias)) is None

    await search.ask("PUT", f"/{made}/_settings", {"index.blocks.read_only_allow_delete": True})

    refusal = await cluster(search).obstacle(await cluster(search).standing(alias))
    assert refusal is not None
    assert (refusal.why, refusal.found) == (Why.BLOCKED, "index.blocks.read_only_allow_delete")


async def test_what_a_full_disk_refuses_is_no_answer_that_is_waited_for(search: HttpSearch, alias: str) -> None:
    made = await cluster(search).create(alias, MAPPING, META, NOW)
    await search.ask("PUT", f"/{made}/_settings", {"index.blocks.read_only_allow_delete": True})

    with pytest.raises(ReindexStopped, match=r"429 cluster_block_exception: .*flood-stage") as stopped:
        await cluster(search).mark(made, TookOver(LATER, ""))

    assert stopped.value.way_on.startswith("take the block away")


async def test_deleting_what_is_gone_is_fine(search: HttpSearch, alias: str) -> None:
    made = await cluster(search).create(alias, MAPPING, META, NOW)

    await cluster(search).delete(made)
    await cluster(search).delete(made)

    assert (await cluster(search).standing(alias)).others == ()
