"""Our own code as it is deployed: what the functions import, and the files that lie with it."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from infra.package.contents import MIGRATE, NOT_ON_LAMBDA, REINDEX_TASKS
from infra.package.imports import needed

ROOT = Path(__file__).parents[2]
_DATA_OF = "service"
_ENTRYPOINTS = "service/entrypoints"
_MIGRATIONS = "service/db/migrations"  # Alembic loads them by their files


def of_service(root: Path) -> Sequence[Path]:
    """The files of the service's functions and of the migration, below `root`, in order."""
    entrypoints = sorted((root / _ENTRYPOINTS).glob("[a-z]*.py"))
    programs = [path for path in entrypoints if path.stem not in NOT_ON_LAMBDA]
    migrations = sorted((root / _MIGRATIONS).rglob("*.py"))
    modules = [MIGRATE, *(_module(root, path) for path in (*programs, *migrations))]
    return sorted({*needed(root, modules), *_data(root)})


def of_reindex(root: Path) -> Sequence[Path]:
    """The files of a distributed reindex's tasks, below `root`, in order."""
    return sorted(needed(root, REINDEX_TASKS))


def copy(paths: Iterable[Path], into: Path, root: Path) -> None:
    """Put the files into a folder, at the places that they have below `root`."""
    for path in paths:
        place = into / path.relative_to(root)
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(path.read_bytes())


def _module(root: Path, path: Path) -> str:
    return ".".join(path.relative_to(root).with_suffix("").parts)


def _data(root: Path) -> Iterable[Path]:
    """What lies among the service's modules and is none: it is read at run time."""
    files = (path for path in (root / _DATA_OF).rglob("*") if path.is_file() and path.suffix not in {".py", ".pyc"})
    return (path for path in files if "__pycache__" not in path.parts)
