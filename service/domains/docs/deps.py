"""Builds what shows the description, once for the process."""

from service.domains.docs.controller import DocsController
from service.domains.docs.service import Docs
from service.runtime import Runtime
from service.web.assembly import Domain


def domain(runtime: Runtime) -> Domain:
    """The page and the description; in production there is no such route."""
    if runtime.settings.stage == "production":
        return Domain([], {})
    return Domain([DocsController], {"docs": Docs()})
