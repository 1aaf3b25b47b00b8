"""HTTP questions to one place, whatever DNS says of the name: bounded in time and size, told apart when they fail."""

import http.client
import io
import socket
import ssl
import time
from collections.abc import Callable, Mapping
from contextlib import closing, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from threading import Timer
from typing import Any

from cutover.core.web import Heard, Place, Trouble
from cutover.flow.asking import ask

CONNECT_SECONDS = 3.0
MOST_BYTES = 32 * 1024 * 1024
_CHUNK = 64 * 1024
_BESIDE = 1024 * 1024  # bytes: status, headers, the sizes of chunks


class _TooLarge(OSError):
    """More came than MOST_BYTES."""


@dataclass
class _Watched:
    """A connection that is shut down when its time is over, however slowly the other side drips."""

    channel: socket.socket
    is_over: bool = field(default=False)

    def end(self) -> None:
        """Wake whoever reads it."""
        self.is_over = True
        with suppress(OSError):  # on TLS too the plain shutdown: the other one is not safe beside a read
            socket.socket.shutdown(self.channel, socket.SHUT_RDWR)


class _Bounded(io.RawIOBase):
    """What comes in, to a limit: http.client itself takes without end what has a chunk of negative length."""

    def __init__(self, channel: socket.socket) -> None:
        self._channel, self._left = channel, MOST_BYTES + _BESIDE

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        count = self._channel.recv_into(buffer)
        self._left -= count
        if self._left < 0:
            raise _TooLarge
        return count


class _Line:
    """A socket as http.client uses one; whoever opened the channel closes it."""

    def __init__(self, channel: socket.socket) -> None:
        self._channel = channel
        self.sendall = channel.sendall

    def makefile(self, _mode: str) -> io.BufferedReader:
        """Its bounded end."""
        return io.BufferedReader(_Bounded(self._channel))

    def close(self) -> None:
        """Nothing."""


class HttpProbes:
    """A Probes. `context` makes the TLS rules, the system's authorities if nothing else is said."""

    def __init__(
        self,
        context: Callable[[], ssl.SSLContext] = ssl.create_default_context,
        connect_seconds: float = CONNECT_SECONDS,
    ) -> None:
        self._context, self._connect_seconds = context, connect_seconds

    def ask(self, place: Place, method: str, path: str, headers: Mapping[str, str], read_seconds: float) -> Heard:
        """One request on a connection of its own; redirects are not followed. Never raises."""
        began = time.monotonic()
        try:
            channel = self._connected(place)
        except (OSError, UnicodeError) as error:
            return _none(began, *_unconnected(error, self._connect_seconds))
        watched = _Watched(channel)
        timer = Timer(read_seconds, watched.end)
        timer.start()
        try:
            return self._exchanged(watched, place, (method, path, headers), began)
        except (OSError, http.client.HTTPException, ValueError) as error:
            if watched.is_over:
                return _none(began, Trouble.TIMEOUT, f"no whole answer within {read_seconds:g} s")
            if isinstance(error, _TooLarge):
                return _none(began, Trouble.TOO_LARGE, f"more than {MOST_BYTES} bytes")
            return _none(began, *_named(error))
        finally:
            timer.cancel()
            watched.channel.close()

    def _connected(self, place: Place) -> socket.socket:
        """To the first address that takes us, within the time for all of them."""
        ends, last = time.monotonic() + self._connect_seconds, OSError("no address")
        lookup = ask(lambda: socket.getaddrinfo(place.host, place.port, type=socket.SOCK_STREAM))
        for family, kind, protocol, _, address in lookup.result(self._connect_seconds):
            channel = socket.socket(family, kind, protocol)
            channel.settimeout(max(0.05, ends - time.monotonic()))
            try:
                channel.connect(address)
            except OSError as error:
                channel.close()
                last = error
            else:
                return channel
        raise last

    def _exchanged(
        self, watched: _Watched, place: Place, request: tuple[str, str, Mapping[str, str]], began: float
    ) -> Heard:
        watched.channel.settimeout(None)
        until = self._secured(watched, place) if place.scheme == "https" else None
        connection = http.client.HTTPConnection(place.host, place.port)
        connection.sock = _Line(watched.channel)
        method, path, headers = request
        connection.putrequest(method, place.prefix + path, skip_host=True, skip_accept_encoding=True)
        for name, value in {"Host": place.name, "Connection": "close", **headers}.items():
            connection.putheader(name, value)
        connection.endheaders()
        with closing(connection.getresponse()) as answer:
            body = _read(answer)
            if watched.is_over:
                raise TimeoutError
            elapsed_ms = 1000 * (time.monotonic() - began)
            if len(body) > MOST_BYTES:
                raise _TooLarge
            received = tuple((name.lower(), value) for name, value in answer.getheaders())
            return Heard(elapsed_ms, answer.status, received, body, until)

    def _secured(self, watched: _Watched, place: Place) -> datetime | None:
        channel = self._context().wrap_socket(
            watched.channel, server_hostname=place.server_name, do_handshake_on_connect=False
        )
        watched.channel = channel
        if watched.is_over:  # between the two lines: the old one was shut down
            raise TimeoutError
        channel.do_handshake()
        known: Any = channel.getpeercert()
        return datetime.fromtimestamp(ssl.cert_time_to_seconds(known["notAfter"]), UTC)


def _read(answer: http.client.HTTPResponse) -> bytes:
    body = bytearray()
    while len(body) <= MOST_BYTES and (chunk := answer.read(_CHUNK)):
        body += chunk
    if answer.length and len(body) <= MOST_BYTES:  # the connection ended before the body did
        raise http.client.IncompleteRead(bytes(body), answer.length)
    return bytes(body)


def _unconnected(error: Exception, seconds: float) -> tuple[Trouble, str]:
    if isinstance(error, TimeoutError):
        return Trouble.TIMEOUT, f"no connection within {seconds:g} s"
    if isinstance(error, ConnectionRefusedError):
        return Trouble.REFUSED, ""
    if isinstance(error, socket.gaierror | UnicodeError):
        return Trouble.UNRESOLVED, str(error)
    return Trouble.BROKEN, str(error)


def _named(error: Exception) -> tuple[Trouble, str]:
    if isinstance(error, ssl.SSLCertVerificationError):
        return Trouble.CERTIFICATE, error.verify_message
    if isinstance(error, ssl.SSLError):
        return Trouble.TLS, error.reason or str(error)
    return Trouble.BROKEN, str(error) or type(error).__name__


def _none(began: float, trouble: Trouble, detail: str) -> Heard:
    return Heard(1000 * (time.monotonic() - began), trouble=trouble, detail=detail)
