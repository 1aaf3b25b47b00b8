"""Our HTTP client against a server that does as told: sound, slow, rude and broken answers."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from cutover.core.reindex.models import SearchRefused, SearchUnreachable
from cutover.rehearsal.stack.ports import free_port
from cutover.reindex import http
from cutover.reindex.endpoint import Endpoint, endpoint_of
from cutover.reindex.http import HttpSearch
from cutover.reindex.ports import Answer
from tests.fakes.raw_http import Reply, ok, raw_http
from tests.fakes.waiting import until
from tests.unit.cutover.web_server import Authority

DOMAIN = "search-x.eu-west-1.es.amazonaws.com"
Connect = Callable[..., HttpSearch]


@pytest.fixture
async def connect() -> AsyncIterator[Connect]:
    """Makes clients, and closes them."""
    made: list[HttpSearch] = []

    def make(url: str, connections: int = 4, **options: object) -> HttpSearch:
        made.append(HttpSearch(url, connections=connections, **options))  # type: ignore[arg-type]  # as the test gives
        return made[-1]

    yield make
    for one in made:
        await one.close()


async def refused(answer: Awaitable[object]) -> str:
    """Why there was no answer."""
    with pytest.raises(SearchUnreachable) as error:
        await answer
    return str(error.value)


async def test_a_request_goes_out_as_it_should(connect: Connect) -> None:
    async with raw_http(ok(b'{"errors":false}')) as server:
        answer = await connect(server.url + "/base/").send("POST", "/i/_bulk?a=b,c*", b"{}\n", ndjson=True)
        assert answer == Answer(200, b'{"errors":false}')
        (request,) = server.requests
        assert (request.line, request.body) == ("POST /base/i/_bulk?a=b,c* HTTP/1.1", b"{}\n")
        assert request.headers == {
            "host": f"127.0.0.1:{server.port}",
            "content-type": "application/x-ndjson",
            "user-agent": "cutover",
            "content-length": "3",
        }


async def test_documents_are_sent_and_answers_decoded(connect: Connect) -> None:
    async with raw_http(ok(b'{"a":["\xc3\xa9",1]}')) as server:
        assert await connect(server.url).ask("PUT", "/i", {"b": None}) == {"a": ["é", 1]}
        assert (server.requests[0].body, server.requests[0].headers["content-type"]) == (
            b'{"b":null}',
            "application/json",
        )


async def test_an_answer_without_a_body_is_none(connect: Connect) -> None:
    async with raw_http(ok(b"")) as server:
        assert await connect(server.url).ask("HEAD", "/i") is None


async def test_connections_are_kept(connect: Connect) -> None:
    async with raw_http(ok()) as server:
        search = connect(server.url)
        for _ in range(5):
            await search.send("GET", "/")
        assert (len(server.requests), server.connections) == (5, 1)


async def test_requests_at_once_use_as_many_connections_as_they_may(connect: Connect) -> None:
    async with raw_http(ok()) as server:
        search = connect(server.url, 2)
        await asyncio.gather(*(search.send("GET", "/") for _ in range(10)))
        assert (len(server.requests), server.connections) == (10, 2)


@pytest.mark.parametrize(
    "reply",
    [
        Reply((b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}",), then="close"),
        Reply((b"HTTP/1.1 200 OK\r\n\r\n{", b"}"), then="close"),
        Reply((b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}HTTP/1.1 200 OK\r\n\r\n",)),
    ],
)
async def test_after_some_answers_a_new_connection_is_made(connect: Connect, reply: Reply) -> None:
    async with raw_http(reply) as server:
        search = connect(server.url)
        for _ in range(2):
            assert await search.send("GET", "/") == Answer(200, b"{}")
        assert server.connections == 2


async def test_a_connection_that_the_server_closed_meanwhile_is_not_used_again(connect: Connect) -> None:
    async with raw_http(ok()) as server:
        search = connect(server.url)
        await search.send("GET", "/")
        server.writers[0].close()
        await until(lambda: not search._open)
        await search.send("GET", "/")
        assert (len(server.requests), server.connections) == (2, 2)


async def test_a_connection_that_was_idle_for_long_is_not_used_again(
    connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with raw_http(ok()) as server:
        search = connect(server.url)
        await search.send("GET", "/")
        monkeypatch.setattr(http, "IDLE_SECONDS", 0.0)
        await search.send("GET", "/")
        assert server.connections == 2


async def test_a_connection_on_which_somebody_talks_unasked_is_closed(connect: Connect) -> None:
    async with raw_http(ok()) as server:
        search = connect(server.url)
        await search.send("GET", "/")
        server.writers[0].write(b"HTTP/1.1 408 Too slow\r\n\r\n")
        await until(lambda: not search._open)
        assert await search.send("GET", "/") == Answer(200, b"{}")


async def test_large_answers_in_chunks_arrive_whole(connect: Connect) -> None:
    chunks = (b"%x\r\n%b\r\n" % (70_000, b"x" * 70_000),) * 30
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    async with raw_http(Reply((head, *chunks, b"0\r\n\r\n"))) as server:
        search = connect(server.url)
        assert await search.send("GET", "/") == Answer(200, b"x" * 2_100_000)
        await search.send("GET", "/")
        assert server.connections == 1


async def test_a_refusal_before_the_body_was_read_is_heard(connect: Connect) -> None:
    early = Reply((b"HTTP/1.1 413 Too large\r\nContent-Length: 2\r\n\r\n{}",), early=True, then="hang")
    async with raw_http(early, ok()) as server:
        search = connect(server.url)
        assert await search.send("POST", "/i/_bulk", b"x" * 30_000_000) == Answer(413, b"{}")
        assert await search.send("GET", "/") == Answer(200, b"{}")
        assert server.connections == 2


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (Reply(then="close"), "closed the connection before it answered"),
        (Reply(then="reset"), "closed the connection before it answered"),
        (Reply(early=True, then="reset"), "closed the connection before it answered"),
        (Reply((b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{",), then="close"), "in the middle of its answer"),
        (Reply((b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{",), then="reset"), "in the middle of its answer"),
        (Reply((b"HTTP/1.1 200 OK\r\n\r\n{",), then="reset"), "in the middle of its answer"),
        (Reply((b"\x00\x01garbage\r\n\r\n",)), "not HTTP/1.1"),
        (Reply((b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n",)), "which nobody asked for"),
        (Reply((b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{",), then="hang"), "no answer within 0.2 s"),
        (Reply(then="hang"), "no answer within 0.2 s"),
    ],
)
async def test_an_answer_that_is_none_is_told_and_costs_the_connection(
    connect: Connect, reply: Reply, words: str
) -> None:
    async with raw_http(reply, ok()) as server:
        search = connect(server.url)
        told = await refused(search.send("POST", "/i/_bulk?x=y", b"x" * 1000, timeout_seconds=0.2))
        assert told.startswith(f"POST /i/_bulk of {server.url}: ")
        assert words in told
        assert await search.send("GET", "/") == Answer(200, b"{}")
        assert (len(server.requests), server.connections) == (2, 2)


async def test_nobody_there_is_told() -> None:
    assert "Connect call failed" in await refused(
        HttpSearch(f"http://127.0.0.1:{free_port()}", connections=1).send("GET", "/")
    )


async def test_waiting_for_a_free_connection_counts_towards_the_time(connect: Connect) -> None:
    async with raw_http(Reply(then="hang")) as server:
        search = connect(server.url, 1)
        first = asyncio.ensure_future(search.send("GET", "/", timeout_seconds=30))
        await until(lambda: bool(server.requests))
        assert "no answer within 0.1 s" in await refused(search.send("GET", "/", timeout_seconds=0.1))
        assert len(server.requests) == 1
        first.cancel()
        with pytest.raises(asyncio.CancelledError):
            await first


async def test_closing_ends_requests_under_way() -> None:
    async with raw_http(Reply(then="hang")) as server:
        search = HttpSearch(server.url, connections=1)
        first = asyncio.ensure_future(search.send("GET", "/"))
        await until(lambda: bool(server.requests))
        await search.close()
        assert "closed the connection" in await refused(first)


@pytest.mark.parametrize("path", ["i", "/a b", "/a\r\nX: y", "/é"])
async def test_a_path_that_is_none_is_never_sent(connect: Connect, path: str) -> None:
    async with raw_http(ok()) as server:
        with pytest.raises(ValueError, match="not a path"):
            await connect(server.url).send("GET", path)
        assert server.requests == []


@pytest.mark.parametrize(
    ("reply", "status", "kind", "words"),
    [
        (ok(b'{"error":{"type":"t","reason":"r"}}', "404 X"), 404, "t", "404 t: r"),
        (ok(b'{"error":{"type":"t","reason":"r"}}', "401 X"), 401, "t", "was not signed"),
        (ok(b'{"Message":"no"}', "403 X"), 403, "error", "403 error: no; the request was not signed"),
        (
            ok(b'{"error":{"type":"cluster_block_exception","reason":"r"}}', "403 X"),
            403,
            "cluster_block_exception",
            "n: r",
        ),
        (ok(b"<html>", "302 X"), 302, "answer", "<html>"),
        (ok(b"", "500 X"), 500, "answer", "empty"),
    ],
)
async def test_a_no_is_told_with_its_reason(connect: Connect, reply: Reply, status: int, kind: str, words: str) -> None:
    async with raw_http(reply) as server:
        with pytest.raises(SearchRefused) as error:
            await connect(server.url).ask("GET", "/x")
        assert (error.value.status, error.value.kind) == (status, kind)
        assert words in str(error.value)


@pytest.mark.parametrize("status", [429, 502, 503, 504])
async def test_a_busy_cluster_has_decided_nothing(connect: Connect, status: int) -> None:
    async with raw_http(ok(b"<html>Busy", f"{status} X")) as server:
        assert f"{status} answer: '<html>Busy'" in await refused(connect(server.url).ask("GET", "/x"))


async def test_a_page_instead_of_json_is_told(connect: Connect) -> None:
    async with raw_http(ok(b"<html>Welcome")) as server:
        assert "200 with what is no JSON: '<html>Welcome'" in await refused(connect(server.url).ask("GET", "/x"))


async def test_tls_is_spoken_with_whom_one_trusts(connect: Connect, tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    async with raw_http(ok(), tls=authority.server("127.0.0.1")) as server:
        search = connect(server.url.replace("http:", "https:"), tls=authority.trusted())
        assert await search.send("POST", "/", b"x" * 3_000_000) == Answer(200, b"{}")
        assert await search.send("GET", "/") == Answer(200, b"{}")
        assert (server.connections, len(server.requests[0].body)) == (1, 3_000_000)


async def test_a_certificate_of_somebody_else_is_refused(connect: Connect, tmp_path: Path) -> None:
    async with raw_http(ok(), tls=Authority(tmp_path).server("127.0.0.1")) as server:
        told = await refused(connect(server.url.replace("http:", "https:")).send("GET", "/"))
        assert "its certificate is not trusted" in told
        assert server.requests == []


@pytest.mark.parametrize(
    ("text", "endpoint"),
    [
        ("http://127.0.0.1:9200", Endpoint("127.0.0.1", 9200, tls=False, host="127.0.0.1:9200")),
        ("http://[::1]:9200/", Endpoint("::1", 9200, tls=False, host="[::1]:9200")),
        ("localhost:9200", Endpoint("localhost", 9200, tls=False, host="localhost:9200")),
        (DOMAIN, Endpoint(DOMAIN, 443, tls=True, host=DOMAIN)),
        ("https://Search.example:443/base/", Endpoint("search.example", 443, True, "search.example", "/base")),
    ],
)
def test_endpoints_are_urls_or_hosts(text: str, endpoint: Endpoint) -> None:
    assert endpoint_of(text) == endpoint
    assert endpoint_of(text).url.startswith("https://" if endpoint.tls else "http://")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "has to be a URL"),
        ("ftp://x", "has to be a URL"),
        ("https://", "has to be a URL"),
        ("https://x?y", "has to be a URL"),
        ("https://x:port", "Port"),
        ("https://me:secret@x", "must not hold a name and password"),
    ],
)
def test_what_is_no_endpoint_is_told_without_secrets(text: str, words: str) -> None:
    with pytest.raises(ValueError, match=words) as error:
        endpoint_of(text)
    assert "secret" not in str(error.value)
