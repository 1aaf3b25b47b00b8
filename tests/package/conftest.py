"""The packages, built once for all workers, and this machine's one unpacked."""

import fcntl
import os
import platform
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from infra.package.artifacts import Artifacts
from infra.package.build import Order, build
from infra.package.downloads import Downloads
from infra.package.interpreters import Interpreter, lambdas_own
from infra.package.requirements import pins
from infra.package.target import ARCHITECTURES, Target
from tests.package.lambda_folders import REQUIREMENTS, LambdaFolders, unpack

_HERE = {"x86_64": "x86_64", "aarch64": "arm64"}


@pytest.fixture(scope="session")
def interpreter() -> Interpreter:
    """Lambda's Python where this machine has it, else the running one."""
    return lambdas_own(os.environ, Path.home())


@pytest.fixture(scope="session")
def downloads() -> Downloads:
    """Where distributions come from."""
    return Downloads.of(os.environ)


@pytest.fixture(scope="session")
def packages(
    tmp_path_factory: pytest.TempPathFactory, interpreter: Interpreter, downloads: Downloads
) -> Mapping[str, Artifacts]:
    """The package of each architecture, built by the first worker that wants it."""
    base = tmp_path_factory.getbasetemp()
    out = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "packages"
    known = pins(REQUIREMENTS.read_text(encoding="utf-8"))
    out.mkdir(exist_ok=True)
    with (out / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for architecture in ARCHITECTURES:
            if not (out / architecture).exists():
                order = Order(Target(architecture, interpreter.version), interpreter, known, out)
                build(order, downloads, lambda _: None)
    return {architecture: Artifacts(out / architecture) for architecture in ARCHITECTURES}


@pytest.fixture(scope="session")
def architecture() -> str:
    """This machine's, as Lambda names it."""
    found = _HERE.get(platform.machine())
    if found is None:
        pytest.skip(f"Lambda has no {platform.machine()}")
    return found


@pytest.fixture(scope="session")
def folders(
    packages: Mapping[str, Artifacts], architecture: str, interpreter: Interpreter, downloads: Downloads
) -> Iterator[LambdaFolders]:
    """The package that this machine can run, unpacked; removed at the end: it is 200 MB."""
    with tempfile.TemporaryDirectory(prefix="lego-package-") as root:
        yield unpack(packages[architecture], Path(root), interpreter, downloads)
