"""The limit of what can be had: bodies that are ready in a file, over raw connections, without a database.

`python -m tests.benchmarks.reindex.ready_made FILE`, by OPENSEARCH_ENDPOINT. In the file each body follows a line with
its length.
"""

import http.client
import os
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from service.search.indices import MOCS

CONNECTIONS = 4
TIMEOUT_SECONDS = 600
_PATH = f"/{MOCS}/_bulk?filter_path=errors"


def bodies(path: Path) -> Iterator[bytes]:
    """The bodies in a file, in their order."""
    with path.open("rb") as file:
        while length := file.readline():
            yield file.read(int(length))


def framed(body: bytes) -> bytes:
    """A body as the file has it."""
    return b"%d\n%b" % (len(body), body)


class Sending:
    """Bodies that several threads send, each on a connection of its own."""

    def __init__(self, url: str, waiting: Iterator[bytes]) -> None:
        self._host = urlsplit(url).netloc
        self._waiting = waiting
        self._turn = threading.Lock()
        self.failures: list[str] = []

    def send(self) -> None:
        """Send until nothing waits."""
        connection = http.client.HTTPConnection(self._host, timeout=TIMEOUT_SECONDS)
        while body := self._next():
            connection.request("POST", _PATH, body, {"Content-Type": "application/x-ndjson"})
            answer = connection.getresponse().read()
            if b'"errors":false' not in answer:
                self.failures.append(answer.decode(errors="replace")[:500])
                return
        connection.close()

    def _next(self) -> bytes:
        with self._turn:
            return next(self._waiting, b"")


def main() -> None:
    """Send the file."""
    sending = Sending(os.environ["OPENSEARCH_ENDPOINT"], bodies(Path(sys.argv[1])))
    threads = [threading.Thread(target=sending.send) for _ in range(CONNECTIONS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if sending.failures:
        raise SystemExit(f"not indexed: {sending.failures[0]}")


if __name__ == "__main__":
    main()
