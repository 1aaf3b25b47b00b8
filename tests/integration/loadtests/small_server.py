"""A small HTTP server on loopback that answers as it is told: at once, late, with 429, as a cold start, not at all."""

import asyncio
import json
import re
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

_LENGTH = re.compile(rb"content-length: *([0-9]+)", re.IGNORECASE)
PAGE = json.dumps({"success": True, "data": [], "total": 0, "page": 1, "limit": 20}).encode()


@dataclass(frozen=True)
class Asked:
    """One request as it came in; its head as text."""

    moment: float
    head: str

    @property
    def path(self) -> str:
        return self.head.split(" ")[1]

    def header(self, name: str) -> str:
        found = re.search(rf"^{name}: *(.*?)\r?$", self.head, re.IGNORECASE | re.MULTILINE)
        return found[1] if found else ""


@dataclass(frozen=True)
class Told:
    """What is answered after `wait_seconds`; status 0: the connection is closed instead."""

    status: int = 200
    body: bytes = PAGE
    headers: str = ""
    wait_seconds: float = 0.0


@dataclass
class Small:
    """A server that runs in a thread of its own; `rule` says what becomes of the request with that number."""

    rule: Callable[[int, Asked], Told] = lambda _number, _asked: Told()
    asked: list[Asked] = field(default_factory=list)
    connections: int = 0
    port: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @contextmanager
    def up(self, context: ssl.SSLContext | None = None) -> Iterator["Small"]:
        """Serve until the end of the block."""
        ready, loop = threading.Event(), asyncio.new_event_loop()
        ended = asyncio.Event()

        async def serve() -> None:
            server = await asyncio.start_server(self._connection, "127.0.0.1", 0, ssl=context, backlog=1024)
            self.port = server.sockets[0].getsockname()[1]
            ready.set()
            await ended.wait()
            server.close()
            open_still = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
            for task in open_still:
                task.cancel()
            await asyncio.gather(*open_still, return_exceptions=True)

        thread = threading.Thread(target=lambda: loop.run_until_complete(serve()), daemon=True)
        thread.start()
        assert ready.wait(10)
        try:
            yield self
        finally:
            loop.call_soon_threadsafe(ended.set)
            thread.join(10)
            loop.close()

    async def _connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                if length := _LENGTH.search(head):
                    await reader.readexactly(int(length[1]))
                asked = Asked(time.time(), head.decode("latin-1"))
                self.asked.append(asked)
                told = self.rule(len(self.asked), asked)
                if told.wait_seconds:
                    await asyncio.sleep(told.wait_seconds)
                if not told.status:
                    return
                start = f"HTTP/1.1 {told.status} X\r\nContent-Length: {len(told.body)}\r\n{told.headers}\r\n"
                writer.write(start.encode() + told.body)
                await writer.drain()
        except (OSError, asyncio.IncompleteReadError):
            return
        finally:
            writer.close()
