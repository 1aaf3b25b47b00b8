"""The reindex from many functions at once: a Step Functions Distributed Map, and what it calls."""

from collections.abc import Mapping, Sequence
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from constructs import Construct

from infra import handles
from infra.constructs.grants import Things, denied_to_code_of, policy_of
from infra.constructs.package import ARCHITECTURE, RUNTIME
from infra.constructs.reindex_map import ReindexMap
from infra.findings import accept, accept_wildcards
from infra.package.artifacts import Artifacts
from infra.permissions import PLATFORM, On, Permission
from infra.retention import RETENTION
from infra.stages.model import Stage

ALIASES = ("moc_instructions", "gallery_images", "wishlist_items")
PLAN_SECONDS = 300  # it asks the cluster a few questions, of a minute's patience each
LOAD_SECONDS = 900  # Lambda's most; what is left after that, the next invocation goes on with
MEMORY_MB = 1024

_DATABASE = Permission(("rds-db:connect",), On.DATABASE)
_MADE = tuple(f"{alias}-v*" for alias in ALIASES)  # by a reindex; neither an alias nor an index of another maker
PERMISSIONS: Mapping[str, Sequence[Permission]] = {
    "plan": (
        _DATABASE,
        Permission(("es:ESHttpGet",), On.SEARCH, ("*",)),  # blocks, disks, and what stands under the alias
        Permission(("es:ESHttpPut",), On.SEARCH, _MADE),
        Permission(("es:ESHttpDelete",), On.SEARCH, _MADE, rare="of an index that a template made another of"),
    ),
    "load": (
        _DATABASE,
        Permission(("es:ESHttpGet",), On.SEARCH, _MADE),
        Permission(("es:ESHttpPost",), On.SEARCH, tuple(f"{made}/_bulk" for made in _MADE)),
        Permission(("es:ESHttpDelete",), On.SEARCH, _MADE, rare="of one that a bulk request made where it was gone"),
    ),
}


class SearchLoadStack(cdk.Stack):
    """What loads an index from many functions at once, and the command lines that start it and go on behind it."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        stage: Stage,
        network: handles.Network,
        data: handles.Data,
        artifacts: Artifacts,
        **options: Any,
    ) -> None:
        super().__init__(scope, construct_id, **options)
        cdk.Tags.of(self).add("Service", "SearchLoad")
        self._stage, self._network, self._data = stage, network, data
        self._roles: dict[str, iam.Role] = {}
        self._code = lambda_.Code.from_asset(str(artifacts.reindex_code))
        self._layer = lambda_.LayerVersion(
            self,
            "core",
            code=lambda_.Code.from_asset(str(artifacts.core_layer)),
            compatible_architectures=[ARCHITECTURE],
            compatible_runtimes=[RUNTIME],
            description="What the reindex imports from",
        )
        plan = self._function("plan", PLAN_SECONDS, "Makes an index to be loaded and says in how many ranges")
        load = self._function("load", LOAD_SECONDS, "Loads one range of an index, or what is left of it")
        name = stage.named("reindex")
        # Below this prefix a log group takes no room in the account's one policy for delivered logs.
        group = self._log_group("machine-logs", f"/aws/vendedlogs/states/{name}")
        made = ReindexMap(self, "reindex", name=name, plan=plan, load=load, log_group=group)
        self._tell(made.machine.state_machine_arn, [self._roles[what].role_arn for what in PERMISSIONS])

    def _function(self, what: str, seconds: int, description: str) -> lambda_.Function:
        name = self._stage.named(f"reindex-{what}")
        group = self._log_group(f"{what}-logs", f"/aws/lambda/{name}")
        function = lambda_.Function(
            self,
            what,
            function_name=name,
            description=description,
            code=self._code,
            layers=[self._layer],
            handler=f"cutover.reindex.in_lambda.{what}",
            runtime=RUNTIME,
            architecture=ARCHITECTURE,
            memory_size=MEMORY_MB,
            timeout=cdk.Duration.seconds(seconds),
            environment=self._environment(),
            # The table of permissions is all that the role may do: CDK adds nothing to it.
            role=self._role(what, name, group).without_policy_updates(),
            log_group=group,
            logging_format=lambda_.LoggingFormat.JSON,
            application_log_level_v2=lambda_.ApplicationLogLevel.INFO,
            tracing=lambda_.Tracing.ACTIVE,
            vpc=self._network.vpc,
            vpc_subnets=self._network.subnets,
            security_groups=[self._network.service],
        )
        built = "The package is built for Python 3.13 and tested on it"
        accept(function, built, "AwsSolutions-L1", "Serverless-LambdaLatestVersion")
        waited_for = "The state machine waits for each call, repeats it and fails with it: no event can get lost"
        accept(function, waited_for, "Serverless-LambdaDLQ")
        accept_wildcards(function, "CDK's own policy for traces: the role does not take it, no template has it", "*")
        return function

    def _environment(self) -> dict[str, str]:
        database = self._data.database
        return {
            "OPENSEARCH_ENDPOINT": self._data.search.endpoint,
            "POSTGRES_HOST": database.proxy_host,
            "POSTGRES_PORT": str(database.port),
            "POSTGRES_DATABASE": database.name,
            "POSTGRES_USERNAME": database.user,
        }

    def _role(self, what: str, function: str, group: logs.ILogGroup) -> iam.Role:
        things = Things(self._data, group)
        role = iam.Role(
            self,
            f"{what}-role",
            assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"),
            description=f"What the function that {what}s a reindex may do",
            inline_policies={
                "reindex": policy_of(self, PERMISSIONS[what], things),
                "platform": policy_of(self, PLATFORM, things),
                "denied": iam.PolicyDocument(statements=[denied_to_code_of(self, function)]),
            },
        )
        interfaces = self.format_arn(service="ec2", resource="*", resource_name="*")
        everything = "Lambda's own calls: AWS grants them on everything, or on all of EC2"
        accept_wildcards(role, everything, "*", interfaces)
        accept(role, everything, "Serverless-LambdaStarPermissions")
        searched = sorted({path for one in PERMISSIONS[what] for path in one.paths})
        named = "Indices are named by the time when they are made, behind their alias and -v"
        accept_wildcards(role, named, *(f"{self._data.search.domain_arn}/{path}" for path in searched))
        self._roles[what] = role
        return role

    def _log_group(self, construct_id: str, name: str) -> logs.LogGroup:
        return logs.LogGroup(
            self,
            construct_id,
            log_group_name=name,
            retention=RETENTION[self._stage.log_days],
            removal_policy=cdk.RemovalPolicy.DESTROY,
        )

    def _tell(self, arn: str, roles: Sequence[str]) -> None:
        event = '{"alias": "moc_instructions", "ranges": 200}'
        told = {
            "ReindexStateMachine": (arn, "The state machine that loads a search index in many ranges at once"),
            "ReindexStart": (
                f"aws stepfunctions start-execution --state-machine-arn {arn} --input '{event}'",
                f"Starts it; the alias is one of {', '.join(ALIASES)}",
            ),
            "ReindexAfter": (
                "cutover reindex run moc_instructions --loaded INDEX",
                "What follows, as the execution's output has it: it catches up, compares, mends and verifies",
            ),
            "SearchRoles": (", ".join(roles), "OpenSearch: more backend roles of the search domain's role mapping"),
        }
        for name, (value, description) in told.items():
            cdk.CfnOutput(self, name, value=value, description=description)
