"""Builds the Lambda event of an HTTP API, payload format 2.0, from a request. Pure."""

from base64 import b64encode
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qsl, unquote_to_bytes

import httptools
import msgspec

from cutover.rehearsal.edge.gateway.routes import Match
from cutover.rehearsal.edge.http.server import Request
from cutover.rehearsal.edge.http.text import HOP_BY_HOP, Header

# AWS documents that bodies of a "binary content type" are base64, not which types these are. Observed on the real
# service (reported at github.com/ministackorg/ministack): text/* and these three arrive as text, all others, form data
# and a missing type included, as base64. That the structured suffixes count as text is an assumption.
_TEXT_TYPES = frozenset({b"application/json", b"application/xml", b"application/javascript"})
_TEXT_SUFFIXES = (b"+json", b"+xml")
_NOT_IN_EVENTS = HOP_BY_HOP | {b"transfer-encoding", b"content-length", b"expect"}


@dataclass(frozen=True, slots=True)
class ApiIdentity:
    """What every event of one API says about it."""

    account_id: str
    api_id: str
    stage: str
    domain_name: str
    port: int

    @property
    def domain_prefix(self) -> str:
        """The first label of the domain name."""
        return self.domain_name.partition(".")[0]


@dataclass(frozen=True, slots=True)
class Arrival:
    """What the gateway itself knows about one request; `epoch_seconds` is the rehearsal's time, `trace` a header."""

    source_ip: str
    request_id: str
    trace: str
    epoch_seconds: float


def split_target(target: bytes) -> tuple[str, str]:
    """The decoded path and the query string as sent.

    HTTP APIs decode `rawPath` despite its name and cut it at a `?` that the decoding brings to light (observed on the
    real service, reported at github.com/middleapi/standard-server and github.com/honojs/hono).
    """
    if not target.startswith((b"/", b"*")):
        url = httptools.parse_url(target)
        target = (url.path or b"/") + (b"?" + url.query if url.query else b"")
    raw_path, _, query = target.partition(b"?")
    path = unquote_to_bytes(raw_path) if b"%" in raw_path else raw_path
    return path.partition(b"?")[0].decode("utf-8", "replace"), query.decode("latin-1")


def build_event(
    identity: ApiIdentity, match: Match, request: Request, split: tuple[str, str], arrival: Arrival
) -> bytes:
    """The event as JSON; `split` is what `split_target` made of the request's target."""
    path, query = split
    headers, cookies = _headers(request.headers)
    headers["content-length"] = str(len(request.body))
    _add_forwarding(headers, identity, arrival)
    event: dict[str, Any] = {
        "version": "2.0",
        "routeKey": match.route_key,
        "rawPath": path,
        "rawQueryString": query,
        "headers": headers,
        "requestContext": _context(identity, match, request, path, arrival, headers.get("user-agent", "")),
        "isBase64Encoded": False,
    }
    if cookies:
        event["cookies"] = cookies
    if query:
        event["queryStringParameters"] = _query_parameters(query)
    if match.path_parameters:
        event["pathParameters"] = match.path_parameters
    if request.body:
        event["body"], event["isBase64Encoded"] = encode_body(request.body, headers.get("content-type", ""))
    return msgspec.json.encode(event)


def is_text(content_type: str) -> bool:
    """Whether HTTP APIs hand a body of this content type over as text."""
    media_type = content_type.partition(";")[0].strip().lower().encode()
    return media_type.startswith(b"text/") or media_type in _TEXT_TYPES or media_type.endswith(_TEXT_SUFFIXES)


def encode_body(body: bytes, content_type: str) -> tuple[str, bool]:
    """The body for the event, and whether it is base64; text that is not UTF-8 is base64 too: no byte is lost."""
    if is_text(content_type):
        try:
            return body.decode(), False
        except UnicodeDecodeError:
            pass
    return b64encode(body).decode(), True


def _headers(raw: list[Header]) -> tuple[dict[str, str], list[str]]:
    headers: dict[str, str] = {}
    cookies: list[str] = []
    for name, value in raw:
        text = value.decode("utf-8", "replace")
        if name == b"cookie":
            cookies += [cookie.strip() for cookie in text.split(";") if cookie.strip()]
        elif name not in _NOT_IN_EVENTS:
            key = name.decode("latin-1")
            headers[key] = f"{headers[key]},{text}" if key in headers else text
    return headers, cookies


def _add_forwarding(headers: dict[str, str], identity: ApiIdentity, arrival: Arrival) -> None:
    earlier = headers.get("x-forwarded-for")
    headers["x-forwarded-for"] = f"{earlier}, {arrival.source_ip}" if earlier else arrival.source_ip
    headers["x-forwarded-proto"] = "http"  # the rehearsal's listeners speak no TLS, on either side
    headers["x-forwarded-port"] = str(identity.port)
    headers["x-amzn-trace-id"] = arrival.trace


def _query_parameters(query: str) -> dict[str, str]:
    parameters: dict[str, str] = {}
    for name, value in parse_qsl(query, keep_blank_values=True):
        parameters[name] = f"{parameters[name]},{value}" if name in parameters else value
    return parameters


def _context(
    identity: ApiIdentity, match: Match, request: Request, path: str, arrival: Arrival, user_agent: str
) -> dict[str, Any]:
    return {
        "accountId": identity.account_id,
        "apiId": identity.api_id,
        "domainName": identity.domain_name,
        "domainPrefix": identity.domain_prefix,
        "http": {
            "method": request.method,
            "path": path,
            "protocol": f"HTTP/{request.version}",
            "sourceIp": arrival.source_ip,
            "userAgent": user_agent,
        },
        "requestId": arrival.request_id,
        "routeKey": match.route_key,
        "stage": identity.stage,
        "time": _common_log_time(int(arrival.epoch_seconds)),
        "timeEpoch": int(arrival.epoch_seconds * 1000),
    }


@lru_cache(maxsize=2)
def _common_log_time(second: int) -> str:
    return datetime.fromtimestamp(second, UTC).strftime("%d/%b/%Y:%H:%M:%S +0000")
