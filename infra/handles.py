"""What one stack hands to the next: the things themselves, whether they were made or adopted."""

from collections.abc import Sequence
from dataclasses import dataclass

from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_rds as rds
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_secretsmanager as secretsmanager
from aws_cdk import aws_sns as sns


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """Where functions and tasks run. `service` is their security group: the data's groups let it in."""

    vpc: ec2.IVpc
    subnets: ec2.SubnetSelection  # private, with a way out
    service: ec2.ISecurityGroup


@dataclass(frozen=True, slots=True, kw_only=True)
class Database:
    """PostgreSQL: through the proxy by IAM for the service, at its own address by its secret for migrations."""

    instance: str  # its name, as CloudWatch has it
    proxy: rds.IDatabaseProxy
    proxy_host: str
    proxy_name: str
    host: str
    port: int
    name: str
    user: str
    secret: secretsmanager.ISecret


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """The OpenSearch domain: its https endpoint, its ARN and its name."""

    endpoint: str
    domain_arn: str
    domain_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UserPool:
    """Cognito: whose tokens are taken."""

    issuer: str
    client_id: str
    arn: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Data:
    """Everything that keeps data. `redis_endpoint` is a rediss:// URL; CloudWatch has a name for each node."""

    database: Database
    redis_endpoint: str
    redis_cluster: bool
    redis_group: str
    redis_nodes: Sequence[str]
    search: Search
    files: s3.IBucket
    users: UserPool


@dataclass(frozen=True, slots=True, kw_only=True)
class Api:
    """The Lambda side, as `cutover` and the dashboards name it."""

    api_id: str
    dead_letters: str  # the name of the queue of what the parser could not do
    functions: Sequence[lambda_.IFunction]
    regional_domain: str | None  # what an alias record of the public name points to
    regional_zone_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Container:
    """The ECS side, as `cutover` and the dashboards name it."""

    load_balancer: str  # CloudWatch's dimension: app/NAME/ID
    target_group: str | None  # TargetGroup's dimension: targetgroup/NAME/ID; None: of an adopted service, not named
    cluster: str
    service: str
    repositories: Sequence[str]  # of ECR: the service's images
    access_logs_bucket: str | None  # of the load balancer; None: unknown here


@dataclass(frozen=True, slots=True, kw_only=True)
class Operations:
    """What the migration itself needs, in the service's own region."""

    ledger: dynamodb.ITable
    archive: s3.IBucket
    notices: sns.ITopic


@dataclass(frozen=True, slots=True, kw_only=True)
class KillSwitch:
    """What takes Lambda out of the answers while Route 53's API is away; in a region of its own."""

    bucket: s3.IBucket
    health_check_id: str
