"""Which metrics a dashboard's JSON asks for, read back from it: what is committed is what is checked."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

Key = tuple[str, str, tuple[str, ...]]  # namespace, name, the dimensions' names in order
_SEARCH = re.compile(r"SEARCH\('\{([^,}]+),([^}]+)\} MetricName=\"([^\"]+)\"")


def shown(body: Mapping[str, Any]) -> Iterator[Key]:
    """Every metric of every widget, searched ones too; one may come more than once."""
    for widget in body["widgets"]:
        for row in widget["properties"].get("metrics", ()):
            yield from _of_row(row)


def _of_row(row: list[Any]) -> Iterator[Key]:
    *written, options = row
    if not written:
        for namespace, names, metric in _SEARCH.findall(options["expression"]):
            yield namespace, metric, tuple(sorted(names.split(",")))
        return
    namespace, metric, *dimensions = written
    yield namespace, metric, tuple(sorted(dimensions[::2]))
