"""The Lambda function of the MOC routes, and of what no other function's route takes.

That is why it knows every other domain, too: `/health/` and `/api/images/` are no routes of the gateway's, and answered
on ECS. Hardly anybody asks for them, so nobody's first MOC waits for them.
"""

from collections.abc import Mapping
from typing import Any

import service.web.lean  # noqa: F401 - first: it makes Litestar lean
from service.domains.mocs.deps import domain as mocs
from service.entrypoints.assembled import application_of
from service.entrypoints.lambda_adapter import http_handler
from service.runtime import Runtime
from service.web.dispatch import Either, Lazily

MOCS = "/api/mocs"


def _is_of_mocs(scope: Mapping[str, Any]) -> bool:
    path = str(scope.get("path", ""))
    return path == MOCS or path.startswith(f"{MOCS}/")


def _application(runtime: Runtime) -> Either:
    rest = Lazily(lambda: _the_rest(runtime), now=runtime.settings.eager)
    return Either(_is_of_mocs, application_of(mocs)(runtime), rest)


def _the_rest(runtime: Runtime) -> Any:
    from service.domains.csrf.deps import domain as csrf
    from service.domains.docs.deps import domain as docs
    from service.domains.gallery.deps import domain as gallery
    from service.domains.health.deps import domain as health
    from service.domains.users.deps import domain as users
    from service.domains.wishlist.deps import domain as wishlist

    return application_of(health, csrf, docs, gallery, wishlist, users)(runtime)


handler = http_handler(_application)
