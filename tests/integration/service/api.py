"""The whole API in this process, as tests talk to it."""

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, cast
from uuid import UUID

from httpx import ASGITransport, AsyncClient, Response
from litestar import Litestar

from cutover.rehearsal.stack.tokens import TokenMaker
from service.entrypoints.api import build
from service.runtime import Runtime
from tests.integration.service.assembled import assembled

ORIGIN = "http://localhost:3002"
MOC = {"title": "Falcon", "type": "moc", "author": "Ada"}
SET = {"title": "Castle", "type": "set", "brand": "LEGO"}

_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
# Nothing of how the service is made may reach a client.
_LEAKS = re.compile(
    r"traceback|\.py\b|select |insert |update \w+ set|sqlalchemy|asyncpg|postgres|litestar|msgspec|botocore|aiohttp"
    r"|opensearch|redis|moc_instructions|moc_files|127\.0\.0\.1|site-packages|exception",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Api:
    """The application behind an HTTP client, and tokens for whoever is wanted."""

    client: AsyncClient
    runtime: Runtime
    tokens: TokenMaker

    def token(self, sub: str) -> str:
        """An access token of that user; the user admin's says so."""
        return self.tokens.token(sub, **({"role": "admin"} if sub == "admin" else {}))

    def signed_in(self, sub: str = "alice") -> dict[str, str]:
        """The header of a signed-in user."""
        return {"Authorization": f"Bearer {self.token(sub)}"}

    async def call(self, method: str, path: str, sub: str | None = "alice", **rest: Any) -> Response:
        """One request by `sub` (None: nobody)."""
        headers = {**(self.signed_in(sub) if sub else {}), **rest.pop("headers", {})}
        return await self.client.request(method, path, headers=headers, **rest)

    async def get(self, path: str, sub: str | None = "alice", **rest: Any) -> Response:
        """GET."""
        return await self.call("GET", path, sub, **rest)

    async def post(self, path: str, body: Any, sub: str | None = "alice") -> Response:
        """POST with a JSON body."""
        return await self.call("POST", path, sub, json=body)

    async def patch(self, path: str, body: Any, sub: str | None = "alice") -> Response:
        """PATCH with a JSON body."""
        return await self.call("PATCH", path, sub, json=body)

    async def delete(self, path: str, sub: str | None = "alice") -> Response:
        """DELETE."""
        return await self.call("DELETE", path, sub)

    async def create(self, sub: str = "alice", **changes: Any) -> dict[str, Any]:
        """A MOC that exists."""
        made = await self.post("/api/mocs", {**MOC, **changes}, sub)
        assert made.status_code == 201, made.text
        data: dict[str, Any] = made.json()["data"]
        return data

    async def upload(
        self, moc_id: str, body: bytes, filename: str = "parts.csv", sub: str = "alice", field: str = "partsListFile"
    ) -> Response:
        """A parts list sent as browsers send it."""
        path = f"/api/mocs/{moc_id}/upload-parts-list"
        return await self.call("POST", path, sub, files={field: (filename, body, "text/csv")})

    async def asgi(
        self,
        messages: Sequence[dict[str, Any]],
        method: str = "GET",
        path: str = "/",
        raw_path: bytes | None = None,
        headers: Sequence[tuple[bytes, bytes]] = (),
    ) -> list[dict[str, Any]]:
        """A request as a server hands it over, its body in these messages and then no more: what was sent in answer."""
        left, sent = list(messages), []

        async def receive() -> dict[str, Any]:
            return left.pop(0) if left else await asyncio.Future()

        async def send(message: dict[str, Any]) -> None:
            sent.append(message)

        scope = {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": path,
            "raw_path": path.encode() if raw_path is None else raw_path,
            "query_string": b"",
            "root_path": "",
            "headers": list(headers),
            "client": ("127.0.0.1", 1),
            "server": ("127.0.0.1", 2),
        }
        transport: Any = self.client._transport
        await transport.app(scope, receive, send)
        return sent


@asynccontextmanager
async def serve(runtime: Runtime, tokens: TokenMaker) -> AsyncIterator[Api]:
    """The application on these clients, all of them closed in the end."""
    app = assembled(build, runtime)
    try:
        async with AsyncClient(transport=ASGITransport(cast(Any, app)), base_url="http://api.test") as client:
            yield Api(client, runtime, tokens)
    finally:
        for hook in cast(Litestar, app._app).on_shutdown:
            await cast(Callable[[], Awaitable[None]], hook)()


def assert_failure(answer: Response, status: int, code: str, field: str | None = None) -> Mapping[str, Any]:
    """The answer is that failure, in the one shape that failures have; returns its `error`."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/json"
    body = answer.json()
    assert set(body) == {"error", "message", "code"}
    error: Mapping[str, Any] = body["error"]
    assert set(error) - {"details"} == {"code", "message", "timestamp", "requestId"}
    assert (error["code"], body["code"]) == (code, code)
    assert error["message"] == body["message"] != ""
    assert _TIME.fullmatch(error["timestamp"])
    assert error["requestId"] == answer.headers["x-request-id"] == str(UUID(error["requestId"]))
    assert isinstance(error.get("details", []), list)
    assert not _LEAKS.search(answer.text), answer.text
    if field is not None:
        assert [detail["field"] for detail in error["details"]] == [field], error
        assert all(detail["message"] for detail in error["details"])
    return error
