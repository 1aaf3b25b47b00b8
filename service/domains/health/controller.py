"""The routes that need nobody to be signed in: health, and the root's greeting."""

from litestar import Controller, MediaType, Response, get
from litestar.di import NamedDependency

from service.domains.health.schemas import Health
from service.domains.health.service import HealthService
from service.domains.health.wire import NEVER_STORED, told
from service.web.wire import Ready


class HealthController(Controller):
    """`/health` for load balancers and people; `/` as the old service greeted."""

    path = "/"
    tags = ["health"]
    opt = {"public": True}

    @get("/health", operation_id="healthCheck")
    async def health(self, health: NamedDependency[HealthService]) -> Response[Health]:
        """200 while requests can be answered (healthy, degraded), 503 while they can't."""
        status, body = told(await health.check())
        return Ready(body, status, NEVER_STORED)

    @get("/", operation_id="root", media_type=MediaType.TEXT, include_in_schema=False)
    async def root(self) -> str:
        """What the old service's monitors look for."""
        return "Lego Projects API is running"
