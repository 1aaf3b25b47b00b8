"""Stands in for the user pool's tokens: signed with a key made for one rehearsal, published as the pool publishes."""

import base64
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256

POOL_NAME = "rehearsal"
POOL_ID = "us-east-1_64a674f71476ca16cff0e86591fbd9f601d960311f268"  # what moto makes of that name: servers.start_moto
CLIENT_ID = "rehearsalwebclient"
ISSUER = f"https://cognito-idp.us-east-1.amazonaws.com/{POOL_ID}"
JWKS_PATH = f"/{POOL_ID}/.well-known/jwks.json"
VALID_SECONDS = 24 * 3600
_KID = "rehearsal"


@dataclass(frozen=True, slots=True)
class TokenMaker:
    """Signs access tokens as the user pool would."""

    key: rsa.RSAPrivateKey

    @classmethod
    def new(cls) -> "TokenMaker":
        """With a key of its own."""
        return cls(rsa.generate_private_key(public_exponent=65537, key_size=2048))

    def token(self, sub: str, **claims: Any) -> str:
        """An access token of that user; `claims` are added or replace the usual ones."""
        now = int(time.time())
        usual = {
            "sub": sub,
            "iss": ISSUER,
            "client_id": CLIENT_ID,
            "username": sub,
            "token_use": "access",
            "iat": now,
            "exp": now + VALID_SECONDS,
        }
        header = {"alg": "RS256", "kid": _KID, "typ": "JWT"}
        signed = f"{_part(header)}.{_part({**usual, **claims})}"
        signature = self.key.sign(signed.encode(), PKCS1v15(), SHA256())
        return f"{signed}.{_base64(signature)}"

    def jwks(self) -> Mapping[str, Sequence[Mapping[str, str]]]:
        """The public key as the pool's JWKS document shows it."""
        numbers = self.key.public_key().public_numbers()
        key = {
            "kty": "RSA",
            "kid": _KID,
            "use": "sig",
            "alg": "RS256",
            "n": _base64(numbers.n.to_bytes((numbers.n.bit_length() + 7) // 8, "big")),
            "e": _base64(numbers.e.to_bytes(3, "big")),
        }
        return {"keys": [key]}


def _part(value: Mapping[str, Any]) -> str:
    return _base64(json.dumps(value, separators=(",", ":")).encode())


def _base64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
