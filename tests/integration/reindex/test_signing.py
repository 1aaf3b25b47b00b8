"""Signed requests, checked as the receiving side checks them: from what arrived, by the rules of AWS's documents."""

import hashlib
import hmac
import re
import subprocess
import sys
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, unquote

import pytest
from botocore.credentials import Credentials, RefreshableCredentials
from botocore.exceptions import CredentialRetrievalError

from cutover.core.reindex.models import ReindexStopped, SearchRefused
from cutover.reindex.http import HttpSearch
from cutover.reindex.signing import Signer
from tests.fakes.raw_http import Request, ok, raw_http

SECRET = "wJalrXUtnFEMI"
KEYS = Credentials("AKIDEXAMPLE", SECRET, "a-token")


def is_signed(request: Request, secret: str = SECRET) -> bool:
    """Whether the signature is that of this request, for the service es in eu-west-1."""
    told = re.fullmatch(
        r"AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/(\d{8}/eu-west-1/es/aws4_request), SignedHeaders=([a-z0-9;-]+),"
        r" Signature=([0-9a-f]{64})",
        request.headers["authorization"],
    )
    assert told is not None
    scope, names, signature = told.groups()
    moment = request.headers["x-amz-date"]
    digest = hashlib.sha256(_canonical(request, names).encode()).hexdigest()
    key = b"AWS4" + secret.encode()
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    text = f"AWS4-HMAC-SHA256\n{moment}\n{scope}\n{digest}"
    return hmac.digest(key, text.encode(), "sha256").hex() == signature


def _canonical(request: Request, names: str) -> str:
    method, target, _ = request.line.split(" ")
    path, _, query = target.partition("?")
    pairs = [pair.partition("=") for pair in query.split("&") if pair]
    encoded = sorted(
        (quote(unquote(name), safe="-._~"), quote(unquote(value), safe="-._~")) for name, _, value in pairs
    )
    headers = "".join(f"{name}:{request.headers[name]}\n" for name in names.split(";"))
    body = hashlib.sha256(request.body).hexdigest()
    fields = "&".join(f"{name}={value}" for name, value in encoded)
    return "\n".join((method, quote(path, safe="/-._~"), fields, headers, names, body))


def _percent(text: str) -> str:
    return quote(unquote(text), safe="-._~")


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/i-v2/_bulk?filter_path=errors,items.*.status&timeout=30s", b'{"index":{}}\n{}\n'),
        ("GET", "/_cat/indices/moc*?format=json&h=index,docs.count&s=index:desc", b""),
        ("GET", "/a%2Fb/_doc/1?pretty", b""),
        ("PUT", "/i?b=1&a=2", b"{}"),
        ("GET", "/", b""),
    ],
)
async def test_a_signed_request_is_the_one_that_arrives(method: str, path: str, body: bytes) -> None:
    async with raw_http(ok()) as server:
        search = HttpSearch(server.url, connections=1, signer=Signer(lambda: KEYS, region="eu-west-1"))
        await search.send(method, path, body, ndjson=True)
        await search.close()
        (request,) = server.requests
        assert is_signed(request)
        assert not is_signed(request, "another secret")
        assert request.headers["x-amz-security-token"] == "a-token"
        assert request.headers["host"] == f"127.0.0.1:{server.port}"
        assert "host;" in request.headers["authorization"]


async def test_keys_are_asked_for_anew_each_time() -> None:
    given: list[Any] = [Credentials("AKIDEXAMPLE", "old"), Credentials("AKIDEXAMPLE", "new")]
    async with raw_http(ok()) as server:
        search = HttpSearch(server.url, connections=1, signer=Signer(lambda: given.pop(0), region="eu-west-1"))
        for _ in range(2):
            await search.send("GET", "/")
        await search.close()
        first, second = server.requests
        assert is_signed(first, "old")
        assert is_signed(second, "new")


def _no_more() -> dict[str, str]:
    raise CredentialRetrievalError(provider="test", error_msg="the session has expired")


def _expired() -> RefreshableCredentials:
    return RefreshableCredentials("AKIDEXAMPLE", "x", "y", datetime(2020, 1, 1, tzinfo=UTC), _no_more, "test")


@pytest.mark.parametrize(
    ("credentials", "words"),
    [(lambda: None, "there are no AWS credentials"), (_expired, "can't be had: .*the session has expired")],
)
async def test_without_keys_nothing_is_sent(credentials: Any, words: str) -> None:
    async with raw_http(ok()) as server:
        search = HttpSearch(server.url, connections=1, signer=Signer(credentials, region="eu-west-1"))
        with pytest.raises(ReindexStopped, match=words) as stopped:
            await search.send("GET", "/")
        assert "log in" in stopped.value.way_on
        assert server.requests == []


async def test_a_domain_that_refuses_the_role_says_what_to_look_at() -> None:
    said = b'{"Message":"User: arn:aws:iam::1:role/x is not authorized to perform: es:ESHttpGet"}'
    async with raw_http(ok(said, "403 Forbidden")) as server:
        search = HttpSearch(server.url, connections=1, signer=Signer(lambda: KEYS, region="eu-west-1"))
        with pytest.raises(SearchRefused, match=r"is not authorized .* access policy") as refused:
            await search.ask("GET", "/")
        await search.close()
        assert SECRET not in str(refused.value)


def test_who_signs_nothing_does_not_pay_for_botocore() -> None:
    code = "import sys, cutover.reindex.loading, cutover.reindex.http, cutover.reindex.signing; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout.split()
    heavy = {"botocore", "boto3", "rich", "click", "opensearchpy", "aiohttp", "cutover.settings", "asyncpg"}
    assert heavy.isdisjoint(loaded)
