"""The runtime API of one environment, asked as the native runtime client asks it."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

from cutover.rehearsal.edge.functions.invocation import Invocation
from cutover.rehearsal.edge.functions.runtime_api import MAX_RESPONSE_BYTES, RuntimeApi
from tests.integration.rehearsal.edge_rig import Client, eventually, request

BASE = "/2018-06-01/runtime"


class Noted:
    """What the runtime API told its owner."""

    def __init__(self) -> None:
        self.told: list[tuple[str, ...]] = []

    def polled(self) -> None:
        self.told.append(("polled",))

    def returned(self, request_id: str, payload: bytes) -> None:
        self.told.append(("returned", request_id, payload.decode()))

    def raised(self, request_id: str, error: bytes) -> None:
        self.told.append(("raised", request_id, error.decode()))

    def returned_too_much(self, request_id: str) -> None:
        self.told.append(("returned_too_much", request_id))

    def init_failed(self, error: bytes) -> None:
        self.told.append(("init_failed", error.decode()))

    def poll_lost(self) -> None:
        self.told.append(("poll_lost",))


@contextlib.asynccontextmanager
async def asked() -> AsyncIterator[tuple[RuntimeApi, Noted, Client]]:
    noted = Noted()
    api = RuntimeApi(noted, "arn:aws:lambda:us-east-1:1:function:f")
    host, _, port = (await api.open()).partition(":")
    try:
        async with Client.to(host, int(port)) as client:
            yield api, noted, client
    finally:
        api.close()
        await asyncio.sleep(0.01)


def invocation(payload: bytes = b"{}") -> Invocation:
    return Invocation(payload, "Root=1-2-3;Parent=4;Sampled=1", lambda outcome: None, request_id="an-id")


async def test_an_invocation_is_delivered_with_its_headers_and_answered() -> None:
    async with asked() as (api, noted, client):
        await client.send(request("GET", f"{BASE}/invocation/next"))
        await eventually(lambda: noted.told == [("polled",)], "it polls")
        api.deliver(invocation(b'{"a":1}'), 1234)
        got = await client.answer()
        done = await client.ask("POST", f"{BASE}/invocation/an-id/response", body=b'"result"')
        assert (got.body, done.status) == (b'{"a":1}', 202)
        assert got.header("lambda-runtime-aws-request-id") == "an-id"
        assert got.header("lambda-runtime-deadline-ms") == "1234"
        assert got.header("lambda-runtime-invoked-function-arn") == "arn:aws:lambda:us-east-1:1:function:f"
        assert got.header("lambda-runtime-trace-id") == "Root=1-2-3;Parent=4;Sampled=1"
        assert noted.told[1:] == [("returned", "an-id", '"result"')]


async def test_errors_are_passed_on() -> None:
    async with asked() as (_, noted, client):
        error = await client.ask("POST", f"{BASE}/invocation/an-id/error", body=b"{}")
        init = await client.ask("POST", f"{BASE}/init/error", body=b'{"errorType":"X"}')
        assert (error.status, init.status) == (202, 202)
        assert noted.told == [("raised", "an-id", "{}"), ("init_failed", '{"errorType":"X"}')]


async def test_a_response_over_the_limit_is_refused() -> None:
    async with asked() as (_, noted, client):
        answer = await client.ask("POST", f"{BASE}/invocation/an-id/response", body=bytes(MAX_RESPONSE_BYTES + 1))
        assert (answer.status, noted.told) == (413, [("returned_too_much", "an-id")])


async def test_other_paths_are_not_found() -> None:
    async with asked() as (_, noted, client):
        assert (await client.ask("GET", f"{BASE}/restore/next")).status == 404
        assert noted.told == []


async def test_a_poll_that_breaks_is_told_and_nothing_is_delivered_to_it() -> None:
    async with asked() as (api, noted, client):
        await client.send(request("GET", f"{BASE}/invocation/next"))
        await eventually(lambda: noted.told == [("polled",)], "it polls")
        client.writer.close()
        await eventually(lambda: noted.told == [("polled",), ("poll_lost",)], "the poll is lost")
        api.deliver(invocation(), 1)
        assert noted.told == [("polled",), ("poll_lost",)]
