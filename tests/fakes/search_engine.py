"""A search engine that answers what it is told to."""

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

from service.search.indices import MAPPINGS, MOCS
from tests.fakes.scripted_http import Answer, Asked, ScriptedHttp, scripted_http


class ScriptedEngine:
    """Ours and empty at first; `calls` holds what it was asked, as (method, path with its query)."""

    def __init__(self) -> None:
        self.mapping_answer: Answer = (200, json.dumps({MOCS: {"mappings": MAPPINGS[MOCS]}}).encode())
        self.write_answer: Answer = (200, b'{"result":"created"}')
        self.bulk_answer: Answer = (200, b'{"errors":false,"items":[]}')
        self.search_answer: Answer | None = None
        self.hits: Sequence[Mapping[str, Any]] = ()
        self.http: ScriptedHttp

    @property
    def url(self) -> str:
        """Where it listens."""
        return self.http.url

    @property
    def calls(self) -> list[tuple[str, str]]:
        """What it was asked, in order."""
        return [(asked.method, asked.path) for asked in self.http.asked]

    def answer(self, asked: Asked) -> Answer:
        """What it says to this."""
        if asked.path.endswith("_mapping"):
            return self.mapping_answer
        if "/_doc/" in asked.path:
            return self.write_answer
        if asked.path == "/_bulk":
            return self.bulk_answer
        return self.search_answer or (200, self._page())

    def _page(self) -> bytes:
        hits = [{"_id": hit["id"], "_source": hit} for hit in self.hits]
        return json.dumps({"hits": {"total": {"value": len(hits), "relation": "eq"}, "hits": hits}}).encode()


@asynccontextmanager
async def scripted_engine() -> AsyncIterator[ScriptedEngine]:
    """A running one."""
    engine = ScriptedEngine()
    async with scripted_http(engine.answer) as engine.http:
        yield engine
