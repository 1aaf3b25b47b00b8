"""A package unpacked as Lambda does it: layers in /opt, code in /var/task, beside what the managed runtime brings."""

import os
import shlex
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from infra.functions import FUNCTIONS, Function
from infra.package.artifacts import Artifacts
from infra.package.downloads import Downloads
from infra.package.interpreters import Interpreter
from infra.package.requirements import chosen, pins
from infra.package.target import Target
from infra.package.wheels import entries

REQUIREMENTS = Path(__file__).parents[2] / "requirements.txt"
RUNTIME = ("awslambdaric", "simplejson", "snapshot-restore-py")
"""What is part of Lambda's managed Python, so of no package."""


@dataclass(frozen=True, slots=True)
class LambdaFolders:
    """Stand-ins for /opt (one for each choice of layers), /var/task and /var/runtime below one folder."""

    root: Path
    interpreter: Interpreter

    @property
    def task(self) -> Path:
        """In the place of /var/task: the service."""
        return self.root / "task"

    @property
    def reindex_task(self) -> Path:
        """In the place of /var/task: the reindex."""
        return self.root / "reindex-task"

    def opt(self, *layers: str) -> Path:
        """In the place of /opt: core and these layers besides."""
        return self.root / "-".join(("opt", *layers))

    def python_path(self, opt: Path) -> str:
        """What Lambda has in PYTHONPATH, in its order; the task's folder comes before, by being the current one."""
        site_packages = opt / "python" / "lib" / f"python{self.interpreter.version}" / "site-packages"
        return os.pathsep.join(str(place) for place in (site_packages, opt / "python", self.root / "runtime"))

    def command(self, *arguments: str) -> list[str]:
        """Lambda's Python, which sees no packages of this machine."""
        return [str(self.interpreter.path), "-S", "-s", *arguments]

    def bootstrap(self, stage: str) -> Path:
        """A program that does as that Python, with the layers that the function of its environment is deployed with."""
        pictures = "|".join(function.deployed_name(stage) for function in FUNCTIONS if function.pictures)
        program = self.root / "bootstrap"
        program.write_text(
            "#!/bin/sh\n"
            'case "$AWS_LAMBDA_FUNCTION_NAME" in\n'
            f"{pictures}) PYTHONPATH={shlex.quote(self.python_path(self.opt('images')))};;\n"
            f"*) PYTHONPATH={shlex.quote(self.python_path(self.opt()))};;\n"
            "esac\n"
            f'export PYTHONPATH\nexec {shlex.join(self.command())} "$@"\n'
        )
        program.chmod(0o755)
        return program

    def files(self) -> Mapping[str, int]:
        """Everything below /opt and /var/task, and when it was written."""
        places = (path for path in self.root.glob("*opt*/**/*") if path.is_file())
        tasks = (path for path in self.root.glob("*task/**/*") if path.is_file())
        return {str(path): path.stat().st_mtime_ns for path in (*places, *tasks)}


def unpack(artifacts: Artifacts, root: Path, interpreter: Interpreter, downloads: Downloads) -> LambdaFolders:
    """The package of this machine's architecture, unpacked below `root`."""
    folders = LambdaFolders(root, interpreter)
    _unzip([artifacts.core_layer], folders.opt())
    _unzip([artifacts.core_layer, artifacts.images_layer], folders.opt("images"))
    _unzip([artifacts.core_layer, artifacts.migrations_layer], folders.opt("migrations"))
    _unzip([artifacts.service_code], folders.task)
    _unzip([artifacts.reindex_code], folders.reindex_task)
    known = pins(REQUIREMENTS.read_text(encoding="utf-8"))
    target = Target(artifacts.folder.name, interpreter.version)
    _install(downloads.fetch(chosen(known, RUNTIME), target).values(), root / "runtime")
    return folders


def layers_of(function: Function) -> Sequence[str]:
    """The layers that a function of the API is deployed with, besides core."""
    return ("images",) if function.pictures else ()


def _unzip(archives: Iterable[Path], folder: Path) -> None:
    for archive in archives:
        with zipfile.ZipFile(archive) as packed:
            packed.extractall(folder)


def _install(archives: Iterable[Path], folder: Path) -> None:
    for archive in archives:
        for entry in entries(archive):
            place = folder / entry.path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(entry.content)
