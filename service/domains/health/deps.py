"""Builds the health service, once for the process."""

from service.domains.health.controller import HealthController
from service.domains.health.service import HealthService
from service.runtime import Runtime
from service.web.assembly import Domain


def build_health_service(runtime: Runtime) -> HealthService:
    """The checks of the runtime's own clients."""
    return HealthService(runtime.database.ping, runtime.cache.ping, runtime.search.ping)


def domain(runtime: Runtime) -> Domain:
    """Health and the root."""
    return Domain([HealthController], {"health": build_health_service(runtime)})
