"""Which requests to compare: as people write them, from a description of the API, from a load balancer's log."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from cutover.core.mismatch import Asked

METHODS = ("GET", "HEAD")
_REQUEST = re.compile(r'(?:([A-Z]+) +)?(/[!"$-~]*|/)', re.ASCII)  # printable, no `#`: that never reaches a server
_PARAMETER = re.compile(r"\{([^{}]+)\}")
_LOGGED = re.compile(r'^\S+ \S+ \S+ (?:\S+ ){9}"([A-Z]+) (\S+) [^"]*"', re.ASCII)

Ask = Callable[[str], Any]
"""The JSON value that the baseline answers a GET of this path with; None without one."""


def parse_request(text: str) -> Asked:
    """A path, or a method and a path. Raises ValueError for all else, and for methods that change something."""
    match = _REQUEST.fullmatch(text.strip())
    if match is None or match[2].startswith("//"):
        raise ValueError(f"{text!r} is not a path such as /api/mocs?page=2")
    method = match[1] or "GET"
    if method not in METHODS:
        raise ValueError(f"{method} {match[2]}: only GET and HEAD are compared, because they change nothing")
    return Asked(method, match[2], match[2])


@dataclass(frozen=True, slots=True)
class Operation:
    """A GET of a description: its path's template, and a value for each query parameter that it can't do without."""

    template: str
    query: Mapping[str, Any]


def operations(document: Any) -> tuple[list[Operation], list[str]]:
    """The GETs of an OpenAPI document, and why others are left out. Raises ValueError if it is none."""
    paths = document.get("paths") if isinstance(document, dict) else None
    if not isinstance(paths, dict) or "openapi" not in document:
        raise ValueError("it has no `openapi` and `paths`: it is no OpenAPI 3 description")
    found, left_out = [], []
    for template, item in paths.items():
        if not isinstance(item, dict) or not isinstance(item.get("get"), dict):
            continue
        parameters = [*item.get("parameters", []), *item["get"].get("parameters", [])]
        needed = [one for one in parameters if one.get("in") == "query" and one.get("required")]
        query = {str(one["name"]): _example(one) for one in needed}
        if missing := [name for name, value in query.items() if value is None]:
            left_out.append(f"GET {template}: there is no example for {', '.join(missing)}")
        else:
            found.append(Operation(str(template), query))
    return found, left_out


def filled(operation: Operation, ask: Ask) -> Asked | None:
    """The request, with ids that the baseline's own answers name in place of the path's parameters; None without."""
    path = ""
    for segment in operation.template.strip("/").split("/"):
        if not _PARAMETER.search(segment):
            path = f"{path}/{segment}"
            continue
        found = next(_ids(path, ask), None)
        if found is None:
            return None
        path = f"{path}/{_PARAMETER.sub(lambda _, id_=found: quote(id_, safe=''), segment)}"  # type: ignore[misc]
    query = f"?{urlencode(operation.query)}" if operation.query else ""
    return Asked("GET", path + query, operation.template)


def logged(lines: Iterable[str], most: int) -> tuple[list[Asked], int]:
    """The most frequent GETs of an Application Load Balancer's access log, each once; and how many lines are none."""
    seen: Counter[str] = Counter()
    others = 0
    for line in lines:
        match = _LOGGED.match(line)
        path = _path_of(match[2]) if match and match[1] == "GET" else ""
        try:
            seen[parse_request(path).path] += 1
        except ValueError:
            others += 1
    return [parse_request(path) for path, _ in seen.most_common(most)], others


def _path_of(url: str) -> str:
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    return f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"


def _example(parameter: Mapping[str, Any]) -> Any:
    schema = parameter.get("schema", {})
    named = [parameter.get("example"), schema.get("default"), *schema.get("examples", []), *schema.get("enum", [])]
    return next((value for value in named if value is not None), None)


def _ids(prefix: str, ask: Ask) -> Iterator[str]:
    """Ids of a collection: from its own list, or from the list of that name in the answer of what it belongs to."""
    yield from _named_in(ask(prefix))
    parent, _, collection = prefix.rpartition("/")
    first, *others = collection.split("-")
    name = first + "".join(word.capitalize() for word in others)
    if parent:
        for found in _values_of(ask(parent), name):
            yield from _named_in(found)


def _named_in(value: Any) -> Iterator[str]:
    """The ids of the first list of objects with ids in it, outermost first."""
    level = [value]
    while level:
        for one in level:
            if isinstance(one, list) and (ids := [e["id"] for e in one if isinstance(e, dict) and "id" in e]):
                yield from (str(id_) for id_ in ids)
                return
        level = [inner for one in level if isinstance(one, dict) for inner in one.values()]


def _values_of(value: Any, name: str) -> Iterator[Any]:
    if isinstance(value, dict):
        if name in value:
            yield value[name]
        for inner in value.values():
            yield from _values_of(inner, name)
