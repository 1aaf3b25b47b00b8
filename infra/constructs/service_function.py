"""One function of the service: its role, its logs, its settings, and the alias that everything invokes it by."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from infra import handles
from infra.constructs.grants import Things, accept_wildcards_of, denied_to_code_of, policy_of
from infra.constructs.own_logs import own_logs
from infra.constructs.package import ARCHITECTURE, RUNTIME, Package
from infra.findings import accept
from infra.functions import Function
from infra.permissions import PERMISSIONS, PLATFORM
from infra.stages.model import Stage, Start

ALIAS = "live"


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What all functions of a stage have in common."""

    stage: Stage
    network: handles.Network
    data: handles.Data
    package: Package


@dataclass(frozen=True, slots=True, kw_only=True)
class Wiring:
    """In what functions differ beside the pure table. `asynchronous`: what becomes of events, as an alias takes it."""

    environment: Mapping[str, str]
    reserved: int | None = None
    parser_arn: str | None = None
    dead_letters_arn: str | None = None
    asynchronous: Mapping[str, Any] | None = None


class ServiceFunction(Construct):
    """`function` is what is deployed; `alias` (`live`) the version of it that serves, which moves with each deploy."""

    def __init__(self, scope: Construct, spec: Function, around: Surroundings, wiring: Wiring) -> None:
        super().__init__(scope, spec.name)
        self._spec, self._around = spec, around
        name = spec.deployed_name(around.stage.name)
        self.log_group = own_logs(self, "logs", f"/aws/lambda/{name}", around.stage)
        things = Things(around.data, self.log_group, wiring.parser_arn, wiring.dead_letters_arn)
        self.role = self._role(name, things)
        self.function = self._function(name, wiring)
        trace(self.function)
        accept(self.function, _what_becomes_of_failures(wiring), "Serverless-LambdaDLQ")
        self.alias = lambda_.Alias(
            self,
            "alias",
            alias_name=ALIAS,
            version=self.function.current_version,
            provisioned_concurrent_executions=self._provisioned(),
            **(wiring.asynchronous or {}),
        )

    def _role(self, name: str, things: Things) -> iam.Role:
        """In one resource with its policies: a function can't be there before what it may do is."""
        stack = cdk.Stack.of(self)
        own = PERMISSIONS[self._spec.name]
        role = iam.Role(
            self,
            "role",
            role_name=name,  # OpenSearch knows it by its ARN, from a mapping that a person makes
            assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"),
            description=f"What {name} may do",
            inline_policies={
                "service": policy_of(stack, own, things),
                "platform": policy_of(stack, PLATFORM, things),
                "denied": iam.PolicyDocument(statements=[denied_to_code_of(stack, name)]),
            },
        )
        accept_wildcards_of(role, (*own, *PLATFORM), things)
        accept(
            role,
            "X-Ray, and EC2 where it only describes, have nothing finer",
            "Serverless-LambdaStarPermissions",
        )
        return role

    def _function(self, name: str, wiring: Wiring) -> lambda_.Function:
        spec, around = self._spec, self._around
        return lambda_.Function(
            self,
            "function",
            function_name=name,
            runtime=RUNTIME,
            architecture=ARCHITECTURE,
            handler=spec.handler,
            code=around.package.code,
            layers=list(around.package.layers_of(spec)),
            memory_size=spec.memory_mb,
            timeout=cdk.Duration.seconds(spec.timeout_seconds),
            environment=dict(wiring.environment),
            # The table of permissions is all that the role may do: CDK adds nothing to it.
            role=self.role.without_policy_updates(),
            vpc=around.network.vpc,
            vpc_subnets=around.network.subnets,
            security_groups=[around.network.service],
            reserved_concurrent_executions=wiring.reserved if wiring.reserved is not None else spec.reserved,
            snap_start=self._snap_start(),
            log_group=self.log_group,
            logging_format=lambda_.LoggingFormat.JSON,
            current_version_options=lambda_.VersionOptions(removal_policy=_of_versions(around.stage)),
        )

    def _provisioned(self) -> int | None:
        """None is an alias without; CloudFormation refuses 0."""
        wanted = self._around.stage.start is Start.PROVISIONED
        return self._spec.provisioned or None if wanted else None

    def _snap_start(self) -> lambda_.SnapStartConf | None:
        """For those that somebody waits for: a snapshot costs for as long as its version is there."""
        wanted = self._around.stage.start is Start.SNAP_START and self._spec.routes
        return lambda_.SnapStartConf.ON_PUBLISHED_VERSIONS if wanted else None


def _of_versions(stage: Stage) -> cdk.RemovalPolicy:
    """Versions stay behind their deploy, for a way back within a minute; but no snapshots, which are billed for ever.

    One of a deploy that fails goes with it: Lambda would publish the same code no second time, and the next one fail.
    """
    stay = stage.keep_data and stage.start is not Start.SNAP_START
    return cdk.RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE if stay else cdk.RemovalPolicy.DESTROY


def trace(function: lambda_.Function) -> None:
    """Have Lambda trace invocations. By CDK's own property a policy of CDK's would come with it, beside the table's."""
    resource = function.node.default_child
    if not isinstance(resource, lambda_.CfnFunction):
        raise TypeError(f"CDK makes a function another way now: {resource}")
    resource.tracing_config = lambda_.CfnFunction.TracingConfigProperty(mode="Active")


def _what_becomes_of_failures(wiring: Wiring) -> str:
    if wiring.asynchronous is None:
        return "Invoked synchronously: whoever invokes it hears of a failure, and nothing is left to be kept"
    return "Its alias, by which alone it is invoked, has a destination for what failed, which says more than this queue"
