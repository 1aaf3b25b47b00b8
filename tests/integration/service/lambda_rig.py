"""The API as Lambda runs it, in this process: events in, answers out, one event loop for all invocations."""

import asyncio
import json
import re
from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar, cast

from httpx import ASGITransport, AsyncClient
from mangum import Mangum
from mangum.types import ASGI

from cutover.rehearsal.stack.tokens import TokenMaker
from service.app import create_app
from service.entrypoints.api import DOMAINS
from service.entrypoints.lambda_adapter import answering
from service.entrypoints.start import Handler
from service.runtime import Runtime
from tests.fakes.lambda_events import Context, http_event

T = TypeVar("T")
_VARYING = [
    (re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"), "ID"),
    (re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"), "TIME"),
    (re.compile(r"gateway-\d+"), "ID"),
    (re.compile(r"ecs-user|lambda-user"), "USER"),
]


@dataclass(frozen=True, slots=True)
class Answer:
    """What a client sees."""

    status: int
    headers: Mapping[str, str]
    text: str

    def json(self) -> Any:
        """The body."""
        return json.loads(self.text)

    def comparable(self) -> tuple[int, Mapping[str, str], str]:
        """Without what differs between any two answers: ids, times, users' names."""
        kept = {
            name: value
            for name, value in sorted(self.headers.items())
            if name not in ("content-length", "x-request-id")
        }
        if "allow" in kept:  # in no order
            kept["allow"] = ", ".join(sorted(kept["allow"].split(", ")))
        if not self.text:  # the adapter names a type for nothing, too
            kept.pop("content-type", None)
        text = self.text
        for pattern, word in _VARYING:
            text = pattern.sub(word, text)
        return self.status, kept, text


@dataclass(frozen=True, slots=True)
class OnLambda:
    """The handler, its loop and its clients."""

    handler: Handler
    loop: asyncio.AbstractEventLoop
    runtime: Runtime
    tokens: TokenMaker

    def invoke(self, event: Any, context: Any = None) -> Answer:
        """One invocation."""
        answer = self.handler(event, context or Context())
        assert set(answer) <= {"statusCode", "headers", "body", "isBase64Encoded", "cookies"}
        assert answer["isBase64Encoded"] is False
        return Answer(answer["statusCode"], answer["headers"], answer["body"])

    def call(self, method: str, target: str, sub: str | None = "alice", **rest: Any) -> Answer:
        """A request as the gateway hands it over."""
        headers = {**self.signed_in(sub), **rest.pop("headers", {})}
        if "json" in rest:
            headers["Content-Type"] = "application/json"
            rest["body"] = json.dumps(rest.pop("json")).encode()
        return self.invoke(http_event(method, target, headers, **rest))

    def signed_in(self, sub: str | None) -> dict[str, str]:
        """The header of a signed-in user."""
        return {} if sub is None else {"Authorization": f"Bearer {self.tokens.token(sub)}"}

    def wait_for(self, work: Awaitable[T]) -> T:
        """Do something on the functions' loop, between invocations."""

        async def done() -> T:
            return await work

        return self.loop.run_until_complete(done())

    def close(self) -> None:
        """Close the clients and the loop."""
        self.loop.run_until_complete(self.runtime.close())
        self.loop.run_until_complete(self.loop.shutdown_default_executor())
        asyncio.set_event_loop(None)
        self.loop.close()


def on_lambda(runtime: Runtime, tokens: TokenMaker) -> OnLambda:
    """All domains behind one handler."""
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    app = create_app(runtime, [domain(runtime) for domain in DOMAINS])
    return OnLambda(answering(Mangum(cast(ASGI, app), lifespan="off")), loop, runtime, tokens)


Headers = Mapping[str, str] | Sequence[tuple[str, str]]


async def by_asgi(runtime: Runtime, method: str, target: str, headers: Headers, body: bytes | None) -> Answer:
    """The same request as the server on ECS hands it over."""
    app = create_app(runtime, [domain(runtime) for domain in DOMAINS])
    async with AsyncClient(transport=ASGITransport(cast(Any, app)), base_url="http://api.example.test") as client:
        answer = await client.request(method, target, headers=cast(Any, headers), content=body)
    return Answer(answer.status_code, dict(answer.headers), answer.text)
