"""A stand-in for clamd that speaks INSTREAM and misbehaves on demand; it knows one virus, the EICAR test string."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

LOOPBACK = "127.0.0.1"
# In two parts, so that no scanner takes this file for infected.
EICAR = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
SIGNATURE = "Eicar-Test-Signature"
COMMAND = b"zINSTREAM\0"


@asynccontextmanager
async def fake_clamd() -> AsyncIterator["FakeClamd"]:
    """A stand-in that listens; well-behaved until it is told otherwise."""
    clamd = FakeClamd()
    server = await asyncio.start_server(clamd.serve, LOOPBACK, 0)
    clamd.port = server.sockets[0].getsockname()[1]
    try:
        yield clamd
    finally:
        clamd.go_on.set()
        clamd.ended.set()
        server.close()
        await asyncio.gather(*clamd.serving)


class FakeClamd:
    """Scans what is streamed to it. What it is told to do wrong holds for the scans after it."""

    def __init__(self) -> None:
        self.port = 0
        self.scanned: list[bytes] = []
        self.chunk_sizes: list[int] = []
        self.under_way = 0
        self.most_under_way = 0
        self.serving: set[asyncio.Task[None]] = set()
        self.go_on = asyncio.Event()
        self.go_on.set()
        self.ended = asyncio.Event()
        self.deaf = False
        self.stream_max_bytes: int | None = None
        self.says: bytes | None = None
        self.says_at_once = False
        self.hangs_up_after_bytes: int | None = None

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        task = asyncio.current_task()
        assert task is not None
        self.serving.add(task)
        self.under_way += 1
        self.most_under_way = max(self.most_under_way, self.under_way)
        try:
            await self._answer(reader, writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            return  # the client has gone
        finally:
            self.under_way -= 1
            self.serving.discard(task)
            writer.transport.abort() if self.hangs_up_after_bytes is not None else writer.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.deaf:
            reader._transport.pause_reading()  # type: ignore[attr-defined]  # or the reader takes the first 128 KiB
            await self.ended.wait()
            return
        if self.says_at_once:
            writer.write(self.says or b"")
            await reader.readexactly(self.hangs_up_after_bytes or 0)
            return
        assert await reader.readexactly(len(COMMAND)) == COMMAND
        body = await self._body(reader)
        if body is None:
            writer.write(b"INSTREAM size limit exceeded. ERROR\0" if self.stream_max_bytes is not None else b"")
            return
        self.scanned.append(body)
        await self.go_on.wait()
        writer.write(self._verdict(body) if self.says is None else self.says)

    async def _body(self, reader: asyncio.StreamReader) -> bytes | None:
        """The streamed bytes; None when there were more of them than this clamd takes, or waits for."""
        chunks: list[bytes] = []
        total = 0
        while size := int.from_bytes(await reader.readexactly(4)):
            total += size
            self.chunk_sizes.append(size)
            if self.stream_max_bytes is not None and total > self.stream_max_bytes:
                return None
            chunks.append(await reader.readexactly(size))
            if self.hangs_up_after_bytes is not None and total >= self.hangs_up_after_bytes:
                return None
        return b"".join(chunks)

    def _verdict(self, body: bytes) -> bytes:
        return b"stream: " + (SIGNATURE.encode() + b" FOUND\0" if EICAR in body else b"OK\0")
