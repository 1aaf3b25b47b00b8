"""Asking over HTTP: where to, and what came back, whatever that was."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from urllib.parse import urlsplit

from cutover.core.endpoints import is_loopback, url_of_domain

PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Place:
    """Where to connect, and the public name to ask for there (SNI and Host); `prefix` comes before every path."""

    scheme: str
    host: str
    port: int
    name: str
    prefix: str = ""

    @property
    def server_name(self) -> str:
        """The name that TLS asks for and that the certificate must be for: the public name without a port."""
        return urlsplit(f"//{self.name}").hostname or self.name

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        port = "" if self.port == PORTS[self.scheme] else f":{self.port}"
        return f"{self.scheme}://{host}{port}{self.prefix}"


class Trouble(StrEnum):
    """Why there is no answer."""

    UNRESOLVED = "no address"
    REFUSED = "connection refused"
    TIMEOUT = "timeout"
    CERTIFICATE = "wrong certificate"
    TLS = "TLS failed"
    BROKEN = "connection broken"
    TOO_LARGE = "answer too large"


@dataclass(frozen=True, slots=True)
class Heard:
    """One question's end: an answer, or `trouble` with its `detail`. Header names are in lower case."""

    elapsed_ms: float
    status: int | None = None
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    certificate_until: datetime | None = None
    trouble: Trouble | None = None
    detail: str = ""

    def header(self, name: str) -> str:
        """A header's value, empty if it is not there; several are joined as HTTP joins them."""
        return ", ".join(value for key, value in self.headers if key == name)


def place_of(url: str, name: str = "") -> Place:
    """The place of a base URL. `name` stands for the URL's own host in SNI and Host. Raises ValueError in words."""
    try:
        parts = urlsplit(url)
        port, host = parts.port, parts.hostname or ""
    except ValueError as error:
        raise ValueError(f"{url!r} is not a URL: {error}") from error
    if parts.scheme not in PORTS or not host or not url.isascii() or any(char in url for char in " \r\n\t\\"):
        raise ValueError(f"{url!r} is not a URL such as https://api.example.com")
    if parts.username is not None or parts.query or parts.fragment:
        raise ValueError(f"{parts.scheme}://{host} must come without user, query and fragment")
    if parts.scheme == "http" and not is_loopback(url):
        raise ValueError(f"{url!r} must be https: plain http is for this machine's loopback only")
    own = host if port is None else parts.netloc.lower()
    return Place(parts.scheme, host, port or PORTS[parts.scheme], name or own, parts.path.rstrip("/"))


def domain_problem(endpoint: str) -> str:
    """What is wrong with the address of a search cluster, in words; empty: nothing, or there is none."""
    url = url_of_domain(endpoint) if endpoint else ""
    try:
        if "://" not in endpoint and urlsplit(url).scheme == "http" and not is_loopback(url) and " " not in url:
            return f"write https://{endpoint}: plain http is for this machine's loopback only"
        prefix = place_of(url).prefix if url else ""
    except ValueError as error:
        return str(error)
    return f"leave out the path {prefix!r}: the cluster is asked at its root" if prefix else ""
