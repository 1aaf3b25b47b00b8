"""The request as handlers see it: its user is a Principal."""

from typing import Any

from litestar import Request
from litestar.datastructures import State

from service.kernel.principal import Principal

ApiRequest = Request[Principal, Any, State]
"""`request.user` is the signed-in Principal on every route that is not marked public."""
