"""The Lambda side's stack, synthesised alone for every stage, as its tests look at it."""

import json
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import aws_cdk as cdk

from infra import handles
from infra.functions import FUNCTIONS, MIGRATE
from infra.package.artifacts import Artifacts
from infra.stacks.api import ApiStack
from infra.stages.choice import STAGES
from infra.stages.model import Stage
from tests.infra.conftest import data, network, outside

ROOT = Path(__file__).parents[2]
EMPTY_ZIP = b"PK\x05\x06" + b"\x00" * 18
ALL = (*FUNCTIONS, MIGRATE)
Resource = dict[str, Any]


@dataclass(frozen=True)
class Synthesised:
    """One stage's template, and what the stack hands on."""

    stage: Stage
    template: dict[str, Any]
    handles: handles.Api

    def of(self, *kinds: str) -> dict[str, Resource]:
        """The properties of all resources of these types, by logical id."""
        found = self.template["Resources"].items()
        return {name: one.get("Properties", {}) for name, one in found if one["Type"] in kinds}

    def depends_on(self, logical_id: str) -> list[str]:
        """What has to be there before."""
        found: list[str] = self.template["Resources"][logical_id].get("DependsOn", [])
        return found

    @cached_property
    def functions(self) -> dict[str, tuple[str, Resource]]:
        """Logical id and properties by the table's names."""
        named = {one["FunctionName"]: (name, one) for name, one in self.of("AWS::Lambda::Function").items()}
        return {spec.name: named[spec.deployed_name(self.stage.name)] for spec in ALL}

    @cached_property
    def aliases(self) -> dict[str, tuple[str, Resource]]:
        """Logical id and properties of the alias of each function."""
        by_function = {one["FunctionName"]["Ref"]: (name, one) for name, one in self.of("AWS::Lambda::Alias").items()}
        return {name: by_function[function_id] for name, (function_id, _) in self.functions.items()}

    def role(self, name: str) -> Resource:
        """The role of the table's function."""
        return self.of("AWS::IAM::Role")[self.functions[name][1]["Role"]["Fn::GetAtt"][0]]


def synthesised(stage: Stage, artifacts: Artifacts) -> Synthesised:
    app = cdk.App(context=json.loads((ROOT / "cdk.json").read_text())["context"])
    given = outside(app)
    stack = ApiStack(
        app,
        "api",
        stage=stage,
        network=network(given),
        data=data(given),
        artifacts=artifacts,
        env=cdk.Environment(account="111111111111", region="us-east-1"),
    )
    template: dict[str, Any] = app.synth().get_stack_artifact(stack.artifact_id).template
    return Synthesised(stage, template, stack.handles)


@cache
def every_side() -> Mapping[str, Synthesised]:
    """Every stage by its name, synthesised once a process."""
    package = empty_package(Path(tempfile.mkdtemp(prefix="package-")))
    return {name: synthesised(stage, package) for name, stage in STAGES.items()}


def empty_package(folder: Path) -> Artifacts:
    """Empty archives in the package's place."""
    made = Artifacts(folder)
    for path in made.all:
        path.write_bytes(EMPTY_ZIP)
    return made


def listed(value: Any) -> list[Any]:
    """What a policy names, which may be one thing or several."""
    return value if isinstance(value, list) else [value]
