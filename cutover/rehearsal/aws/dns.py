"""The authoritative name server's sockets: UDP, and TCP for answers that do not fit."""

import asyncio
import contextlib
from collections.abc import Callable
from typing import cast

import dns.exception
import dns.flags
import dns.message
import dns.rcode

Respond = Callable[[dns.message.Message], dns.message.Message]

_HEADER_BYTES = 12
_PLAIN_UDP_BYTES = 512  # RFC 1035; EDNS says more
_TCP_IDLE_SECONDS = 5.0
_BIND_TRIES = 20


def reply_to(wire: bytes, respond: Respond, *, over_tcp: bool = False) -> bytes | None:
    """The wire form of the answer. None: not a question, or too short to be answered."""
    if len(wire) < _HEADER_BYTES or wire[2] & 0x80:
        return None
    try:
        query = dns.message.from_wire(wire)
    except (dns.exception.DNSException, ValueError):
        return _form_error(wire)
    message = respond(query)
    if over_tcp:
        return message.to_wire()
    size = max(_PLAIN_UDP_BYTES, query.payload if query.edns >= 0 else 0)
    try:
        return message.to_wire(max_size=size)
    except dns.exception.TooBig:
        message.answer.clear()
        message.authority.clear()
        message.flags |= dns.flags.TC
        return message.to_wire(max_size=size)


def _form_error(wire: bytes) -> bytes:
    message = dns.message.Message(id=int.from_bytes(wire[:2], "big"))
    message.flags |= dns.flags.QR
    message.set_rcode(dns.rcode.FORMERR)
    return message.to_wire()


class NameServer:
    """Answers on one port, by UDP and TCP."""

    def __init__(self, respond: Respond) -> None:
        self._respond = respond
        self._udp: asyncio.DatagramTransport | None = None
        self._tcp: asyncio.Server | None = None
        self._connections: dict[asyncio.Task[None], asyncio.StreamWriter] = {}

    async def start(self, host: str, port: int) -> int:
        """Bind both; returns the port, chosen if `port` is 0. Raises OSError if it is taken."""
        for left in reversed(range(1 if port else _BIND_TRIES)):
            self._tcp = await asyncio.start_server(self._serve_tcp, host, port)
            bound: int = self._tcp.sockets[0].getsockname()[1]
            try:
                await self._start_udp(host, bound)
            except OSError:
                self._tcp.close()
                if not left:
                    raise
            else:
                break
        return bound

    async def stop(self) -> None:
        """Close both at once, open TCP connections too."""
        if self._udp is not None:
            self._udp.close()
        if self._tcp is not None:
            self._tcp.close()
        for writer in self._connections.values():
            writer.transport.abort()  # its task sees the end and returns; cancelled, asyncio 3.11 would report an error
        await asyncio.gather(*self._connections)

    async def _start_udp(self, host: str, port: int) -> None:
        loop = asyncio.get_running_loop()
        self._udp, _ = await loop.create_datagram_endpoint(lambda: _Udp(self._respond), local_addr=(host, port))

    async def _serve_tcp(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is not None:
            self._connections[task] = writer
            task.add_done_callback(self._connections.pop)
        with contextlib.suppress(TimeoutError, asyncio.IncompleteReadError, ConnectionError):
            await self._answer_all(reader, writer)
        writer.close()

    async def _answer_all(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Each message has its length in front, RFC 1035 4.2.2."""
        while True:
            async with asyncio.timeout(_TCP_IDLE_SECONDS):
                length = int.from_bytes(await reader.readexactly(2), "big")
                wire = await reader.readexactly(length)
            response = reply_to(wire, self._respond, over_tcp=True)
            if response is None:
                return
            writer.write(len(response).to_bytes(2, "big") + response)
            await writer.drain()


class _Udp(asyncio.DatagramProtocol):
    def __init__(self, respond: Respond) -> None:
        self._respond = respond
        self._transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # asyncio's own transport is no subclass of DatagramTransport before Python 3.12.
        self._transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        response = reply_to(data, self._respond)
        if response is not None and self._transport is not None:
            self._transport.sendto(response, addr)
