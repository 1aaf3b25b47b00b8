"""Terms → query. Pure."""

import re
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from service.kernel.paging import Slice

ENGINE_TIMEOUT = "700ms"  # the engine gives up a little before we do
MAX_WORDS = 20  # each is looked for in each field, with all that is spelt alike
MAX_CHARS = 200  # looking for what is spelt alike takes memory by length: a few words of 1,600 letters end a node
MAX_CLAUSES = 900  # OpenSearch refuses 1,024, and very short words and filters count as well
MAX_ALIKE = 50  # for each word in each field; OpenSearch's own default
RESULT_WINDOW = 10_000  # OpenSearch refuses to page past it

# `tags.text`, because `tags` itself is a keyword: there "star" would only find a tag that is exactly "star".
MOC_FIELDS = ("title^3", "tags^2", "tags.text^2", "description", "theme", "author")


IMAGE_FIELDS = ("title^3", "tags^2", "tags.text^2", "description")
WISHLIST_FIELDS = ("title^3", "category^2", "category.text^2", "description")

Clause = dict[str, Any]

_FUZZY_WORD = re.compile(r"\w{3,}")  # shorter ones are looked for as they are


def moc_query(owner: str, words: str, tag: str, wanted: Slice) -> dict[str, Any]:
    """The owner's MOCs that match `words`, of one tag if `tag` is given; best first, then newest."""
    return _query(owner, words, MOC_FIELDS, "updatedAt", _tagged(tag), wanted)


def image_query(owner: str, words: str, tag: str, album: UUID | None, wanted: Slice) -> dict[str, Any]:
    """The owner's images that match `words`, of one tag if given, in that album or outside any; best, then newest."""
    outside: Clause = {"bool": {"must_not": [{"exists": {"field": "albumId"}}]}}
    filters = [{"term": {"albumId": str(album)}} if album else outside, *_tagged(tag)]
    return _query(owner, words, IMAGE_FIELDS, "lastUpdatedAt", filters, wanted)


def wishlist_query(owner: str, words: str, category: str, wanted: Slice) -> dict[str, Any]:
    """The owner's wishlist items that match `words`, of one category if given; best first, then newest."""
    filters = [{"term": {"category": category}}] if category else []
    return _query(owner, words, WISHLIST_FIELDS, "updatedAt", filters, wanted)


def _tagged(tag: str) -> list[Clause]:
    return [{"term": {"tags": tag}}] if tag else []


def _query(
    owner: str, words: str, fields: Sequence[str], newest: str, filters: Sequence[Clause], wanted: Slice
) -> dict[str, Any]:
    few = _few(words)
    matching: Clause = {"query": few, "fields": list(fields), "fuzziness": "AUTO", "type": "best_fields"}
    matching["max_expansions"] = _alike(few, len(fields))
    return {
        "query": {"bool": {"must": [{"term": {"userId": owner}}, {"multi_match": matching}, *filters]}},
        "sort": [{"_score": {"order": "desc"}}, {newest: {"order": "desc"}}, {"id": {"order": "asc"}}],
        "from": wanted.offset,
        "size": wanted.limit,
        "track_total_hits": True,
        "timeout": ENGINE_TIMEOUT,
    }


def _few(words: str) -> str:
    """As much of `words` as the engine bears: each once, not too many, not too long."""
    return " ".join(list(dict.fromkeys(words[:MAX_CHARS].split()))[:MAX_WORDS])


def _alike(words: str, fields: int) -> int:
    """How many spellings of each word the engine may look for: many of one word, few of each of many."""
    return max(1, min(MAX_ALIKE, MAX_CLAUSES // (max(1, len(_FUZZY_WORD.findall(words))) * fields)))


def within_window(wanted: Slice) -> bool:
    """Whether OpenSearch can serve this slice at all; PostgreSQL serves the rest."""
    return wanted.offset + wanted.limit <= RESULT_WINDOW


def escape_like(words: str) -> str:
    """`words` as an ILIKE pattern that finds them anywhere, literally."""
    escaped = words.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"
