"""The Lambda function of the health route: a probe is answered before Litestar is even loaded."""

from typing import Any

from service.domains.health.building import build_health_service
from service.domains.health.probe import Probe, is_probe
from service.entrypoints.lambda_adapter import http_handler
from service.runtime import Runtime
from service.web.boundary import Boundary
from service.web.cors import Cors
from service.web.dispatch import Either, Lazily


def _application(runtime: Runtime) -> Either:
    settings = runtime.settings
    probe = Boundary(Probe(build_health_service(runtime)), Cors(settings.allowed_origins), settings.log_sample)
    return Either(is_probe, probe, Lazily(lambda: _the_rest(runtime), now=settings.eager))


def _the_rest(runtime: Runtime) -> Any:
    import service.web.lean  # noqa: F401 - first: it makes Litestar lean
    from service.domains.health.deps import domain
    from service.entrypoints.assembled import application_of

    return application_of(domain)(runtime)


handler = http_handler(_application)
