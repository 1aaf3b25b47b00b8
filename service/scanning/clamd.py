"""Virus scanning by clamd over TCP: its INSTREAM command, one connection a scan."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

from service.kernel.errors import MalwareDetected, Unavailable
from service.telemetry import tracing
from service.telemetry.log import Log

log = Log(__name__)

DEFAULT_PORT = 3310
CHUNK_BYTES = 256 * 1024
MOST_REPLY_BYTES = 4096  # a reply is one short line
COMMAND = b"zINSTREAM\0"  # z: command and reply end with a NUL, so that half a reply is never taken for a whole one
END_OF_STREAM = (0).to_bytes(4)
_PREFIX, _CLEAN, _FOUND = b"stream: ", b"stream: OK", b" FOUND"
_TOO_LARGE = b"INSTREAM size limit exceeded. ERROR"


class NoVerdict(Exception):
    """The scanner did not judge the bytes; the message says what it did instead."""


@dataclass(frozen=True, slots=True)
class ClamdLimits:
    """How long a scan may take, waiting for its turn included, and how many may be under way."""

    connect_seconds: float = 2.0
    scan_seconds: float = 10.0
    at_once: int = 4  # clamd's own threads are few, and each scan holds the bytes of an upload


@dataclass(frozen=True, slots=True)
class ClamdAddress:
    """Where clamd listens."""

    host: str
    port: int

    @classmethod
    def parse(cls, endpoint: str) -> "ClamdAddress":
        """`host`, `host:port` or `tcp://host:port`; the settings have checked it."""
        url = urlsplit(endpoint if "://" in endpoint else f"tcp://{endpoint}")
        return cls(url.hostname or "", url.port or DEFAULT_PORT)


class Clamd:
    """A clamd that answers on a TCP port."""

    def __init__(self, address: ClamdAddress, limits: ClamdLimits | None = None) -> None:
        self._address = address
        self._limits = limits or ClamdLimits()
        self._turns = asyncio.Semaphore(self._limits.at_once)

    async def scan(self, body: bytes) -> None:
        """Return only if clamd has read all of `body` and called it clean. Raises MalwareDetected, Unavailable."""
        try:
            async with asyncio.timeout(self._limits.scan_seconds), self._turns:
                with tracing.span("clamd", operation="INSTREAM", bytes=len(body)):
                    signature = await self._judged(body)
        except TimeoutError as error:
            raise _unavailable(f"no answer within {self._limits.scan_seconds:g} s", body) from error
        except NoVerdict as error:
            raise _unavailable(str(error), body) from error
        if signature is not None:
            log.warning("malware_found", signature=signature, bytes=len(body))
            raise MalwareDetected("The virus scanner found malware in the file")

    async def _judged(self, body: bytes) -> str | None:
        """What clamd found, None for clean. It is listened to while being sent to: it speaks early when it refuses."""
        async with self._connected() as (reader, writer):
            reply, sent = await asyncio.gather(reader.readuntil(b"\0"), _send(writer, body), return_exceptions=True)
        if isinstance(reply, BaseException):
            raise NoVerdict(_cut_short(reply, sent))
        signature = signature_in(reply[:-1])
        if signature is None and sent is not None:
            raise NoVerdict(f"said clean before it had the whole file: {sent!r}")
        return signature

    @asynccontextmanager
    async def _connected(self) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
        """A connection that ends with the block at once: a clamd that reads nothing can't hold up its closing."""
        try:
            async with asyncio.timeout(self._limits.connect_seconds):
                reader, writer = await asyncio.open_connection(
                    self._address.host, self._address.port, limit=MOST_REPLY_BYTES
                )
        except (OSError, UnicodeError) as error:  # the latter: a host that can be nobody's name
            raise NoVerdict(f"can't be reached: {error!r}") from error
        try:
            yield reader, writer
        finally:
            writer.transport.abort()


async def _send(writer: asyncio.StreamWriter, body: bytes) -> None:
    """The command and the body, chunk by chunk, each after its length in four bytes."""
    view = memoryview(body)
    writer.write(COMMAND)
    for first in range(0, len(view), CHUNK_BYTES):
        chunk = view[first : first + CHUNK_BYTES]
        writer.write(len(chunk).to_bytes(4))
        writer.write(chunk)
        await writer.drain()
    writer.write(END_OF_STREAM)
    await writer.drain()


def signature_in(reply: bytes) -> str | None:
    """The name of what clamd found, None if it said clean. Raises NoVerdict for every other reply."""
    if reply == _CLEAN:
        return None
    if reply.startswith(_PREFIX) and reply.endswith(_FOUND):
        return reply[len(_PREFIX) : -len(_FOUND)].decode("ascii", "replace")
    if reply == _TOO_LARGE:
        raise NoVerdict("the file is larger than the scanner's StreamMaxLength")
    raise NoVerdict(f"answered {reply.decode('ascii', 'replace')!r}")


def _cut_short(reply: BaseException, sent: BaseException | None) -> str:
    if sent is not None:
        return f"ended the connection before it had the whole file, maybe at its StreamMaxLength: {sent!r}"
    return f"ended the connection without a whole reply: {reply!r}"


def _unavailable(reason: str, body: bytes) -> Unavailable:
    log.warning("scanner_unavailable", reason=reason, bytes=len(body))
    return Unavailable("The file can't be scanned for viruses at the moment")
