"""The whole API as an ASGI application: ECS, local runs, tests of everything at once."""

import asyncio

import service.web.lean  # noqa: F401 - first: it makes Litestar lean
from service.app import create_app
from service.domains.csrf import deps as csrf
from service.domains.docs import deps as docs
from service.domains.gallery import deps as gallery
from service.domains.health import deps as health
from service.domains.moc_files import deps as moc_files
from service.domains.moc_links import deps as moc_links
from service.domains.mocs import deps as mocs
from service.domains.parts_lists import deps as parts_lists
from service.domains.users import deps as users
from service.domains.wishlist import deps as wishlist
from service.entrypoints.start import settle
from service.jobs.periodic import Periodic
from service.runtime import Runtime
from service.telemetry import metrics
from service.web.assembly import Domain
from service.web.boundary import Boundary

DOMAINS = (
    health.domain,
    mocs.domain,
    parts_lists.domain,
    moc_files.domain,
    moc_links.domain,
    users.domain,
    csrf.domain,
    gallery.domain,
    wishlist.domain,
    docs.domain,
)


def build(runtime: Runtime) -> Boundary:
    """The application with every domain on these clients."""

    async def warm_up() -> None:
        """Before the load balancer sends anybody."""
        await runtime.warm_up()
        await asyncio.to_thread(runtime.images.prepare)
        settle(runtime)

    sweep = Periodic("sweep_files", runtime.sweep)
    telling = Periodic("write_metrics", metrics.flush_soon, metrics.FLUSH_SECONDS)
    beside = Domain([], {}, on_startup=[sweep.start, telling.start], on_shutdown=[sweep.stop, telling.stop])
    return create_app(
        runtime,
        [*(domain(runtime) for domain in DOMAINS), beside],
        on_startup=[warm_up],
        on_shutdown=[metrics.flush_soon],
    )
