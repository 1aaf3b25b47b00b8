"""What a client is still sending when its answer is ready, read to the end: else the answer may never arrive.

A server that has answered early closes the connection under the client's bytes. The load balancer then finds it reset
while it is still passing them on, and tells its client 502 instead of the 401, 413 or 415 that was meant.
"""

import asyncio
from contextlib import suppress

from litestar.types import HTTPScope, Receive, ReceiveMessage

from service.web.cors import header

MAX_DRAINED_BYTES = 32 * 1024 * 1024  # well over every upload that is ever taken
DRAIN_SECONDS = 10.0  # well under every deadline of an answer


class Incoming:
    """A request's body as it comes in."""

    def __init__(self, scope: HTTPScope, receive: Receive) -> None:
        self._receive = receive
        self._coming = _announced(scope)

    async def receive(self) -> ReceiveMessage:
        """The application's `receive`."""
        message = await self._receive()
        self._coming = message["type"] == "http.request" and message.get("more_body", False)
        return message

    async def drain(self) -> None:
        """Read and forget the rest, up to a limit of bytes and of time."""
        left = MAX_DRAINED_BYTES
        with suppress(TimeoutError):
            async with asyncio.timeout(DRAIN_SECONDS):
                while self._coming and left > 0:
                    message = await self.receive()
                    left -= len(message["body"]) if message["type"] == "http.request" else 0

    def give_up(self) -> None:
        """Wait for no more of it."""
        self._coming = False


def _announced(scope: HTTPScope) -> bool:
    headers = list(scope["headers"])
    return header(headers, b"transfer-encoding") is not None or header(headers, b"content-length") not in (None, b"0")
