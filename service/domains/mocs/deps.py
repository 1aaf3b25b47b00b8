"""Builds the MOC service, once for the process."""

from datetime import UTC, datetime

from service.domains.mocs.controller import MocController
from service.domains.mocs.repository import MocRepository
from service.domains.mocs.service import MocService
from service.runtime import Runtime
from service.web.assembly import Domain


def build_moc_service(runtime: Runtime) -> MocService:
    """The service on the runtime's clients; it holds no state of any request."""
    return MocService(
        mocs=MocRepository(runtime.database),
        cache=runtime.aside,
        writes=runtime.writes,
        index=runtime.index,
        files=runtime.files,
        this_year=lambda: datetime.now(UTC).year,
    )


def domain(runtime: Runtime) -> Domain:
    """The MOC routes."""
    return Domain([MocController], {"mocs": build_moc_service(runtime)})
