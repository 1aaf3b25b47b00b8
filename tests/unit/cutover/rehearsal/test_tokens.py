"""Tokens as a user pool signs them: checked by hand, with nothing but the published key."""

import base64
import json
import time
from typing import Any

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicNumbers
from cryptography.hazmat.primitives.hashes import SHA256

from cutover.rehearsal.stack.tokens import CLIENT_ID, ISSUER, JWKS_PATH, POOL_ID, VALID_SECONDS, TokenMaker

MAKER = TokenMaker.new()


def decoded(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def read(token: str, maker: TokenMaker = MAKER) -> tuple[dict[str, Any], dict[str, Any]]:
    """(header, claims) of a token whose signature the published key proves."""
    head, body, signature = token.split(".")
    header = json.loads(decoded(head))
    [key] = [key for key in maker.jwks()["keys"] if key["kid"] == header["kid"]]
    n, e = (int.from_bytes(decoded(key[name]), "big") for name in ("n", "e"))
    RSAPublicNumbers(e, n).public_key().verify(decoded(signature), f"{head}.{body}".encode(), PKCS1v15(), SHA256())
    return header, json.loads(decoded(body))


def test_the_published_key_proves_the_signature() -> None:
    header, claims = read(MAKER.token("alice"))
    assert header == {"alg": "RS256", "kid": "rehearsal", "typ": "JWT"}
    assert claims["sub"] == "alice"


def test_the_claims_are_those_of_an_access_token() -> None:
    before = int(time.time())
    _, claims = read(MAKER.token("user-07"))
    assert before <= claims["iat"] <= time.time()
    assert claims == {
        "sub": "user-07",
        "iss": ISSUER,
        "client_id": CLIENT_ID,
        "username": "user-07",
        "token_use": "access",
        "iat": claims["iat"],
        "exp": claims["iat"] + VALID_SECONDS,
    }


def test_claims_can_be_added_and_replaced() -> None:
    _, claims = read(MAKER.token("eve", role="admin", exp=1, token_use="id"))
    assert (claims["role"], claims["exp"], claims["token_use"], claims["sub"]) == ("admin", 1, "id", "eve")


@pytest.mark.parametrize("part", [0, 1, 2])
def test_a_changed_token_is_found_out(part: int) -> None:
    parts = MAKER.token("alice").split(".")
    other = MAKER.token("mallory", kid="x").split(".")
    parts[part] = {0: base64.urlsafe_b64encode(b'{"alg":"none","kid":"rehearsal"}').decode().rstrip("=")}.get(
        part, other[part]
    )
    with pytest.raises(InvalidSignature):
        read(".".join(parts))


def test_each_rehearsal_has_a_key_of_its_own() -> None:
    with pytest.raises(InvalidSignature):
        read(TokenMaker.new().token("alice"))


def test_the_key_is_published_as_pools_publish_theirs() -> None:
    [key] = MAKER.jwks()["keys"]
    assert {name: key[name] for name in ("kty", "kid", "use", "alg", "e")} == {
        "kty": "RSA",
        "kid": "rehearsal",
        "use": "sig",
        "alg": "RS256",
        "e": "AQAB",
    }
    assert len(decoded(key["n"])) == 256
    assert f"/{POOL_ID}/.well-known/jwks.json" == JWKS_PATH
    assert ISSUER.endswith(POOL_ID)


def test_no_part_of_a_token_is_padded() -> None:
    assert "=" not in "".join(MAKER.token("x" * n) for n in range(4))
