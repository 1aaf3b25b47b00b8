"""Asks whether a search engine answers, without its client, which takes half a second to load."""

import asyncio
from base64 import b64encode
from collections.abc import Mapping
from urllib.parse import SplitResult, unquote, urlsplit

PORTS = {"http": 80, "https": 443}


async def knock(url: str, headers: Mapping[str, str]) -> int:
    """The HTTP status of a GET of the engine's root. Raises OSError; ValueError for what is no HTTP answer."""
    parts = urlsplit(url)
    port = parts.port or PORTS[parts.scheme]
    reader, writer = await asyncio.open_connection(parts.hostname, port, ssl=True if parts.scheme == "https" else None)
    try:
        told = {"host": host_of(url), "connection": "close", **_signed_in(parts), **headers}
        lines = "".join(f"{name}: {value}\r\n" for name, value in told.items())
        writer.write(f"GET / HTTP/1.1\r\n{lines}\r\n".encode())
        await writer.drain()
        protocol, _, status = (await reader.readline()).partition(b" ")
        if not protocol.startswith(b"HTTP/"):
            raise ValueError("what answers there is no HTTP server")
        return int(status[:3])
    finally:
        writer.close()


def host_of(url: str) -> str:
    """What the Host header says: the port only where it is not the scheme's own."""
    parts = urlsplit(url)
    name = f"[{parts.hostname}]" if ":" in str(parts.hostname) else str(parts.hostname)
    return name if parts.port in (None, PORTS[parts.scheme]) else f"{name}:{parts.port}"


def _signed_in(parts: SplitResult) -> Mapping[str, str]:
    """A name and password that the URL itself has."""
    if parts.username is None:
        return {}
    pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
    return {"authorization": f"Basic {b64encode(pair.encode()).decode()}"}
