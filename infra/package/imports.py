"""Which of our own modules a program needs: its imports followed, also those inside functions."""

import ast
from collections.abc import Iterable, Iterator
from pathlib import Path


def needed(root: Path, modules: Iterable[str]) -> frozenset[Path]:
    """The files below `root` of these modules, of all that they import from there, and of the packages around them.

    Imports by computed names are not seen.
    """
    found: set[Path] = set()
    left = list(modules)
    while left:
        name = left.pop()
        for package in _with_packages(name):
            path = file_of(root, package)
            if path is not None and path not in found:
                found.add(path)
                left += _imported(path)
    return frozenset(found)


def file_of(root: Path, module: str) -> Path | None:
    """The file of a module, None of one that is not below `root`."""
    place = root.joinpath(*module.split("."))
    for path in (place.with_suffix(".py"), place / "__init__.py"):
        if path.is_file():
            return path
    return None


def _with_packages(module: str) -> Iterator[str]:
    """a, a.b and a.b.c of a.b.c."""
    parts = module.split(".")
    return (".".join(parts[:length]) for length in range(1, len(parts) + 1))


def _imported(path: Path) -> Iterator[str]:
    """What a file imports; of `from a import b` both a and a.b, which may be a module, too."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"), str(path))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
