"""The stacks beside the service's own, each by imports of what it is given, synthesised once a process."""

import json
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import aws_cdk as cdk
import cdk_nag

from infra.stacks.budgets import BudgetsStack
from infra.stacks.load import LoadStack
from infra.stacks.observability import ObservabilityStack
from infra.stacks.search_load import SearchLoadStack
from infra.stages.choice import STAGES, stage_of
from infra.stages.model import Stage
from tests.infra import conftest
from tests.infra.foundations import Template
from tests.infra.whole import empty_package, flags

PACKS = ("AwsSolutions", "Serverless")


@dataclass(frozen=True, slots=True)
class SideStacks:
    """The templates of a stage, and every finding of cdk-nag that nobody has accepted."""

    search_load: Template
    budgets: Template
    observability: Template
    load: Template | None
    findings: list[str]


@cache
def side_stacks(name: str, developer: str | None = None) -> SideStacks:
    """Those of the stage of this name, or of a developer's own."""
    stage = stage_of(name, developer)
    out = Path(tempfile.mkdtemp(prefix=f"side-{stage.name}-"))
    app = cdk.App(outdir=str(out), context=flags())
    cdk.Validations.of(app).add_plugins(cdk_nag.AwsSolutionsChecks(app), cdk_nag.ServerlessChecks(app))
    stacks = _built(app, stage)
    with suppress(RuntimeError):  # findings make it raise, behind the templates and the report of them
        app.synth()
    made = {
        what: Template(json.loads((out / f"{one.stack_name}.template.json").read_text()))
        for what, one in stacks.items()
    }
    return SideStacks(made["search-load"], made["budgets"], made["observability"], made.get("load"), _findings(out))


def _built(app: cdk.App, stage: Stage) -> dict[str, cdk.Stack]:
    given = conftest.outside(app)
    network, data = conftest.network(given), conftest.data(given)
    env = cdk.Environment(account=stage.account or "333333333333", region=stage.region)
    stacks: dict[str, cdk.Stack] = {
        "search-load": SearchLoadStack(
            app, "search-load", stage=stage, network=network, data=data, artifacts=empty_package(), env=env
        ),
        "budgets": BudgetsStack(app, "budgets", stage=stage, env=env),
        "observability": ObservabilityStack(app, "observability", stage=stage, env=env),
    }
    if stage.load_workers:
        stacks["load"] = LoadStack(app, "load", stage=stage, network=network, env=env)
    return stacks


def _findings(out: Path) -> list[str]:
    report = out / "validation-report.json"
    reports = json.loads(report.read_text())["pluginReports"] if report.exists() else []
    return [
        f"{one['ruleName']}: {[each['constructPath'] for each in one['violatingConstructs']]}"
        for each in reports
        for one in each["violations"]
        if one["ruleName"].startswith(PACKS)
    ]


ALL = tuple(STAGES)
