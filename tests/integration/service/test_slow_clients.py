"""Clients that send slowly, stop in the middle or break off: none of it is a fault of ours."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from typing import Any

import pytest

from service.web import boundary, incoming
from tests.fakes.databases import CountingDatabase
from tests.fakes.log_lines import LogLines
from tests.integration.service.api import MOC, Api
from tests.integration.service.conftest import Open

BODY = json.dumps(MOC).encode()


@pytest.fixture
def short_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    """Answers have to be made within 0.3 s."""
    monkeypatch.setattr(boundary, "DEADLINE_SECONDS", 0.3)


async def slowly(body: bytes, seconds: float, pieces: int = 6) -> AsyncIterator[bytes]:
    """The body in pieces, all of it in that time."""
    size = len(body) // pieces + 1
    for first in range(0, len(body), size):
        await asyncio.sleep(seconds / pieces)
        yield body[first : first + size]


async def create_slowly(api: Api, seconds: float) -> Any:
    headers = {"Content-Type": "application/json"}
    return await api.call("POST", "/api/mocs", content=slowly(BODY, seconds), headers=headers)


async def test_a_body_that_takes_longer_than_an_answer_may_is_taken(
    api: Api, short_deadline: None, lines: LogLines
) -> None:
    await api.get("/api/mocs")  # so that its connections are there
    answer = await create_slowly(api, 0.6)
    assert answer.status_code == 201, answer.text
    assert lines.of("deadline_exceeded") == []


async def test_what_the_answer_itself_takes_after_it_still_counts(open_api: Open, short_deadline: None) -> None:
    async with open_api(database=CountingDatabase) as api:
        database = api.runtime.database
        assert isinstance(database, CountingDatabase)
        moc = (await create_slowly(api, 0.0)).json()["data"]
        database.gate = asyncio.Event()
        headers = {"Content-Type": "application/json"}
        body = slowly(b'{"theme": "x"}', 0.6)
        answer = await api.call("PATCH", f"/api/mocs/{moc['id']}", content=body, headers=headers)
        database.gate.set()
    assert (answer.status_code, answer.json()["code"]) == (504, "GATEWAY_TIMEOUT")


async def test_a_body_that_never_ends_is_given_up_after_a_while(
    api: Api, monkeypatch: pytest.MonkeyPatch, lines: LogLines
) -> None:
    monkeypatch.setattr(incoming, "BODY_SECONDS", 0.3)
    answer = await create_slowly(api, 0.9)
    assert (answer.status_code, answer.json()["code"]) == (400, "VALIDATION_ERROR")
    assert lines.of("crashed") == []


async def raw(api: Api, messages: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """A create whose body comes in these messages and then no more: what was sent in answer."""
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", b"1000"),
        (b"authorization", f"Bearer {api.token('alice')}".encode()),
    ]
    return await api.asgi(messages, "POST", "/api/mocs", headers=headers)


PART = {"type": "http.request", "body": BODY[:5], "more_body": True}


@pytest.mark.parametrize("messages", [[], [PART], [PART, PART]])
async def test_a_client_that_stops_sending_is_told_so_and_it_is_no_fault_of_ours(
    api: Api, monkeypatch: pytest.MonkeyPatch, lines: LogLines, messages: list[dict[str, Any]]
) -> None:
    monkeypatch.setattr(incoming, "PAUSE_SECONDS", 0.1)
    sent = await raw(api, messages)
    assert (sent[0]["status"], json.loads(sent[1]["body"])["code"]) == (400, "VALIDATION_ERROR")
    assert [line["level"] for line in lines.all()] == ["info"]
    assert (await api.get("/api/mocs")).json()["total"] == 0


@pytest.mark.parametrize("messages", [[], [PART]])
async def test_a_client_that_breaks_off_is_not_answered_and_no_crash(
    api: Api, lines: LogLines, messages: list[dict[str, Any]]
) -> None:
    assert await raw(api, [*messages, {"type": "http.disconnect"}]) == []
    assert [(line["message"], line["level"], line["status"]) for line in lines.all()] == [("request", "info", 499)]
