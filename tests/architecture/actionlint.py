"""actionlint, which judges workflows of GitHub."""

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

from tests.gotools import GoTool

ACTIONLINT = GoTool(
    name="actionlint",
    module="github.com/rhysd/actionlint",
    version="v1.7.12",
    checksum="h1:vQ4GeJN86C0QH+gTUQcs8McmK62OLT3kmakPMtEWYnY=",
    package="/cmd/actionlint",
)
SECONDS = 300.0


def actionlint(environ: Mapping[str, str]) -> Path:
    """The program; built when it is not there. Raises NotBuilt."""
    return ACTIONLINT.built(environ)


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
