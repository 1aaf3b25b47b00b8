"""Terms → query. Pure."""

from typing import Any

from service.kernel.paging import Slice

ENGINE_TIMEOUT = "700ms"  # the engine gives up a little before we do
RESULT_WINDOW = 10_000  # OpenSearch refuses to page past it

# `tags.text`, because `tags` itself is a keyword: there "star" would only find a tag that is exactly "star".
MOC_FIELDS = ("title^3", "tags^2", "tags.text^2", "description", "theme", "author")


def moc_query(owner: str, words: str, tag: str, wanted: Slice) -> dict[str, Any]:
    """The owner's MOCs that match `words`, of one tag if `tag` is given; best first, then newest."""
    must: list[dict[str, Any]] = [
        {"term": {"userId": owner}},
        {"multi_match": {"query": words, "fields": list(MOC_FIELDS), "fuzziness": "AUTO", "type": "best_fields"}},
    ]
    if tag:
        must.append({"term": {"tags": tag}})
    return {
        "query": {"bool": {"must": must}},
        "sort": [{"_score": {"order": "desc"}}, {"updatedAt": {"order": "desc"}}, {"id": {"order": "asc"}}],
        "from": wanted.offset,
        "size": wanted.limit,
        "track_total_hits": True,
        "timeout": ENGINE_TIMEOUT,
    }


def within_window(wanted: Slice) -> bool:
    """Whether OpenSearch can serve this slice at all; PostgreSQL serves the rest."""
    return wanted.offset + wanted.limit <= RESULT_WINDOW


def escape_like(words: str) -> str:
    """`words` as an ILIKE pattern that finds them anywhere, literally."""
    escaped = words.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"
