"""What the health domain brings to the application."""

from service.domains.health.building import build_health_service
from service.domains.health.controller import HealthController
from service.runtime import Runtime
from service.web.assembly import Domain


def domain(runtime: Runtime) -> Domain:
    """Health and the root."""
    return Domain([HealthController], {"health": build_health_service(runtime)})
