"""All stacks of a stage, synthesised once a process, with the flags of cdk.json as the CDK command line has them."""

import json
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import cdk_nag

from infra.app import build
from infra.package.artifacts import Artifacts
from infra.stages.choice import STAGES
from infra.stages.model import Stage

ROOT = Path(__file__).parents[2]
Template = dict[str, Any]
Resource = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Whole:
    """A stage's templates by what each stack is for, and what cdk-nag found in them."""

    stage: Stage
    templates: dict[str, Template]
    paths: dict[str, Path]  # of the templates
    findings: list[str]  # a rule and the construct that breaks it, unless acknowledged
    synth_seconds: float

    def resources(self, *kinds: str) -> dict[str, Resource]:
        """Every resource, or those of some types, by `STACK.LOGICAL_ID`."""
        return {
            f"{stack}.{logical_id}": resource
            for stack, template in self.templates.items()
            for logical_id, resource in template.get("Resources", {}).items()
            if not kinds or resource["Type"] in kinds
        }


def flags() -> dict[str, Any]:
    """The context of cdk.json."""
    context: dict[str, Any] = json.loads((ROOT / "cdk.json").read_text())["context"]
    return context


@cache
def empty_package() -> Artifacts:
    """Empty archives in the package's place: a template does not look into them."""
    made = Artifacts(Path(tempfile.mkdtemp(prefix="package-")))
    for path in made.all:
        path.write_bytes(b"PK\x05\x06" + b"\x00" * 18)
    return made


@cache
def whole(name: str) -> Whole:
    """The stage of this name."""
    began = time.monotonic()
    out = Path(tempfile.mkdtemp(prefix=f"cdk-{name}-"))
    app = cdk.App(outdir=str(out), context=flags())
    cdk.Validations.of(app).add_plugins(cdk_nag.AwsSolutionsChecks(app), cdk_nag.ServerlessChecks(app))
    stacks = build(app, STAGES[name], empty_package())
    with suppress(RuntimeError):  # findings make it raise, behind the templates and the report of them
        app.synth()
    paths = {what: out / f"{stack.stack_name}.template.json" for what, stack in stacks.items()}
    templates = {what: json.loads(path.read_text()) for what, path in paths.items()}
    return Whole(STAGES[name], templates, paths, _findings(out), time.monotonic() - began)


def _findings(out: Path) -> list[str]:
    path = out / "validation-report.json"
    if not path.exists():
        return []
    return [
        f"{violation['ruleName']}: {construct['constructPath']}: {violation['description']}"
        for report in json.loads(path.read_text())["pluginReports"]
        for violation in report["violations"]
        for construct in violation["violatingConstructs"]
    ]
