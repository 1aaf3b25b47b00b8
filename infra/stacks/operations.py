"""What the migration itself needs: the ledger's table, the archive's bucket, a topic for notices, people's roles."""

from collections.abc import Mapping, Sequence
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from constructs import Construct

from infra import handles
from infra.constructs.http_api import access_log_name
from infra.constructs.keeping import removal
from infra.constructs.operator_roles import OperatorRoles
from infra.constructs.service_function import ALIAS
from infra.findings import accept
from infra.functions import PARSER
from infra.operators import Place
from infra.stacks.kill_switch import KEY
from infra.stacks.shell import STARTING, WHAT
from infra.stages.model import Stage, Zone

ARCHIVED = cdk.Duration.days(90)  # the migration plan: images are archived for 90 days
LOGGED = cdk.Duration.days(90)
ARCHIVE_PREFIX = "cutover-archive"  # archive.prefix of cutover.toml, as it is by default
_COLON = cdk.ArnFormat.COLON_RESOURCE_NAME


class OperationsStack(cdk.Stack):
    """In the service's region. Where a stage has no public name there is nothing to move, and there are no roles."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        stage: Stage,
        data: handles.Data,
        api: handles.Api,
        container: handles.Container,
        **options: Any,
    ) -> None:
        super().__init__(scope, construct_id, **options)
        cdk.Tags.of(self).add("Service", "Operations")
        self._removal = removal(stage)
        self.handles = handles.Operations(
            ledger=self._ledger(stage), archive=self._archive(stage), notices=self._notices(stage)
        )
        self._say()
        if stage.zone and stage.public_name:
            self._staff(stage, stage.zone, stage.public_name, self._places(stage, data, api, container))

    def _ledger(self, stage: Stage) -> dynamodb.Table:
        """Items are events, the lease, kept documents; nobody ever deletes one, so nothing expires either."""
        return dynamodb.Table(
            self,
            "Ledger",
            table_name=stage.named("cutover-ledger"),  # `cutover init` takes tables and topics named so for ours
            partition_key=dynamodb.Attribute(name="migration", type=dynamodb.AttributeType.STRING),
            sort_key=dynamodb.Attribute(name="seq", type=dynamodb.AttributeType.NUMBER),
            billing_mode=dynamodb.BillingMode.PAY_PER_REQUEST,
            encryption=dynamodb.TableEncryption.AWS_MANAGED,
            point_in_time_recovery_specification=dynamodb.PointInTimeRecoverySpecification(
                point_in_time_recovery_enabled=True
            ),
            deletion_protection=stage.keep_data,
            removal_policy=self._removal,
        )

    def _archive(self, stage: Stage) -> s3.Bucket:
        """Locked for as long as images are kept: no slip, and nobody's keys, take away what a way back is made from.

        A governed lock, which an administrator may lift. A development stage has none, so that it can be deleted.
        """
        logs = s3.Bucket(
            self,
            "AccessLogs",
            encryption=s3.BucketEncryption.S3_MANAGED,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            enforce_ssl=True,
            lifecycle_rules=[s3.LifecycleRule(expiration=LOGGED)],
            removal_policy=self._removal,
        )
        return s3.Bucket(
            self,
            "Archive",
            bucket_name=stage.named("cutover-archive"),
            encryption=s3.BucketEncryption.S3_MANAGED,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            enforce_ssl=True,
            versioned=stage.keep_data,  # without versions one command empties it, so that its stack can be deleted
            object_lock_default_retention=s3.ObjectLockRetention.governance(ARCHIVED) if stage.keep_data else None,
            lifecycle_rules=[
                s3.LifecycleRule(
                    expiration=ARCHIVED,
                    noncurrent_version_expiration=cdk.Duration.days(1),
                    abort_incomplete_multipart_upload_after=cdk.Duration.days(7),
                )
            ],
            server_access_logs_bucket=logs,
            removal_policy=self._removal,
        )

    def _notices(self, stage: Stage) -> sns.Topic:
        """Whoever is on call hears by mail of what is urgent; others subscribe to all of it."""
        topic = sns.Topic(
            self,
            "Notices",
            topic_name=stage.named("cutover-notices"),
            master_key=kms.Alias.from_alias_name(self, "SnsKey", "alias/aws/sns"),
            enforce_ssl=True,
        )
        urgent = {"urgent": sns.SubscriptionFilter.string_filter(allowlist=["true"])}
        for address in stage.woken:
            topic.add_subscription(subscriptions.EmailSubscription(address, filter_policy=urgent))
        accept(
            topic,
            "Mail knows no dead letters; every notice is also a line of the ledger",
            "Serverless-SNSRedrivePolicy",
        )
        return topic

    def _staff(self, stage: Stage, zone: Zone, public_name: str, places: Mapping[Place, Sequence[str]]) -> None:
        route53, apis = f"arn:{self.partition}:route53:::", f"arn:{self.partition}:apigateway:{self.region}::"
        of_name = {
            Place.ZONE: (f"{route53}hostedzone/{zone.hosted_zone_id}",),
            Place.CHANGES: (f"{route53}change/*",),
            Place.DOMAIN: (f"{apis}/domainnames/{public_name}",),
            Place.APIS: (
                f"{apis}/apis",
                f"{apis}/apis/*/integrations",
                f"{apis}/domainnames",
                f"{apis}/domainnames/*/apimappings",
            ),
        }
        made = OperatorRoles(self, "Operators", stage=stage, public_name=public_name, arns={**places, **of_name})
        for name, role in made.roles.items():
            described = f"Whose profile cutover --profile and aws --profile name: {name}"
            output = f"{name.title().replace('-', '')}Role"
            cdk.CfnOutput(self, output, value=role.role_arn, description=described)

    def _places(
        self, stage: Stage, data: handles.Data, api: handles.Api, container: handles.Container
    ) -> Mapping[Place, Sequence[str]]:
        """Where each thing of the table of rights is."""
        return {
            **self._own_places(stage, container.repositories),
            **self._places_of_ecs(container, stage.balancer.target_group if stage.balancer else None),
            **self._places_of_lambda(stage, api),
            **self._places_of_data(data),
            **self._places_of_costs(),
            **self._places_of_the_shell(stage),
            Place.STACKS: (self._arn("cloudformation", "stack", f"{stage.named('*')}/*"),),
            Place.BOARDS: (f"arn:{self.partition}:cloudwatch::{self.account}:dashboard/{stage.named('*')}",),
            Place.ALARMS: (self._arn("cloudwatch", "alarm", stage.named("*"), _COLON),),
            Place.LOGS: tuple(
                self._arn("logs", "log-group", f"{group}:*", _COLON)
                for group in (
                    f"/aws/lambda/{stage.named('*')}",
                    f"/ecs/{stage.named('service')}",
                    access_log_name(stage),
                )
            ),
        }

    def _places_of_lambda(self, stage: Stage, api: handles.Api) -> Mapping[Place, Sequence[str]]:
        functions = [function.function_arn for function in api.functions]
        return {
            Place.FUNCTIONS: functions,
            Place.LIVE: [f"{function}:{ALIAS}" for function in functions],
            Place.PARSER: (self._arn("lambda", "function", stage.named(PARSER), _COLON),),
            Place.DEAD_LETTERS: (self.format_arn(service="sqs", resource=api.dead_letters),),
        }

    def _places_of_data(self, data: handles.Data) -> Mapping[Place, Sequence[str]]:
        return {
            Place.PROXIES: (self._arn("rds", "db-proxy", "*", _COLON),),
            Place.DATABASE: (self._arn("rds", "db", data.database.instance, _COLON),),
            Place.OWNERS_LOGIN: (data.database.secret.secret_arn,),
            Place.REDIS: (self._arn("elasticache", "replicationgroup", data.redis_group, _COLON),),
            Place.CACHES: tuple(
                self._arn("elasticache", kind, "*", _COLON) for kind in ("cluster", "replicationgroup")
            ),
            Place.SEARCH: (f"{data.search.domain_arn}/*",),
        }

    def _places_of_costs(self) -> Mapping[Place, Sequence[str]]:
        """Budgets and anomalies are of the account, in no region."""
        return {
            Place.BUDGETS: (self.format_arn(service="budgets", region="", resource="budget", resource_name="*"),),
            Place.ANOMALIES: (self.format_arn(service="ce", region="", resource="anomalymonitor", resource_name="*"),),
        }

    def _places_of_the_shell(self, stage: Stage) -> Mapping[Place, Sequence[str]]:
        """By their names: the stack that makes them may come later, or be made anew."""
        shell = stage.named(WHAT)
        return {
            Place.SHELL: (self._arn("ecs", "task-definition", f"{shell}:*"),),
            Place.SHELL_CLUSTER: (self._arn("ecs", "cluster", shell),),
            Place.SHELL_TASKS: (self._arn("ecs", "task", f"{shell}/*"),),
            Place.SHELL_ROLES: tuple(
                self.format_arn(service="iam", region="", resource="role", resource_name=stage.named(what))
                for what in (WHAT, STARTING)
            ),
        }

    def _own_places(self, stage: Stage, repositories: Sequence[str]) -> Mapping[Place, Sequence[str]]:
        own, switch = self.handles, f"arn:{self.partition}:s3:::{stage.named('kill-switch')}"
        return {
            Place.LEDGER: (own.ledger.table_arn,),
            Place.SWITCH: (f"{switch}/{KEY}",),
            Place.SWITCH_BUCKET: (switch,),
            Place.ARCHIVE_BUCKET: (own.archive.bucket_arn,),
            Place.ARCHIVED_IMAGES: tuple(
                own.archive.arn_for_objects(f"{ARCHIVE_PREFIX}/{name}/*") for name in repositories
            ),
            Place.ARCHIVE: (own.archive.arn_for_objects(f"{ARCHIVE_PREFIX}/*"),),
            Place.NOTICES: (own.notices.topic_arn,),
        }

    def _places_of_ecs(self, container: handles.Container, adopted: str | None) -> Mapping[Place, Sequence[str]]:
        """`adopted`: the target group that served before; its load balancer may have others, which go with it."""
        logs, group = container.access_logs_bucket, container.target_group
        if group == adopted:
            group = None
        bucket = f"arn:{self.partition}:s3:::{logs}"
        return {
            Place.REPOSITORIES: tuple(self._arn("ecr", "repository", name) for name in container.repositories),
            Place.SERVICE: (self._arn("ecs", "service", f"{container.cluster}/{container.service}"),),
            Place.SERVICES: (self._arn("ecs", "service", "*"),),
            Place.SCALABLE_TARGETS: (self._arn("application-autoscaling", "scalable-target", "*"),),
            Place.BALANCER: (self._arn("elasticloadbalancing", "loadbalancer", container.load_balancer),),
            Place.TARGET_GROUPS: (
                f"arn:{self.partition}:elasticloadbalancing:{self.region}:{self.account}:{group or 'targetgroup/*'}",
            ),
            Place.ACCESS_LOGS_BUCKET: (bucket,) if logs else (),
            Place.ACCESS_LOGS: (f"{bucket}/*",) if logs else (),
        }

    def _arn(
        self, service: str, resource: str, name: str, form: cdk.ArnFormat = cdk.ArnFormat.SLASH_RESOURCE_NAME
    ) -> str:
        return self.format_arn(service=service, resource=resource, resource_name=name, arn_format=form)

    def _say(self) -> None:
        own = self.handles
        said = {
            "LedgerTable": (own.ledger.table_name, "[ledger] table"),
            "ArchiveBucket": (own.archive.bucket_name, "[archive] bucket"),
            "NoticesTopic": (own.notices.topic_arn, "[notify] sns_topic"),
        }
        for name, (value, key) in said.items():
            cdk.CfnOutput(self, name, value=value, description=f"cutover.toml: {key}")
