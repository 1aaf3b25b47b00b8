"""Whether an index has the mapping that it should have, however the cluster spells it."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

# What a cluster may leave out or write out: these are what holds without them.
_DEFAULTS = frozenset({("analyzer", "standard"), ("index", "true"), ("doc_values", "true"), ("type", "object")})
# What else, at the top of a mapping, makes documents unreadable or unwritable: a template may have put it there.
_TOP = ("dynamic", "_source", "_routing")


def mapping_differences(wanted: Mapping[str, Any], found: Mapping[str, Any]) -> Sequence[str]:
    """What is other than it should be, a sentence each; empty: nothing. Of `_meta` only `schema` counts."""
    left, right = dict(_flat(wanted)), dict(_flat(found))
    return [
        f"{name}: {right.get(name, 'nothing')}, not {left.get(name, 'nothing')}"
        for name in sorted(left.keys() | right.keys())
        if left.get(name) != right.get(name)
    ]


def _flat(mapping: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    yield "_meta.schema", _spelled(mapping.get("_meta", {}).get("schema", ""))
    yield from ((name, _spelled(mapping[name])) for name in _TOP if name in mapping)
    yield from _fields(mapping.get("properties", {}), "")


def _fields(properties: Mapping[str, Any], prefix: str) -> Iterator[tuple[str, str]]:
    for name, field in properties.items():
        told = {key: _spelled(value) for key, value in field.items() if key not in {"fields", "properties"}}
        kept = {"type": "object"} | {key: value for key, value in told.items() if (key, value) not in _DEFAULTS}
        yield prefix + name, ", ".join(f"{key} {value}" for key, value in sorted(kept.items()))
        for inner in ("fields", "properties"):
            yield from _fields(field.get(inner, {}), f"{prefix}{name}.")


def _spelled(value: Any) -> str:
    """As text, since a cluster answers true as true or as "true"."""
    if isinstance(value, Mapping):
        return ", ".join(f"{key}={_spelled(one)}" for key, one in sorted(value.items()))
    return str(value).lower() if isinstance(value, bool) else str(value)
