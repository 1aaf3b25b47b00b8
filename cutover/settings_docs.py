"""Every key of `cutover.toml` with its default and its meaning, read from the code that defines them."""

import ast
import inspect
import io
import tokenize
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from types import ModuleType
from typing import Any, get_args

import msgspec

from cutover import sections, settings
from cutover.sections import Section
from cutover.settings import Settings


class Required:
    """Stands for the default of a key that has none."""


REQUIRED = Required()


@dataclass(frozen=True, slots=True)
class Key:
    """One key; `default` is what the code says, or REQUIRED."""

    name: str
    default: Any
    meaning: str


@dataclass(frozen=True, slots=True)
class Table:
    """A table of the file, or an array of tables with its default `rows`; the top level has no name."""

    name: str
    meaning: str
    keys: tuple[Key, ...]
    rows: tuple[Mapping[str, Any], ...] | None = None


def tables() -> tuple[Table, ...]:
    """All of them, in the order of the code; each array of tables behind the table that holds it."""
    return tuple(_of("", Settings))


def _of(name: str, section: type[Section]) -> Iterator[Table]:
    meanings, keys, inner = _meanings(section), [], []
    for field in msgspec.structs.fields(section):
        child = f"{name}.{field.encode_name}".lstrip(".")
        if section_ := _section(field.type):
            inner.append((child, section_, field.default))
        else:
            default = REQUIRED if field.required else _default(field)
            keys.append(Key(field.encode_name, default, meanings.get(field.name, "")))
    yield Table(name, inspect.cleandoc(section.__doc__ or ""), tuple(keys))
    for child, section_, default in inner:
        if isinstance(default, tuple):
            rows = tuple(_row(one) for one in default)
            yield Table(child, inspect.cleandoc(section_.__doc__ or ""), next(iter(_of(child, section_))).keys, rows)
        else:
            yield from _of(child, section_)


def _default(field: msgspec.structs.FieldInfo) -> Any:
    return field.default if field.default is not msgspec.NODEFAULT else field.default_factory()


def _section(type_: Any) -> type[Section] | None:
    """The section that a field holds one or several of."""
    for candidate in (type_, *get_args(type_)):
        if isinstance(candidate, type) and issubclass(candidate, Section):
            return candidate
    return None


def _row(one: Section) -> Mapping[str, Any]:
    return {field.encode_name: getattr(one, field.name) for field in msgspec.structs.fields(type(one))}


def _meanings(section: type[Section]) -> Mapping[str, str]:
    module = settings if section.__module__ == settings.__name__ else sections
    return _comments(module).get(section.__name__, {})


@cache
def _comments(module: ModuleType) -> Mapping[str, Mapping[str, str]]:
    """By class and field: the comment at the end of the field's own line, or else those above it."""
    source = inspect.getsource(module)
    comments = {
        token.start[0]: token.string.lstrip("# ")
        for token in tokenize.generate_tokens(io.StringIO(source).readline)
        if token.type == tokenize.COMMENT
    }
    classes = [node for node in ast.parse(source).body if isinstance(node, ast.ClassDef)]
    return {class_.name: dict(_of_class(class_, comments)) for class_ in classes}


def _of_class(class_: ast.ClassDef, comments: Mapping[int, str]) -> Iterator[tuple[str, str]]:
    for node in class_.body:
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            said = comments.get(node.lineno) or comments.get(node.end_lineno or 0, "")
            if said:
                yield node.target.id, said
