"""`cutover.toml` as text: every key with its meaning, what is known filled in, every default as a comment."""

import json
import sys
from collections.abc import Iterator, Mapping
from typing import Any

from cutover.settings_docs import REQUIRED, Key, Table, tables

HEAD = """\
# What `cutover` must be told. A key behind a `#` has the value that it has anyway: take the `#` away to change it.
"""
EXAMPLES: Mapping[str, Any] = {
    "name": "api.example.com",
    "hosted_zone_id": "Z0123456789ABCDEFGHIJ",
    "ecs.load_balancer": "app/api/50dc6c495c0c9188",
    "lambda.api_id": "a1b2c3d4e5",
}
"""Values for the keys that have no default."""


def settings_text(known: Mapping[str, Any], hints: Mapping[str, str], head: str = HEAD) -> str:
    """The file. `known` and `hints` (how to find what is not known) are by dotted keys, such as ecs.cluster."""
    parts = ["\n".join([*_commented(head), ""])]
    for table in tables():
        parts.append("\n".join(_table(table, known, hints)))
    return "\n".join(parts)


def example() -> str:
    """The file with every default, and examples for what has none."""
    return settings_text(EXAMPLES, {})


def main() -> None:
    """Write the example to standard output; a test holds runbooks/cutover.example.toml to it."""
    sys.stdout.write(example())


def spelled(value: Any) -> str:
    """A value in TOML."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, tuple | list):
        return f"[{', '.join(spelled(one) for one in value)}]"
    if isinstance(value, dict):
        return f"{{ {', '.join(f'{spelled(key)} = {spelled(one)}' for key, one in value.items())} }}" if value else "{}"
    # JSON's strings are TOML's basic ones, but for a character that JSON leaves as it is.
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f") if isinstance(value, str) else repr(value)


def _commented(text: str) -> list[str]:
    return [line if not line or line.startswith("#") else f"# {line}" for line in text.strip().splitlines()]


def _table(table: Table, known: Mapping[str, Any], hints: Mapping[str, str]) -> Iterator[str]:
    if table.rows is not None:
        yield from _rows(table)
        return
    if table.name:
        yield from _commented(table.meaning)
        yield f"[{table.name}]"
    for key in table.keys:
        dotted = f"{table.name}.{key.name}".lstrip(".")
        yield _line(key, known[dotted]) if dotted in known else _unknown(key)
        if dotted in hints:
            yield f"# to find {key.name}: {hints[dotted]}"
    yield ""


def _line(key: Key, value: Any) -> str:
    return f"{key.name} = {spelled(value)}  # {key.meaning}"


def _unknown(key: Key) -> str:
    return f"# {_line(key, '' if key.default is REQUIRED else key.default)}"


def _rows(table: Table) -> Iterator[str]:
    yield from _commented(table.meaning)
    meanings = {key.name: key.meaning for key in table.keys}
    for number, row in enumerate(table.rows or ()):
        yield f"# [[{table.name}]]"
        for name, value in row.items():
            meaning = f"  # {meanings[name]}" if number == 0 else ""
            yield f"# {name} = {spelled(value)}{meaning}"
    yield ""


if __name__ == "__main__":
    main()
