"""Who is asking: the Authorization header, else the cookie; on Lambda, what the gateway has verified already."""

from collections.abc import Mapping, Sequence
from http.cookies import CookieError, SimpleCookie
from typing import Any

from litestar.types import ASGIApp, Receive, Scope, Send

from service.identity.tokens import TokenVerifier
from service.kernel.errors import CsrfFailed, Unauthorized
from service.kernel.principal import Principal
from service.telemetry.about import asked_by
from service.web.cors import Header, header

TOKEN_COOKIE = "token"  # noqa: S105 - the cookie's name
CSRF_COOKIE = "XSRF-TOKEN"
METHODS = "methods"
"""In the `opt` of a path's OPTIONS handler: what the path takes."""
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


class Authenticated:
    """Middleware of every route: sets `scope["user"]`, unless the route is marked `opt={"public": True}`.

    Not a guard, because Litestar copies the whole route handler for each guard of each request.
    """

    def __init__(self, app: ASGIApp, tokens: TokenVerifier, allowed_origins: Sequence[str]) -> None:
        self._app = app
        self._tokens = tokens
        self._allowed_origins = frozenset(origin.encode() for origin in allowed_origins)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Raises Unauthorized, CsrfFailed, Unavailable before the route is reached."""
        if not scope["route_handler"].opt.get("public"):
            scope["user"] = principal = await self._principal(scope)
            asked_by(principal.sub)
        if scope.get("method") == "OPTIONS":
            await _tell_methods(scope["route_handler"].opt[METHODS], send)
        else:
            await self._app(scope, receive, send)

    async def _principal(self, scope: Scope) -> Principal:
        claims = _verified_claims(scope)
        if claims is not None:
            return self._tokens.trust(claims)
        headers = list(scope["headers"])
        given = header(headers, b"authorization")
        if given is not None:  # a header that is present decides: a bad one is not rescued by the cookie
            return await self._tokens.verify(_bearer(given))
        cookies = _cookies(headers)
        token = cookies.get(TOKEN_COOKIE)
        if not token:
            raise Unauthorized("Sign in first")
        principal = await self._tokens.verify(token)
        if scope.get("method") not in SAFE_METHODS:
            self._require_our_page(headers, cookies)
        return principal

    def _require_our_page(self, headers: Sequence[Header], cookies: Mapping[str, str]) -> None:
        """Browsers send the cookie from any page: a write must come from ours, or repeat the double-submit pair."""
        if header(headers, b"origin") in self._allowed_origins:
            return
        expected = cookies.get(CSRF_COOKIE, "").encode("latin-1", "replace")
        if not expected or header(headers, b"x-csrf-token") != expected:
            raise CsrfFailed("This request did not come from an allowed page")


async def _tell_methods(methods: str, send: Send) -> None:
    """The answer to OPTIONS that is no preflight."""
    await send({"type": "http.response.start", "status": 204, "headers": [(b"allow", methods.encode())]})
    await send({"type": "http.response.body", "body": b"", "more_body": False})


def _bearer(given: bytes) -> str:
    scheme, _, token = given.partition(b" ")
    token = token.strip()
    if scheme.lower() != b"bearer" or not token:
        raise Unauthorized("The Authorization header has to be: Bearer TOKEN")
    return token.decode("latin-1")


def _cookies(headers: Sequence[Header]) -> Mapping[str, str]:
    """The request's cookies; of two of one name the first, as the more specific path comes first."""
    found: dict[str, str] = {}
    for name, value in headers:
        if name == b"cookie":
            for pair in value.decode("latin-1").split(";"):
                _add_cookie(found, pair)
    return found


def _add_cookie(found: dict[str, str], pair: str) -> None:
    try:
        parsed = SimpleCookie(pair.strip())
    except CookieError:
        return
    for name, morsel in parsed.items():
        found.setdefault(name, morsel.value)


def _verified_claims(scope: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The JWT authorizer's claims of a Lambda event. Claims that come in by HTTP headers are never looked at."""
    found = scope.get("aws.event")
    for name in ("requestContext", "authorizer", "jwt", "claims"):
        if not isinstance(found, Mapping):
            return None
        found = found.get(name)
    return found if isinstance(found, Mapping) else None
