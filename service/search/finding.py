"""What the search engine finds, made safe: the user's own documents in the wire's shape, or nothing at all."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol, TypeVar

import msgspec

from service.kernel.paging import Slice
from service.search.port import SearchIndex, SearchUnavailable
from service.search.queries import within_window
from service.telemetry import metrics
from service.telemetry.log import Log
from service.telemetry.metrics import Counted

log = Log(__name__)


class _Owned(Protocol):
    @property
    def user_id(self) -> str: ...


T = TypeVar("T", bound=_Owned)


async def found_by_engine(
    search: SearchIndex, index: str, query: Mapping[str, Any], shape: type[T], owner: str, wanted: Slice
) -> tuple[Sequence[T], int] | None:
    """The owner's hits as `shape` and how many there are; None: the database has to answer instead."""
    metrics.count(Counted.SEARCHES)
    found = await _found(search, index, query, shape, owner) if within_window(wanted) else None
    metrics.count(Counted.SEARCHES_BY_DATABASE if found is None else Counted.SEARCHES_BY_ENGINE)
    return found


async def _found(
    search: SearchIndex, index: str, query: Mapping[str, Any], shape: type[T], owner: str
) -> tuple[Sequence[T], int] | None:
    try:
        hits = await search.find(index, query)
        return _own(owner, msgspec.convert(hits.documents, list[shape])), hits.total  # type: ignore[valid-type]
    except (SearchUnavailable, msgspec.ValidationError) as error:
        log.debug("search_fell_back", error=error)
        return None


def _own(owner: str, hits: Sequence[T]) -> Sequence[T]:
    """The hits, none of which may be somebody else's, whatever the engine made of the query."""
    if any(hit.user_id != owner for hit in hits):
        log.problem("search_found_what_others_own")
        raise SearchUnavailable("a hit belongs to somebody else")
    return hits
