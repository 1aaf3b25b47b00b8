"""The pool's keys over real HTTP: fetched once for a crowd, refused when they are none, believed while they may be."""

import asyncio
from typing import Any

import msgspec
import pytest

from cutover.rehearsal.stack.tokens import CLIENT_ID, ISSUER, TokenMaker
from service.identity.keys import MAX_BYTES, SigningKeys
from service.identity.tokens import TokenVerifier
from service.kernel.errors import Unauthorized, Unavailable
from service.settings import Cognito
from tests.fakes.faulty_line import line_to
from tests.fakes.log_lines import LogLines
from tests.fakes.scripted_http import scripted_http


def verifier(url: str) -> TokenVerifier:
    return TokenVerifier(Cognito(ISSUER, CLIENT_ID, url), SigningKeys(url))


async def test_they_are_fetched_once_for_all_who_wait_and_kept(tokens: TokenMaker) -> None:
    async with scripted_http(lambda _: (200, msgspec.json.encode(tokens.jwks()))) as pool:
        verify = verifier(pool.url + "/jwks.json").verify
        found = await asyncio.gather(*(verify(tokens.token(f"user-{number}")) for number in range(20)))
        assert {principal.sub for principal in found} == {f"user-{number}" for number in range(20)}
        await verify(tokens.token("one-more"))
        assert [asked.path for asked in pool.asked] == ["/jwks.json"]


async def test_ten_thousand_unknown_keys_cost_one_more_request(tokens: TokenMaker) -> None:
    async with scripted_http(lambda _: (200, msgspec.json.encode(tokens.jwks()))) as pool:
        keys = SigningKeys(pool.url)
        assert await keys.find("rehearsal") is not None
        assert await asyncio.gather(*(keys.find(f"kid-{number}") for number in range(10_000))) == [None] * 10_000
        assert len(pool.asked) == 1  # asked a moment ago already


@pytest.mark.parametrize(
    "answer",
    [
        (500, b""),
        (404, b"{}"),
        (200, b""),
        (200, b"not json"),
        (200, b"[]"),
        (200, b'{"keys": null}'),
        (200, b'{"keys": [5]}'),
        (200, b'{"keys": [{"kid": "rehearsal", "kty": "RSA", "n": "", "e": ""}]}'),
        (200, b'{"keys": [{"kid": "rehearsal", "kty": "RSA", "n": "!!!!!", "e": "AQAB"}]}'),
        (200, b"x" * (MAX_BYTES + 1)),
        (302, b""),
    ],
)
async def test_while_no_key_is_known_nobody_can_be_judged(
    tokens: TokenMaker, answer: tuple[int, bytes], lines: LogLines
) -> None:
    async with scripted_http(lambda _: answer) as pool:
        with pytest.raises(Unavailable):
            await verifier(pool.url).verify(tokens.token("alice"))
    assert len(lines.of("signing_keys_unavailable")) == 1


@pytest.mark.parametrize(
    "garbage",
    [b"\x00\x01\x02\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nshort", b"5"],
    ids=["bytes", "a body cut short", "no line"],
)
async def test_a_pool_that_speaks_no_http_is_none(tokens: TokenMaker, garbage: bytes, lines: LogLines) -> None:
    async with scripted_http(lambda _: (200, b"{}")) as pool, line_to(pool.port) as line:
        line.babble(garbage)
        asking = asyncio.ensure_future(verifier(f"http://127.0.0.1:{line.port}").verify(tokens.token("alice")))
        await asyncio.sleep(0.2)
        line.cut()
        with pytest.raises(Unavailable):
            await asking
    assert len(lines.of("signing_keys_unavailable")) == 1


@pytest.mark.parametrize("url", ["ftp://127.0.0.1/keys", "file:///etc/passwd", "no url", "http://127.0.0.1:1/", ""])
async def test_an_address_that_serves_none_is_unavailable(tokens: TokenMaker, url: str) -> None:
    with pytest.raises(Unavailable):
        await verifier(url).verify(tokens.token("alice"))


async def test_a_silent_pool_is_given_up_soon(tokens: TokenMaker) -> None:
    async with scripted_http(lambda _: (200, b"{}")) as pool, line_to(pool.port) as line:
        line.stall()
        started = asyncio.get_running_loop().time()
        with pytest.raises(Unavailable):
            await verifier(f"http://127.0.0.1:{line.port}").verify(tokens.token("alice"))
        assert asyncio.get_running_loop().time() - started < 10.0


async def test_keys_that_are_none_of_ours_are_passed_over(tokens: TokenMaker) -> None:
    good: Any = tokens.jwks()["keys"][0]
    others = [
        {"kid": "ec", "kty": "EC", "crv": "P-256", "x": "a", "y": "b"},
        {**good, "kid": "enc", "use": "enc"},
        {**good, "kid": "other-alg", "alg": "RS512"},
    ]
    async with scripted_http(lambda _: (200, msgspec.json.encode({"keys": [*others, good]}))) as pool:
        keys = SigningKeys(pool.url)
        assert await keys.find("rehearsal") is not None
        assert [await keys.find(kid) for kid in ("ec", "enc", "other-alg")] == [None] * 3


async def test_a_set_without_a_key_for_us_is_none(tokens: TokenMaker) -> None:
    async with scripted_http(lambda _: (200, b'{"keys": []}')) as pool:
        with pytest.raises(Unavailable):
            await verifier(pool.url).verify(tokens.token("alice"))


async def test_a_token_of_an_unknown_key_is_nobodys_once_keys_are_known(tokens: TokenMaker) -> None:
    async with scripted_http(lambda _: (200, msgspec.json.encode(tokens.jwks()))) as pool:
        verify = verifier(pool.url).verify
        header, _, rest = tokens.token("alice").partition(".")
        assert header
        with pytest.raises(Unauthorized):
            await verify("eyJhbGciOiJSUzI1NiIsImtpZCI6Im90aGVyIn0." + rest)
