"""Puts distributions together to a layer: unpacked, pruned, stripped, compiled, weighed.

Layers hold bytecode without sources: those were a third of their weight. A traceback still names file, line and
function of a library, only not the line's text. Our own code keeps its sources, and so does what reads its own.
"""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from infra.package.bytecode import compile_folder
from infra.package.interpreters import Interpreter
from infra.package.pruning import content_wanted, is_wanted
from infra.package.requirements import Pin
from infra.package.stripping import NotStrippable, is_native, stripped
from infra.package.target import Target
from infra.package.weights import Weight
from infra.package.wheels import entries

READ_THEMSELVES = frozenset({"anyio"})  # what it need not load it reads in its source; else it loads all: 15 ms
MOUNT = "/opt/python"  # where Lambda puts the folder python/ of every layer


class Clash(Exception):
    """Two distributions of a layer hold the same file."""


class WrongNative(Exception):
    """A native library is not for the target; the message names it."""


def lay(
    pins: Iterable[Pin], archives: Mapping[str, Path], folder: Path, target: Target, interpreter: Interpreter
) -> Sequence[Weight]:
    """Fill `folder` with what Lambda is to find in /opt/python; what each distribution weighs there.

    Raises Clash, WrongNative, Unreadable, DoesNotCompile.
    """
    wanted = sorted(pins, key=lambda pin: pin.name)
    placed = {pin.name: _place(archives[pin.name], folder, target) for pin in wanted}
    compile_folder(folder, MOUNT, interpreter, keeps_source=reads_itself)
    return [_weigh(pin, *placed[pin.name]) for pin in wanted]


def _place(archive: Path, folder: Path, target: Target) -> tuple[int, Sequence[Path]]:
    """How many bytes the distribution held, and the files that are left of it."""
    before_bytes = 0
    placed: list[Path] = []
    for entry in entries(archive):
        before_bytes += len(entry.content)
        if not is_wanted(entry.path):
            continue
        place = folder / entry.path
        if place.exists():
            raise Clash(f"{archive.name} and another distribution both hold {entry.path}")
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(_made_light(entry.path, entry.content, archive, target))
        placed.append(place)
    return before_bytes, placed


def _made_light(path: str, content: bytes, archive: Path, target: Target) -> bytes:
    if not is_native(content):
        return content_wanted(path, content)
    try:
        return stripped(content, target.elf_machine)
    except NotStrippable as error:
        raise WrongNative(f"{path} of {archive.name} can't be used on {target.architecture}: {error}") from error


def _weigh(pin: Pin, before_bytes: int, placed: Sequence[Path]) -> Weight:
    """Its Python files are bytecode by now, most without their sources."""
    python = [path for path in placed if path.suffix == ".py"]
    compiled = [one for path in python for one in (path, *_bytecode_of(path)) if one.exists()]
    other = [path for path in placed if path.suffix != ".py"]
    return Weight(pin.name, pin.version, before_bytes, _size(compiled), _size(other))


def _bytecode_of(path: Path) -> Sequence[Path]:
    return [path.with_suffix(".pyc"), *(path.parent / "__pycache__").glob(f"{path.stem}.*.pyc")]


def reads_itself(path: str) -> bool:
    """Whether that file's package looks into its own sources when it is imported."""
    return path.partition("/")[0] in READ_THEMSELVES


def _size(paths: Iterable[Path]) -> int:
    return sum(path.stat().st_size for path in paths)
