"""The whole API as an ASGI application: ECS, local runs, tests of everything at once."""

from service.app import create_app
from service.domains.health import deps as health
from service.domains.mocs import deps as mocs
from service.domains.parts_lists import deps as parts_lists
from service.entrypoints.start import settle, start
from service.kernel.errors import AppError
from service.runtime import Runtime
from service.web.boundary import Boundary


def build(runtime: Runtime) -> Boundary:
    """The application with every domain on these clients."""

    async def warm_up() -> None:
        """Pay for imports and connections before the load balancer sends anybody; nothing of it has to succeed."""
        import opensearchpy  # noqa: F401 - so that the first search need not import it

        await runtime.storage.open()
        try:
            await runtime.database.ping()
        except AppError:
            return  # already logged; it connects when it can
        finally:
            settle()

    domains = [health.domain(runtime), mocs.domain(runtime), parts_lists.domain(runtime)]
    return create_app(runtime, domains, on_startup=[warm_up])


app = build(start())
