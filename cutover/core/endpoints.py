"""Places on the network as settings write them: a URL on loopback, host:port."""

import re
from ipaddress import ip_address
from urllib.parse import urlsplit

AWS_DOMAINS = ".es.amazonaws.com"
_SERVER = re.compile(r"(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9._-]+)):([0-9]{1,5})", re.ASCII)


def is_loopback(url: str) -> bool:
    """Whether it is an HTTP URL whose host is this machine's loopback."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        return False
    if parts.scheme not in {"http", "https"}:
        return False
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def url_of_domain(endpoint: str) -> str:
    """The URL of a search cluster that is named by a URL, or by its host alone: Amazon's domains are asked by TLS."""
    if "://" in endpoint:
        return endpoint
    return f"{'https' if is_on_aws(endpoint) else 'http'}://{endpoint}"


def is_on_aws(endpoint: str) -> bool:
    """Whether it is a domain of Amazon OpenSearch Service, whose requests are signed."""
    host = urlsplit(endpoint if "://" in endpoint else f"//{endpoint}").hostname or ""
    return host.endswith(AWS_DOMAINS)


def host_and_port(server: str) -> tuple[str, int] | None:
    """The two parts of host:port or [address]:port; None if that is not what it is."""
    match = _SERVER.fullmatch(server)
    if match is None or not 1 <= int(match[3]) <= 65_535:
        return None
    return match[1] or match[2], int(match[3])
