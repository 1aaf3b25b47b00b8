"""Late and repeated writes do no harm: the index keeps what is newest, and knows what is gone."""

from datetime import datetime

import msgspec
import pytest

from service.kernel.wire_time import version_of
from service.search.port import SearchUnavailable, Versioned
from tests.fakes.waiting import until
from tests.search.shelf import Document, Shelf


def renamed(document: Document, title: str) -> Document:
    """The same document under another title."""
    return type(document)(**{name: getattr(document, name) for name in document.__struct_fields__} | {"title": title})


async def test_the_newest_version_stays_whatever_the_order(shelf: Shelf) -> None:
    one = shelf.document("of 5")
    await shelf.put_one(one, 5)
    await shelf.put_one(renamed(one, "of 4"), 4)
    assert shelf.stored() == ["of 5"]
    await shelf.put_one(renamed(one, "of 6"), 6)
    assert shelf.stored() == ["of 6"]


async def test_an_equal_version_is_written_again(shelf: Shelf) -> None:
    one = shelf.document("first")
    await shelf.put_one(one, 5)
    await shelf.put_one(renamed(one, "again"), 5)
    assert shelf.stored() == ["again"]


async def test_many_at_once_are_each_told_old_from_new(shelf: Shelf) -> None:
    old, equal, new = (shelf.document(title) for title in ("a", "b", "c"))
    await shelf.engine.put_all(shelf.kind.index, [_as_of(one, 5) for one in (old, equal, new)])
    later = [_as_of(renamed(old, "late"), 4), _as_of(renamed(equal, "same"), 5), _as_of(renamed(new, "newer"), 6)]
    await shelf.engine.put_all(shelf.kind.index, later)
    shelf.refresh()
    assert sorted(shelf.stored()) == ["a", "newer", "same"]


async def test_a_late_removal_takes_nothing_newer_away(shelf: Shelf) -> None:
    one = shelf.document("stays")
    await shelf.put_one(one, 5)
    await shelf.remove(one, 4)
    assert shelf.stored() == ["stays"]
    await shelf.remove(one, 5)
    assert shelf.stored() == []


async def test_what_is_gone_is_not_brought_back_by_a_late_write(shelf: Shelf) -> None:
    one, never = shelf.document("gone"), shelf.document("removed before it came")
    await shelf.put_one(one, 5)
    await shelf.remove(one, 6)
    await shelf.remove(never, 6)
    for late in (one, never):
        await shelf.put_one(late, 5)
    await shelf.engine.put_all(shelf.kind.index, [_as_of(one, 5), _as_of(never, 5)])
    shelf.refresh()
    assert shelf.stored() == []
    await shelf.remove(one, 6)
    assert shelf.stored() == []


async def test_what_is_gone_is_forgotten_after_gc_deletes_and_not_before(mocs: Shelf) -> None:
    """Why a reindex keeps it for as long as it takes."""
    one, other = mocs.document("forgotten"), mocs.document("remembered")
    mocs.ask("PUT", "/_settings", {"index": {"gc_deletes": "24h"}})
    await mocs.remove(other, 6)
    await mocs.put_one(other, 5)
    assert mocs.stored() == []
    mocs.ask("PUT", "/_settings", {"index": {"gc_deletes": "0s"}})
    await mocs.remove(one, 6)

    async def is_back() -> bool:
        await mocs.put_one(one, 5)
        return "forgotten" in mocs.stored()

    await until(is_back, seconds=30.0)


async def test_a_row_from_before_1970_is_indexed_too(shelf: Shelf) -> None:
    ancient = version_of(datetime(1969, 12, 31))  # noqa: DTZ001 - the columns hold UTC
    one = shelf.document("ancient")
    await shelf.put_one(one, ancient)
    assert shelf.stored() == ["ancient"]
    await shelf.put_one(renamed(one, "touched"), version_of(datetime(2025, 11, 2)))  # noqa: DTZ001 - likewise
    assert shelf.stored() == ["touched"]
    await shelf.remove(shelf.document("never there"), ancient)
    assert shelf.stored() == ["touched"]


async def test_one_document_that_is_refused_does_not_keep_the_others_out(mocs: Shelf) -> None:
    bad = Versioned("bad", 5, b'{"title":"bad","unknown":1}')
    with pytest.raises(SearchUnavailable, match="400"):
        await mocs.engine.put_all(mocs.kind.index, [_as_of(mocs.document("a"), 5), bad, _as_of(mocs.document("b"), 5)])
    mocs.refresh()
    assert sorted(mocs.stored()) == ["a", "b"]


def _as_of(document: Document, version: int) -> Versioned:
    return Versioned(str(document.id), version, msgspec.json.encode(document))
