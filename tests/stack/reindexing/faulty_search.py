"""HTTP between a client and a search server that goes wrong by chance, in the ways in which a busy cluster does."""

import asyncio
import json
import random
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from urllib.parse import urlsplit

LOOPBACK = "127.0.0.1"
MAX_HEAD_BYTES = 1 << 16
TOO_MANY = b'{"error":{"type":"rejected_execution_exception","reason":"queue full"},"status":429}'
NOT_NOW = b'{"error":{"type":"no_shard_available_action_exception","reason":"moving"},"status":503}'
BUSY_ITEM = {"status": 429, "error": {"type": "rejected_execution_exception", "reason": "queue full"}}
FULL_HEAP_ITEM = {"status": 429, "error": {"type": "circuit_breaking_exception", "reason": "Data too large"}}
MOVING_ITEM = {"status": 503, "error": {"type": "unavailable_shards_exception", "reason": "primary moving"}}


@dataclass(frozen=True, slots=True)
class Request:
    """One request, as it came."""

    line: str
    body: bytes

    @property
    def is_bulk(self) -> bool:
        """Whether documents are sent by it."""
        return "/_bulk" in self.line

    @property
    def index(self) -> str:
        """The index that its path names first."""
        return self.line.split(" ")[1].lstrip("/").partition("/")[0]


@dataclass
class FaultySearch:
    """Forwards to the server behind; `fault_rate` of the bulk requests, and `other_rate` of all else, go wrong.

    `sent` counts the actions of bulk requests that arrived from the client, by index, `most` those of one request;
    `met` counts the faults by name. `on_request` hears of each request before it is answered, `on_bulk` of each
    bulk request; what `instead` returns, unless None, is the answer to a request.
    """

    url: str
    chance: random.Random
    fault_rate: float = 0.0
    other_rate: float = 0.0
    port: int = 0
    sent: Counter[str] = field(default_factory=Counter)
    most: int = 0
    met: Counter[str] = field(default_factory=Counter)
    delay_seconds: float = 0.0
    on_request: Callable[[], None] = lambda: None
    on_bulk: Callable[[], None] = lambda: None
    instead: Callable[[Request], "Answer | None"] = lambda _: None

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, request after request, until one of them goes wrong."""
        try:
            while request := await _read(reader):
                self.on_request()
                if request.is_bulk:
                    self._note(request)
                answer = await self._answer(request)
                writer.write(answer.head + answer.body[: answer.shown])
                await writer.drain()
                if answer.shown < len(answer.body) or not answer.head:
                    break
        except (OSError, asyncio.IncompleteReadError):
            return
        finally:
            writer.transport.abort()

    def _note(self, request: Request) -> None:
        count = sum(1 for _ in pairs(request.body))
        self.sent[request.index] += count
        self.most = max(self.most, count)
        self.on_bulk()

    async def _answer(self, request: Request) -> "Answer":
        await asyncio.sleep(self.delay_seconds)
        if (scripted := self.instead(request)) is not None:
            return scripted
        rate = self.fault_rate if request.is_bulk else self.other_rate
        if self.chance.random() >= rate:
            return await self.forward(request)
        name = self.chance.choice(FAULTS if request.is_bulk else FAULTS[:-1])
        self.met[name] += 1
        return await getattr(self, name)(request)  # type: ignore[no-any-return]

    async def forward(self, request: Request) -> "Answer":
        """What the server says."""
        where = urlsplit(self.url)
        reader, writer = await asyncio.open_connection(where.hostname, where.port)
        line = request.line.replace("HTTP/1.1", "HTTP/1.0")
        kind = "application/x-ndjson" if request.is_bulk else "application/json"
        head = f"{line}\r\nHost: {where.netloc}\r\nContent-Type: {kind}\r\nContent-Length: {len(request.body)}\r\n\r\n"
        try:
            writer.write(head.encode() + request.body)
            head_back, _, body = (await reader.read()).partition(b"\r\n\r\n")
        finally:
            writer.close()
        return answered(int(head_back.split(b" ")[1]), body)

    async def too_many(self, _: Request) -> "Answer":
        """The whole request is refused for now."""
        return answered(429, TOO_MANY)

    async def not_now(self, _: Request) -> "Answer":
        """A node is away."""
        return answered(503, NOT_NOW)

    async def lost_request(self, _: Request) -> "Answer":
        """The connection ends before the server hears of it."""
        return NOTHING

    async def lost_answer(self, request: Request) -> "Answer":
        """The server does it; nobody hears of it."""
        await self.forward(request)
        return NOTHING

    async def cut_answer(self, request: Request) -> "Answer":
        """Half of the answer arrives."""
        answer = await self.forward(request)
        return Answer(answer.head, answer.body, len(answer.body) // 2)

    async def some_items(self, request: Request) -> "Answer":
        """Some of the documents are refused for now, the others are written."""
        refused = {place for place, _ in enumerate(pairs(request.body)) if self.chance.random() < 0.3}
        passed = b"".join(pair for place, pair in enumerate(pairs(request.body)) if place not in refused)
        if not refused or not passed:
            return await self.too_many(request)
        answer = await self.forward(Request(request.line.replace("errors,", "errors,items.*._id,"), passed))
        told = iter(json.loads(answer.body).get("items", []))
        count = sum(1 for _ in pairs(request.body))
        kinds = (BUSY_ITEM, FULL_HEAP_ITEM, MOVING_ITEM)
        items = [{"index": self.chance.choice(kinds)} if place in refused else next(told) for place in range(count)]
        return answered(200, json.dumps({"errors": True, "items": items}).encode())


FAULTS = ("too_many", "not_now", "lost_request", "lost_answer", "cut_answer", "some_items")


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer's bytes; of the body only the first `shown` are sent."""

    head: bytes
    body: bytes
    shown: int


NOTHING = Answer(b"", b"", 0)


def answered(status: int, body: bytes) -> Answer:
    """A whole answer."""
    head = f"HTTP/1.1 {status} X\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    return Answer(head.encode(), body, len(body))


def pairs(body: bytes) -> Iterator[bytes]:
    """The actions of a bulk body, each with its document if it has one."""
    lines = iter(body.splitlines(keepends=True))
    for action in lines:
        yield action if action.startswith(b'{"delete"') or action.startswith(b'{ "delete"') else action + next(lines)


async def _read(reader: asyncio.StreamReader) -> Request | None:
    """The next request; None: there is none."""
    head = await reader.readuntil(b"\r\n\r\n")
    lines = head.decode("latin-1").split("\r\n")
    headers = dict(line.lower().split(": ", 1) for line in lines[1:] if line)
    return Request(lines[0], await reader.readexactly(int(headers.get("content-length", 0))))


@asynccontextmanager
async def faulty_search(url: str, seed: int) -> AsyncIterator[FaultySearch]:
    """A running one, well-behaved until its rates are set."""
    faulty = FaultySearch(url, random.Random(seed))  # noqa: S311 - the same faults every time
    under_way: set[asyncio.Task[None]] = set()

    def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.ensure_future(faulty.serve(reader, writer))
        under_way.add(task)
        task.add_done_callback(under_way.discard)

    server = await asyncio.start_server(connected, LOOPBACK, 0, limit=MAX_HEAD_BYTES)
    faulty.port = server.sockets[0].getsockname()[1]
    try:
        yield faulty
    finally:
        server.close()
        left = tuple(under_way)
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)
