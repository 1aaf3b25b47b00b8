"""Turns what a function returned into the HTTP API's answer, and the API's own refusals. Pure."""

import re
from base64 import b64decode
from dataclasses import dataclass

import msgspec

from cutover.rehearsal.edge.http.text import HOP_BY_HOP, Header

_JSON: Header = (b"content-type", b"application/json")
# What AWS sets where a full response names no type (its own emulator, github.com/aws/aws-lambda-dotnet,
# LambdaTestTool-v2, reproduces the observed behaviour).
_PLAIN: Header = (b"content-type", b"text/plain; charset=utf-8")
_SET_BY_GATEWAY = HOP_BY_HOP | {b"transfer-encoding", b"content-length", b"date", b"apigw-requestid"}
_TOKEN = re.compile(rb"^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$")

# The texts of HTTP APIs. 404 and 500 are documented (API Gateway Developer Guide, "Create routes for HTTP APIs" and
# "Troubleshooting issues with HTTP API Lambda integrations"). 503 after 30 s is observed (reported at
# github.com/anomalyco/sst), as is "Request Too Long" for an event over Lambda's 6 MB (reported at
# github.com/koki-develop/lgtm-generator). How HTTP APIs answer for a throttled function is not documented; it is a
# server error, and 503 is what they say when a function cannot be run. 431's text is not documented either.
_REFUSALS = {
    400: "Bad Request",
    404: "Not Found",
    413: "Request Too Long",
    431: "Request Header Fields Too Large",
    500: "Internal Server Error",
    503: "Service Unavailable",
}


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer without its connection's headers; `declared_bytes` is the length that the function itself gave."""

    status: int
    headers: list[Header]
    body: bytes
    declared_bytes: int | None = None


class _ProxyResult(msgspec.Struct, rename="camel"):
    """The full response of format 2.0."""

    status_code: int
    headers: dict[str, str | bool | int | float] | None = None
    cookies: list[str] | None = None
    body: str | None = None
    is_base64_encoded: bool = False


_decode = msgspec.json.Decoder(_ProxyResult).decode


def refusal(status: int) -> Reply:
    """The gateway's own answer with this status: 400, 404, 413, 431, 500 or 503."""
    return Reply(status, [_JSON], b'{"message":"%b"}' % _REFUSALS[status].encode())


def reply_of(payload: bytes) -> Reply:
    """The answer to what a function returned: a full response, or JSON without `statusCode` as the body of a 200."""
    try:
        result = _decode(payload)
    except msgspec.ValidationError:
        return refusal(500) if _has_status(payload) else Reply(200, [_JSON], payload)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return refusal(500)
    try:
        return _full(result)
    except ValueError:
        return refusal(500)


def _full(result: _ProxyResult) -> Reply:
    if not 200 <= result.status_code <= 599:
        raise ValueError("no such status")
    text = result.body or ""
    body = b64decode(text, validate=True) if result.is_base64_encoded else text.encode()
    headers = [_header(name, value) for name, value in (result.headers or {}).items()]
    kept = [header for header in headers if header[0] not in _SET_BY_GATEWAY]
    kept += [_header("set-cookie", cookie) for cookie in result.cookies or ()]
    if body and not any(name == b"content-type" for name, _ in kept):
        kept.append(_PLAIN)
    return Reply(result.status_code, kept, body, _declared_bytes(headers))


def _declared_bytes(headers: list[Header]) -> int | None:
    lengths = [value for name, value in headers if name == b"content-length"]
    return int(lengths[0]) if lengths and lengths[0].isdigit() else None


def _header(name: str, value: str | bool | int | float) -> Header:
    if isinstance(value, bool):
        value = "true" if value else "false"
    lowered, text = name.lower().encode(), str(value).encode()
    if not _TOKEN.match(lowered) or any(byte in text for byte in (b"\r", b"\n", b"\0")):
        raise ValueError("not a header")
    return lowered, text


def _has_status(payload: bytes) -> bool:
    decoded = msgspec.json.decode(payload)
    return isinstance(decoded, dict) and "statusCode" in decoded
