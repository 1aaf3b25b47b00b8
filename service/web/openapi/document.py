"""The whole OpenAPI 3.1 document of some domains."""

from collections.abc import Mapping, Sequence
from typing import Any

from litestar import Litestar
from litestar.handlers import HTTPRouteHandler

from service.web.assembly import Domain
from service.web.lean import without_heavy_plugins
from service.web.openapi.facts import Described, Facts, JsonObject
from service.web.openapi.failures import FailureResponses
from service.web.openapi.links import add_links
from service.web.openapi.operations import BEARER, COOKIE, CSRF, Operations, camel
from service.web.openapi.shapes import Contradiction, Shapes

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
SECURITY_SCHEMES: JsonObject = {
    BEARER: {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT",
        "description": "An access or id token of the user pool. A header that is present decides: a bad one is not "
        "rescued by the cookie.",
    },
    COOKIE: {"type": "apiKey", "in": "cookie", "name": "token", "description": "The same token, as a cookie."},
    CSRF: {
        "type": "apiKey",
        "in": "header",
        "name": "X-CSRF-Token",
        "description": "Whoever is signed in by cookie repeats the cookie `XSRF-TOKEN` of `GET /api/csrf` here, unless "
        "the request comes from an allowed `Origin`.",
    },
}
HEADERS: JsonObject = {
    "X-Request-Id": {
        "description": "The request's id, which failures and every log line name, too.",
        "required": True,
        "schema": {"type": "string", "minLength": 1},
    }
}


def handlers_of(domains: Sequence[Domain]) -> list[tuple[str, str, HTTPRouteHandler]]:
    """(path, method, handler) of every route that is part of the API, the paths as the description writes them."""
    with without_heavy_plugins():
        app = Litestar(
            route_handlers=[controller for domain in domains for controller in domain.controllers],
            dependencies={name: provide for domain in domains for name, provide in domain.provided().items()},
            openapi_config=None,
            logging_config=None,
        )
    found = [
        (_written(route.path_format), method, handler)
        for route in app.routes
        for method, (handler, _) in getattr(route, "route_handler_map", {}).items()
        if method in METHODS and handler.resolve_include_in_schema()
    ]
    return sorted(found, key=lambda one: (one[0], METHODS.index(one[1])))


def document(info: JsonObject, servers: Sequence[JsonObject], domains: Sequence[Domain], told: Described) -> JsonObject:
    """The description. Raises Contradiction when the code, or what is told about it, can't be described."""
    shapes, failures = Shapes(told.rules), FailureResponses()
    operations = Operations(shapes, failures)
    paths: dict[str, JsonObject] = {}
    routes = handlers_of(domains)
    _require_facts({str(handler.operation_id) for _, _, handler in routes}, told)
    for path, method, handler in routes:
        facts = told.operations[str(handler.operation_id)]
        paths.setdefault(path, {})[method.lower()] = operations.operation(handler, method, path, facts)
    add_links(paths, told.operations)
    return {
        "openapi": "3.1.0",
        "info": info,
        "servers": list(servers),
        "tags": [{"name": name, "description": text} for name, text in told.tags.items()],
        "paths": paths,
        "components": {
            "schemas": _sorted({**shapes.components, **failures.schemas}),
            "responses": _sorted(failures.components),
            "headers": HEADERS,
            "securitySchemes": SECURITY_SCHEMES,
        },
    }


def merged(described: Sequence[Described]) -> Described:
    """What several domains tell, as one."""
    tags: dict[str, str] = {}
    operations: dict[str, Facts] = {}
    rules: dict[type, JsonObject] = {}
    for one in described:
        tags |= one.tags
        operations |= one.operations
        rules |= one.rules
    return Described(tags=tags, operations=operations, rules=rules)


def _require_facts(operations: set[str], told: Described) -> None:
    """Raises Contradiction unless every operation, and no other, is told about."""
    silent, unknown = sorted(operations - set(told.operations)), sorted(set(told.operations) - operations)
    if silent or unknown:
        raise Contradiction(f"described.py: nothing about {silent}; no operations: {unknown}")


def _written(path: str) -> str:
    return "/".join("{" + camel(part[1:-1]) + "}" if part.startswith("{") else part for part in path.split("/"))


def _sorted(components: Mapping[str, Any]) -> JsonObject:
    return dict(sorted(components.items()))
