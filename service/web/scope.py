"""What the boundary leaves in an ASGI scope for everything inside it; knows no framework."""

from collections.abc import Callable, Mapping
from typing import Any

REQUEST_ID = "request_id"
"""Where in `scope["state"]` the request's id lies."""
AT_THE_END = "at_the_end"
"""Where in `scope["state"]` lies what is to be done when the request is over."""


ROUTE = "path_template"
"""Where in a scope Litestar leaves the template of the route, such as `/api/mocs/{moc_id}`."""
UNMATCHED = "unmatched"


def route_of(scope: Mapping[str, Any]) -> str:
    """The route's template, never the path: that may hold anything. `unmatched` until one is found."""
    return str(scope.get(ROUTE) or UNMATCHED)


def at_the_end(scope: Any, work: Callable[[], None]) -> None:
    """Have `work` done when the request is over, however it ends."""
    scope["state"][AT_THE_END].append(work)


def request_id_of(scope: Any) -> str:
    """The id that `web/boundary.py` gave the request."""
    return str(scope.get("state", {}).get(REQUEST_ID, ""))
