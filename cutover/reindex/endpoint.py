"""Where the search cluster listens, from what a person writes. Pure."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from cutover.core.endpoints import url_of_domain


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where the cluster listens. `host`: as the Host header has it; `prefix`: of every path, no slash at its end."""

    address: str
    port: int
    tls: bool
    host: str
    prefix: str = ""

    @property
    def url(self) -> str:
        """The endpoint as a URL, without any path."""
        return f"{'https' if self.tls else 'http'}://{self.host}"


def endpoint_of(text: str) -> Endpoint:
    """The endpoint that a URL, or a domain's `host[:port]`, stands for. Raises ValueError with what is wrong."""
    parts = urlsplit(url_of_domain(text))
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        raise ValueError("the search endpoint has to be a URL such as https://HOST, or a domain's HOST")
    if parts.username is not None or parts.password is not None:
        raise ValueError("the search endpoint must not hold a name and password: requests are signed instead")
    tls = parts.scheme == "https"
    usual = 443 if tls else 80
    port = usual if parts.port is None else parts.port
    name = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    host = name if port == usual else f"{name}:{port}"
    return Endpoint(parts.hostname, port, tls, host, parts.path.rstrip("/"))
