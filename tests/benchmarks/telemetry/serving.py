"""The service as ECS runs it, its arms in turns: `python -m tests.benchmarks.telemetry.serving`; /_taken tells."""

import json
import os
from typing import Any

from service.entrypoints.server import server
from service.settings import Settings
from tests.benchmarks.telemetry.arms import Switch
from tests.benchmarks.telemetry.turns import Turns

TAKEN, FORGET = "/_taken", "/_forget"


def worker_app() -> Any:
    """The application in the worker."""
    from service.entrypoints.server import worker_app as real

    return InTurns(real())


class InTurns:
    """Switches before each request."""

    def __init__(self, app: Any) -> None:
        self._app = app
        self._turns = Turns(Switch(app, Settings.from_env(os.environ)))

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """One request."""
        path = scope.get("path")
        if path in (TAKEN, FORGET):
            body = json.dumps(self._turns.taken()).encode()
            if path == FORGET:
                self._turns.forget()
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": body})
            return
        if scope["type"] == "http":
            self._turns.step()
        await self._app(scope, receive, send)


if __name__ == "__main__":
    serving = server(os.environ)
    serving.target = "tests.benchmarks.telemetry.serving:worker_app"
    serving.serve()
