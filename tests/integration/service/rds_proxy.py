"""What stands before PostgreSQL as RDS Proxy does: TLS with a certificate of its own, tokens in a password's place.

The embedded server has been built without TLS. Behind its door everything is the real server's.
"""

import asyncio
import struct
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from ssl import SSLContext, SSLError

_TLS_WANTED = 80877103  # the number that PostgreSQL's protocol has for "may we speak TLS?"
_ASK_FOR_PASSWORD = b"R" + struct.pack("!II", 8, 3)

Judge = Callable[[str], bool]


@dataclass(slots=True)
class RdsProxy:
    """A listener on 127.0.0.1. `encrypted` counts the connections by TLS, `plain` those without, that were let through.

    With a `judge` it asks for a password in the clear, as RDS Proxy does for IAM, and refuses what the judge refuses,
    with this SQLSTATE.
    """

    backend_port: int
    tls: SSLContext
    judge: Judge | None = None
    refusal: str = "28000"
    port: int = 0
    encrypted: int = 0
    plain: int = 0
    _running: set["asyncio.Task[None]"] = field(default_factory=set)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, from its first byte to its last."""
        task = asyncio.current_task()
        assert task is not None
        self._running.add(task)
        try:
            with suppress(OSError, SSLError, asyncio.IncompleteReadError):
                await self._serve(reader, writer)
        finally:
            self._running.discard(task)
            writer.transport.abort()

    async def stop(self) -> None:
        """Cut what is still connected."""
        for task in tuple(self._running):
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        hello = await _message(reader)
        by_tls = struct.unpack("!I", hello[4:8])[0] == _TLS_WANTED
        if by_tls:
            writer.write(b"S")
            await writer.drain()
            await writer.start_tls(self.tls)
            hello = await _message(reader)
        if self.judge is not None and not await self._lets_in(self.judge, reader, writer):
            return
        self.encrypted += by_tls
        self.plain += not by_tls
        await _relay(reader, writer, hello, self.backend_port)

    async def _lets_in(self, judge: Judge, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        writer.write(_ASK_FOR_PASSWORD)
        await reader.readexactly(1)
        password = (await _message(reader))[4:-1].decode()
        if judge(password):
            return True
        fields = f"SFATAL\0VFATAL\0C{self.refusal}\0MThis RDS proxy has no credentials for the role\0\0".encode()
        writer.write(b"E" + struct.pack("!I", 4 + len(fields)) + fields)
        await writer.drain()
        return False


@asynccontextmanager
async def rds_proxy(proxy: RdsProxy) -> AsyncIterator[RdsProxy]:
    """Let it listen within the block."""
    server = await asyncio.start_server(proxy.serve, "127.0.0.1", 0)
    proxy.port = server.sockets[0].getsockname()[1]
    try:
        yield proxy
    finally:
        server.close()
        await proxy.stop()
        await server.wait_closed()


async def _message(reader: asyncio.StreamReader) -> bytes:
    """The next message with its length in front."""
    length = await reader.readexactly(4)
    return length + await reader.readexactly(struct.unpack("!I", length)[0] - 4)


async def _relay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, hello: bytes, port: int) -> None:
    back_reader, back_writer = await asyncio.open_connection("127.0.0.1", port)
    back_writer.write(hello)
    ways = [
        asyncio.create_task(_copy(reader, back_writer)),
        asyncio.create_task(_copy(back_reader, writer)),
    ]
    try:
        await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for way in ways:
            way.cancel()
        await asyncio.gather(*ways, return_exceptions=True)
        back_writer.transport.abort()


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(65536):
        writer.write(data)
        await writer.drain()
