"""Builds the CSRF service, once for the process."""

from service.domains.csrf.controller import CsrfController
from service.domains.csrf.service import CsrfService
from service.runtime import Runtime
from service.web.assembly import Domain


def domain(runtime: Runtime) -> Domain:
    """The CSRF route. In development the API is reached by plain http."""
    return Domain([CsrfController], {"csrf": CsrfService(secure=runtime.settings.stage != "development")})
