"""A search server that indexes nothing: it counts the documents of bulk requests and says that all went well.

`python -m tests.benchmarks.reindex.sink PORT`. What a client gets done against it is what the client itself can do.
"""

import asyncio
import sys
from functools import cache

LOOPBACK = "127.0.0.1"
BUFFER_BYTES = 1 << 20
END_OF_HEAD = b"\r\n\r\n"
_ITEM = b'{"index":{"_index":"moc_instructions","_id":"x","_version":1,"result":"created","status":201}}'
_FILTERED_ITEM = b'{"index":{"status":201}}'


class Counted:
    """How many documents all connections have brought."""

    documents = 0


class Connection(asyncio.BufferedProtocol):
    """Reads requests one after another. Only heads are kept; of a body, the lines are counted as they come."""

    def __init__(self, counted: Counted) -> None:
        self._counted = counted
        self._buffer = bytearray(BUFFER_BYTES)
        self._view = memoryview(self._buffer)
        self._filled = 0
        self._left = 0  # bytes of the body to come
        self._lines = 0
        self._request = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep what answers go to."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def get_buffer(self, sizehint: int) -> memoryview:
        """Where the next bytes go: behind an unfinished head, else at the start."""
        return self._view[self._filled :]

    def buffer_updated(self, nbytes: int) -> None:
        """Deal with all that is there."""
        start, end = 0, self._filled + nbytes
        while start < end:
            if self._left == 0:
                found = self._buffer.find(END_OF_HEAD, start, end)
                if found < 0:
                    break
                self._begin(bytes(self._view[start:found]))
                start = found + len(END_OF_HEAD)
            taken = min(self._left, end - start)
            self._lines += self._buffer.count(b"\n", start, start + taken)
            start += taken
            self._left -= taken
            if self._left == 0:
                self._answer()
        self._view[: end - start] = bytes(self._view[start:end])
        self._filled = end - start

    def _begin(self, head: bytes) -> None:
        self._request, _, headers = head.lower().partition(b"\r\n")
        lengths = [line[15:] for line in headers.split(b"\r\n") if line.startswith(b"content-length:")]
        self._left, self._lines = int(lengths[0]) if lengths else 0, 0

    def _answer(self) -> None:
        documents = self._lines // 2 if b"/_bulk" in self._request else 0
        self._counted.documents += documents
        self._transport.write(answer_to(self._request, documents, self._counted.documents))


def answer_to(request: bytes, documents: int, total: int) -> bytes:
    """The HTTP answer to a request (its first line in small letters) that brought so many documents of so many."""
    if b"/_bulk" in request:
        return _accepted(documents, b"filter_path" in request, b"items" in request and b"status" in request)
    if b"/_count" in request:
        return _http(b'{"count":%d}' % total)
    if request.startswith(b"get / "):
        return _http(b'{"version":{"distribution":"opensearch","number":"2.19.0"}}')
    return _http(b'{"acknowledged":true}')


@cache
def _accepted(documents: int, filtered: bool, with_items: bool) -> bytes:
    """As OpenSearch answers: an entry for each document, as long as `filter_path` does not leave it out."""
    if not filtered:
        return _http(b'{"took":1,"errors":false,"items":[%b]}' % b",".join([_ITEM] * documents))
    if with_items:
        return _http(b'{"errors":false,"items":[%b]}' % b",".join([_FILTERED_ITEM] * documents))
    return _http(b'{"errors":false}')


def _http(body: bytes) -> bytes:
    return b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%b" % (len(body), body)


async def serve(port: int) -> None:
    """Listen until the process is ended."""
    counted = Counted()
    server = await asyncio.get_running_loop().create_server(lambda: Connection(counted), LOOPBACK, port)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1])))
