"""A search cluster that answers what it is told to, and remembers what it was asked."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import msgspec

from cutover.core.reindex.models import SearchRefused
from cutover.reindex.ports import Answer

Script = Callable[[str, str, Any], Any]
"""From method, path with query, and body: the JSON value of the answer. It may raise what ports.Search may."""


@dataclass
class ScriptedSearch:
    """Implements ports.Search. `asked`: method and path of each call, `bodies`: what was sent with it."""

    script: Script
    asked: list[tuple[str, str]] = field(default_factory=list)
    bodies: list[Any] = field(default_factory=list)

    async def ask(self, method: str, path: str, body: Any = None, *, timeout_seconds: float = 10.0) -> Any:
        """What the script says."""
        assert timeout_seconds > 0
        self.asked.append((method, path))
        self.bodies.append(body)
        return self.script(method, path, body)

    async def send(
        self, method: str, path: str, body: bytes = b"", *, timeout_seconds: float = 10.0, ndjson: bool = False
    ) -> Answer:
        """The same as bytes; where the script refuses, its status."""
        try:
            value = await self.ask(method, path, body, timeout_seconds=timeout_seconds)
        except SearchRefused as refused:
            return Answer(refused.status, b'{"error":{"type":"%s"}}' % refused.kind.encode())
        return Answer(200, value if isinstance(value, bytes) else msgspec.json.encode(value))

    async def close(self) -> None:
        """Nothing is open."""
