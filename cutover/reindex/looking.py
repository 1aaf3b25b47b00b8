"""The index as a comparison reads it: ranges of documents in the order of their ids, or some of them as of now."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from cutover.core.reindex.differing import Side
from cutover.core.reindex.models import ReindexStopped, SearchUnreachable, StoppedBy
from cutover.reindex.patience import Patient

RESULT_WINDOW = 10_000  # what a search gives at most
_BY_ID = [{"id": "asc"}]
_EVERY: Mapping[str, Any] = {"exists": {"field": "id"}}
_NOTHING = msgspec.Raw(b"{}")


class _Error(msgspec.Struct, frozen=True):
    type: str = ""
    reason: str | None = ""


class Hit(msgspec.Struct, frozen=True):
    """A document as a search gives it; `sort` holds its field `id`, by which it was found."""

    id: str = msgspec.field(name="_id")
    version: int = msgspec.field(name="_version", default=0)
    source: msgspec.Raw = msgspec.field(name="_source", default=_NOTHING)
    sort: tuple[str, ...] = ()

    @property
    def side(self) -> Side:
        """It as one side of a comparison."""
        return Side(self.version, canonical(self.source))


class _Hits(msgspec.Struct, frozen=True):
    hits: list[Hit]


class _Page(msgspec.Struct, frozen=True):
    hits: _Hits


class _Got(msgspec.Struct, frozen=True):
    id: str = msgspec.field(name="_id")
    version: int = msgspec.field(name="_version", default=0)
    source: msgspec.Raw = msgspec.field(name="_source", default=_NOTHING)
    found: bool = False
    error: _Error | None = None


class _Several(msgspec.Struct, frozen=True):
    docs: list[_Got]


@dataclass(frozen=True, slots=True)
class Documents:
    """The documents of one index, by its own name. Everything raises SearchUnreachable and SearchRefused."""

    patient: Patient
    index: str

    async def refresh(self) -> None:
        """Make searches see every document that was written until now."""
        await self.patient.ask(object, "POST", f"/{self.index}/_refresh")

    async def between(self, after: str | None, until: str | None, size: int) -> AsyncIterator[Sequence[Hit]]:
        """The documents whose `id` is in a range, bounds as in Span, in pages of at most `size`, ordered by `id`.

        No point-in-time: each page is as fresh as can be, as is the page of the table that it is compared with.
        """
        last: str | None = None
        while True:
            hits = await self._page(after, until, last, min(size, RESULT_WINDOW))
            if len(hits) < min(size, RESULT_WINDOW):
                yield hits
                return
            hits = self._whole(hits)
            yield hits
            last = hits[-1].sort[0]

    async def strays(self) -> Sequence[str]:
        """The ids of documents that have no field `id`, which no range finds; at most RESULT_WINDOW."""
        wanted = {"query": {"bool": {"must_not": [_EVERY]}}, "size": RESULT_WINDOW, "_source": False}
        return [hit.id for hit in (await self._search(wanted)).hits.hits]

    async def some(self, ids: Sequence[str]) -> Mapping[str, Hit]:
        """Those of the documents that exist, as they are this moment, refreshed or not."""
        body = msgspec.json.encode({"ids": ids})
        got = await self.patient.ask(_Several, "POST", f"/{self.index}/_mget", body)
        for one in got.docs:
            if one.error is not None:
                raise SearchUnreachable(f"{self.index}/_doc/{one.id}: {one.error.type} {one.error.reason}")
        return {one.id: Hit(one.id, one.version, one.source) for one in got.docs if one.found}

    async def _page(self, after: str | None, until: str | None, last: str | None, size: int) -> list[Hit]:
        bounds = {name: bound for name, bound in (("gt", after), ("lte", until)) if bound is not None}
        wanted: dict[str, Any] = {
            "query": {"bool": {"filter": [{"range": {"id": bounds}} if bounds else _EVERY]}},
            "sort": _BY_ID,
            "size": size,
            "version": True,
            "track_total_hits": False,
        }
        if last is not None:
            wanted["search_after"] = [last]
        return (await self._search(wanted)).hits.hits

    async def _search(self, wanted: Mapping[str, Any]) -> _Page:
        """A search of all shards or of none: a part would look like documents that are missing."""
        path = f"/{self.index}/_search?allow_partial_search_results=false&request_cache=false"
        return await self.patient.ask(_Page, "POST", path, msgspec.json.encode(wanted))

    def _whole(self, hits: list[Hit]) -> list[Hit]:
        """A full page without the documents of its last `id`: others of the same `id` may come on the next page."""
        last = hits[-1].sort
        whole = [hit for hit in hits if hit.sort != last]
        if not whole:
            raise ReindexStopped(
                f"{len(hits)} documents or more of {self.index} say that they are {last[0]}",
                "that index was not made by cutover alone: make a new one with `cutover reindex run`",
                StoppedBy.UNEQUAL,
            )
        return whole


def canonical(document: bytes | msgspec.Raw) -> bytes:
    """The document in the one spelling that its content has: names in order, no spaces, the shortest escapes."""
    try:
        return msgspec.json.encode(msgspec.json.decode(document), order="deterministic")
    except (msgspec.MsgspecError, RecursionError):
        return bytes(document)
