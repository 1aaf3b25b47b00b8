"""Which pages of other origins may call, and what they may read; on every answer, failures included. Pure."""

from collections.abc import Iterable, Sequence

Header = tuple[bytes, bytes]

METHODS = "GET, POST, PUT, PATCH, DELETE, OPTIONS"
REQUEST_HEADERS = "Content-Type, Authorization, X-Requested-With, X-CSRF-Token, Cache-Control"
EXPOSED_HEADERS = "X-Request-Id, Retry-After"
MAX_AGE_SECONDS = 3600


class Cors:
    """The answers' headers for the allowed origins; another origin gets none, so its browser refuses."""

    def __init__(self, allowed_origins: Sequence[str]) -> None:
        self._allowed = frozenset(origin.encode() for origin in allowed_origins)

    def answer_headers(self, origin: bytes | None) -> list[Header]:
        """What an answer to this origin carries."""
        if origin is None:
            return []
        vary: Header = (b"vary", b"Origin")
        if origin not in self._allowed:
            return [vary]
        return [
            vary,
            (b"access-control-allow-origin", origin),
            (b"access-control-allow-credentials", b"true"),
            (b"access-control-expose-headers", EXPOSED_HEADERS.encode()),
        ]

    def preflight_headers(self, origin: bytes) -> list[Header]:
        """What the answer to a preflight carries beside what every answer does."""
        if origin not in self._allowed:
            return []
        return [
            (b"access-control-allow-methods", METHODS.encode()),
            (b"access-control-allow-headers", REQUEST_HEADERS.encode()),
            (b"access-control-max-age", str(MAX_AGE_SECONDS).encode()),
        ]


def preflight_origin(method: str, headers: Sequence[Header]) -> bytes | None:
    """The origin that asks for leave, if this request is a preflight."""
    if method != "OPTIONS" or header(headers, b"access-control-request-method") is None:
        return None
    return header(headers, b"origin")


def header(headers: Sequence[Header], name: bytes) -> bytes | None:
    """The header of that lower-case name."""
    for key, value in headers:
        if key == name:
            return value
    return None


def joined(headers: Iterable[Header]) -> list[Header]:
    """One header of each name; those that came twice are joined as API Gateway joins them: either side judges alike."""
    found = list(headers)
    if len(dict(found)) == len(found):
        return found
    values: dict[bytes, bytes] = {}
    for name, value in found:
        if name in values:
            value = values[name] + (b"; " if name == b"cookie" else b",") + value  # noqa: PLW2901
        values[name] = value
    return list(values.items())
