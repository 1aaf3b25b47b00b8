"""A TCP line that misbehaves on demand, to put between the service and what it stands on."""

import asyncio
import socket
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import cast

LOOPBACK = "127.0.0.1"
# Close with a reset, as a host that has lost its state does.
_RESET = struct.pack("ii", 1, 0)


@asynccontextmanager
async def line_to(port: int) -> AsyncIterator["FaultyLine"]:
    """A line to that port of this machine; well-behaved until it is told otherwise."""
    line = FaultyLine(port)
    await line.behave()
    try:
        yield line
    finally:
        await line.refuse()


class FaultyLine:
    """Forwards what comes in on `port`. A fault holds for what comes after it, until the next one or `behave`."""

    def __init__(self, target: int) -> None:
        self.target = target
        self.port = 0
        self.accepted = 0
        self.silent = False
        self.garbage: bytes | None = None
        self.left: int | None = None
        self.marker: bytes | None = None
        self.forward_marked = True
        self.once = False
        self.open: set[_Near] = set()
        self._server: asyncio.Server | None = None

    async def behave(self) -> None:
        """Forward everything, on connections made from now on."""
        self.silent, self.garbage, self.left, self.marker = False, None, None, None
        if self._server is None:
            loop = asyncio.get_running_loop()
            self._server = await loop.create_server(lambda: _Near(self), LOOPBACK, self.port)
            self.port = self._server.sockets[0].getsockname()[1]

    async def refuse(self) -> None:
        """Reset every connection and accept no other."""
        self.cut()
        if self._server is not None:
            self._server.close()
            self._server = None
        await asyncio.sleep(0)

    def stall(self) -> None:
        """Accept connections and bytes, answer nothing."""
        self.silent = True

    def babble(self, garbage: bytes) -> None:
        """Answer whatever is sent with these bytes."""
        self.garbage = garbage

    def cut(self) -> None:
        """Reset the connections that are open now."""
        for near in tuple(self.open):
            near.cut()

    def cut_after(self, count: int) -> None:
        """Reset a connection once that many bytes of answers have passed, on all of them together."""
        self.left = count

    def cut_at(self, marker: bytes) -> None:
        """Reset the connection that sends these bytes, which never arrive."""
        self.marker, self.forward_marked, self.once = marker, False, False

    def lose_answer_to(self, marker: bytes, *, once: bool = False) -> None:
        """Let these bytes arrive, then reset the connection in place of the answer; `once`: only the first time."""
        self.marker, self.forward_marked, self.once = marker, True, once


class _Near(asyncio.Protocol):
    """The caller's end of one connection."""

    def __init__(self, line: FaultyLine) -> None:
        self._line = line
        self._far: _Far | None = None
        self._held: list[bytes] = []
        self._reaching: asyncio.Task[None] | None = None
        self.losing = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._line.open.add(self)
        self._line.accepted += 1
        self._reaching = asyncio.get_running_loop().create_task(self._reach())

    def data_received(self, data: bytes) -> None:
        line = self._line
        if line.silent:
            return
        if line.garbage is not None:
            self._transport.write(line.garbage)
            return
        if line.marker is not None and line.marker in data:
            self.losing = True
            if line.once:
                line.marker = None
            if not line.forward_marked:
                self.cut()
                return
        self._forward(data)

    def answered(self, data: bytes) -> None:
        """The far end has sent this."""
        line = self._line
        if line.silent or line.garbage is not None:
            return
        if self.losing:
            self.cut()
            return
        if line.left is not None:
            data = data[: line.left]
            line.left -= len(data)
        self._transport.write(data)
        if line.left == 0:
            self.cut()

    def cut(self) -> None:
        """Reset both ends."""
        _reset(self._transport)
        if self._far is not None:
            self._far.close()

    def end(self) -> None:
        """The far end has closed: so does this one, once everything is sent."""
        self._transport.close()

    def connection_lost(self, error: Exception | None) -> None:
        self._line.open.discard(self)
        if self._reaching is not None:
            self._reaching.cancel()
        if self._far is not None:
            self._far.close()

    async def _reach(self) -> None:
        loop = asyncio.get_running_loop()
        try:
            _, self._far = await loop.create_connection(lambda: _Far(self), LOOPBACK, self._line.target)
        except OSError:
            self.cut()
            return
        held, self._held = self._held, []
        for data in held:
            self._far.send(data)

    def _forward(self, data: bytes) -> None:
        if self._far is None:
            self._held.append(data)
        else:
            self._far.send(data)


class _Far(asyncio.Protocol):
    """The server's end of one connection."""

    def __init__(self, near: _Near) -> None:
        self._near = near

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        self._near.answered(data)

    def connection_lost(self, error: Exception | None) -> None:
        self._near.end()

    def send(self, data: bytes) -> None:
        """Pass the caller's bytes on."""
        self._transport.write(data)

    def close(self) -> None:
        """Reset this end."""
        _reset(self._transport)


def _reset(transport: asyncio.Transport) -> None:
    if transport.is_closing():
        return
    connected: socket.socket | None = transport.get_extra_info("socket")
    if connected is not None:
        connected.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
    transport.abort()
