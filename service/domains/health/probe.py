"""`GET /health` as an ASGI application of its own: what probes ask all day need not wait for a framework to load."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from service.domains.health.service import HealthService
from service.domains.health.wire import NEVER_STORED, told

if TYPE_CHECKING:
    from litestar.types import Receive, Scope, Send


def is_probe(scope: Mapping[str, Any]) -> bool:
    """Whether the probe answers this request; Litestar answers all others, of other methods too."""
    return (scope["type"], scope.get("method"), scope.get("path")) == ("http", "GET", "/health")


class Probe:
    """The health route and nothing else: what `is_probe` says yes to."""

    def __init__(self, health: HealthService) -> None:
        self._health = health

    async def __call__(self, scope: "Scope", receive: "Receive", send: "Send") -> None:
        """One request, answered as `HealthController.health` answers it."""
        scope["path_template"] = scope["path"]  # as Litestar does
        status, body = told(await self._health.check())
        headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body)), *NEVER_STORED]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body, "more_body": False})
