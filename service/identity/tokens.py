"""Cognito's tokens: RS256, this pool, this client, now; anything else is nobody.

Signature by `cryptography`, claims by msgspec: a quarter of what a JWT library takes, on every request.
"""

import base64
import binascii
import re
import time
from collections.abc import Callable, Mapping
from typing import Any

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256

from service.identity.keys import SigningKeys
from service.kernel.errors import Unauthorized
from service.kernel.principal import Principal
from service.settings import Cognito

LEEWAY_SECONDS = 60
MAX_TOKEN_CHARS = 8192
MAX_SUB_CHARS = 128

_SHAPE = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+", re.ASCII)
# It becomes part of cache keys and object keys: nothing that means something there.
_SUB = re.compile(r"[A-Za-z0-9._:@|+-]{1,128}", re.ASCII)
_PADDING = PKCS1v15()
_HASH = SHA256()


class _Header(msgspec.Struct):
    alg: str
    kid: str


class _Claims(msgspec.Struct):
    """What we read of a token; `aud` and `client_id` are told apart by `token_use`."""

    sub: str
    iss: str
    exp: float
    token_use: str
    nbf: float = 0
    iat: float = 0
    aud: str = ""
    client_id: str = ""
    role: str = ""
    username: str = ""  # an access token's
    cognito_username: str = msgspec.field(name="cognito:username", default="")  # an id token's


_header = msgspec.json.Decoder(_Header)
_claims = msgspec.json.Decoder(_Claims)


class TokenVerifier:
    """Turns a token into a Principal, or refuses it."""

    def __init__(self, cognito: Cognito, keys: SigningKeys, now: Callable[[], float] = time.time) -> None:
        self._cognito = cognito
        self._keys = keys
        self._now = now

    async def verify(self, token: str) -> Principal:
        """Who the token stands for. Raises Unauthorized; Unavailable when no key can be had."""
        if len(token) > MAX_TOKEN_CHARS or not _SHAPE.fullmatch(token):
            raise Unauthorized("The token is not a JWT")
        signed, _, signature = token.rpartition(".")
        header_part, _, claims_part = signed.partition(".")
        header = _decoded(_header, header_part)
        if header.alg != "RS256":
            raise Unauthorized("The token is not signed with RS256")
        key = self._keys.known(header.kid) or await self._keys.find(header.kid)
        if key is None:
            raise Unauthorized("The token is signed with an unknown key")
        _check_signature(key, signed, signature)
        return self._judge(_decoded(_claims, claims_part))

    def trust(self, claims: Mapping[str, Any]) -> Principal:
        """The Principal of claims that API Gateway has verified already; there, all values are strings."""
        username = claims.get("username") or claims.get("cognito:username") or ""
        return _principal(str(claims.get("sub", "")), str(claims.get("role", "")), str(username))

    def forget_keys(self) -> None:
        """Ask the user pool for its keys anew."""
        self._keys.forget()

    def _judge(self, claims: _Claims) -> Principal:
        now = self._now()
        if claims.iss != self._cognito.issuer:
            raise Unauthorized("The token is from another issuer")
        client = {"access": claims.client_id, "id": claims.aud}.get(claims.token_use)
        if client != self._cognito.client_id:
            raise Unauthorized("The token is for another client")
        if now > claims.exp + LEEWAY_SECONDS:
            raise Unauthorized("The token has expired")
        if now < max(claims.nbf, claims.iat) - LEEWAY_SECONDS:
            raise Unauthorized("The token is not valid yet")
        return _principal(claims.sub, claims.role, claims.username or claims.cognito_username)


def _principal(sub: str, role: str, username: str) -> Principal:
    if not _SUB.fullmatch(sub):
        raise Unauthorized("The token names no user")
    return Principal(sub, is_admin=role == "admin", username=username)


def _decoded(decoder: "msgspec.json.Decoder[Any]", part: str) -> Any:
    try:
        return decoder.decode(_bytes(part))
    except (msgspec.MsgspecError, binascii.Error, UnicodeDecodeError, RecursionError) as error:
        raise Unauthorized("The token can't be read") from error


def _check_signature(key: RSAPublicKey, signed: str, signature: str) -> None:
    try:
        key.verify(_bytes(signature), signed.encode("ascii"), _PADDING, _HASH)
    except (InvalidSignature, binascii.Error) as error:
        raise Unauthorized("The token's signature is wrong") from error


def _bytes(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
