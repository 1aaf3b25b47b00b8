"""Every stack of one stage: `cdk synth -c stage=staging`, `cdk diff`, `cdk deploy --all`; see runbooks/delivery.md."""

import sys
from collections.abc import Mapping

import aws_cdk as cdk

from infra.package.artifacts import Artifacts, PackageMissing
from infra.stacks.api import ApiStack
from infra.stacks.budgets import BudgetsStack
from infra.stacks.container import BadImage, ContainerStack
from infra.stacks.data import DataStack
from infra.stacks.delivery import DeliveryStack
from infra.stacks.kill_switch import KillSwitchStack
from infra.stacks.load import LoadStack
from infra.stacks.monitoring import MonitoringStack
from infra.stacks.network import NetworkStack
from infra.stacks.observability import ObservabilityStack
from infra.stacks.operations import OperationsStack
from infra.stacks.registry import RegistryStack
from infra.stacks.search_load import SearchLoadStack
from infra.stacks.shell import ShellStack
from infra.stages.choice import UnknownStage, stage_of
from infra.stages.model import PROJECT, Stage


def build(app: cdk.App, stage: Stage, artifacts: Artifacts) -> Mapping[str, cdk.Stack]:
    """Put the stage's stacks into `app`: each by what it is for, in an order in which they can be deployed."""
    here = cdk.Environment(account=stage.account, region=stage.region)
    there = cdk.Environment(account=stage.account, region=stage.kill_switch_region)
    stacks: dict[str, cdk.Stack] = {}

    network = stacks["network"] = NetworkStack(app, stage.named("network"), stage=stage, env=here)
    data = stacks["data"] = DataStack(app, stage.named("data"), stage=stage, network=network.handles, env=here)
    api = stacks["api"] = ApiStack(
        app, stage.named("api"), stage=stage, network=network.handles, data=data.handles, artifacts=artifacts, env=here
    )
    stacks["registry"] = RegistryStack(app, stage.named("registry"), stage=stage, env=here)
    container = stacks["container"] = ContainerStack(
        app, stage.named("container"), stage=stage, network=network.handles, data=data.handles, env=here
    )
    stacks["operations"] = OperationsStack(
        app,
        stage.named("operations"),
        stage=stage,
        data=data.handles,
        api=api.handles,
        container=container.handles,
        env=here,
    )
    stacks["kill-switch"] = KillSwitchStack(app, stage.named("kill-switch"), stage=stage, env=there)
    observability = stacks["observability"] = ObservabilityStack(
        app, stage.named("observability"), stage=stage, env=here
    )
    monitoring = stacks["monitoring"] = MonitoringStack(
        app,
        stage.named("monitoring"),
        stage=stage,
        data=data.handles,
        api=api.handles,
        container=container.handles,
        env=here,
    )
    monitoring.add_stack_dependency(observability)  # whose topics alarms name
    stacks["search-load"] = SearchLoadStack(
        app,
        stage.named("search-load"),
        stage=stage,
        network=network.handles,
        data=data.handles,
        artifacts=artifacts,
        env=here,
    )
    if stage.zone:  # as there are roles of people, who run it
        stacks["shell"] = ShellStack(app, stage.named("shell"), stage=stage, network=network.handles, env=here)
    if stage.load_workers:
        stacks["load"] = LoadStack(app, stage.named("load"), stage=stage, network=network.handles, env=here)
    budgets = stacks["budgets"] = BudgetsStack(app, stage.named("budgets"), stage=stage, env=here)
    if stage.account:  # a developer's own stage is deployed by hand
        tested = (
            None if stage.production else data.handles.users.arn
        )  # the pool that contract and load tests sign in to
        stacks["delivery"] = DeliveryStack(app, stage.named("delivery"), stage=stage, users_arn=tested, env=here)
    budgets.add_stack_dependency(observability)  # whose topic they name
    container.add_stack_dependency(
        api
    )  # which migrates: the tasks, too, need the schema that their code was written for

    _tag(app, stage)
    return stacks


def _tag(app: cdk.App, stage: Stage) -> None:
    """What cost reports are told apart by; stacks add the tag Service."""
    for key, value in {"Project": PROJECT, "Environment": stage.name, **stage.tags}.items():
        cdk.Tags.of(app).add(key, value)


def main() -> None:
    """Synthesise the stage that the context names (`-c stage=`), with the package that was built."""
    app = cdk.App()
    try:
        stage = stage_of(app.node.try_get_context("stage"), app.node.try_get_context("developer"))
        build(app, stage, Artifacts.built())
    except (BadImage, UnknownStage, PackageMissing) as error:
        sys.exit(f"infra: {error}")
    app.synth()


if __name__ == "__main__":
    main()
