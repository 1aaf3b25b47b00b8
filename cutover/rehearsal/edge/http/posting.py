"""One POST on a connection of its own."""

import asyncio
from collections.abc import Mapping
from urllib.parse import urlsplit


async def post(url: str, body: bytes, headers: Mapping[str, str]) -> int:
    """The answer's status, 0 if it has none. Raises OSError, EOFError or asyncio.LimitOverrunError."""
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port or 80
    reader, writer = await asyncio.open_connection(host, port)
    try:
        told = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        head = (
            f"POST {parts.path or '/'} HTTP/1.1\r\nHost: {host}:{port}\r\n{told}"
            f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
        )
        writer.write(head.encode() + body)
        await writer.drain()
        return _status_of(await reader.readuntil(b"\r\n"))
    finally:
        writer.close()


def _status_of(status_line: bytes) -> int:
    words = status_line.split(b" ", 2)
    return int(words[1]) if len(words) > 1 and words[1].isdigit() else 0
