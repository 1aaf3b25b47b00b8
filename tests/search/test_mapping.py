"""The mappings: what they refuse, what they bear, and that they come back as they were given."""

from typing import Any

import msgspec
import pytest

from service.search.indices import MAPPINGS
from service.search.port import SearchUnavailable
from tests.integration.servers import remove_index
from tests.search.shelf import Shelf

LONG = "x" * 40_000  # Lucene takes terms of up to 32,766 bytes


async def test_the_mapping_comes_back_as_it_was_given(shelf: Shelf) -> None:
    answer = shelf.ask("GET", "/_mapping", None)
    assert answer[shelf.kind.index]["mappings"] == MAPPINGS[shelf.kind.index]


@pytest.mark.parametrize(
    "changes",
    [{"unknown": 1}, {"createdAt": "yesterday"}, {"createdAt": {}}, {"title": {"a": 1}}],
    ids=["unknown field", "no date", "object for a date", "object for a text"],
)
async def test_what_does_not_fit_is_refused_whole(shelf: Shelf, changes: dict[str, object]) -> None:
    document = shelf.document("Castle")
    body = msgspec.json.encode(msgspec.to_builtins(document) | changes)
    for _ in range(5):
        with pytest.raises(SearchUnavailable, match="400"):
            await shelf.engine.put(shelf.kind.index, str(document.id), 5, body)
    shelf.refresh()
    assert shelf.stored() == []
    await shelf.put(shelf.document("Fits"))  # it was not taken for a failure of the engine
    assert shelf.stored() == ["Fits"]


async def test_a_text_that_is_too_long_to_be_a_term_is_shown_all_the_same(shelf: Shelf) -> None:
    await shelf.put(shelf.document("Castle", label=LONG, description=LONG))
    (hit,) = (await shelf.hits("castle")).documents
    assert hit["description"] == LONG
    assert LONG in str(hit.get("tags") or hit["category"])
    assert await shelf.titles("castle", LONG) == []


async def test_every_text_field_bears_any_text(mocs: Shelf) -> None:
    fields: dict[str, Any] = dict.fromkeys(
        ("author", "theme", "subtheme", "brand", "set_number", "thumbnail_url"), LONG
    )
    await mocs.put(mocs.document("castle " + LONG, description="castle", **fields))
    (hit,) = (await mocs.hits("castle")).documents
    assert hit["setNumber"] == LONG


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00.000Z", "1969-12-31T23:59:59.999Z", "9999-12-31T23:59:59.999Z"])
async def test_any_time_that_a_row_can_have_is_a_date(mocs: Shelf, moment: str) -> None:
    await mocs.put(
        mocs.document("Castle", created_at=moment, updated_at=moment, uploaded_date=moment), mocs.document("Castle now")
    )
    found = {hit["title"]: hit["updatedAt"] for hit in (await mocs.hits("castle")).documents}
    assert found["Castle"] == moment


async def test_an_index_of_another_make_is_neither_searched_nor_written_to(shelf: Shelf) -> None:
    remove_index(shelf.url, shelf.kind.index)
    shelf.ask("PUT", "", {"mappings": {"properties": {"title": {"type": "text"}}}})
    document = shelf.document("Castle")
    for call in (
        shelf.hits("castle"),
        shelf.engine.put(shelf.kind.index, str(document.id), 5, msgspec.json.encode(document)),
        shelf.engine.remove(shelf.kind.index, str(document.id), 5),
    ):
        with pytest.raises(SearchUnavailable, match="does not carry the schema"):
            await call
    shelf.refresh()
    assert shelf.stored() == []


async def test_an_index_that_is_not_there_is_not_made_by_a_write(shelf: Shelf) -> None:
    remove_index(shelf.url, shelf.kind.index)
    with pytest.raises(SearchUnavailable, match="404"):
        await shelf.put(shelf.document("Castle"))


async def test_an_index_is_found_by_its_alias(shelf: Shelf) -> None:
    alias, made = shelf.kind.index, f"{shelf.kind.index}-v1"
    remove_index(shelf.url, alias)
    try:
        shelf.ask("PUT", "-v1", {"mappings": MAPPINGS[alias], "aliases": {alias: {}}})
        await shelf.put(shelf.document("Castle"))
        assert await shelf.titles("castle") == ["Castle"]
    finally:
        remove_index(shelf.url, made)
