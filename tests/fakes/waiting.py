"""Waiting for something to become true, instead of sleeping and hoping."""

import asyncio
import time
from collections.abc import Awaitable, Callable

POLL_SECONDS = 0.02


async def until(true: Callable[[], bool | Awaitable[bool]], seconds: float = 10.0) -> None:
    """Ask again and again until it is true. Raises AssertionError when it takes longer than that."""
    deadline = time.monotonic() + seconds
    while True:
        found = true()
        if found if isinstance(found, bool) else await found:
            return
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds:g} s")
        await asyncio.sleep(POLL_SECONDS)
