"""One visitor's requests: where they go, with which headers, and what came back."""

import json
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.client import HTTPException
from urllib.parse import SplitResult, urlsplit

import gevent
from geventhttpclient.client import HTTPClient

from loadtests._connections import ANSWER_SECONDS, connected
from loadtests._journey import Ask
from loadtests._resolver import Resolver, Unresolved

USER_AGENT = "lego-load-test"
COLD = "cold-start"
NOBODY = "none"  # the side of a request that found no address


@dataclass(frozen=True, slots=True)
class Reply:
    """What came of one request; status 0: no answer, and `failed` says why."""

    side: str
    status: int = 0
    body: bytes = b""
    cold: bool = False
    failed: str = ""


@dataclass(frozen=True, slots=True)
class Where:
    """Where a run's requests go: the base URL, and what replaces DNS. `sides` names addresses, `side` the target."""

    url: str
    side: str
    run_id: str
    connect: tuple[str, int] | None = None
    dns: tuple[str, int] | None = None
    sides: Mapping[str, str] = field(default_factory=dict)


class _TooSlow(Exception):
    """No whole answer in time."""


class Client:
    """One visitor's client; `token` gives the newest, `on_dns` is told of each answer of a name server."""

    def __init__(self, where: Where, token: Callable[[], str], on_dns: Callable[[str], None]) -> None:
        self._where, self._token, self._on_dns = where, token, on_dns
        self._base: SplitResult = urlsplit(where.url)
        self._prefix = self._base.path.rstrip("/")
        self._resolver = Resolver(where.dns, self._base.hostname or "") if where.dns else None
        self._clients: dict[tuple[str, str], HTTPClient] = {}

    def send(self, ask: Ask) -> Reply:
        """One request, to its end."""
        side = ask.side
        try:
            with gevent.Timeout(ANSWER_SECONDS, _TooSlow):
                if ask.url:
                    client, path = self._elsewhere(ask.url)
                else:
                    side, client = self._api()
                    path = self._prefix + ask.path
                response = client.request(ask.method, path, body=_body(ask), headers=self._headers(ask))
                told = response.get("server-timing")
                body = _unpacked(response.read(), response.get("content-encoding"))
                return Reply(side, response.get_code(), body, cold=told is not None and COLD in str(told))
        except Unresolved as error:
            return Reply(NOBODY, failed=str(error))
        except _TooSlow:
            return Reply(side, failed=f"no whole answer in {ANSWER_SECONDS:g} s")
        except (OSError, HTTPException, zlib.error, ValueError, RuntimeError) as error:  # the latter: a malformed URL
            return Reply(side, failed=f"{type(error).__name__}: {error}")

    def close(self) -> None:
        """Close the connections that nothing is asked on."""
        for client in self._clients.values():
            client.close()
        self._clients = {}

    def _api(self) -> tuple[str, HTTPClient]:
        """(side, client) of the API now."""
        if self._resolver is None:
            return self._where.side, self._client("api", "", self._base, self._where.connect)
        before = self._resolver.answers
        address = self._resolver.address()
        side = self._where.sides.get(address, address)
        if self._resolver.answers != before:
            self._on_dns(side)
        port = self._base.port or (443 if self._base.scheme == "https" else 80)
        return side, self._client("api", address, self._base, (address, port))

    def _elsewhere(self, url: str) -> tuple[HTTPClient, str]:
        parts = urlsplit(url)
        path = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
        return self._client("other", f"{parts.scheme}://{parts.netloc}", parts, None), path

    def _client(self, kind: str, name: str, url: SplitResult, address: tuple[str, int] | None) -> HTTPClient:
        found = self._clients.get((kind, name))
        if found is None:
            headers = {"User-Agent": USER_AGENT, "Accept-Encoding": "gzip"}
            if kind == "api":
                headers |= {"X-Load-Test": self._where.run_id, "Cache-Control": "max-age=300"}  # as the web client
            found = self._clients[kind, name] = connected(url, address, headers)
        return found

    def _headers(self, ask: Ask) -> dict[str, str]:
        headers = dict(ask.headers)
        if ask.json is not None and ask.body is None:
            headers.setdefault("Content-Type", "application/json")
        if not ask.url:
            headers["Authorization"] = f"Bearer {self._token()}"
        return headers


def _body(ask: Ask) -> bytes:
    if ask.body is not None:
        return ask.body
    return b"" if ask.json is None else json.dumps(ask.json).encode()


def _unpacked(body: bytes, encoding: object) -> bytes:
    return zlib.decompress(body, wbits=zlib.MAX_WBITS | 16) if encoding == "gzip" and body else body
