"""A request's body: how long it may take to come, and what becomes of the rest when the answer is ready before it.

A server that has answered early closes the connection under the client's bytes. The load balancer then finds it reset
while it is still passing them on, and tells its client 502 instead of the 401, 413 or 415 that was meant. So the rest
is read to the end first.
"""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from service.kernel.errors import ValidationFailed
from service.web.cors import Header, header

if TYPE_CHECKING:  # the health function starts without Litestar
    from litestar.types import HTTPScope, Receive, ReceiveMessage

MAX_DRAINED_BYTES = 32 * 1024 * 1024  # well over every upload that is ever taken
DRAIN_SECONDS = 10.0  # well under every deadline of an answer
PAUSE_SECONDS = 20.0  # without a single byte
BODY_SECONDS = 300.0  # 10 MB at 0.3 Mbit/s


class Disconnected(Exception):
    """The client broke off in the middle of its request: nobody is left to be answered."""


class Incoming:
    """A request's body as it comes in. What the client takes for it does not count against `deadline`."""

    def __init__(self, scope: "HTTPScope", receive: "Receive") -> None:
        self._receive = receive
        self._coming = _announced(list(scope["headers"]))
        self._waited_seconds = 0.0
        self.deadline: asyncio.Timeout | None = None

    async def receive(self) -> "ReceiveMessage":
        """The application's `receive`. Raises ValidationFailed for a body that is too slow, Disconnected."""
        if not self._coming:
            return await self._receive()
        try:
            message = await self._next()
        except TimeoutError as error:
            self.give_up()
            raise ValidationFailed("The request body did not arrive in time") from error
        if message["type"] == "http.disconnect":
            raise Disconnected
        return message

    async def drain(self) -> None:
        """Read and forget the rest, up to a limit of bytes and of time."""
        if self._coming:
            await self._drain()

    async def _drain(self) -> None:
        left = MAX_DRAINED_BYTES
        with suppress(TimeoutError):
            async with asyncio.timeout(DRAIN_SECONDS):
                while self._coming and left > 0:
                    message = await self._taken()
                    left -= len(message["body"]) if message["type"] == "http.request" else 0

    def give_up(self) -> None:
        """Wait for no more of it."""
        self._coming = False

    async def _next(self) -> "ReceiveMessage":
        loop = asyncio.get_running_loop()
        began, due = loop.time(), self.deadline.when() if self.deadline else None
        self._due_at(None)
        try:
            async with asyncio.timeout(min(PAUSE_SECONDS, BODY_SECONDS - self._waited_seconds)):
                return await self._taken()
        finally:
            waited = loop.time() - began
            self._waited_seconds += waited
            self._due_at(due and due + waited)

    async def _taken(self) -> "ReceiveMessage":
        message = await self._receive()
        self._coming = message["type"] == "http.request" and message.get("more_body", False)
        return message

    def _due_at(self, moment: float | None) -> None:
        if self.deadline is not None:
            self.deadline.reschedule(moment)


def _announced(headers: Sequence[Header]) -> bool:
    return header(headers, b"transfer-encoding") is not None or header(headers, b"content-length") not in (None, b"0")
