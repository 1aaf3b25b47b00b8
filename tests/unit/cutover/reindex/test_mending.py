"""Single documents set right by bulk requests, whatever the cluster answers."""

import json
from collections.abc import Callable, Sequence

import pytest

from cutover.core.reindex.models import ReindexStopped, SearchUnreachable
from cutover.reindex import mending
from cutover.reindex.mending import Mend, Mender
from cutover.reindex.ports import Answer
from tests.fakes.versioned_index import NAME, VersionedIndex

MENDS = [Mend("a", 5, b'{"id":"a"}'), Mend("b", 6, None), Mend("c", 7, b'{"id":"c"}')]


def answering(index: VersionedIndex, answers: Sequence[Callable[[], Answer | None]]) -> None:
    """Let the index answer its bulk requests like this, one after the other."""
    left = list(answers)

    async def before(asked: str) -> Answer | None:
        assert asked == "_bulk"
        return left.pop(0)() if left else None

    index.before = before


def items(*statuses: int) -> Answer:
    """An answer of these statuses."""
    told = [{"index": {"status": status, "error": {"type": "of_that_kind", "reason": "why"}}} for status in statuses]
    return Answer(200, json.dumps({"errors": True, "items": told}).encode())


async def test_documents_are_put_and_removed_under_their_versions() -> None:
    index = VersionedIndex()
    index.put("b", 1, {"id": "b"})

    mended = await Mender(index, NAME).mend(MENDS)

    assert (mended.sent, mended.dead) == ({"a", "b", "c"}, {})
    assert index.documents == {"a": (5, {"id": "a"}), "c": (7, {"id": "c"})}
    assert index.held["b"].version == 6


async def test_nothing_to_mend_asks_for_nothing() -> None:
    index = VersionedIndex()

    await Mender(index, NAME).mend([])

    assert index.asked == []


async def test_what_was_refused_for_now_is_neither_sent_nor_dead() -> None:
    index = VersionedIndex()
    answering(index, [lambda: items(429, 409, 400)])

    mended = await Mender(index, NAME).mend(MENDS)

    assert mended.sent == {"b"}
    assert [(one.id, one.reason, one.document) for one in mended.dead.values()] == [
        ("c", "of_that_kind: why", '{"id":"c"}')
    ]


async def test_no_answer_is_left_to_the_next_look() -> None:
    def lost() -> Answer:
        raise SearchUnreachable("closed")

    index = VersionedIndex()
    answering(index, [lost])

    mended = await Mender(index, NAME).mend(MENDS)

    assert (mended.sent, mended.dead, index.asked) == (set(), {}, ["_bulk"])


async def test_a_body_that_is_too_large_goes_in_parts_and_one_alone_is_dead() -> None:
    index = VersionedIndex()
    too_large = Answer(413, b"")
    answering(index, [lambda: too_large, lambda: too_large, lambda: None])

    mended = await Mender(index, NAME).mend(MENDS)

    assert mended.sent == {"b", "c"}
    assert list(mended.dead) == ["a"]


async def test_many_documents_go_in_bodies_of_bounded_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mending, "MOST_BODY_BYTES", 20)
    index = VersionedIndex()

    mended = await Mender(index, NAME).mend([Mend(str(number), 1, b'{"id":"1"}') for number in range(5)])

    assert (len(mended.sent), index.asked) == (5, ["_bulk", "_bulk", "_bulk"])


async def test_an_index_that_takes_no_writes_stops_everything() -> None:
    blocked = {"status": 403, "error": {"type": "cluster_block_exception", "reason": "index write (api)"}}
    index = VersionedIndex()
    body = json.dumps({"errors": True, "items": [{"index": blocked}] * 3}).encode()
    answering(index, [lambda: Answer(200, body)])

    with pytest.raises(ReindexStopped, match="takes no writes"):
        await Mender(index, NAME).mend(MENDS)
