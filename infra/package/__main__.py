"""Builds the Lambda package: `tox run -e package -- --architecture arm64`; what weighs what is shown at the end."""

import argparse
import os
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from rich.console import Console

from infra.package.artifacts import DIST, LAMBDA_PYTHON
from infra.package.build import Order, Say, build
from infra.package.bytecode import DoesNotCompile
from infra.package.downloads import DownloadFailed, Downloads
from infra.package.interpreters import Interpreter, NoInterpreter, find, lambdas_own
from infra.package.layers import Clash, WrongNative
from infra.package.requirements import NotPinned, pins
from infra.package.table import NoPlace, document, terminal
from infra.package.target import ARCHITECTURES, Target
from infra.package.weights import TooHeavy, Weights
from infra.package.wheels import Unreadable

ROOT = Path(__file__).parents[2]
REQUIREMENTS = ROOT / "requirements.txt"
DOCUMENT = ROOT / "runbooks" / "package.md"

_KNOWN = (
    Clash, DoesNotCompile, DownloadFailed, NoInterpreter, NoPlace, NotPinned, Unreadable, WrongNative,
)  # fmt: skip


def main(arguments: Sequence[str], environ: Mapping[str, str]) -> int:
    """Build what the arguments ask for; 0, 1 when it can't be built or is too heavy, 130 for Ctrl-C.

    Whatever is not 0 leaves the old package.
    """
    given = _parser().parse_args(arguments)
    console = Console(stderr=True)
    began = time.monotonic()

    def say(text: str) -> None:
        console.print(f"[dim]{time.monotonic() - began:5.1f} s[/dim]  {text}", highlight=False)

    try:
        built = _build_all(given, _interpreter(given.python, environ, say), environ, say)
        if given.document:
            DOCUMENT.write_text(document(DOCUMENT.read_text(encoding="utf-8"), built), encoding="utf-8")
    except KeyboardInterrupt:
        console.print("package: interrupted; the old package stays", markup=False, highlight=False)
        return 130
    except TooHeavy as error:
        console.print(*terminal(error.weights), sep="\n")
        console.print(f"package: {error}; the old package stays", markup=False, highlight=False, style="red")
        return 1
    except _KNOWN as error:
        console.print(f"package: {error}", markup=False, highlight=False, style="red")
        return 1
    shown = Console()
    for weights in built:
        shown.print(*terminal(weights), sep="\n")
    say(f"in {given.out}")
    return 0


def _build_all(
    given: argparse.Namespace, interpreter: Interpreter, environ: Mapping[str, str], say: Say
) -> list[Weights]:
    known = pins(REQUIREMENTS.read_text(encoding="utf-8"))
    downloads = Downloads.of(environ)
    architectures = given.architecture or ARCHITECTURES
    targets = [Target(architecture, interpreter.version) for architecture in architectures]
    return [build(Order(target, interpreter, known, given.out), downloads, say) for target in targets]


def _interpreter(version: str | None, environ: Mapping[str, str], say: Say) -> Interpreter:
    """The Python to compile for. Raises NoInterpreter when the one that was asked for is not there."""
    if version is not None:
        return find(version, environ, Path.home())
    found = lambdas_own(environ, Path.home())
    if found.version != LAMBDA_PYTHON:
        say(
            f"there is no Python {LAMBDA_PYTHON} on this machine: built for {found.version}, to be tried out here; "
            f"the functions run {LAMBDA_PYTHON}, so this package can't be deployed"
        )
    return found


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="tox run -e package --", description="Builds the Lambda package.")
    parser.add_argument(
        "--architecture", action="append", choices=ARCHITECTURES, help="only this one; may be given twice"
    )
    parser.add_argument("--python", metavar="3.13", help=f"the Python to build for (Lambda's: {LAMBDA_PYTHON})")
    parser.add_argument("--out", type=Path, default=DIST, help="where to: a folder for each architecture")
    parser.add_argument("--document", action="store_true", help=f"write the tables into {DOCUMENT.name}, too")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], os.environ))
