"""What the tests of the stacks share: archives that stand for the package, and handles made of imports."""

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_rds as rds
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_secretsmanager as secretsmanager

from infra import handles
from infra.package.artifacts import Artifacts


@pytest.fixture(scope="session")
def artifacts(tmp_path_factory: pytest.TempPathFactory) -> Artifacts:
    """Empty archives in the package's place: a template does not look into them."""
    made = Artifacts(tmp_path_factory.mktemp("package"))
    for path in made.all:
        path.write_bytes(b"PK\x05\x06" + b"\x00" * 18)
    return made


def outside(app: cdk.App) -> cdk.Stack:
    """A stack for what a stack under test is given; in production's account and region."""
    return cdk.Stack(app, "outside", env=cdk.Environment(account="111111111111", region="us-east-1"))


def network(scope: cdk.Stack) -> handles.Network:
    """A network by imports."""
    vpc = ec2.Vpc.from_vpc_attributes(
        scope,
        "vpc",
        vpc_id="vpc-1",
        vpc_cidr_block="10.0.0.0/16",
        availability_zones=["us-east-1a", "us-east-1b"],
        private_subnet_ids=["subnet-1", "subnet-2"],
        public_subnet_ids=["subnet-3", "subnet-4"],
    )
    return handles.Network(
        vpc=vpc,
        subnets=ec2.SubnetSelection(subnets=vpc.private_subnets),
        service=ec2.SecurityGroup.from_security_group_id(scope, "service", "sg-service"),
    )


def data(scope: cdk.Stack) -> handles.Data:
    """Data by imports."""
    secret = secretsmanager.Secret.from_secret_complete_arn(
        scope, "secret", "arn:aws:secretsmanager:us-east-1:111111111111:secret:db-a1B2c3"
    )
    proxy = rds.DatabaseProxy.from_database_proxy_attributes(
        scope,
        "proxy",
        db_proxy_arn="arn:aws:rds:us-east-1:111111111111:db-proxy:prx-0123456789abcdef0",
        db_proxy_name="lego-api",
        endpoint="proxy.test",
        security_groups=[],
    )
    return handles.Data(
        database=handles.Database(
            instance="db",
            proxy=proxy,
            proxy_host="proxy.test",
            proxy_name="lego-api",
            host="db.test",
            port=5432,
            name="lego",
            user="lego_api",
            secret=secret,
        ),
        redis_endpoint="rediss://redis.test:6379",
        redis_cluster=True,
        redis_group="redis",
        redis_nodes=("redis-0001-001", "redis-0002-001"),
        search=handles.Search(
            endpoint="https://search.us-east-1.es.amazonaws.com",
            domain_arn="arn:aws:es:us-east-1:111111111111:domain/search",
            domain_name="search",
        ),
        files=s3.Bucket.from_bucket_name(scope, "files", "lego-moc-files-production"),
        users=handles.UserPool(
            issuer="https://cognito-idp.us-east-1.amazonaws.com/us-east-1_AbC",
            client_id="client",
            arn="arn:aws:cognito-idp:us-east-1:111111111111:userpool/us-east-1_AbC",
        ),
    )
