"""An index in memory that keeps versions, tombstones and what searches see apart, as OpenSearch does."""

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from cutover.reindex.ports import Answer

NAME = "moc_instructions-v20251102t101530"
Before = Callable[[str], Awaitable[Answer | None]]


@dataclass(slots=True)
class Held:
    """A document, or (without a source) the tombstone of one."""

    version: int
    source: bytes | None


@dataclass(slots=True)
class VersionedIndex:
    """`held` is what is written, `seen` what searches see since the last refresh; `before` may answer instead."""

    held: dict[str, Held] = field(default_factory=dict)
    seen: dict[str, Held] = field(default_factory=dict)
    mapping: Mapping[str, Any] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    before: Before | None = None

    def put(self, document_id: str, version: int, document: Mapping[str, Any], *, is_seen: bool = True) -> None:
        """Have this document, as if somebody had written it."""
        self.held[document_id] = Held(version, json.dumps(document).encode())
        if is_seen:
            self.seen[document_id] = self.held[document_id]

    def remove(self, document_id: str, version: int) -> None:
        """Have a tombstone in its place."""
        self.held[document_id] = Held(version, None)
        self.seen.pop(document_id, None)

    @property
    def documents(self) -> dict[str, tuple[int, Any]]:
        """What is there, by id: version and content."""
        return {one: (held.version, json.loads(held.source)) for one, held in self.held.items() if held.source}

    async def send(
        self, method: str, path: str, body: bytes = b"", *, timeout_seconds: float = 10.0, ndjson: bool = False
    ) -> Answer:
        """Answer as OpenSearch would."""
        assert timeout_seconds > 0
        what = path.removeprefix(f"/{NAME}/").partition("?")[0]
        self.asked.append(what)
        if self.before is not None and (instead := await self.before(what)) is not None:
            return instead
        return Answer(200, json.dumps(self._answers()[what](body)).encode())

    async def ask(self, method: str, path: str, body: Any = None, *, timeout_seconds: float = 10.0) -> Any:
        """Not used by a comparison, which reads bytes."""
        raise NotImplementedError

    async def close(self) -> None:
        """There is nothing to let go of."""

    def _answers(self) -> Mapping[str, Callable[[bytes], Any]]:
        return {
            "_refresh": self._refresh,
            "_search": self._search,
            "_mget": self._mget,
            "_bulk": self._bulk,
            "_count": lambda _: {"count": sum(held.source is not None for held in self.seen.values())},
            "_mapping": lambda _: {NAME: {"mappings": self.mapping}},
        }

    def _refresh(self, body: bytes) -> Any:
        self.seen = {one: held for one, held in self.held.items() if held.source is not None}
        return {"_shards": {"failed": 0}}

    def _search(self, body: bytes) -> Any:
        wanted = json.loads(body)
        ((kind, clauses),) = wanted["query"]["bool"].items()
        found = [_hit(one, held) for one, held in self.seen.items()]
        if kind == "must_not":
            hits = [hit for hit in found if "id" not in hit["_source"]]
        elif kind == "must":
            hits = [hit for hit in found if _matches(clauses, hit["_source"])]
        else:
            hits = sorted((hit for hit in found if _within(clauses[0], hit)), key=lambda hit: hit["sort"][0])
        after = wanted.get("search_after")
        return {"hits": {"hits": [hit for hit in hits if after is None or hit["sort"] > after][: wanted["size"]]}}

    def _mget(self, body: bytes) -> Any:
        docs = []
        for one in json.loads(body)["ids"]:
            held = self.held.get(one)
            if held is None or held.source is None:
                docs.append({"_id": one, "found": False})
            else:
                docs.append({**_hit(one, held), "found": True})
        return {"docs": docs}

    def _bulk(self, body: bytes) -> Any:
        lines = iter(body.splitlines())
        items = [self._write(json.loads(line), lines) for line in lines]
        return {"errors": any("error" in one for item in items for one in item.values()), "items": items}

    def _write(self, action: dict[str, Any], lines: Any) -> Any:
        ((verb, target),) = action.items()
        source = next(lines) if verb == "index" else None
        held = self.held.get(target["_id"])
        if held is not None and held.version > target["version"]:
            return {verb: {"status": 409, "error": {"type": "version_conflict_engine_exception", "reason": "newer"}}}
        if source is not None and b"unmappable" in source:
            return {verb: {"status": 400, "error": {"type": "mapper_parsing_exception", "reason": "unmappable"}}}
        self.held[target["_id"]] = Held(target["version"], source)
        return {verb: {"status": 200 if source or held else 404}}


def _hit(one: str, held: Held) -> dict[str, Any]:
    source = json.loads(held.source or b"{}")
    return {"_id": one, "_version": held.version, "_source": source, "sort": [source.get("id", "")]}


def _within(clause: Mapping[str, Any], hit: Mapping[str, Any]) -> bool:
    if "id" not in hit["_source"]:
        return False
    bounds = clause.get("range", {}).get("id", {})
    key = hit["_source"]["id"]
    return ("gt" not in bounds or bool(key > bounds["gt"])) and bool(key <= bounds.get("lte", key))


def _matches(clauses: list[dict[str, Any]], source: Mapping[str, Any]) -> bool:
    """Of the owner, and with one of the words in the title."""
    owner, words = clauses[0]["term"]["userId"], clauses[1]["multi_match"]["query"].split()
    return bool(source.get("userId") == owner) and any(word in source.get("title", "").split() for word in words)
