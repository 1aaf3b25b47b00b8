"""A reverse proxy that changes nothing: bytes and headers go through as they come."""

from aiohttp import ClientError, ClientSession, ClientTimeout, DummyCookieJar, TCPConnector
from aiohttp.web import Request, Response, StreamResponse
from multidict import CIMultiDict, CIMultiDictProxy
from yarl import URL

# They belong to one connection (RFC 9110, 7.6.1), or were dealt with by the server that took the request.
_ONE_HOP = frozenset(
    {
        "connection", "expect", "keep-alive", "proxy-authenticate", "proxy-authorization", "te", "trailer",
        "transfer-encoding", "upgrade",
    }
)  # fmt: skip
_OWN_HEADERS = ("Accept", "Accept-Encoding", "Content-Type", "User-Agent")  # not to be added by the client
_CHUNK_BYTES = 64 * 1024


class Proxy:
    """Keeps connections to the upstreams open; `close` it."""

    def __init__(self, *, connect_seconds: float = 5.0, read_seconds: float = 60.0) -> None:
        self._session = ClientSession(
            connector=TCPConnector(limit=0),
            timeout=ClientTimeout(total=None, sock_connect=connect_seconds, sock_read=read_seconds),
            cookie_jar=DummyCookieJar(),
            auto_decompress=False,
            skip_auto_headers=_OWN_HEADERS,
        )

    async def close(self) -> None:
        """Close every connection."""
        await self._session.close()

    async def forward(self, request: Request, base_url: str, body: bytes | None = None) -> StreamResponse:
        """Send the request to the same path at `base_url` and its answer back; 503 if that does not answer.

        `body`: the request's, where somebody has read it already.
        """
        response: StreamResponse | None = None
        try:
            async with self._session.request(
                request.method,
                URL(base_url.rstrip("/") + request.raw_path, encoded=True),
                headers=_through(request.headers),
                data=body if body is not None else request.content if request.can_read_body else None,
                allow_redirects=False,
            ) as upstream:
                response = StreamResponse(status=upstream.status, headers=_through(upstream.headers))
                await response.prepare(request)
                async for chunk in upstream.content.iter_chunked(_CHUNK_BYTES):
                    await response.write(chunk)
                await response.write_eof()
                return response
        except (ClientError, TimeoutError) as error:
            if response is None:
                return Response(status=503, text=f"{base_url} did not answer: {type(error).__name__}")
            if request.transport is not None:
                request.transport.abort()  # half an answer must not look like a whole one
            return response


def _through(headers: CIMultiDictProxy[str]) -> CIMultiDict[str]:
    return CIMultiDict((name, value) for name, value in headers.items() if name.lower() not in _ONE_HOP)
