"""The stacks of the ECS side and of the migration, synthesised once a process, and what cdk-nag finds in them."""

import json
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import cdk_nag
from aws_cdk import aws_lambda as lambda_

from infra import handles
from infra.functions import FUNCTIONS
from infra.stacks.container import ContainerStack
from infra.stacks.kill_switch import KillSwitchStack
from infra.stacks.operations import OperationsStack
from infra.stacks.registry import RegistryStack
from infra.stages.choice import STAGES
from infra.stages.model import Stage
from tests.infra.conftest import data, network, outside
from tests.infra.foundations import Template
from tests.infra.whole import flags

ACCOUNT, REGION = "111111111111", "us-east-1"
OURS = ("AwsSolutions", "Serverless")


@dataclass(frozen=True, slots=True)
class Migration:
    """The four templates of a stage, and every finding that nobody has accepted."""

    registry: Template
    container: Template
    operations: Template
    kill_switch: Template
    handed: handles.Container
    findings: list[str]


@cache
def migration(name: str) -> Migration:
    """Those of the stage of this name."""
    return migration_of(STAGES[name])


def migration_of(stage: Stage, **context: Any) -> Migration:
    """Those of any stage, synthesised now; `context` as `-c` has it."""
    out = Path(tempfile.mkdtemp(prefix=f"migration-{stage.name}-"))
    app = cdk.App(outdir=str(out), context={**flags(), **context})
    cdk.Validations.of(app).add_plugins(cdk_nag.AwsSolutionsChecks(app), cdk_nag.ServerlessChecks(app))
    given, here = outside(app), cdk.Environment(account=ACCOUNT, region=REGION)
    there = cdk.Environment(account=ACCOUNT, region=stage.kill_switch_region)
    held = data(given)
    registry = RegistryStack(app, "registry", stage=stage, env=here)
    container = ContainerStack(app, "container", stage=stage, network=network(given), data=held, env=here)
    operations = OperationsStack(
        app, "operations", stage=stage, data=held, api=_api(given, stage), container=container.handles, env=here
    )
    kill_switch = KillSwitchStack(app, "kill-switch", stage=stage, env=there)
    with suppress(RuntimeError):  # findings make it raise, behind the templates and the report of them
        app.synth()
    return Migration(
        registry=Template(_body(out, registry)),
        container=Template(_body(out, container)),
        operations=Template(_body(out, operations)),
        kill_switch=Template(_body(out, kill_switch)),
        handed=container.handles,
        findings=_findings(out),
    )


def _api(scope: cdk.Stack, stage: Stage) -> handles.Api:
    arns = {one.name: f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{stage.named(one.name)}" for one in FUNCTIONS}
    return handles.Api(
        api_id="a1b2c3",
        dead_letters=f"lego-api-parser-dead-letters-{stage.name}",
        functions=[lambda_.Function.from_function_arn(scope, name, arn) for name, arn in arns.items()],
        regional_domain=None,
        regional_zone_id=None,
    )


def _body(out: Path, stack: cdk.Stack) -> dict[str, Any]:
    body: dict[str, Any] = json.loads((out / f"{stack.stack_name}.template.json").read_text())
    return body


def _findings(out: Path) -> list[str]:
    """Of the two rule packs: the ids in these templates are none that CloudFormation would take."""
    report = out / "validation-report.json"
    reports = json.loads(report.read_text())["pluginReports"] if report.exists() else []
    return [
        f"{one['ruleName']}: {one['violatingConstructs']}"
        for each in reports
        for one in each["violations"]
        if one["ruleName"].startswith(OURS)
    ]
