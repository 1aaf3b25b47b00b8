"""Litestar applications of some domains. Whoever imports this imports `service.web.lean` first."""

from collections.abc import Callable

from service.app import create_app
from service.runtime import Runtime
from service.web.assembly import Domain
from service.web.boundary import Boundary

Application = Callable[[Runtime], Boundary]


def application_of(*domains: Callable[[Runtime], Domain]) -> Application:
    """Makes the application that serves these domains."""
    return lambda runtime: create_app(runtime, [make(runtime) for make in domains])
