"""Finds the Python that Lambda runs among those of this machine: it compiles the package, and tests run it there."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from infra.package.artifacts import LAMBDA_PYTHON

ASK_SECONDS = 20.0
_ASK = "import sys; print(sys.implementation.name, '%d.%d' % sys.version_info[:2])"


class NoInterpreter(Exception):
    """This machine has no such Python; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Interpreter:
    """A Python that runs: where, and its version ("3.13")."""

    path: Path
    version: str


def running() -> Interpreter:
    """The one that runs this."""
    return Interpreter(Path(sys.executable), f"{sys.version_info.major}.{sys.version_info.minor}")


def find(version: str, environ: Mapping[str, str], home: Path) -> Interpreter:
    """A CPython of that version: the running one, or one of PATH, of pyenv or of uv. Raises NoInterpreter."""
    if running().version == version:
        return running()
    for path in _candidates(version, environ, home):
        if _answers(path, version):
            return Interpreter(path, version)
    raise NoInterpreter(f"there is no Python {version} on PATH nor among those of pyenv and uv: install it")


def lambdas_own(environ: Mapping[str, str], home: Path) -> Interpreter:
    """Lambda's Python, or the running one where this machine does not have it."""
    try:
        return find(LAMBDA_PYTHON, environ, home)
    except NoInterpreter:
        return running()


def _candidates(version: str, environ: Mapping[str, str], home: Path) -> Iterator[Path]:
    name = f"python{version}"
    for folder in environ.get("PATH", os.defpath).split(os.pathsep):
        found = shutil.which(name, path=folder) if folder else None
        if found is not None:
            yield Path(found)
    pyenv = Path(environ.get("PYENV_ROOT") or home / ".pyenv") / "versions"
    uv = Path(environ.get("UV_PYTHON_INSTALL_DIR") or home / ".local" / "share" / "uv" / "python")
    for place, pattern in ((pyenv, f"{version}.*"), (uv, f"cpython-{version}.*")):
        yield from (one / "bin" / name for one in sorted(place.glob(pattern), reverse=True))


def _answers(path: Path, version: str) -> bool:
    """Whether it really runs and is what its name says: pyenv's shims are there also for what is not."""
    try:
        asked = subprocess.run(
            [path, "-I", "-S", "-c", _ASK], capture_output=True, text=True, timeout=ASK_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return asked.returncode == 0 and asked.stdout.split() == ["cpython", version]
