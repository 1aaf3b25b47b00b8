"""What every stage costs a month: `python -m infra.reckon` synthesises them all and writes runbooks/costs.md anew."""

import json
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

import aws_cdk as cdk

from infra.app import build
from infra.costs.calculator import UnknownKind, costs_of
from infra.costs.prices import NoPrice
from infra.costs.report import document
from infra.costs.resources import Template, Unreadable
from infra.package.artifacts import Artifacts
from infra.stacks.budgets import SERVICES_ADDED
from infra.stages.choice import STAGES
from infra.stages.model import Stage

ROOT = Path(__file__).parents[1]
RUNBOOK = ROOT / "runbooks" / "costs.md"
Templates = Mapping[str, Template]  # by what each stack is for


def synthesised(stage: Stage) -> Templates:
    """The stage's templates. What the package holds changes no cost, so it is left empty."""
    with tempfile.TemporaryDirectory(prefix="costs-") as scratch:
        package = Artifacts(Path(scratch))
        for path in package.all:
            path.write_bytes(b"PK\x05\x06" + bytes(18))
        out = Path(scratch) / "out"
        app = cdk.App(outdir=str(out), context=json.loads((ROOT / "cdk.json").read_text())["context"])
        stacks = build(app, stage, package)
        app.synth()
        return {what: json.loads((out / f"{one.stack_name}.template.json").read_text()) for what, one in stacks.items()}


def written(templates: Callable[[Stage], Templates]) -> str:
    """The whole document. Raises UnknownKind, Unreadable, NoPrice."""
    return document({name: costs_of(templates(stage), stage) for name, stage in STAGES.items()}, SERVICES_ADDED)


def main(templates: Callable[[Stage], Templates] = synthesised, to: Path = RUNBOOK) -> int:
    """Write it, or say what has no price; the exit code."""
    try:
        to.write_text(written(templates), encoding="utf-8")
    except (UnknownKind, Unreadable, NoPrice) as error:
        sys.stderr.write(f"costs: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
