"""The packages, built once for all workers, and this machine's one unpacked."""

import fcntl
import os
import platform
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from infra.package.artifacts import Artifacts
from infra.package.build import Order, build
from infra.package.downloads import Downloads
from infra.package.interpreters import Interpreter, lambdas_own
from infra.package.own_code import ROOT
from infra.package.requirements import pins
from infra.package.target import ARCHITECTURES, Target
from tests.integration.postgres import empty_database, postgres
from tests.package.lambda_folders import REQUIREMENTS, LambdaFolders, unpack

__all__ = ["empty_database", "postgres"]

_HERE = {"x86_64": "x86_64", "aarch64": "arm64"}


@dataclass(frozen=True, slots=True)
class Packages:
    """The built packages below `out`; `code` is a copy of the programs, which nobody changes meanwhile."""

    out: Path
    code: Path
    interpreter: Interpreter
    downloads: Downloads

    def __getitem__(self, architecture: str) -> Artifacts:
        return Artifacts(self.out / architecture)

    def build(self, architecture: str, out: Path) -> None:
        """Build one, into another folder if wanted."""
        known = pins(REQUIREMENTS.read_text(encoding="utf-8"))
        target = Target(architecture, self.interpreter.version)
        build(Order(target, self.interpreter, known, out, self.code), self.downloads, lambda _: None)


@pytest.fixture(scope="session")
def interpreter() -> Interpreter:
    """Lambda's Python where this machine has it, else the running one."""
    return lambdas_own(os.environ, Path.home())


@pytest.fixture(scope="session")
def downloads() -> Downloads:
    """Where distributions come from."""
    return Downloads.of(os.environ)


@pytest.fixture(scope="session")
def packages(tmp_path_factory: pytest.TempPathFactory, interpreter: Interpreter, downloads: Downloads) -> Packages:
    """The package of each architecture, built by the first worker that wants it, of the code as it is then."""
    base = tmp_path_factory.getbasetemp()
    shared = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "packages"
    shared.mkdir(exist_ok=True)
    made = Packages(shared / "out", shared / "code", interpreter, downloads)
    with (shared / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not made.code.exists():
            for program in ("cutover", "service"):
                shutil.copytree(ROOT / program, made.code / program, ignore=shutil.ignore_patterns("__pycache__"))
        for architecture in ARCHITECTURES:
            if not made[architecture].folder.exists():
                made.build(architecture, made.out)
    return made


@pytest.fixture(scope="session")
def architecture() -> str:
    """This machine's, as Lambda names it."""
    found = _HERE.get(platform.machine())
    if found is None:
        pytest.skip(f"Lambda has no {platform.machine()}")
    return found


@pytest.fixture(scope="session")
def folders(
    packages: Packages, architecture: str, interpreter: Interpreter, downloads: Downloads
) -> Iterator[LambdaFolders]:
    """The package that this machine can run, unpacked; removed at the end: it is 200 MB."""
    with tempfile.TemporaryDirectory(prefix="lego-package-") as root:
        yield unpack(packages[architecture], Path(root), interpreter, downloads)
