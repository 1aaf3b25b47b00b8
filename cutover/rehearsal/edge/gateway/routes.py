"""Which route of an HTTP API takes a request. Pure."""

import re
from dataclasses import dataclass

METHODS = frozenset({"ANY", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"})
DEFAULT_ROUTE = "$default"
_VARIABLE = re.compile(r"^\{(\w+)(\+?)\}$")


class BadRoute(Exception):
    """A route key is not one that an HTTP API would take; the message names it."""


@dataclass(frozen=True, slots=True)
class Match:
    """The route that takes a request: its key, its function, and what its path variables stand for."""

    route_key: str
    function_name: str
    path_parameters: dict[str, str]


@dataclass(frozen=True, slots=True)
class _Route:
    key: str
    function_name: str
    method: str
    segments: tuple[str, ...]
    variables: tuple[str | None, ...]  # the variable's name where a segment is one
    greedy: bool

    def rank(self) -> tuple[object, ...]:
        """Smaller is more specific: full before greedy matches, fixed text before variables, a method before ANY."""
        shape = tuple(variable is not None for variable in self.variables)
        return (self.greedy, shape, -len(self.segments), self.method == "ANY")


class RouteTable:
    """The routes of one API; raises `BadRoute` for a key that is malformed or there twice."""

    def __init__(self, routes: list[tuple[str, str]]) -> None:
        """`routes` are pairs of route key (`GET /pets/{id}`, `ANY /{proxy+}`, `$default`) and function name."""
        self._default: str | None = None
        keys = [key for key, _ in routes]
        twice = sorted({key for key in keys if keys.count(key) > 1})
        if twice:
            raise BadRoute(f"routes given twice: {', '.join(twice)}")
        parsed: list[_Route] = []
        for key, function_name in routes:
            if key == DEFAULT_ROUTE:
                self._default = function_name
            else:
                parsed.append(_parse(key, function_name))
        self._routes = sorted(parsed, key=_Route.rank)

    def match(self, method: str, path: str) -> Match | None:
        """The most specific route for this decoded path, as HTTP APIs choose it: full match, greedy match, $default.

        A trailing slash is a segment of its own, and empty: no fixed text and no variable stands for it.
        """
        wanted = path[1:].split("/") if path.startswith("/") else [path]
        for route in self._routes:
            if route.method in ("ANY", method):
                parameters = _parameters(route, wanted)
                if parameters is not None:
                    return Match(route.key, route.function_name, parameters)
        return None if self._default is None else Match(DEFAULT_ROUTE, self._default, {})


def _parse(key: str, function_name: str) -> _Route:
    method, _, path = key.partition(" ")
    if method not in METHODS or not path.startswith("/"):
        raise BadRoute(f"route {key!r} is not of the form 'METHOD /path'")
    segments = tuple(path[1:].split("/"))
    found = [_VARIABLE.match(segment) for segment in segments]
    greedy = [bool(match and match[2]) for match in found]
    if any(greedy[:-1]):
        raise BadRoute(f"route {key!r}: a greedy variable must end the path")
    variables = tuple(match[1] if match else None for match in found)
    return _Route(key, function_name, method, segments, variables, greedy[-1])


def _parameters(route: _Route, wanted: list[str]) -> dict[str, str] | None:
    count = len(route.segments)
    if len(wanted) < count or (len(wanted) > count and not route.greedy):
        return None
    if route.greedy:
        wanted = [*wanted[: count - 1], "/".join(wanted[count - 1 :])]
    parameters: dict[str, str] = {}
    for segment, variable, text in zip(route.segments, route.variables, wanted, strict=True):
        if variable is None:
            if segment != text:
                return None
        elif not text:
            return None
        else:
            parameters[variable] = text
    return parameters
