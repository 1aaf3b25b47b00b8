"""What the load balancer writes into heads, and the pages it answers by itself. Pure."""

from dataclasses import dataclass

from cutover.rehearsal.edge.http.text import HOP_BY_HOP, Header, answer, status_line, traced

# ALB's own answers: 460 is only counted, its client has gone.
_TITLES = {
    400: "400 Bad Request",
    408: "408 Request Time-out",
    502: "502 Bad Gateway",
    503: "503 Service Temporarily Unavailable",
    504: "504 Gateway Time-out",
}
_REPLACED = frozenset({b"x-forwarded-for", b"x-forwarded-proto", b"x-forwarded-port", b"x-amzn-trace-id"})


@dataclass(frozen=True, slots=True)
class Hop:
    """Where a request came in: the client's address, the listener's address and port."""

    client_ip: str
    listener_ip: str
    listener_port: int


def request_head(method: bytes, target: bytes, headers: list[Header], hop: Hop, new_root: str) -> bytes:
    """The head for the target: HTTP/1.1, the client's headers in their order, and those that ALB adds.

    X-Forwarded-For is appended to, X-Forwarded-Proto and -Port are set, a trace that has a Root keeps it behind a new
    Self (`new_root`), Host is made up for HTTP/1.0 clients that sent none; all of that as ALB documents it.
    """
    lines = [b"%b %b HTTP/1.1\r\n" % (method, target)]
    forwarded: list[bytes] = []
    trace = b""
    has_host = False
    for name, value in headers:
        lowered = name.lower()
        if lowered == b"x-forwarded-for":
            forwarded.append(value)
        elif lowered == b"x-amzn-trace-id":
            trace = value
        elif lowered not in HOP_BY_HOP and lowered not in _REPLACED:
            has_host = has_host or lowered == b"host"
            lines.append(b"%b: %b\r\n" % (name, value))
    if not has_host:
        lines.append(b"Host: %b\r\n" % hop.listener_ip.encode())
    forwarded.append(hop.client_ip.encode())
    lines.append(
        b"X-Forwarded-For: %b\r\nX-Forwarded-Proto: http\r\nX-Forwarded-Port: %d\r\nX-Amzn-Trace-Id: %b\r\n\r\n"
        % (b", ".join(forwarded), hop.listener_port, traced(trace, new_root.encode()))
    )
    return b"".join(lines)


def response_head(status: int, reason: bytes, headers: list[Header], *, chunked: bool, keep_alive: bool) -> bytes:
    """The head for the client: the target's, but for what speaks about the target's connection."""
    lines = [status_line(status, reason)]
    for name, value in headers:
        lowered = name.lower()
        if lowered not in HOP_BY_HOP and lowered != b"transfer-encoding":
            lines.append(b"%b: %b\r\n" % (name, value))
    if chunked:
        lines.append(b"Transfer-Encoding: chunked\r\n")
    lines.append(b"Connection: keep-alive\r\n\r\n" if keep_alive else b"Connection: close\r\n\r\n")
    return b"".join(lines)


def balancer_answer(status: int, *, keep_alive: bool, head_only: bool) -> bytes:
    """The HTML page with which ALB itself answers 400, 408, 502, 503 or 504."""
    title = _TITLES[status]
    page = (
        f"<html>\r\n<head><title>{title}</title></head>\r\n<body>\r\n<center><h1>{title}</h1></center>\r\n"
        "</body>\r\n</html>\r\n"
    )
    headers = [(b"Server", b"awselb/2.0"), (b"Content-Type", b"text/html")]
    return answer(status, headers, page.encode(), keep_alive=keep_alive, head_only=head_only)
