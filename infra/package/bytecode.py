"""Compiles a folder of the package with Lambda's Python, so that no cold start has to."""

import subprocess
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from infra.package import compile_sources
from infra.package.interpreters import Interpreter

COMPILE_SECONDS = 300.0
PROCESSES = 2


class DoesNotCompile(Exception):
    """A file is no Python of that version; the message names it."""


def compile_folder(folder: Path, mount: str, interpreter: Interpreter, *, keeps_source: Callable[[str], bool]) -> None:
    """Compile every source below `folder`, which Lambda will find at `mount`. Raises DoesNotCompile.

    `keeps_source` says of a path below `folder` whether its source stays. Without it a module's bytecode lies in its
    place (a.pyc instead of a.py), else in __pycache__.

    Each process has its share by a fixed rule: what one has compiled before shows in how it shares strings, and with it
    in the bytes.
    """
    sources = [path.relative_to(folder).as_posix() for path in sorted(folder.rglob("*.py"))]
    lines = [f"{folder / one}\t{'' if keeps_source(one) else folder / f'{one}c'}\t{mount}/{one}\n" for one in sources]
    shares = ["".join(lines[share::PROCESSES]) for share in range(PROCESSES)]
    with ThreadPoolExecutor(PROCESSES) as pool:
        told = [error for error in pool.map(lambda lines: _compile(lines, interpreter), shares) if error]
    if told:
        raise DoesNotCompile(f"Python {interpreter.version} can't compile it: {'; '.join(told)}")
    for one in sources:
        if not keeps_source(one):
            (folder / one).unlink()


def _compile(lines: str, interpreter: Interpreter) -> str:
    """What is wrong with one of these files, nothing when all is well."""
    # Not -I, which would not see the seed. Sets of constants are written in the order of their hashes, and those
    # differ between processes unless told not to.
    command: Sequence[str] = [str(interpreter.path), "-P", "-S", "-s", compile_sources.__file__]
    done = subprocess.run(
        command,
        input=lines,
        capture_output=True,
        text=True,
        timeout=COMPILE_SECONDS,
        check=False,
        env={"PYTHONHASHSEED": "0"},
    )
    return "" if done.returncode == 0 else done.stderr.strip() or f"exit status {done.returncode}"
