"""The bytes of HTTP/1.1 answers, and the identifiers that AWS puts into headers. Pure, but for random ids."""

import os
import time
from base64 import b64encode
from email.utils import formatdate
from functools import lru_cache
from http import HTTPStatus

Header = tuple[bytes, bytes]

CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
LAST_CHUNK = b"0\r\n\r\n"
# RFC 9110 section 7.6.1: they speak about one connection and are not passed on.
HOP_BY_HOP = frozenset({b"connection", b"keep-alive", b"proxy-connection", b"te", b"trailer", b"upgrade"})
BODYLESS_STATUSES = frozenset({204, 304})

_REASONS = {status.value: status.phrase.encode() for status in HTTPStatus}


def status_line(status: int, reason: bytes | None = None) -> bytes:
    """`HTTP/1.1 STATUS REASON` with its line end; the registered reason where none is given."""
    return b"HTTP/1.1 %d %b\r\n" % (status, _REASONS.get(status, b"Unknown") if reason is None else reason)


def answer(
    status: int,
    headers: list[Header],
    body: bytes,
    *,
    keep_alive: bool,
    head_only: bool = False,
    head_length: int | None = None,
) -> bytes:
    """A whole answer; adds Date, Connection and, where the status has a body, Content-Length.

    With `head_only` the body is left out; its length is then `head_length`, where the function knows it better.
    """
    lines = [status_line(status)]
    lines += [b"%b: %b\r\n" % header for header in headers]
    if status not in BODYLESS_STATUSES:
        lines.append(b"Content-Length: %d\r\n" % (len(body) if head_length is None or not head_only else head_length))
    lines.append(b"Date: %b\r\nConnection: %b\r\n\r\n" % (http_date(), b"keep-alive" if keep_alive else b"close"))
    if not head_only and status not in BODYLESS_STATUSES:
        lines.append(body)
    return b"".join(lines)


def chunk(body: bytes) -> bytes:
    """One chunk of a chunked body."""
    return b"%x\r\n%b\r\n" % (len(body), body)


def http_date() -> bytes:
    """The real time as a Date header has it."""
    return _http_date(int(time.time()))


def trace_root(epoch_seconds: float) -> str:
    """A new X-Ray root, `1-TIME-ID`."""
    return f"1-{int(epoch_seconds):08x}-{os.urandom(12).hex()}"


def traced(sent: bytes, new_root: bytes) -> bytes:
    """X-Amzn-Trace-Id as AWS's doors pass it on: a Root that was sent is kept behind a new Self, else there is one."""
    fields = [field.strip() for field in sent.split(b";") if field.strip()]
    kept = [field for field in fields if not field.startswith(b"Self=")]
    if not any(field.startswith(b"Root=") for field in kept):
        return b";".join([b"Root=" + new_root, *kept])
    return b";".join([b"Self=" + new_root, *kept])


def gateway_request_id() -> str:
    """A request id of the form that HTTP APIs use: 15 characters and an equals sign."""
    return b64encode(os.urandom(11), altchars=b"-_").decode()


@lru_cache(maxsize=2)
def _http_date(second: int) -> bytes:
    return formatdate(second, usegmt=True).encode()
