"""The request as handlers see it: its user is a Principal, and it knows its own id."""

from typing import Any

from litestar import Request
from litestar.datastructures import State

from service.kernel.principal import Principal

ApiRequest = Request[Principal, Any, State]
"""`request.user` is the signed-in Principal on every route that is not marked public."""

REQUEST_ID = "request_id"
"""Where in `scope["state"]` the request's id lies."""


def request_id_of(scope: Any) -> str:
    """The id that `web/boundary.py` gave the request."""
    return str(scope.get("state", {}).get(REQUEST_ID, ""))
