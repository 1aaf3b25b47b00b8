"""A ping of the search engine that loads no client."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from service.search.knock import host_of, knock
from service.search.opensearch import OpenSearch
from service.search.port import SearchUnavailable
from tests.fakes.search_engine import scripted_engine
from tests.integration.servers import REGION


@asynccontextmanager
async def opened(url: str, *, signed: bool = False) -> AsyncIterator[OpenSearch]:
    search = OpenSearch(url, region=REGION, signed=signed)
    try:
        yield search
    finally:
        await search.close()


async def test_it_asks_the_root_once_and_makes_no_client() -> None:
    async with scripted_engine() as engine, opened(engine.url) as search:
        await search.ping()
        assert engine.calls == [("GET", "/")]
        assert search._made is None


async def test_it_answers_on_the_real_engine(search_server: str) -> None:
    async with opened(search_server) as search:
        await search.ping()


async def test_a_client_that_is_there_is_used() -> None:
    async with scripted_engine() as engine, opened(engine.url) as search:
        search.prepare()
        await search.ping()
        assert engine.http.asked[0].headers["user-agent"].startswith("opensearch-py")


@pytest.mark.parametrize("status", [301, 304, 401, 403, 500, 503])
async def test_an_engine_that_refuses_is_unavailable(status: int) -> None:
    async with scripted_engine() as engine, opened(engine.url) as search:
        engine.search_answer = (status, b"{}")
        with pytest.raises(SearchUnavailable, match=str(status)):
            await search.ping()


@pytest.mark.parametrize("url", ["http://127.0.0.1:1", "http://nowhere.invalid"])
async def test_nobody_there_is_unavailable(url: str) -> None:
    async with opened(url) as search:
        with pytest.raises(SearchUnavailable):
            await search.ping()


async def test_one_that_speaks_no_http_is_unavailable(valkey: int) -> None:
    async with opened(f"http://127.0.0.1:{valkey}") as search:
        with pytest.raises(SearchUnavailable):
            await search.ping()


async def test_a_signed_ping_carries_the_roles_signature(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key-of-the-role")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "its-secret")
    async with scripted_engine() as engine, opened(engine.url, signed=True) as search:
        await search.ping()
        (asked,) = engine.http.asked
    assert asked.headers["authorization"].startswith("AWS4-HMAC-SHA256 Credential=key-of-the-role/")
    assert asked.headers["host"] == engine.url.removeprefix("http://")


async def test_a_name_and_password_of_the_address_are_sent() -> None:
    async with scripted_engine() as engine:
        assert await knock(engine.url.replace("http://", "http://us%40er:pass@"), {}) == 200
        assert engine.http.asked[0].headers["authorization"] == "Basic dXNAZXI6cGFzcw=="


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://domain.test", "domain.test"),
        ("https://domain.test:443/", "domain.test"),
        ("http://domain.test:9200", "domain.test:9200"),
        ("http://user:word@[::1]:9200", "[::1]:9200"),
    ],
)
def test_the_host_is_told_as_clients_tell_it(url: str, host: str) -> None:
    assert host_of(url) == host
