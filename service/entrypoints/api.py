"""The whole API as an ASGI application: ECS, local runs, tests of everything at once."""

from service.app import create_app
from service.domains.health import deps as health
from service.domains.mocs import deps as mocs
from service.domains.parts_lists import deps as parts_lists
from service.entrypoints.start import settle
from service.runtime import Runtime
from service.web.boundary import Boundary


def build(runtime: Runtime) -> Boundary:
    """The application with every domain on these clients."""

    async def warm_up() -> None:
        """Before the load balancer sends anybody."""
        await runtime.warm_up()
        settle()

    domains = [health.domain(runtime), mocs.domain(runtime), parts_lists.domain(runtime)]
    return create_app(runtime, domains, on_startup=[warm_up])
