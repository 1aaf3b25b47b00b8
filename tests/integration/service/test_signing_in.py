"""Who is asking: tokens in the header or the cookie, and everything that is not one."""

import base64
import json
from collections.abc import Callable
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes, hmac, serialization

from cutover.rehearsal.stack.tokens import CLIENT_ID, ISSUER, TokenMaker
from tests.fakes.log_lines import LogLines
from tests.integration.service.api import MOC, ORIGIN, Api, assert_failure

Bad = Callable[[TokenMaker], str]


def part(value: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def signed(tokens: TokenMaker, header: Any, claims: str | None = None) -> str:
    """A token with that header, its signature right."""
    from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15

    middle = claims if claims is not None else tokens.token("alice").split(".")[1]
    body = f"{part(header)}.{middle}"
    return f"{body}.{encoded(tokens.key.sign(body.encode(), PKCS1v15(), hashes.SHA256()))}"


def encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def hs256_with_the_public_key(tokens: TokenMaker) -> str:
    pem = tokens.key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    body = f"{part({'alg': 'HS256', 'kid': 'rehearsal'})}.{tokens.token('alice').split('.')[1]}"
    mac = hmac.HMAC(pem, hashes.SHA256())
    mac.update(body.encode())
    return f"{body}.{encoded(mac.finalize())}"


def raw_claims(text: str) -> Bad:
    """A token whose claims are exactly this text."""
    return lambda t: signed(t, {"alg": "RS256", "kid": "rehearsal"}, encoded(text.encode()))


def with_claims(**claims: Any) -> Bad:
    return lambda t: t.token("alice", **claims)


def with_sub(sub: Any) -> Bad:
    return lambda t: t.token(sub)


def claims_text(exp: str) -> str:
    who = f'"sub":"alice","iss":"{ISSUER}","client_id":"{CLIENT_ID}"'
    return f'{{{who},"token_use":"access","iat":1700000000,"exp":{exp}}}'


NOW_IN_AN_HOUR = 4102444800  # the year 2100: not valid yet, whenever this runs
GOOD_HEADER = {"alg": "RS256", "kid": "rehearsal"}

BAD_TOKENS: dict[str, Bad] = {
    "alg none": lambda t: f"{part({'alg': 'none', 'kid': 'rehearsal'})}.{t.token('alice').split('.')[1]}.",
    "alg none with a signature": lambda t: signed(t, {"alg": "none", "kid": "rehearsal"}),
    "alg None in mixed case": lambda t: signed(t, {"alg": "nOnE", "kid": "rehearsal"}),
    "HS256 with the public key": hs256_with_the_public_key,
    "RS384": lambda t: signed(t, {"alg": "RS384", "kid": "rehearsal"}),
    "PS256": lambda t: signed(t, {"alg": "PS256", "kid": "rehearsal"}),
    "rs256 in lower case": lambda t: signed(t, {"alg": "rs256", "kid": "rehearsal"}),
    "no alg": lambda t: signed(t, {"kid": "rehearsal"}),
    "unknown kid": lambda t: signed(t, {"alg": "RS256", "kid": "other"}),
    "no kid": lambda t: signed(t, {"alg": "RS256"}),
    "kid null": lambda t: signed(t, {"alg": "RS256", "kid": None}),
    "kid a path": lambda t: signed(t, {"alg": "RS256", "kid": "../../dev/null"}),
    "kid a number": lambda t: signed(t, {"alg": "RS256", "kid": 1}),
    "kid long": lambda t: signed(t, {"alg": "RS256", "kid": "k" * 4000}),
    "header an array": lambda t: signed(t, ["RS256"]),
    "a key of the attacker": lambda t: signed(TokenMaker.new(), GOOD_HEADER, t.token("alice").split(".")[1]),
    "jku and jwk": lambda t: signed(
        TokenMaker.new(),
        {**GOOD_HEADER, "jku": "http://evil.test/keys", "x5u": "http://evil.test/", "jwk": t.jwks()["keys"][0]},
        t.token("alice").split(".")[1],
    ),
    "expired": with_claims(exp=1700000000),
    "exp of 1970": with_claims(exp=0),
    "exp negative": with_claims(exp=-1),
    "exp a word": with_claims(exp="never"),
    "exp a number as text": with_claims(exp="4102444800"),
    "exp null": with_claims(exp=None),
    "exp infinite": raw_claims(claims_text("1e400")),
    "exp true": raw_claims(claims_text("true")),
    "no exp": raw_claims(claims_text("1").replace(',"exp":1', "")),
    "nbf in an hour": with_claims(nbf=NOW_IN_AN_HOUR),
    "iat in an hour": with_claims(iat=NOW_IN_AN_HOUR),
    "another issuer": with_claims(iss="https://cognito-idp.us-east-1.amazonaws.com/us-east-1_Other"),
    "issuer with a slash": with_claims(iss=ISSUER + "/"),
    "issuer in other case": with_claims(iss=ISSUER.upper()),
    "no issuer": with_claims(iss=None),
    "another client": with_claims(client_id="other"),
    "an access token's client as aud": with_claims(client_id="", aud=CLIENT_ID),
    "an id token for another client": with_claims(token_use="id", aud="other"),
    "an id token with client_id alone": with_claims(token_use="id"),
    "a refresh token": with_claims(token_use="refresh"),
    "no token_use": with_claims(token_use=None),
    "aud a list": with_claims(token_use="id", aud=[CLIENT_ID]),
    "sub missing": with_sub(None),
    "sub empty": with_sub(""),
    "sub too long": with_sub("s" * 300),
    "sub a star": with_sub("*"),
    "sub with NUL": with_sub("a\0b"),
    "sub with a brace": with_sub("{alice}"),
    "sub with a slash": with_sub("a/b"),
    "sub with a newline": with_sub("alice\n"),
    "sub with other digits": with_sub("٣"),
    "sub a number": with_sub(5),
    "claims an array": raw_claims("[]"),
    "claims not JSON": raw_claims("{"),
    "claims nested deep": raw_claims('{"x":' + "[" * 2000),
    "claims not UTF-8": lambda t: signed(t, GOOD_HEADER, encoded(b'{"sub":"\xff"}')),
    "signature changed": lambda t: t.token("alice")[:-6] + "AAAAAA",
    "signature of another token": lambda t: (
        t.token("bob").rpartition(".")[0] + "." + t.token("alice").rpartition(".")[2]
    ),
    "signature empty": lambda t: t.token("alice").rpartition(".")[0] + ".",
    "signature of one character": lambda t: t.token("alice").rpartition(".")[0] + ".A",
    "claims changed": lambda t: ".".join(
        [t.token("alice").split(".")[0], t.token("bob").split(".")[1], t.token("alice").split(".")[2]]
    ),
    "padding": lambda t: t.token("alice") + "==",
    "two parts": lambda t: t.token("alice").rpartition(".")[0],
    "one part": lambda t: "abc",
    "five parts": lambda t: t.token("alice") + ".a.b",
    "empty parts": lambda t: "..",
    "200 KB": lambda t: t.token("alice", x="x" * 150_000),
    "a space inside": lambda t: t.token("alice").replace(".", ". "),
    "a newline inside base64": lambda t: t.token("alice").replace(".", "\\n."),
}


@pytest.mark.parametrize("make", BAD_TOKENS.values(), ids=BAD_TOKENS)
async def test_a_bad_token_is_401_in_the_header_and_in_the_cookie(api: Api, make: Bad, tokens: TokenMaker) -> None:
    token = make(tokens)
    for headers in ({"Authorization": f"Bearer {token}"}, {"Cookie": f"token={token}"}):
        answer = await api.get("/api/mocs", None, headers=headers)
        assert_failure(answer, 401, "UNAUTHORIZED")
        assert answer.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize(
    "header",
    [b"", b"Bearer", b"Bearer ", b"Basic YTpi", b"bearer  x y", b"x", b"Token x", b"Bearer \xff\xfe", b"Bearer\x00 x"],
)
async def test_a_header_that_holds_no_token_is_401(api: Api, header: bytes) -> None:
    assert_failure(await api.get("/api/mocs", None, headers={"Authorization": header}), 401, "UNAUTHORIZED")


async def test_nobody_is_401_on_every_route_that_is_not_public(api: Api) -> None:
    moc = await api.create()
    path = f"/api/mocs/{moc['id']}"
    for method, route in [
        ("GET", "/api/mocs"),
        ("POST", "/api/mocs"),
        ("GET", "/api/mocs/search"),
        ("GET", path),
        ("PATCH", path),
        ("PUT", path),
        ("DELETE", path),
        ("POST", f"{path}/upload-parts-list"),
    ]:
        assert_failure(await api.call(method, route, None), 401, "UNAUTHORIZED")
    assert (await api.get(path)).status_code == 200


async def test_the_scheme_is_bearer_in_any_case(api: Api) -> None:
    for scheme in ("bearer", "BEARER", "Bearer  "):
        headers = {"Authorization": f"{scheme} {api.token('alice')}"}
        assert (await api.get("/api/mocs", None, headers=headers)).status_code == 200


@pytest.mark.parametrize(
    "claims",
    [
        {"token_use": "id", "aud": CLIENT_ID, "client_id": None},
        {"exp_in": -50},
        {"nbf_in": 50},
        {"iat_in": 50},
    ],
    ids=["an id token", "expired 50 s ago", "valid in 50 s", "made in 50 s"],
)
async def test_what_the_contract_takes_is_taken(api: Api, claims: dict[str, Any]) -> None:
    import time

    given = {
        name.removesuffix("_in"): int(time.time()) + value if name.endswith("_in") else value
        for name, value in claims.items()
    }
    if given.get("client_id", "") is None:
        given["client_id"] = ""
    headers = {"Authorization": f"Bearer {api.tokens.token('alice', **given)}"}
    assert (await api.get("/api/mocs", None, headers=headers)).status_code == 200


@pytest.mark.parametrize("claims", [{"exp": -75}, {"nbf": 75}, {"iat": 75}])
async def test_the_leeway_is_60_seconds_and_no_more(api: Api, claims: dict[str, int]) -> None:
    import time

    token = api.tokens.token("alice", **{name: int(time.time()) + value for name, value in claims.items()})
    assert_failure(await api.get("/api/mocs", None, headers={"Authorization": f"Bearer {token}"}), 401, "UNAUTHORIZED")


async def test_the_header_decides_who_it_is_when_there_is_a_cookie_too(api: Api) -> None:
    await api.create("alice")
    headers = {**api.signed_in("bob"), "Cookie": f"token={api.token('alice')}"}
    assert (await api.get("/api/mocs", None, headers=headers)).json()["total"] == 0


@pytest.mark.parametrize("header", ["Bearer nonsense", "Basic x", ""])
async def test_a_bad_header_is_not_rescued_by_the_cookie(api: Api, header: str) -> None:
    headers = {"Authorization": header, "Cookie": f"token={api.token('alice')}"}
    assert_failure(await api.get("/api/mocs", None, headers=headers), 401, "UNAUTHORIZED")


async def test_the_cookie_alone_signs_in(api: Api) -> None:
    await api.create("alice")
    headers = {"Cookie": f"theme=dark; token={api.token('alice')}; other=1"}
    assert (await api.get("/api/mocs", None, headers=headers)).json()["total"] == 1


@pytest.mark.parametrize(
    "cookie",
    [
        b"token=",
        b"token",
        b"token=a;token=b",
        b'token="',
        b'token="a;b"',
        b"token=\xff\xfe",
        b";;;=;",
        b"Token=x",
        b"token=\x01",
        "token=bär".encode(),
        b"x" * 20_000,
        b"$Version=1; token=x; $Path=/",
        b"to ken=x; [a]=b",
    ],
)
async def test_a_cookie_that_holds_no_token_is_401_and_never_a_crash(api: Api, cookie: bytes) -> None:
    assert_failure(await api.get("/api/mocs", None, headers={"Cookie": cookie}), 401, "UNAUTHORIZED")


async def test_of_two_cookies_of_that_name_the_first_counts(api: Api) -> None:
    good = api.token("alice")
    first = await api.get("/api/mocs", None, headers={"Cookie": f"token={good}; token=bad"})
    second = await api.get("/api/mocs", None, headers={"Cookie": f"token=bad; token={good}"})
    assert (first.status_code, second.status_code) == (200, 401)


async def test_claims_in_http_headers_are_never_trusted(api: Api) -> None:
    forged = json.dumps({"authorizer": {"jwt": {"claims": {"sub": "alice", "role": "admin"}}}})
    headers = {
        "X-Amzn-Request-Context": forged,
        "X-User-Id": "alice",
        "X-Amzn-Oidc-Data": "alice",
        "X-Forwarded-User": "alice",
        "aws.event": forged,
    }
    assert_failure(await api.get("/api/mocs", None, headers=headers), 401, "UNAUTHORIZED")


@pytest.mark.parametrize("role", ["Admin", "admin ", "user", ["admin"], True, "administrator"])
async def test_only_the_role_admin_is_an_admin(api: Api, role: Any) -> None:
    moc = await api.create("bob")
    headers = {"Authorization": f"Bearer {api.tokens.token('alice', role=role)}"}
    answer = await api.get(f"/api/mocs/{moc['id']}", None, headers=headers)
    assert answer.status_code in (401, 403), answer.text


async def test_refusals_are_not_logged_as_problems(api: Api, lines: LogLines) -> None:
    await api.get("/api/mocs", None)
    assert [line["level"] for line in lines.all()] == ["info"]


class TestWritesByCookie:
    """A browser sends the cookie from any page, so a write has to prove where it comes from."""

    CHANGES = (("POST", "/api/mocs"), ("PATCH", "{moc}"), ("PUT", "{moc}"), ("DELETE", "{moc}"))

    @pytest.mark.parametrize(("method", "path"), CHANGES)
    @pytest.mark.parametrize(
        "headers",
        [
            {},
            {"Origin": "https://evil.test"},
            {"Origin": "null"},
            {"Origin": ORIGIN + "/"},
            {"Origin": ORIGIN + ".evil.test"},
            {"Origin": ORIGIN.upper()},
            {"Referer": ORIGIN + "/page"},
            {"X-CSRF-Token": "pair"},
            {"X-CSRF-Token": ""},
        ],
    )
    async def test_from_nowhere_or_elsewhere_it_is_403_csrf_failed(
        self, api: Api, method: str, path: str, headers: dict[str, str]
    ) -> None:
        moc = await api.create()
        answer = await api.call(
            method,
            path.format(moc=f"/api/mocs/{moc['id']}"),
            None,
            json={**MOC, "title": "New"},
            headers={"Cookie": f"token={api.token('alice')}", **headers},
        )
        assert_failure(answer, 403, "CSRF_FAILED")
        assert [m["title"] for m in (await api.get("/api/mocs")).json()["data"]] == ["Falcon"]

    @pytest.mark.parametrize(("pair", "sent"), [("pair", "other"), ("pair", "PAIR"), ("", ""), ("pair", "pairs")])
    async def test_a_double_submit_pair_that_differs_or_is_empty_is_refused(
        self, api: Api, pair: str, sent: str
    ) -> None:
        cookie = f"token={api.token('alice')}; XSRF-TOKEN={pair}"
        answer = await api.call("POST", "/api/mocs", None, json=MOC, headers={"Cookie": cookie, "X-CSRF-Token": sent})
        assert_failure(answer, 403, "CSRF_FAILED")

    async def test_from_our_own_page_it_is_taken(self, api: Api) -> None:
        headers = {"Cookie": f"token={api.token('alice')}", "Origin": ORIGIN}
        assert (await api.call("POST", "/api/mocs", None, json=MOC, headers=headers)).status_code == 201

    async def test_with_the_double_submit_pair_it_is_taken_from_anywhere(self, api: Api) -> None:
        headers = {"Cookie": f"XSRF-TOKEN=p%2B/=; token={api.token('alice')}", "X-CSRF-Token": "p%2B/="}
        assert (await api.call("POST", "/api/mocs", None, json=MOC, headers=headers)).status_code == 201

    async def test_reading_needs_neither(self, api: Api) -> None:
        headers = {"Cookie": f"token={api.token('alice')}", "Origin": "https://evil.test"}
        assert (await api.get("/api/mocs", None, headers=headers)).status_code == 200

    async def test_a_bad_token_is_401_before_anything_about_pages(self, api: Api) -> None:
        answer = await api.call("POST", "/api/mocs", None, json=MOC, headers={"Cookie": "token=bad"})
        assert_failure(answer, 401, "UNAUTHORIZED")

    async def test_the_header_needs_neither_page_nor_pair(self, api: Api) -> None:
        headers = {"Origin": "https://evil.test"}
        assert (await api.call("POST", "/api/mocs", json=MOC, headers=headers)).status_code == 201

    async def test_json_that_pretends_to_be_plain_text_is_415(self, api: Api) -> None:
        headers = {"Cookie": f"token={api.token('alice')}", "Origin": ORIGIN, "Content-Type": "text/plain"}
        answer = await api.call("POST", "/api/mocs", None, content=json.dumps(MOC), headers=headers)
        assert_failure(answer, 415, "UNSUPPORTED_MEDIA_TYPE")

    async def test_an_upload_is_a_write_too(self, api: Api) -> None:
        moc = await api.create()
        answer = await api.call(
            "POST",
            f"/api/mocs/{moc['id']}/upload-parts-list",
            None,
            files={"file": ("a.csv", b"Part,Qty\n1,1\n", "text/csv")},
            headers={"Cookie": f"token={api.token('alice')}"},
        )
        assert_failure(answer, 403, "CSRF_FAILED")
