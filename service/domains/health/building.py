"""Builds the health service, once for the process."""

from service.domains.health.service import HealthService
from service.runtime import Runtime


def build_health_service(runtime: Runtime) -> HealthService:
    """The checks of the runtime's own clients."""
    return HealthService(runtime.database.ping, runtime.cache.ping, runtime.search.ping)
