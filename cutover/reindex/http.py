"""The search cluster by HTTP/1.1: connections that are kept, requests that are signed where the domain wants that."""

import asyncio
import re
import ssl
import time
from collections.abc import Callable, Mapping
from typing import Any, cast
from urllib.parse import quote, unquote

import msgspec

from cutover.core.reindex.answers import BUSY_STATUSES, fault_of
from cutover.core.reindex.models import SearchRefused, SearchUnreachable
from cutover.reindex.endpoint import endpoint_of
from cutover.reindex.http_answers import AnswerReader, BrokenAnswer
from cutover.reindex.ports import Answer

MOST_ANSWER_BYTES = 256 * 1024 * 1024
IDLE_SECONDS = 15.0  # a connection that was idle for longer is made anew: servers close theirs after a minute or so

Sign = Callable[[str, str, Mapping[str, str], bytes], Mapping[str, str]]
"""From method, URL, headers and body: all the headers to send. Called in a thread: it may have to renew keys."""

_PATH = re.compile(r"/[!-~]*")
_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder().decode


class HttpSearch:
    """One OpenSearch endpoint, as ports.Search has it.

    `connections`: at most so many at once; a request waits for a free one, and that counts towards its time.
    `tls`: whom to trust, where that is not what the system trusts.
    """

    def __init__(
        self, endpoint: str, *, connections: int, signer: Sign | None = None, tls: ssl.SSLContext | None = None
    ) -> None:
        self._endpoint = endpoint_of(endpoint)
        self._signer = signer
        self._tls = (tls or ssl.create_default_context()) if self._endpoint.tls else None
        self._slots = asyncio.Semaphore(connections)
        self._idle: list[_Connection] = []
        self._open: set[_Connection] = set()

    async def send(
        self, method: str, path: str, body: bytes = b"", *, timeout_seconds: float = 10.0, ndjson: bool = False
    ) -> Answer:
        """The answer, whatever its status. Raises SearchUnreachable; nothing is sent twice by itself."""
        target = self._endpoint.prefix + path
        if not _PATH.fullmatch(target):
            raise ValueError(f"not a path: {path[:200]!r}")
        try:
            async with asyncio.timeout(timeout_seconds):
                return await self._exchange(method, target, body, ndjson)
        except TimeoutError:
            raise self._unreachable(method, path, f"no answer within {timeout_seconds:g} s") from None
        except BrokenAnswer as error:
            raise self._unreachable(method, path, str(error)) from error
        except ssl.SSLCertVerificationError as error:
            raise self._unreachable(method, path, f"its certificate is not trusted: {error.verify_message}") from error
        except OSError as error:
            raise self._unreachable(method, path, str(error) or type(error).__name__) from error

    async def ask(self, method: str, path: str, body: Any = None, *, timeout_seconds: float = 10.0) -> Any:
        """Send a JSON document (None: no body) and decode the answer; None if it has no body.

        Raises SearchRefused; SearchUnreachable also for 429, 502, 503 and 504, which are no decision: but for the 429
        of a full disk's block, which does not pass by itself.
        """
        sent = b"" if body is None else _encode(body)
        answer = await self.send(method, path, sent, timeout_seconds=timeout_seconds)
        if answer.status in BUSY_STATUSES and not _is_block(answer):
            raise self._unreachable(method, path, str(SearchRefused(answer.status, *fault_of(answer.body))))
        if not 200 <= answer.status < 300:
            raise refusal(answer, signed=self._signer is not None)
        try:
            return _decode(answer.body) if answer.body else None
        except (msgspec.DecodeError, RecursionError) as error:
            beginning = answer.body[:60].decode(errors="replace")
            raise self._unreachable(method, path, f"{answer.status} with what is no JSON: {beginning!r}") from error

    async def close(self) -> None:
        """Let go of the connections."""
        self._idle.clear()
        connections = tuple(self._open)
        for connection in connections:
            connection.drop()
        for connection in connections:
            await connection.gone.wait()

    async def _exchange(self, method: str, target: str, body: bytes, ndjson: bool) -> Answer:
        headers: Mapping[str, str] = {
            "Host": self._endpoint.host,
            "Content-Type": "application/x-ndjson" if ndjson else "application/json",
            "User-Agent": "cutover",
        }
        if self._signer is not None:
            target = plain_query(target)
            headers = await asyncio.to_thread(self._signer, method, self._endpoint.url + target, headers, body)
        fields = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        head = f"{method} {target} HTTP/1.1\r\n{fields}Content-Length: {len(body)}\r\n\r\n".encode("latin-1")
        async with self._slots:
            connection = self._kept() or await self._connect()
            try:
                reader = await connection.exchange(head, body, AnswerReader(method, most_bytes=MOST_ANSWER_BYTES))
            except BaseException:
                connection.drop()
                raise
            if reader.reusable and connection.is_clear:
                self._idle.append(connection)
            else:
                connection.drop()
        return Answer(reader.status, reader.body)

    def _kept(self) -> "_Connection | None":
        """The connection that was used last, if it can be used again."""
        while self._idle:
            connection = self._idle.pop()
            if connection.is_clear and time.monotonic() - connection.used_at < IDLE_SECONDS:
                return connection
            connection.drop()
        return None

    async def _connect(self) -> "_Connection":
        loop = asyncio.get_running_loop()
        where = self._endpoint
        _, connection = await loop.create_connection(
            lambda: _Connection(self._open), where.address, where.port, ssl=self._tls
        )
        return connection

    def _unreachable(self, method: str, path: str, what: str) -> SearchUnreachable:
        return SearchUnreachable(f"{method} {path.partition('?')[0]} of {self._endpoint.url}: {what}")


def _is_block(answer: Answer) -> bool:
    return answer.status == 429 and fault_of(answer.body)[0] == "cluster_block_exception"


def refusal(answer: Answer, *, signed: bool) -> SearchRefused:
    """An answer that says no, as an error that says why, and what to look at where it is about who may."""
    kind, reason = fault_of(answer.body)
    if answer.status in (401, 403) and "block" not in kind:
        reason += (
            "; the domain's access policy, and the role's es:ESHttp* rights, have to allow this"
            if signed
            else "; the request was not signed: is this a domain that wants signed requests?"
        )
    return SearchRefused(answer.status, kind, reason)


def plain_query(target: str) -> str:
    """A path whose query is percent-encoded as a signature wants it: everything but letters, digits, `-._~`."""
    path, mark, query = target.partition("?")
    pairs = (pair.partition("=") for pair in query.split("&") if pair)
    return path + mark + "&".join(f"{_percent(name)}={_percent(value)}" for name, _, value in pairs)


def _percent(text: str) -> str:
    return quote(unquote(text), safe="-._~")


class _Connection(asyncio.Protocol):
    """One connection: one request at a time, the answer to it."""

    def __init__(self, open_ones: "set[_Connection]") -> None:
        self._open_ones = open_ones
        self._reader: AnswerReader | None = None
        self._answered: asyncio.Future[None] | None = None
        self.used_at = 0.0
        self.gone = asyncio.Event()

    @property
    def is_clear(self) -> bool:
        """Whether it is open and everything has been sent, as it is not after an answer that came early."""
        return not self._transport.is_closing() and self._transport.get_write_buffer_size() == 0

    async def exchange(self, head: bytes, body: bytes, reader: AnswerReader) -> AnswerReader:
        """Send a request and wait for its answer. Raises BrokenAnswer, OSError."""
        self._reader, self._answered = reader, asyncio.get_running_loop().create_future()
        self._transport.write(head)
        if body:
            self._transport.write(body)
        try:
            await self._answered
        finally:
            self._reader = self._answered = None
        self.used_at = time.monotonic()
        return reader

    def drop(self) -> None:
        """Close it at once."""
        self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._open_ones.add(self)

    def data_received(self, data: bytes) -> None:
        if self._reader is None:  # nobody asked anything
            self.drop()
            return
        try:
            self._reader.feed(data)
        except BrokenAnswer as error:
            self._settle(error)
            return
        if self._reader.done:
            self._settle(None)

    def connection_lost(self, error: Exception | None) -> None:
        self._open_ones.discard(self)
        self.gone.set()
        if self._reader is None:
            return
        self._reader.end()
        if error is None and self._reader.done:
            self._settle(None)
            return
        when = "in the middle of its answer" if self._reader.begun else "before it answered"
        self._settle(ConnectionResetError(f"closed the connection {when}"))

    def _settle(self, error: Exception | None) -> None:
        if self._answered is None or self._answered.done():
            return
        if error is None:
            self._answered.set_result(None)
        else:
            self._answered.set_exception(error)
