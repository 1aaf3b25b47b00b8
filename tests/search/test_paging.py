"""Pages of a search: each hit once, the right total, and no further than the engine goes."""

import msgspec
import pytest

from service.kernel.paging import Slice
from service.search.port import SearchUnavailable, Versioned
from service.search.queries import RESULT_WINDOW, within_window
from tests.search.shelf import Shelf

MORE_THAN_THE_WINDOW = RESULT_WINDOW + 50


async def test_pages_follow_each_other_without_a_gap_or_a_repeat(shelf: Shelf) -> None:
    documents = [shelf.document("castle", seconds=number // 3) for number in range(55)]
    await shelf.put(*documents)
    pages = [await shelf.hits("castle", wanted=Slice.of_page(page, 10)) for page in range(1, 8)]
    found = [one["id"] for page in pages for one in page.documents]
    assert sorted(found) == sorted(str(one.id) for one in documents)
    assert [len(page.documents) for page in pages] == [10, 10, 10, 10, 10, 5, 0]
    assert {page.total for page in pages} == {55}


async def test_an_offset_may_lie_anywhere(shelf: Shelf) -> None:
    await shelf.put(*(shelf.document(f"castle {number}", seconds=-number) for number in range(10)))
    hits = await shelf.hits("castle", wanted=Slice.of_offset(3, 4))
    assert [one["title"] for one in hits.documents] == [f"castle {number}" for number in (3, 4, 5, 6)]


async def test_the_engine_serves_up_to_its_window_and_counts_beyond_it(mocs: Shelf) -> None:
    await _fill(mocs)
    last = Slice.of_page(RESULT_WINDOW // 100, 100)
    assert within_window(last)
    hits = await mocs.hits("castle", wanted=last)
    assert (len(hits.documents), hits.total) == (100, MORE_THAN_THE_WINDOW)
    beyond = Slice.of_offset(RESULT_WINDOW - 99, 100)
    assert not within_window(beyond)
    for _ in range(5):
        with pytest.raises(SearchUnavailable, match="400"):
            await mocs.hits("castle", wanted=beyond)
    assert (await mocs.hits("castle")).total == MORE_THAN_THE_WINDOW  # it was not taken for a failure


async def _fill(mocs: Shelf) -> None:
    documents = [mocs.document(f"castle {number}") for number in range(MORE_THAN_THE_WINDOW)]
    every = [Versioned(str(one.id), 1, msgspec.json.encode(one)) for one in documents]
    await mocs.engine.put_all(mocs.kind.index, every)
    mocs.refresh()
