"""Is it production that would be loaded? By well-known names, and by what the settings say of their stage. Pure."""

from collections.abc import Iterable
from contextlib import suppress
from urllib.parse import urlsplit

from cutover.core.endpoints import is_loopback

PRODUCTION_HOSTS = frozenset({"api.lego-moc.example.com"})  # known without any settings: the name of infra's stage
PRODUCTION_STAGES = frozenset({"production", "prod", "live"})
SETTINGS_SAY = {"yes": True, "no": False}


def production_host(url: str) -> bool:
    """Whether a base URL is that of a name which is known to be production; a text without a host is not."""
    return is_among(url, PRODUCTION_HOSTS)


def is_production_stage(production: str, stage: str) -> bool:
    """Whether the places of these settings are production: `load.production`, and on auto the stage's name."""
    return SETTINGS_SAY.get(production, stage.lower() in PRODUCTION_STAGES)


def is_production(url: str, address: str, hosts: Iterable[str]) -> bool:
    """Whether a target is production: its URL or the address that is connected to is one of `hosts`, or well known.

    Never one that is connected to on this machine's loopback.
    """
    if is_loopback(f"http://{f'[{address}]' if ':' in address else address}"):
        return False
    known = (*hosts, *PRODUCTION_HOSTS)
    return is_among(url, known) or _is_covered(_bare(address), known)


def is_among(url: str, names: Iterable[str]) -> bool:
    """Whether the URL's host is one of the names; "*.example.com" stands for every name below."""
    try:
        host = _bare(urlsplit(url if "//" in url else f"//{url}").hostname or "")
    except ValueError:
        return False
    return bool(host) and _is_covered(host, names)


def _bare(name: str) -> str:
    """As DNS is asked for it: other dots, wide letters and what is not seen come to the same name."""
    with suppress(UnicodeError):  # what is no name can't be asked for
        name = name.encode("idna").decode("ascii")
    return name.lower().rstrip(".")


def _is_covered(host: str, names: Iterable[str]) -> bool:
    return any(host == name or (name.startswith("*.") and host.endswith(name[1:])) for name in map(_bare, names))
