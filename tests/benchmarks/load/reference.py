"""The simplest open-loop generator that there is: a schedule, and a task of its own for each request."""

import asyncio
import time
from urllib.parse import urlsplit

from tests.benchmarks.load.measured import Measured, measured


def attack(url: str, rate: int, seconds: float) -> Measured:
    """Ask `url` so often (a second), evenly, for so long. Raises OSError."""
    return asyncio.run(_attack(url, rate, seconds))


async def _attack(url: str, rate: int, seconds: float) -> Measured:
    began, planned = time.monotonic(), round(rate * seconds)
    times = await asyncio.gather(*(_one(url, began + number / rate) for number in range(planned)))
    return measured("reference, open loop", planned, times)


async def _one(url: str, intended: float) -> float:
    """The time (ms) from the intended start to the end of the answer, on a connection of its own."""
    at = urlsplit(url)
    await asyncio.sleep(max(0.0, intended - time.monotonic()))
    reader, writer = await asyncio.open_connection(at.hostname, at.port)
    try:
        writer.write(f"GET {at.path or '/'} HTTP/1.1\r\nHost: {at.netloc}\r\n\r\n".encode())
        head = await reader.readuntil(b"\r\n\r\n")
        length = next(line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
        await reader.readexactly(int(length.partition(b":")[2]))
        return (time.monotonic() - intended) * 1000
    finally:
        writer.close()
        await writer.wait_closed()
