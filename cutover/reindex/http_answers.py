"""HTTP/1.1 answers, put together from the pieces in which they arrive. Pure."""

from collections.abc import Mapping
from typing import Protocol

MOST_HEAD_BYTES = 64 * 1024
MOST_LINE_BYTES = 4096  # of a chunk's size with its extensions, or of a trailer


class BrokenAnswer(Exception):
    """What arrived is not an HTTP/1.1 answer that this client can take; the message says in what."""


class AnswerReader:
    """One answer. Feed it what arrives until it is `done`; then `status`, `body` and `reusable` hold.

    `most_bytes`: a longer body is a BrokenAnswer, so that nobody can fill the memory.
    """

    def __init__(self, method: str, *, most_bytes: int) -> None:
        self.status = 0
        self._method = method
        self._most_bytes = most_bytes
        self._head = bytearray()
        self._body: _Body | None = None
        self._closing = False

    @property
    def done(self) -> bool:
        """Whether the answer is whole."""
        return self._body is not None and self._body.done

    @property
    def begun(self) -> bool:
        """Whether anything of it has arrived."""
        return bool(self._head) or self.status > 0

    @property
    def body(self) -> bytes:
        """The body, without the marks of its transfer."""
        return b"" if self._body is None else b"".join(self._body.pieces)

    @property
    def reusable(self) -> bool:
        """Whether the connection may carry another request."""
        return self.done and not self._closing and self._body is not None and not self._body.surplus

    def feed(self, data: bytes) -> None:
        """Take what has arrived. Raises BrokenAnswer."""
        if self._body is None:
            data = self._take_head(data)
        if self._body is not None and data:
            self._body.feed(data)

    def end(self) -> None:
        """The server has closed the connection, which is how an answer without a length ends."""
        self._closing = True
        if isinstance(self._body, _UntilClosed):
            self._body.done = True

    def _take_head(self, data: bytes) -> bytes:
        """What follows the head in `data`, once the head is whole."""
        self._head += data
        while (end := self._head.find(b"\r\n\r\n")) >= 0:
            self.status, headers = parse_head(bytes(self._head[:end]))
            del self._head[: end + 4]
            if self.status >= 200:  # those before it, such as 100 Continue, only announce it
                self._closing = _wants_to_close(headers)
                self._body = self._body_of(headers)
                return bytes(self._head)
        if len(self._head) > MOST_HEAD_BYTES:
            raise BrokenAnswer(f"headers of more than {MOST_HEAD_BYTES} bytes")
        return b""

    def _body_of(self, headers: Mapping[str, str]) -> "_Body":
        if headers.get("content-encoding", "identity") != "identity":
            raise BrokenAnswer(f"a body with Content-Encoding {headers['content-encoding']}, which nobody asked for")
        if self._method == "HEAD" or self.status in (204, 304):
            return _Sized(0)
        if coding := headers.get("transfer-encoding", "").lower():
            if coding != "chunked":
                raise BrokenAnswer(f"a body with Transfer-Encoding {coding}")
            return _Chunked(self._most_bytes)
        if (length := headers.get("content-length")) is None:
            return _UntilClosed(self._most_bytes)
        if not (length.isascii() and length.isdigit()):
            raise BrokenAnswer(f"Content-Length {length[:40]!r}")
        return _Sized(_within(int(length), self._most_bytes))


def parse_head(head: bytes) -> tuple[int, dict[str, str]]:
    """The status and the headers, by their names in lower case. Raises BrokenAnswer."""
    first, *lines = head.split(b"\r\n")
    words = first.split(b" ", 2)
    if len(words) < 2 or words[0] not in (b"HTTP/1.1", b"HTTP/1.0") or not (len(words[1]) == 3 and words[1].isdigit()):
        raise BrokenAnswer(f"not HTTP/1.1: {first[:60]!r}")
    headers: dict[str, str] = {":version": words[0].decode()}
    for line in lines:
        name, colon, value = line.partition(b":")
        if not colon:
            raise BrokenAnswer(f"a header that is none: {line[:60]!r}")
        key, text = name.decode("latin-1").lower(), value.decode("latin-1").strip()
        if key == "content-length" and headers.get(key, text) != text:
            raise BrokenAnswer("two lengths that differ")
        headers[key] = text
    return int(words[1]), headers


def _wants_to_close(headers: Mapping[str, str]) -> bool:
    wish = headers.get("connection", "").lower()
    return "close" in wish or (headers[":version"] == "HTTP/1.0" and "keep-alive" not in wish)


def _within(length: int, most_bytes: int) -> int:
    if length > most_bytes:
        raise BrokenAnswer(f"a body of {length} bytes; {most_bytes} are taken at most")
    return length


class _Body(Protocol):
    pieces: list[bytes]
    done: bool
    surplus: bool

    def feed(self, data: bytes) -> None: ...


class _Sized:
    """A body whose length the headers tell."""

    def __init__(self, length: int) -> None:
        self.pieces: list[bytes] = []
        self.surplus = False
        self._left = length
        self.done = length == 0

    def feed(self, data: bytes) -> None:
        self.surplus = len(data) > self._left
        self.pieces.append(data[: self._left] if self.surplus else data)
        self._left = max(0, self._left - len(data))
        self.done = self._left == 0


class _UntilClosed:
    """A body that lasts until the server closes the connection."""

    def __init__(self, most_bytes: int) -> None:
        self.pieces: list[bytes] = []
        self.surplus = False
        self.done = False
        self._most_bytes = most_bytes
        self._length = 0

    def feed(self, data: bytes) -> None:
        self._length = _within(self._length + len(data), self._most_bytes)
        self.pieces.append(data)


class _Chunked:
    """A body in chunks, each after a line with its size in hexadecimal; an empty one and trailers end it."""

    def __init__(self, most_bytes: int) -> None:
        self.pieces: list[bytes] = []
        self.surplus = False
        self.done = False
        self._most_bytes = most_bytes
        self._length = 0
        self._buffer = bytearray()
        self._left = 0  # of the chunk, with the line's end after it
        self._last = False

    def feed(self, data: bytes) -> None:
        self._buffer += data
        while not self.done and (self._take_chunk() if self._left else self._take_line()):
            pass
        self.surplus = self.done and bool(self._buffer)

    def _take_chunk(self) -> bool:
        """Whether the chunk is whole and taken."""
        if len(self._buffer) < self._left:
            return False
        if self._buffer[self._left - 2 : self._left] != b"\r\n":
            raise BrokenAnswer("a chunk that does not end where it should")
        self.pieces.append(bytes(self._buffer[: self._left - 2]))
        del self._buffer[: self._left]
        self._left = 0
        return True

    def _take_line(self) -> bool:
        end = self._buffer.find(b"\r\n")
        if end < 0:
            if len(self._buffer) > MOST_LINE_BYTES:
                raise BrokenAnswer("a chunk without its size")
            return False
        line = bytes(self._buffer[:end])
        del self._buffer[: end + 2]
        if self._last:
            self.done = not line
        else:
            self._begin(line.partition(b";")[0].strip())
        return True

    def _begin(self, size: bytes) -> None:
        try:
            length = int(size, 16) if size.isalnum() else -1
        except ValueError:
            length = -1
        if length < 0:
            raise BrokenAnswer(f"a chunk of size {size[:40]!r}")
        self._length = _within(self._length + length, self._most_bytes)
        self._left = length + 2 if length else 0
        self._last = length == 0
