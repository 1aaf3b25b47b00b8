"""A search cluster for bulk requests alone, in memory: versions, refusals as told, no sockets."""

import asyncio
import json
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from uuid import UUID

from cutover.core.reindex.models import Batch
from cutover.reindex.ports import Answer

Item = Mapping[str, Any]
CREATED: Item = {"status": 201}
BUSY: Item = {"status": 429, "error": {"type": "rejected_execution_exception", "reason": "queue is full"}}
BAD: Item = {"status": 400, "error": {"type": "mapper_parsing_exception", "reason": "failed to parse"}}
STALE: Item = {"status": 409, "error": {"type": "version_conflict_engine_exception", "reason": "newer"}}


class BulkSearch:
    """Keeps documents by id. `planned` answers or errors come first, then every row gets what `verdict` says of it."""

    def __init__(self, verdict: Callable[[str], Item] = lambda _: CREATED) -> None:
        self.verdict = verdict
        self.planned: deque[Answer | Exception | None] = deque()
        self.asked: list[tuple[str, str, bool, float]] = []
        self.sent: list[Sequence[str]] = []
        self.documents: dict[str, Any] = {}
        self.under_way = self.most_under_way = 0
        self.gate: asyncio.Event | None = None

    async def send(
        self, method: str, path: str, body: bytes = b"", *, timeout_seconds: float = 10.0, ndjson: bool = False
    ) -> Answer:
        """As ports.Search."""
        self.asked.append((method, path, ndjson, timeout_seconds))
        self.under_way += 1
        self.most_under_way = max(self.under_way, self.most_under_way)
        try:
            await (asyncio.sleep(0) if self.gate is None else self.gate.wait())
            return self._answer(body)
        finally:
            self.under_way -= 1

    async def ask(self, method: str, path: str, body: Any = None, *, timeout_seconds: float = 10.0) -> Any:
        """Nothing here asks."""
        raise AssertionError(f"{method} {path}")

    async def close(self) -> None:
        """Nothing to close."""

    def _answer(self, body: bytes) -> Answer:
        lines = [json.loads(line) for line in body.splitlines()]
        ids = [line["index"]["_id"] for line in lines[::2]]
        self.sent.append(ids)
        planned = self.planned.popleft() if self.planned else None
        if isinstance(planned, Exception):
            raise planned
        if planned is not None:
            return planned
        items = [self.verdict(one) for one in ids]
        self.documents |= {
            one: document for one, document, item in zip(ids, lines[1::2], items, strict=True) if item["status"] < 300
        }
        errors = any("error" in item for item in items)
        said = {"errors": errors, "items": [{"index": item} for item in items]}
        return Answer(200, json.dumps(said, separators=(",", ":")).encode())


def batch(*numbers: int, pad: int = 0) -> Batch:
    """Rows whose ids are these numbers."""
    lines = "".join(_lines(number, pad) for number in numbers)
    return Batch(UUID(int=numbers[0]), UUID(int=numbers[-1]), len(numbers), lines.encode())


def id_of(number: int) -> str:
    """A row's id as the cluster has it."""
    return str(UUID(int=number))


def _lines(number: int, pad: int) -> str:
    action = {"index": {"_id": id_of(number), "version": 1, "version_type": "external_gte"}}
    return f"{json.dumps(action)}\n{json.dumps({'id': id_of(number), 'title': 'x' * pad})}\n"
