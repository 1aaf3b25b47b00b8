"""Links: which later requests can take their path parameters, or their body, from an answer. Pure."""

import re
from collections.abc import Mapping

from service.web.openapi.facts import Facts, JsonObject

_VARIABLE = re.compile(r"\{(\w+)\}")


def add_links(paths: Mapping[str, JsonObject], facts: Mapping[str, Facts]) -> None:
    """Add to each operation that gives or feeds something its links."""
    targets = {
        operation["operationId"]: set(_VARIABLE.findall(path))
        for path, item in paths.items()
        for operation in item.values()
    }
    for path, item in paths.items():
        for operation in item.values():
            told = facts[operation["operationId"]]
            links = {**_given(set(_VARIABLE.findall(path)), told.gives, targets), **_fed(told.feeds)}
            if links:
                success = next(status for status in operation["responses"] if status.startswith("2"))
                operation["responses"][success]["links"] = links


def _given(own: set[str], given: Mapping[str, str], targets: Mapping[str, set[str]]) -> JsonObject:
    known = {name: f"$request.path.{name}" for name in own}
    known |= {name: f"$response.body#{pointer}" for name, pointer in given.items()}
    return {
        target: {"operationId": target, "parameters": {name: known[name] for name in sorted(wanted)}}
        for target, wanted in targets.items()
        if wanted & set(given) and wanted <= set(known)
    }


def _fed(feeds: Mapping[str, JsonObject]) -> JsonObject:
    return {target: {"operationId": target, "requestBody": body} for target, body in feeds.items()}
