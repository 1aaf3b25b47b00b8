"""The one place where the Litestar application is assembled."""

from collections.abc import Sequence

from litestar import Litestar
from litestar.datastructures import State
from litestar.middleware import DefineMiddleware

from service.runtime import Runtime
from service.web.assembly import Domain, Hook
from service.web.auth import METHODS, Authenticated
from service.web.boundary import Boundary
from service.web.cors import Cors
from service.web.errors import EXCEPTION_HANDLERS
from service.web.forms import UPLOAD_MEMORY
from service.web.lean import without_heavy_plugins
from service.web.memory import UploadMemory

MAX_JSON_BYTES = 1024 * 1024
MAX_FORM_PARTS = 100


def create_app(
    runtime: Runtime, domains: Sequence[Domain], on_startup: Sequence[Hook] = (), on_shutdown: Sequence[Hook] = ()
) -> Boundary:
    """The ASGI application of these domains. A server's lifespan runs the hooks; Lambda runs none.

    Those `on_shutdown` come last of all, when what was under way has ended.
    """
    controllers = [controller for domain in domains for controller in domain.controllers]
    dependencies = {name: provide for domain in domains for name, provide in domain.provided().items()}
    starting = [*on_startup, *(hook for domain in domains for hook in domain.on_startup)]
    stopping = [*(hook for domain in domains for hook in domain.on_shutdown), runtime.close, *on_shutdown]
    settings = runtime.settings
    with without_heavy_plugins():
        app = Litestar(
            route_handlers=controllers,
            dependencies=dependencies,
            middleware=[_authentication(runtime)],
            exception_handlers=EXCEPTION_HANDLERS,
            on_startup=starting,
            on_shutdown=stopping,
            openapi_config=None,
            logging_config=None,
            state=State({UPLOAD_MEMORY: UploadMemory()}),
            request_max_body_size=MAX_JSON_BYTES,
            multipart_form_part_limit=MAX_FORM_PARTS,
        )
    _note_methods(app)
    return Boundary(app, Cors(settings.allowed_origins), settings.log_sample)


def _note_methods(app: Litestar) -> None:
    """Let OPTIONS name every method of a path: Litestar's own handler knows those of the path's first route alone."""
    for route in app.routes:
        handler, _ = getattr(route, "route_handler_map", {}).get("OPTIONS", (None, None))
        if handler is not None:
            handler.opt[METHODS] = ", ".join(sorted(route.methods))


def _authentication(runtime: Runtime) -> DefineMiddleware:
    return DefineMiddleware(Authenticated, tokens=runtime.tokens, allowed_origins=runtime.settings.allowed_origins)
