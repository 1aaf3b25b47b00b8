"""Searches of words of random rows, put to two indices."""

import json
import random
from uuid import UUID

import pytest

from cutover.core.reindex.models import ALIASES, Row
from cutover.reindex.golden import QUERIES, Searcher, golden, overlap
from cutover.reindex.patience import Patient
from cutover.reindex.ports import Answer
from tests.fakes.rows_in_memory import RowsInMemory
from tests.fakes.versioned_index import VersionedIndex
from tests.unit.cutover.reindex.compared import KEYS, Rig


class _Two(VersionedIndex):
    """A cluster of two indices: `old` answers by itself for its name."""

    def __init__(self, old: VersionedIndex, new: VersionedIndex) -> None:
        super().__init__()
        self.by_name = {"old": old, "new": new}
        self.bodies: list[bytes] = []

    async def send(
        self, method: str, path: str, body: bytes = b"", *, timeout_seconds: float = 10.0, ndjson: bool = False
    ) -> Answer:
        self.bodies.append(body)
        _, name, what = path.split("/")
        return await self.by_name[name].send(method, what, body, timeout_seconds=timeout_seconds)


def always_alike() -> random.Random:
    """The same chances in every run."""
    return random.Random(1)  # noqa: S311


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [([], [], 1.0), (["a"], [], 0.0), (["a", "b"], ["b", "a"], 1.0), (["a"], ["a", "b", "c", "d"], 0.25)],
)
def test_overlap_is_the_part_of_the_longer_list_that_is_in_both(
    old: list[str], new: list[str], expected: float
) -> None:
    assert overlap(old, new) == expected


async def test_equal_indices_answer_alike() -> None:
    rig = Rig()
    cluster = _Two(rig.index, rig.index)

    found = await golden(rig.table, Patient(cluster), ALIASES[0], ("old", "new"), 20, chance=always_alike())

    assert (found.queries, found.overlap, found.foreign) == (20, 1.0, [])
    assert len(cluster.bodies) == 40
    assert all(b"timeout" not in body for body in cluster.bodies)


async def test_an_index_that_lacks_documents_answers_less() -> None:
    old, new = Rig(), Rig()
    new.index.seen.clear()
    cluster = _Two(old.index, new.index)

    found = await golden(old.table, Patient(cluster), ALIASES[0], ("old", "new"), 5, chance=always_alike())

    assert found.overlap == 0.0


async def test_without_an_old_index_only_the_new_one_is_asked() -> None:
    rig = Rig()
    cluster = _Two(VersionedIndex(), rig.index)

    found = await golden(rig.table, Patient(cluster), ALIASES[0], (None, "new"), 5, chance=always_alike())

    assert (found.queries, found.overlap) == (5, None)
    assert cluster.by_name["old"].asked == []


async def test_documents_of_other_users_are_named() -> None:
    rig = Rig()
    stolen = {"hits": {"hits": [{"_id": "x", "_source": {"userId": "mallory"}}, {"_id": "y", "_source": {}}]}}

    async def before(asked: str) -> Answer:
        return Answer(200, json.dumps(stolen).encode())

    rig.index.before = before
    cluster = _Two(VersionedIndex(), rig.index)

    found = await golden(rig.table, Patient(cluster), ALIASES[0], (None, "new"), 1, chance=always_alike())

    assert found.foreign == ["x", "y"]


async def test_a_table_without_words_is_not_searched_for() -> None:
    empty, wordless = RowsInMemory(), RowsInMemory()
    wordless.held[KEYS[1]] = Row(KEYS[1], 1, b'{"userId":"alice","title":" "}')

    for table in (empty, wordless):
        found = await golden(table, Patient(VersionedIndex()), ALIASES[0], ("old", "new"), 5, chance=always_alike())

        assert (found.queries, found.overlap) == (0, None)


async def test_a_row_without_a_title_is_searched_by_its_description() -> None:
    table, cluster = RowsInMemory(), _Two(VersionedIndex(), VersionedIndex())
    table.put(KEYS[1], 1, title="", description="brick")

    await golden(table, Patient(cluster), ALIASES[2], (None, "new"), 1, chance=always_alike())

    assert b'"query":"brick"' in cluster.bodies[0]


def test_every_kind_is_searched_as_its_owner_would() -> None:
    album = UUID(int=5)
    inside = Searcher("alice", "castle", album_id=str(album))

    queries = {alias: json.dumps(query(inside, "castle")) for alias, query in QUERIES.items()}

    assert all('{"term": {"userId": "alice"}}' in query for query in queries.values())
    assert f'{{"term": {{"albumId": "{album}"}}}}' in queries["gallery_images"]
    assert "must_not" in json.dumps(QUERIES["gallery_images"](Searcher("alice", "castle"), "castle"))
