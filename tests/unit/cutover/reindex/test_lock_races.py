"""What a lock does when others are quicker."""

from pathlib import Path
from typing import Any

import pytest

from cutover.core.reindex.models import ReindexStopped, SearchRefused, SearchUnreachable, StoppedBy
from cutover.reindex.lock import ATTEMPTS, Holder, Locks
from cutover.reindex.lock_document import INDEX
from tests.fakes.scripted_search import Script, ScriptedSearch

ADDED = {"_seq_no": 0, "_primary_term": 1}


def taking(script: Script, folder: Path) -> tuple[ScriptedSearch, Any]:
    """A lock of a cluster that answers so."""
    search = ScriptedSearch(script)
    return search, Locks(search, Holder("ada", "here", folder)).held("mocs", "r1")


def without_index(created: Any) -> Script:
    """A cluster without the index of the locks, which says that of making it."""

    def script(method: str, path: str, body: Any) -> Any:
        if method == "GET":
            raise SearchRefused(404, "index_not_found_exception", "no such index")
        if path == f"/{INDEX}" and isinstance(created, Exception):
            raise created
        return ADDED

    return script


@pytest.mark.parametrize("created", [{}, SearchRefused(400, "resource_already_exists_exception", "it is there")])
async def test_the_index_of_the_locks_is_made_unless_another_has_just_made_it(created: Any, tmp_path: Path) -> None:
    search, lock = taking(without_index(created), tmp_path)

    async with lock:
        made = list(search.asked)

    assert made == [("GET", f"/{INDEX}/_doc/mocs"), ("PUT", f"/{INDEX}"), ("PUT", f"/{INDEX}/_create/mocs")]
    assert search.bodies[1]["settings"]["index"] == {"number_of_shards": 1, "auto_expand_replicas": "0-1"}


async def test_where_the_index_of_the_locks_can_not_be_made_there_is_no_lock(tmp_path: Path) -> None:
    refused = SearchRefused(403, "index_create_block_exception", "blocked")
    _, lock = taking(without_index(refused), tmp_path)

    with pytest.raises(ReindexStopped, match="403 index_create_block_exception"):
        await lock.__aenter__()


async def test_who_is_always_second_gives_up(tmp_path: Path) -> None:
    def script(method: str, path: str, body: Any) -> Any:
        if method == "GET":
            raise SearchRefused(404, "", "not found")
        raise SearchRefused(409, "version_conflict_engine_exception", "it is there")

    search, lock = taking(script, tmp_path)

    with pytest.raises(ReindexStopped, match=f"at the same moment, {ATTEMPTS} times") as stopped:
        await lock.__aenter__()
    assert stopped.value.by is StoppedBy.LOCKED
    assert len(search.asked) == 2 * ATTEMPTS


async def test_a_lock_that_was_taken_over_behind_ones_back_is_not_freed_for_others(tmp_path: Path) -> None:
    def script(method: str, path: str, body: Any) -> Any:
        if method == "PUT":
            return ADDED
        raise SearchRefused(404, "", "not found")

    search, lock = taking(script, tmp_path)
    async with lock:
        pass

    assert [method for method, _ in search.asked] == ["GET", "PUT", "GET"]


async def test_a_cluster_that_goes_away_at_the_end_ends_nothing_else(tmp_path: Path) -> None:
    gone = False

    def script(method: str, path: str, body: Any) -> Any:
        if gone:
            raise SearchUnreachable("gone")
        if method == "PUT":
            return ADDED
        raise SearchRefused(404, "", "not found")

    _, lock = taking(script, tmp_path)
    async with lock:
        gone = True
