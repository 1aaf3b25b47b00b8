"""What is still coming in when the answer is ready is read to the end, but not for ever."""

import asyncio
from collections.abc import Sequence
from typing import Any, cast

import pytest
from litestar.types import HTTPScope

from service.web import incoming as module
from service.web.incoming import Incoming

PART = {"type": "http.request", "body": b"x" * 10, "more_body": True}
LAST = {"type": "http.request", "body": b"x", "more_body": False}
GONE = {"type": "http.disconnect"}


class Client:
    """Sends these messages; after them, nothing more comes."""

    def __init__(self, *messages: dict[str, Any]) -> None:
        self.messages = list(messages)
        self.asked = 0

    async def receive(self) -> Any:
        """The next one."""
        self.asked += 1
        if not self.messages:
            await asyncio.Event().wait()
        return self.messages.pop(0)


def body_of(client: Client, *headers: tuple[bytes, bytes]) -> Incoming:
    """The request's body."""
    return Incoming(cast(HTTPScope, {"headers": list(headers)}), client.receive)


LENGTH = (b"content-length", b"21")
CHUNKED = (b"transfer-encoding", b"chunked")


@pytest.mark.parametrize("announced", [LENGTH, CHUNKED])
@pytest.mark.parametrize("messages", [(LAST,), (PART, PART, LAST), (PART, GONE), (GONE,)])
async def test_all_of_an_announced_body_is_read(
    announced: tuple[bytes, bytes], messages: Sequence[dict[str, Any]]
) -> None:
    client = Client(*messages)
    await body_of(client, announced).drain()
    assert client.messages == []
    assert client.asked == len(messages)


@pytest.mark.parametrize("headers", [(), ((b"content-length", b"0"),)])
async def test_where_no_body_is_announced_none_is_waited_for(headers: Sequence[tuple[bytes, bytes]]) -> None:
    client = Client()
    await body_of(client, *headers).drain()
    assert client.asked == 0


async def test_what_the_application_has_read_is_not_waited_for_again() -> None:
    client = Client(PART, LAST)
    body = body_of(client, LENGTH)
    assert [await body.receive(), await body.receive()] == [PART, LAST]
    await body.drain()
    assert client.asked == 2


async def test_the_rest_of_what_the_application_has_read_in_part_is_read() -> None:
    client = Client(PART, PART, LAST)
    body = body_of(client, LENGTH)
    await body.receive()
    await body.drain()
    assert client.messages == []


async def test_more_than_any_upload_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_DRAINED_BYTES", 25)
    client = Client(*[PART] * 5, LAST)
    await body_of(client, CHUNKED).drain()
    assert client.asked == 3


async def test_a_client_that_stops_sending_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "DRAIN_SECONDS", 0.01)
    client = Client(PART)
    await body_of(client, LENGTH).drain()
    assert client.asked == 2


async def test_once_given_up_nothing_is_read() -> None:
    client = Client(LAST)
    body = body_of(client, LENGTH)
    body.give_up()
    await body.drain()
    assert client.asked == 0
