"""Connections of one visitor: kept alive, one for each request under way, perhaps to an address of our own."""

from collections.abc import Callable
from functools import lru_cache
from socket import IPPROTO_TCP, TCP_NODELAY
from typing import Any
from urllib.parse import SplitResult

from gevent.ssl import create_default_context
from geventhttpclient.client import HTTPClient
from geventhttpclient.connectionpool import ConnectionPool, SSLConnectionPool

CONNECT_SECONDS = 5.0
ANSWER_SECONDS = 31.0  # just past the gateway's own limit; of the whole request
BLOCK_BYTES = 65_536
MOST = 10_000  # connections of one visitor at once: never the limit, which is that of all requests under way


@lru_cache(maxsize=4)
def _trusted(cafile: str | None) -> Any:
    """One context for all connections: each one of its own would read all certificates again."""
    return create_default_context(cafile=cafile)


class _Plain(ConnectionPool):
    """Connections without TLS."""

    def after_connect(self, sock: Any) -> None:
        """Small requests are sent at once."""
        sock.setsockopt(IPPROTO_TCP, TCP_NODELAY, 1)


class _Encrypted(SSLConnectionPool):
    """Connections with TLS; the certificate has to be the public name's, wherever they lead."""

    def after_connect(self, sock: Any) -> None:
        """Small requests are sent at once."""
        sock.setsockopt(IPPROTO_TCP, TCP_NODELAY, 1)


def connected(url: SplitResult, address: tuple[str, int] | None, headers: dict[str, str]) -> HTTPClient:
    """A client for the URL's host, whose name it sends as Host and in TLS; connected to `address` if one is given.

    Nothing is sent twice: a request on a connection that the server closes at that very moment counts as unanswered.
    """
    host, https = url.hostname or "", url.scheme == "https"
    port = url.port or (443 if https else 80)
    client = HTTPClient(
        host, url.port, ssl=https, block_size=BLOCK_BYTES, headers=headers, ssl_context_factory=_trusted
    )
    client.close()
    pool: Callable[..., ConnectionPool] = _Encrypted if https else _Plain
    more = {"ssl_context_factory": _trusted} if https else {}
    client._connection_pool = pool(
        *(address or (host, port)),
        host,
        port,
        size=MOST,
        connection_timeout=CONNECT_SECONDS,
        network_timeout=ANSWER_SECONDS,
        **more,
    )
    client._connection_pool.size = -1  # it would try again so many times, and once more
    return client
