"""What a verification holds against an index."""

import json
from dataclasses import replace
from typing import Any

import pytest

from cutover.core.reindex.run import Verification
from cutover.reindex.comparing import How
from cutover.reindex.kinds import KIND
from cutover.reindex.ports import Answer
from cutover.reindex.verifying import COUNTS_TRIES, Wanted, verify
from tests.fakes.versioned_index import NAME, VersionedIndex
from tests.unit.cutover.reindex.compared import KEYS, Rig

WANTED = Wanted("moc_instructions", repair=True, queries=5)


@pytest.fixture
def rig() -> Rig:
    rig = Rig()
    rig.index.mapping = KIND["moc_instructions"].mapping
    return rig


async def verified(rig: Rig, **changes: Any) -> Verification:
    how = How(readers=2, bucket_rows=3, sleep=rig.sleep)
    return await verify(rig.table, rig.index, NAME, replace(WANTED, **changes), how=how)


async def test_an_index_that_is_equal_is_verified(rig: Rig) -> None:
    found = await verified(rig, serving=NAME)

    assert found.equal
    assert (found.rows, found.documents, found.mended, found.queries, found.overlap) == (8, 8, 0, 5, 1.0)
    assert found.at == await rig.table.now()


async def test_what_differs_is_mended_and_told(rig: Rig) -> None:
    rig.delete_row(3)

    found = await verified(rig)

    assert found.equal
    assert rig.is_equal
    assert (found.rows, found.documents, found.mended, found.overlap) == (7, 7, 1, None)


async def test_an_index_that_is_only_read_is_not_equal_as_long_as_it_differs(rig: Rig) -> None:
    rig.index.remove(str(KEYS[3]), 1)

    found = await verified(rig, repair=False)

    assert (found.equal, found.differences, [one.how for one in found.differing]) == (False, 1, ["missing"])
    assert rig.writes == 0


async def test_a_row_that_can_not_be_indexed_is_told_apart(rig: Rig) -> None:
    rig.row(9, 109, title="unmappable")

    found = await verified(rig)

    assert (found.equal, found.dead) == (True, [str(KEYS[9])])


async def test_rows_known_not_to_be_indexable_are_no_fault_of_an_index_that_is_only_read(rig: Rig) -> None:
    rig.row(9, 109, title="unmappable")
    rig.row(10, 110)

    found = await verified(rig, repair=False, dead=[str(KEYS[9])])

    assert (found.dead, found.differences, found.differing[0].id) == ([str(KEYS[9])], 1, str(KEYS[10]))


async def test_a_row_taken_for_dead_is_mended_where_mending_is_wanted(rig: Rig) -> None:
    rig.row(9, 109)

    found = await verified(rig, dead=[str(KEYS[9])])

    assert (found.equal, found.dead, found.mended) == (True, [], 1)
    assert rig.is_equal


async def test_an_index_of_another_mapping_is_not_even_compared(rig: Rig) -> None:
    rig.index.mapping = {"properties": {"id": {"type": "text"}}}

    found = await verified(rig)

    assert not found.equal
    assert any(NAME in problem and "id: " in problem for problem in found.problems)
    assert (found.rows, found.documents) == (8, 8)
    assert rig.index.asked == ["_mapping", "_count"]


async def test_documents_of_other_users_are_held_against_it(rig: Rig) -> None:
    async def before(asked: str) -> Answer | None:
        is_golden = asked == "_search" and "_bulk" not in rig.index.asked and rig.index.asked.count("_refresh") > 1
        stolen = {"hits": {"hits": [{"_id": "x", "_source": {"userId": "mallory"}}]}}
        return Answer(200, json.dumps(stolen).encode()) if is_golden else None

    rig.index.before = before

    found = await verified(rig, queries=2)

    assert found.problems == ("searches found documents of other users: x, x",)


async def test_searches_that_find_too_little_are_held_against_it(rig: Rig) -> None:
    class WithOld(VersionedIndex):
        async def send(self, method: str, path: str, body: bytes = b"", **options: Any) -> Answer:
            if path.startswith("/old/"):
                return Answer(200, b'{"hits":{"hits":[{"_id":"other","_source":{}}]}}')
            return await rig.index.send(method, path, body, **options)

    found = await verify(rig.table, WithOld(), NAME, replace(WANTED, serving="old"), how=How(sleep=rig.sleep))

    assert found.problems == ("5 searches find 0.0% of what old finds, and 90.0% are wanted",)
    assert not found.equal


async def test_a_count_that_stays_wrong_on_a_quiet_table_is_held_against_it(rig: Rig) -> None:
    async def before(asked: str) -> Answer | None:
        return Answer(200, b'{"count":9}') if asked == "_count" else None

    rig.index.before = before

    found = await verified(rig)

    assert found.problems == (f"{NAME} counts 9 documents, and 8 were compared",)
    assert rig.index.asked.count("_count") == COUNTS_TRIES


async def test_a_count_that_differs_because_rows_came_is_no_problem(rig: Rig) -> None:
    async def before(asked: str) -> Answer | None:
        if asked == "_count":
            rig.row(9, 109)
            rig.document(9, 109)
        return None

    rig.index.before = before

    found = await verified(rig)

    assert found.equal
    assert rig.index.asked.count("_count") == 1
