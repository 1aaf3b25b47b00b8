"""Searches as users make them, of words of random rows, put to the old index and to the new one."""

import random
from collections.abc import Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any, cast
from uuid import UUID

import msgspec

from cutover.core.reindex.models import ALIASES, Row, Span
from cutover.core.reindex.ranges import KEYS
from cutover.reindex.patience import Patient
from cutover.reindex.ports import Source
from service.kernel.paging import Slice
from service.search.queries import image_query, moc_query, wishlist_query

FIRST_TEN = Slice.of_page(1, 10)
MOST_WORDS = 3
ROWS_OF_A_PAGE = 5  # so that rows of many parts of the table are asked for, without reading much of it

Query = Mapping[str, Any]
_MOCS, _IMAGES, _WISHLIST = ALIASES


class _Owned(msgspec.Struct, frozen=True, rename="camel"):
    user_id: str = ""


class _Hit(msgspec.Struct, frozen=True):
    id: str = msgspec.field(name="_id")
    source: _Owned = msgspec.field(name="_source")


class _Hits(msgspec.Struct, frozen=True):
    hits: list[_Hit]


class _Found(msgspec.Struct, frozen=True):
    hits: _Hits


class Searcher(msgspec.Struct, frozen=True, rename="camel"):
    """What of a row makes a search."""

    user_id: str
    title: str = ""
    description: str = ""
    album_id: str | None = None


@dataclass(frozen=True, slots=True)
class Golden:
    """How alike two indices answer: `overlap` of the first ten hits, on average; None: there was nothing to compare.

    `foreign`: documents of other users that the new index gave to somebody, by their ids.
    """

    queries: int
    overlap: float | None
    foreign: Sequence[str] = ()


async def golden(
    source: Source, patient: Patient, alias: str, indices: tuple[str | None, str], count: int, *, chance: random.Random
) -> Golden:
    """Put `count` searches to the old index (None: there is none of ours) and to the new one.

    Raises SearchUnreachable, SearchRefused, DatabaseUnreachable.
    """
    old, new = indices
    overlaps: list[float] = []
    foreign: list[str] = []
    documents = await _some_documents(source, count, chance)
    for document in documents:
        query = QUERIES[alias](document, _words(document, chance))
        hits = await _first_ten(patient, new, query)
        foreign += [hit.id for hit in hits if hit.source.user_id != document.user_id]
        if old is not None:
            former = await _first_ten(patient, old, query)
            overlaps.append(overlap([hit.id for hit in former], [hit.id for hit in hits]))
    return Golden(len(documents), sum(overlaps) / len(overlaps) if overlaps else None, foreign)


def overlap(old: Sequence[str], new: Sequence[str]) -> float:
    """Which part of the longer list of hits is in both; 1 when both are empty."""
    longest = max(len(old), len(new))
    return len(set(old) & set(new)) / longest if longest else 1.0


def _of_mocs(document: Searcher, words: str) -> Query:
    return moc_query(document.user_id, words, "", FIRST_TEN)


def _of_images(document: Searcher, words: str) -> Query:
    album = UUID(document.album_id) if document.album_id else None
    return image_query(document.user_id, words, "", album, FIRST_TEN)


def _of_wishes(document: Searcher, words: str) -> Query:
    return wishlist_query(document.user_id, words, "", FIRST_TEN)


QUERIES: Mapping[str, Callable[[Searcher, str], Query]] = {
    _MOCS: _of_mocs,
    _IMAGES: _of_images,
    _WISHLIST: _of_wishes,
}
"""By alias: the service's own search for words, as the owner of a document would make it."""


async def _some_documents(source: Source, count: int, chance: random.Random) -> Sequence[Searcher]:
    """About random ones with words to search for; fewer when the table has no more of them."""
    documents: list[Searcher] = []
    for _ in range(count):
        page = await _page_after(source, UUID(int=chance.randrange(KEYS))) or await _page_after(source, None)
        chosen = chance.sample(page, min(ROWS_OF_A_PAGE, len(page)))
        decoded = [msgspec.json.decode(row.document, type=Searcher) for row in chosen]
        documents += [document for document in decoded if _all_words(document)]
        if len(documents) >= count or not page:
            break
    return documents[:count]


async def _page_after(source: Source, key: UUID | None) -> Sequence[Row]:
    async with aclosing(cast(Any, source.rows(Span(after=key)))) as pages:
        async for page in pages:
            return cast(Sequence[Row], page)
    return ()


def _words(document: Searcher, chance: random.Random) -> str:
    words = _all_words(document)
    return " ".join(chance.sample(words, min(len(words), chance.randint(1, MOST_WORDS))))


def _all_words(document: Searcher) -> Sequence[str]:
    return document.title.split() or document.description.split()


async def _first_ten(patient: Patient, index: str, query: Query) -> Sequence[_Hit]:
    """Its hits, however long it takes: part of them would look like another answer."""
    unhurried = {name: value for name, value in query.items() if name != "timeout"}
    path = f"/{index}/_search?allow_partial_search_results=false&request_cache=false"
    return (await patient.ask(_Found, "POST", path, msgspec.json.encode(unhurried))).hits.hits
