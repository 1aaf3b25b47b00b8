"""The network and the data of a stage alone, synthesised once a process, and what cdk-nag finds in them."""

import json
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import cdk_nag

from infra.stacks.data import DataStack
from infra.stacks.network import NetworkStack
from infra.stages.choice import STAGES
from infra.stages.model import Stage
from tests.infra.whole import flags

Resource = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Template:
    """One stack's template, as it would be deployed."""

    body: dict[str, Any]

    def all(self, kind: str) -> dict[str, Resource]:
        """The resources of a type, whole, by logical id."""
        return {name: one for name, one in self.body["Resources"].items() if one["Type"] == kind}

    def only(self, kind: str, beginning: str = "") -> Resource:
        """The properties of the only resource of a type whose logical id begins so."""
        (found,) = (one for name, one in self.all(kind).items() if name.startswith(beginning))
        properties: Resource = found["Properties"]
        return properties

    @property
    def kinds(self) -> set[str]:
        """The types of all resources."""
        return {one["Type"] for one in self.body["Resources"].values()}

    def rules(self, direction: str) -> Iterator[Resource]:
        """Every rule of security groups, in them or by itself, `Ingress` or `Egress`; `GroupId` says of which."""
        for name, group in self.all("AWS::EC2::SecurityGroup").items():
            for rule in group["Properties"].get(f"SecurityGroup{direction}", ()):
                yield {**rule, "GroupId": {"Fn::GetAtt": [name, "GroupId"]}}
        for rule in self.all(f"AWS::EC2::SecurityGroup{direction}").values():
            yield rule["Properties"]


@dataclass(frozen=True, slots=True)
class Foundations:
    """Both templates of a stage, and every finding that nobody has accepted."""

    network: Template
    data: Template
    findings: list[str]


@cache
def foundations(name: str) -> Foundations:
    """Those of the stage of this name."""
    return foundations_of(STAGES[name])


def foundations_of(stage: Stage) -> Foundations:
    """Those of any stage, synthesised now."""
    out = Path(tempfile.mkdtemp(prefix=f"foundations-{stage.name}-"))
    app = cdk.App(outdir=str(out), context=flags())
    cdk.Validations.of(app).add_plugins(cdk_nag.AwsSolutionsChecks(app), cdk_nag.ServerlessChecks(app))
    env = cdk.Environment(account=stage.account, region=stage.region)
    network = NetworkStack(app, stage.named("network"), stage=stage, env=env)
    data = DataStack(app, stage.named("data"), stage=stage, network=network.handles, env=env)
    with suppress(RuntimeError):  # findings make it raise, behind the templates and the report of them
        app.synth()
    network_body, data_body = (
        json.loads((out / f"{stack.stack_name}.template.json").read_text()) for stack in (network, data)
    )
    report = out / "validation-report.json"
    reports = json.loads(report.read_text())["pluginReports"] if report.exists() else []
    found = [f"{one['ruleName']}: {one['violatingConstructs']}" for each in reports for one in each["violations"]]
    return Foundations(Template(network_body), Template(data_body), found)
