"""The request as handlers see it: its user is a Principal, and it knows its own id."""

from collections.abc import Callable
from typing import Any

from litestar import Request
from litestar.datastructures import State

from service.kernel.principal import Principal

ApiRequest = Request[Principal, Any, State]
"""`request.user` is the signed-in Principal on every route that is not marked public."""

REQUEST_ID = "request_id"
"""Where in `scope["state"]` the request's id lies."""


AT_THE_END = "at_the_end"


def at_the_end(scope: Any, work: Callable[[], None]) -> None:
    """Have `work` done when the request is over, however it ends."""
    scope["state"][AT_THE_END].append(work)


def request_id_of(scope: Any) -> str:
    """The id that `web/boundary.py` gave the request."""
    return str(scope.get("state", {}).get(REQUEST_ID, ""))
