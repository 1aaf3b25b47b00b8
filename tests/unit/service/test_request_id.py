"""The id that a request gets where no gateway has given it one."""

from collections.abc import MutableMapping
from typing import Any
from uuid import UUID

from service.web.boundary import Boundary
from service.web.cors import Cors


async def nothing_there(scope: Any, receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 204, "headers": []})
    await send({"type": "http.response.body", "body": b"", "more_body": False})


async def id_of_an_answer() -> str:
    sent: list[MutableMapping[str, Any]] = []

    async def receive() -> Any:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    scope: Any = {"type": "http", "method": "GET", "path": "/health", "headers": []}
    await Boundary(nothing_there, Cors([]))(scope, receive, send)
    return str(dict(sent[0]["headers"])[b"x-request-id"].decode())


async def test_it_is_a_random_uuid_in_its_usual_spelling() -> None:
    ids = [await id_of_an_answer() for _ in range(200)]
    for text in ids:
        parsed = UUID(text)
        assert (str(parsed), parsed.version, parsed.variant) == (text, 4, "specified in RFC 4122")
    assert len(set(ids)) == len(ids)
    assert {text[19] for text in ids} == set("89ab")
