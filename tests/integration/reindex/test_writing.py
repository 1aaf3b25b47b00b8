"""Load, writer and client together: against the embedded server, and over a line that fails in all ways at once."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import cast
from uuid import UUID

import pytest

from cutover.core.reindex.models import Batch, Span, Written
from cutover.core.reindex.prefix import Acknowledged
from cutover.reindex.http import HttpSearch
from cutover.reindex.loading import load
from cutover.reindex.ports import Source
from cutover.reindex.writer import Limits, Writer
from service.search.indices import MOC_MAPPING
from tests.fakes.bulk_search import batch, id_of
from tests.fakes.raw_http import Reply, ok, raw_http
from tests.fakes.waiting import until

INDEX = "wire-test"
LIMITS = Limits(first_pause_seconds=0.01, longest_pause_seconds=0.05, timeout_seconds=0.5, patience_seconds=20.0)


class Rows:
    """As much of a Source as a load needs: rows 1 to `last`, ten to a batch."""

    def __init__(self, last: int) -> None:
        self.last = last

    async def batches(self, span: Span, *, bytes_wanted: int) -> AsyncIterator[Batch]:
        first = 1 if span.after is None else span.after.int + 1
        for start in range(first, self.last + 1, 10):
            yield batch(*range(start, min(start + 10, self.last + 1)))


async def loaded(rows: int, writer: Writer, told: list[Acknowledged]) -> Written:
    """The load of so many rows."""
    return await load(cast(Source, Rows(rows)), writer, [Span()], told.append, lambda _: None, asyncio.Event())


@pytest.fixture
async def search(search_server: str) -> AsyncIterator[HttpSearch]:
    """A client of the embedded server, with an empty index."""
    client = HttpSearch(search_server, connections=4)
    await client.ask("DELETE", f"/{INDEX}?ignore_unavailable=true")
    await client.ask("PUT", f"/{INDEX}", {"mappings": MOC_MAPPING})
    yield client
    await client.ask("DELETE", f"/{INDEX}")
    await client.close()


def row(number: int, version: int, **fields: object) -> Batch:
    """One row of that version."""
    action = {"index": {"_id": id_of(number), "version": version, "version_type": "external_gte"}}
    body = f"{json.dumps(action)}\n{json.dumps({'id': id_of(number)} | fields)}\n".encode()
    return Batch(UUID(int=number), UUID(int=number), 1, body)


async def test_a_real_server_gets_every_row_and_says_so(search: HttpSearch) -> None:
    told: list[Acknowledged] = []
    written = await loaded(500, Writer(search, INDEX, Limits()), told)
    await search.ask("POST", f"/{INDEX}/_refresh")
    assert (written.indexed, written.retried, told[-1].finished) == (500, 0, True)
    assert (await search.ask("GET", f"/{INDEX}/_count"))["count"] == 500


async def test_a_real_server_keeps_newer_versions_and_names_bad_documents(search: HttpSearch) -> None:
    ours = Writer(search, INDEX, Limits())
    assert (await ours.write(row(1, 5, title="new"))).indexed == 1
    assert (await ours.write(row(1, 5, title="same version"))).indexed == 1
    assert (await ours.write(row(1, 4, title="old"))).stale == 1
    (letter,) = (await ours.write(row(2, 1, unheard="of"))).dead
    assert letter.id == id_of(2)
    assert "strict" in letter.reason
    found = await search.ask("GET", f"/{INDEX}/_doc/{id_of(1)}")
    assert found["_source"]["title"] == "same version"


async def test_a_load_over_a_bad_line_ends_with_every_row_once() -> None:
    items = [{"index": {"status": 201}}] * 10
    busy = {"index": {"status": 429, "error": {"type": "rejected_execution_exception", "reason": "full"}}}
    some = json.dumps({"errors": True, "items": [*items[:7], busy, busy, busy]}).encode()
    trouble = [
        ok(b"{}", "429 Too many"),
        Reply((b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n{",), then="reset"),
        Reply(then="close"),
        Reply(early=True, then="reset"),
        ok(b"<html>Service unavailable</html>", "503 X"),
        Reply(then="hang"),
        ok(b"<html>Welcome</html>"),
        Reply((b"\x00\x00\x00\r\n\r\n",)),
        ok(some),
        Reply((b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b'10\r\n{"errors":false}\r\n', b"0\r\n\r\n")),
        ok(b'{"errors":false}'),
    ]
    async with raw_http(*trouble) as server:
        told: list[Acknowledged] = []
        client = HttpSearch(server.url, connections=4)
        written = await loaded(200, Writer(client, INDEX, LIMITS), told)
        await client.close()
    assert (written.indexed, written.dead) == (200, ())
    assert written.retried > 0
    assert sum(one.written.rows for one in told) == 200
    assert (told[-1].last_id, told[-1].finished) == (UUID(int=200), True)


async def test_a_killed_load_goes_on_behind_what_was_acknowledged(search: HttpSearch) -> None:
    told: list[Acknowledged] = []
    first = asyncio.ensure_future(loaded(5_000, Writer(search, INDEX, Limits()), told))
    await until(lambda: len(told) > 3)
    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first
    rest: list[Acknowledged] = []
    ours, span = Writer(search, INDEX, Limits()), Span(told[-1].last_id)
    written = await load(cast(Source, Rows(5_000)), ours, [span], rest.append, lambda _: None, asyncio.Event())
    await search.ask("POST", f"/{INDEX}/_refresh")
    assert written.indexed + sum(one.written.indexed for one in told) == 5_000
    assert (await search.ask("GET", f"/{INDEX}/_count"))["count"] == 5_000
