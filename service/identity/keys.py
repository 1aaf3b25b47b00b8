"""The public keys of the user pool: fetched when needed, kept, asked for again when an unknown one turns up."""

import asyncio
import base64
import time
import urllib.request
from collections.abc import Awaitable, Callable, Mapping
from http.client import HTTPException

import msgspec
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey, RSAPublicNumbers

from service.kernel.errors import Unavailable
from service.telemetry import tracing
from service.telemetry.log import Log

log = Log(__name__)

FETCH_TIMEOUT_SECONDS = 2.0
MAX_BYTES = 64 * 1024
ASK_AGAIN_AFTER_SECONDS = 30.0  # an unknown `kid` costs at most one request in this time, however many tokens carry it
KEEP_SECONDS = 24 * 3600.0  # a key set that can't be renewed is believed for so long

Fetch = Callable[[str], Awaitable[bytes]]


class _Key(msgspec.Struct):
    """One RSA key of a JWKS; other kinds and uses are passed over."""

    kid: str
    kty: str
    n: str = ""
    e: str = ""
    alg: str = "RS256"
    use: str = "sig"


class _KeySet(msgspec.Struct):
    keys: list[_Key]


class SigningKeys:
    """The pool's keys by `kid`."""

    def __init__(self, url: str, fetch: Fetch | None = None, clock: Callable[[], float] = time.monotonic) -> None:
        self._url = url
        self._fetch = fetch or _fetch_by_http
        self._clock = clock
        self._keys: Mapping[str, RSAPublicKey] = {}
        self._fetched_at = float("-inf")
        self._asked_at = float("-inf")
        self._asking: asyncio.Future[None] | None = None

    def known(self, kid: str) -> RSAPublicKey | None:
        """The key, if it is at hand and not too old."""
        if self._clock() - self._fetched_at > KEEP_SECONDS:
            return None
        return self._keys.get(kid)

    async def find(self, kid: str) -> RSAPublicKey | None:
        """The key, asked for when it is not at hand; None: the pool has no such key.

        Raises Unavailable while no key set is known or the known one is too old: then nobody's token can be judged.
        """
        if (key := self.known(kid)) is not None:
            return key
        if self._clock() - self._asked_at > ASK_AGAIN_AFTER_SECONDS:
            await self._ask_once()
        if self._clock() - self._fetched_at > KEEP_SECONDS:
            raise Unavailable("Sign-in can't be verified at the moment")
        return self._keys.get(kid)

    def forget(self) -> None:
        """Believe no key any more: how old they are can't be told after a clock that stood still."""
        self._keys = {}
        self._fetched_at = self._asked_at = float("-inf")

    async def _ask_once(self) -> None:
        """One request for all who wait."""
        if self._asking is None:
            self._asking = asyncio.ensure_future(self._ask())
            self._asking.add_done_callback(self._asked)
        await asyncio.shield(self._asking)

    def _asked(self, _: "asyncio.Future[None]") -> None:
        self._asking = None

    async def _ask(self) -> None:
        try:
            with tracing.span("jwks", operation="GET"):
                body = await self._fetch(self._url)
            keys = _key_set(body)
        except (OSError, TimeoutError, HTTPException, ValueError, msgspec.MsgspecError) as error:
            log.warning("signing_keys_unavailable", url=self._url, error=error)
            if self._clock() - self._fetched_at <= KEEP_SECONDS:  # while none can be used, every request may try
                self._asked_at = self._clock()
            return
        self._asked_at = self._fetched_at = self._clock()
        self._keys = keys


def _key_set(body: bytes) -> Mapping[str, RSAPublicKey]:
    keys = {k.kid: _public_key(k) for k in msgspec.json.decode(body, type=_KeySet).keys if _usable(k)}
    if not keys:
        raise ValueError("the key set holds no RSA key for RS256")
    return keys


def _usable(key: _Key) -> bool:
    return key.kty == "RSA" and key.use == "sig" and key.alg == "RS256"


def _public_key(key: _Key) -> RSAPublicKey:
    return RSAPublicNumbers(e=_number(key.e), n=_number(key.n)).public_key()


def _number(text: str) -> int:
    return int.from_bytes(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)), "big")


async def _fetch_by_http(url: str) -> bytes:
    return await asyncio.to_thread(_read, url)


def _read(url: str) -> bytes:
    if not url.startswith(("http://", "https://")):
        raise ValueError(f"COGNITO_JWKS_URL is not an http(s) URL: {url}")
    with urllib.request.urlopen(url, timeout=FETCH_TIMEOUT_SECONDS) as answer:  # noqa: S310 - the scheme is checked
        body: bytes = answer.read(MAX_BYTES + 1)
    if len(body) > MAX_BYTES:
        raise ValueError("the key set is too large")
    return body
