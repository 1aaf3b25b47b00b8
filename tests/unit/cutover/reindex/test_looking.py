"""The index read page by page and by ids, with patience."""

import pytest

from cutover.core.reindex.models import ReindexStopped, SearchRefused, SearchUnreachable
from cutover.reindex.looking import Documents, canonical
from cutover.reindex.patience import ATTEMPTS, Patient
from cutover.reindex.ports import Answer
from tests.fakes.versioned_index import NAME, VersionedIndex
from tests.unit.cutover.reindex.compared import Rig


class _Slept:
    def __init__(self) -> None:
        self.seconds: list[float] = []

    async def __call__(self, seconds: float) -> None:
        self.seconds.append(seconds)


@pytest.fixture
def index() -> VersionedIndex:
    index = VersionedIndex()
    for name, key in (("1", "a"), ("2", "b"), ("3", "b"), ("4", "c"), ("5", "d"), ("6", "e")):
        index.put(name, 1, {"id": key})
    return index


def documents(index: VersionedIndex) -> Documents:
    return Documents(Patient(index), NAME)


async def _ids(index: VersionedIndex, after: str | None, until: str | None, size: int) -> list[str]:
    return [hit.id async for page in documents(index).between(after, until, size) for hit in page]


@pytest.mark.parametrize("size", [3, 4, 5, 6, 7, 100])
async def test_pages_lose_nothing_even_where_documents_share_an_id(index: VersionedIndex, size: int) -> None:
    assert await _ids(index, None, None, size) == ["1", "2", "3", "4", "5", "6"]


async def test_a_range_is_more_than_its_lower_and_up_to_its_upper_bound(index: VersionedIndex) -> None:
    assert await _ids(index, "a", "d", 10) == ["2", "3", "4", "5"]
    assert await _ids(index, None, "b", 10) == ["1", "2", "3"]
    assert await _ids(index, "c", None, 10) == ["5", "6"]


async def test_more_documents_of_one_id_than_a_page_holds_are_refused(index: VersionedIndex) -> None:
    with pytest.raises(ReindexStopped, match=r"2 documents or more .* say that they are b"):
        await _ids(index, "a", None, 2)


async def test_a_shard_that_fails_is_no_missing_document(index: VersionedIndex) -> None:
    body = b'{"docs":[{"_id":"1","error":{"type":"no_shard_available_action_exception","reason":"gone"}}]}'

    async def before(asked: str) -> Answer:
        return Answer(200, body)

    index.before = before

    with pytest.raises(SearchUnreachable, match="no_shard_available_action_exception gone"):
        await documents(index).some(["1"])


@pytest.mark.parametrize(
    "answer",
    [Answer(429, b""), Answer(503, b"<html>"), Answer(500, b"{}"), Answer(200, b"<html>"), Answer(200, b'{"hits":1}')],
)
async def test_a_busy_cluster_is_asked_again_after_growing_pauses(index: VersionedIndex, answer: Answer) -> None:
    slept, left = _Slept(), [answer] * (ATTEMPTS - 1)

    async def before(asked: str) -> Answer | None:
        return left.pop() if left else None

    index.before = before

    assert await Documents(Patient(index, slept), NAME).strays() == []
    assert len(index.asked) == ATTEMPTS
    assert all(0 <= pause <= 0.25 * 2**number for number, pause in enumerate(slept.seconds))


async def test_a_cluster_that_stays_out_of_reach_is_given_up(index: VersionedIndex) -> None:
    async def before(asked: str) -> Answer:
        raise SearchUnreachable("closed")

    index.before = before

    with pytest.raises(SearchUnreachable, match="closed"):
        await Documents(Patient(index, _Slept()), NAME).refresh()
    assert len(index.asked) == ATTEMPTS


async def test_a_refusal_is_told_at_once(index: VersionedIndex) -> None:
    async def before(asked: str) -> Answer:
        return Answer(404, b'{"error":{"type":"index_not_found_exception","reason":"no such index"}}')

    index.before = before

    with pytest.raises(SearchRefused, match="404 index_not_found_exception: no such index"):
        await documents(index).refresh()
    assert len(index.asked) == 1


async def test_a_reader_that_fails_ends_the_others() -> None:
    rig = Rig()

    async def before(asked: str) -> Answer | None:
        return Answer(404, b"{}") if asked == "_search" and rig.index.asked.count("_search") > 2 else None

    rig.index.before = before

    with pytest.raises(SearchRefused):
        await rig.compare(repair=True, readers=4)
    assert rig.writes == 0


def test_what_is_no_readable_json_stands_for_itself() -> None:
    assert canonical(b'{"a":"\\ud800"}') == b'{"a":"\\ud800"}'
    assert canonical(b"[" * 5_000 + b"]" * 5_000) == b"[" * 5_000 + b"]" * 5_000
    assert canonical(b'{"b":1, "a":"\\u00e9"}') == '{"a":"é","b":1}'.encode()
