"""What the boundary leaves in an ASGI scope for everything inside it; knows no framework."""

from collections.abc import Callable
from typing import Any

REQUEST_ID = "request_id"
"""Where in `scope["state"]` the request's id lies."""
AT_THE_END = "at_the_end"
"""Where in `scope["state"]` lies what is to be done when the request is over."""


def at_the_end(scope: Any, work: Callable[[], None]) -> None:
    """Have `work` done when the request is over, however it ends."""
    scope["state"][AT_THE_END].append(work)


def request_id_of(scope: Any) -> str:
    """The id that `web/boundary.py` gave the request."""
    return str(scope.get("state", {}).get(REQUEST_ID, ""))
