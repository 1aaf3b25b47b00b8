"""Questions over HTTP and Valkey's protocol, on connections of their own."""

import asyncio
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import msgspec


class NoAnswer(Exception):
    """A server did not answer, or not what it was asked."""


async def http(
    method: str, url: str, *, seconds: float, body: bytes = b"", headers: Mapping[str, str] | None = None
) -> tuple[int, bytes]:
    """Status and body of one request. Raises NoAnswer."""
    parts = urlsplit(url)
    try:
        async with asyncio.timeout(seconds):
            reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
            try:
                target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
                told = "".join(f"{name}: {value}\r\n" for name, value in (headers or {}).items())
                head = (
                    f"{method} {target} HTTP/1.0\r\nHost: {parts.netloc}\r\n{told}"
                    f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
                )
                writer.write(head.encode() + body)
                answer = await reader.read()
            finally:
                writer.close()
    except (OSError, TimeoutError) as error:
        raise NoAnswer(f"{url}: {type(error).__name__}") from error
    head_bytes, _, rest = answer.partition(b"\r\n\r\n")
    words = head_bytes.split(b" ", 2)
    if len(words) < 2 or not words[1].isdigit():
        raise NoAnswer(f"{url}: no HTTP")
    return int(words[1]), rest


async def json_of(
    method: str, url: str, *, seconds: float = 2.0, body: bytes = b"", headers: Mapping[str, str] | None = None
) -> Any:
    """The JSON of an answer with 200. Raises NoAnswer."""
    status, answer = await http(method, url, seconds=seconds, body=body, headers=headers)
    if status != 200:
        raise NoAnswer(f"{url}: status {status}")
    try:
        return msgspec.json.decode(answer)
    except msgspec.DecodeError as error:
        raise NoAnswer(f"{url}: no JSON") from error


async def valkey_info(port: int, seconds: float = 2.0) -> Mapping[str, str]:
    """What INFO says. Raises NoAnswer."""
    try:
        async with asyncio.timeout(seconds):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            try:
                writer.write(b"INFO\r\n")
                length = int((await reader.readline()).strip().removeprefix(b"$"))
                text = (await reader.readexactly(length)).decode()
            finally:
                writer.close()
    except (OSError, TimeoutError, ValueError, EOFError) as error:
        raise NoAnswer(f"Valkey: {type(error).__name__}") from error
    return dict(line.split(":", 1) for line in text.splitlines() if ":" in line)
