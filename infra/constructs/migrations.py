"""The database is migrated once a deploy, before anything serves with the new code; a failure ends the deploy."""

from pathlib import Path

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from constructs import Construct

from infra.constructs.environment import migration_environment
from infra.constructs.own_logs import own_logs
from infra.constructs.package import ARCHITECTURE, RUNTIME
from infra.constructs.service_function import ServiceFunction, Surroundings, Wiring, trace
from infra.findings import accept, accept_wildcards
from infra.functions import MIGRATE
from infra.stages.model import Stage

_INVOKER = Path(__file__).with_name("migration_invoker.py")
_INVOKER_TIMEOUT = cdk.Duration.minutes(15)  # all that Lambda gives; the migration has a minute less


class Migrations(Construct):
    """Whatever depends on this is deployed after the migration, and not at all when it fails."""

    def __init__(self, scope: Construct, construct_id: str, around: Surroundings) -> None:
        super().__init__(scope, construct_id)
        self.service_function = ServiceFunction(
            self, MIGRATE, around, Wiring(environment=migration_environment(around.stage, around.data))
        )
        function = self.service_function.function
        self.run = cdk.CustomResource(
            self,
            "run",
            resource_type="Custom::Migration",
            service_token=_invoker(self, around.stage, function).function_arn,
            # A version is new when the code, a layer or a setting is: then CloudFormation asks again.
            properties={"Version": function.current_version.function_arn},
        )


def _invoker(scope: Construct, stage: Stage, migrate: lambda_.Function) -> lambda_.Function:
    """Invokes the migration and tells CloudFormation how it went: in no VPC, so that it can always say so."""
    name = stage.named("migrate-on-deploy")
    log_group = own_logs(scope, "invoker-logs", f"/aws/lambda/{name}", stage)
    function = lambda_.Function(
        scope,
        "invoker",
        function_name=name,
        runtime=RUNTIME,
        architecture=ARCHITECTURE,
        handler="index.handler",
        code=lambda_.Code.from_inline(_INVOKER.read_text(encoding="utf-8")),
        memory_size=128,
        timeout=_INVOKER_TIMEOUT,
        role=_role(scope, name, log_group, migrate).without_policy_updates(),
        log_group=log_group,
        logging_format=lambda_.LoggingFormat.JSON,
    )
    trace(function)
    accept(function, "CloudFormation hears of its failures, and nobody else invokes it", "Serverless-LambdaDLQ")
    return function


def _role(scope: Construct, name: str, log_group: logs.LogGroup, migrate: lambda_.Function) -> iam.Role:
    versions = f"{migrate.function_arn}:*"
    allowed = [
        iam.PolicyStatement(actions=["logs:CreateLogStream", "logs:PutLogEvents"], resources=[log_group.log_group_arn]),
        iam.PolicyStatement(actions=["lambda:InvokeFunction"], resources=[versions]),
        # X-Ray has nothing finer.
        iam.PolicyStatement(actions=["xray:PutTelemetryRecords", "xray:PutTraceSegments"], resources=["*"]),
    ]
    role = iam.Role(
        scope,
        "invoker-role",
        assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"),
        description=f"What {name} may do",
        inline_policies={"invoker": iam.PolicyDocument(statements=allowed)},
    )
    accept_wildcards(role, "Each deploy has a version of its own, which is made after this role", versions)
    accept_wildcards(role, "AWS grants X-Ray's actions on no less than everything", "*")
    accept(role, "Nothing but what X-Ray has nothing finer for", "Serverless-LambdaStarPermissions")
    return role
