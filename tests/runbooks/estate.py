"""What production's account has beside the two sides, made in the stand-ins; and the variables that name it all."""

import io
import json
import zipfile
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import cache
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from cutover.rehearsal.controller import ENV
from cutover.rehearsal.stack.plan import (
    ACCOUNT_ID,
    API_GATEWAY_ZONE_ID,
    API_ID,
    BUCKET,
    GATEWAY_TARGET,
    LOAD_BALANCER,
    PUBLIC_NAME,
    REGION,
    STAGE,
    ZONE_ID,
)
from cutover.rehearsal.stack.ports import LOOPBACK
from cutover.rehearsal.stack.stack import DATABASE, Stack
from cutover.render.shell_variables import function_logs
from infra.functions import FUNCTIONS

VETO = f"lego-api-veto-{STAGE}"
CLUSTER, SERVICE = "lego-projects", "lego-projects-api"
SWITCH_BUCKET, SWITCH_REGION = f"lego-api-switch-{STAGE}", "us-west-2"
SWITCH_KEY, SWITCH_ON = "lambda-serves", "lambda-serves: yes\n"
ARCHIVE_BUCKET = f"lego-api-archive-{STAGE}"
REPOSITORY = "lego-projects-api"
TOPIC = f"arn:aws:sns:{REGION}:{ACCOUNT_ID}:lego-api-notices-{STAGE}"
DEAD_LETTERS = f"lego-api-parser-dead-letters-{STAGE}"
OWNER_SECRET = f"lego-api-db-credentials-{STAGE}"
REDIS_GROUP = f"lego-projects-{STAGE}"
RESOURCE, DIMENSION = f"service/{CLUSTER}/{SERVICE}", "ecs:service:DesiredCount"

Clients = Callable[..., Any]


def make(stack: Stack) -> None:
    """Everything that is not there, or is no more as it is in the beginning. Raises botocore's errors."""
    clients = _clients(stack.places.aws_url)
    _storage(clients)
    _doors(clients)
    _ecs(clients)
    _functions(clients)
    _messages(clients)
    _secrets(clients("secretsmanager"), stack.places.postgres)


def variables(stack: Stack) -> Mapping[str, str]:
    """What the variables file holds for this stack: names as in runbooks/README.md; and credentials of nobody."""
    described = stack.describe()
    return {
        **{name: value for name, value in ENV.items() if name.startswith("AWS_")},
        "AWS_ENDPOINT_URL": stack.places.aws_url,
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_PAGER": "",
        "STAGE": STAGE,
        "ACCOUNT_ID": ACCOUNT_ID,
        "API_ID": API_ID,
        "FUNCTION_LOGS": function_logs(STAGE),
        "LOAD_BALANCER": LOAD_BALANCER,
        "ZONE_ID": ZONE_ID,
        "PUBLIC_NAME": PUBLIC_NAME,
        "ECS_URL": stack.places.ecs_url,
        "LAMBDA_URL": stack.places.lambda_url,
        "CLUSTER": CLUSTER,
        "SERVICE": SERVICE,
        "FILES_BUCKET": BUCKET,
        "SWITCH_BUCKET": SWITCH_BUCKET,
        "SWITCH_REGION": SWITCH_REGION,
        "ARCHIVE_BUCKET": ARCHIVE_BUCKET,
        "REPOSITORY": REPOSITORY,
        "DATABASE_INSTANCE": f"lego-projects-{STAGE}",
        "REDIS_GROUP": REDIS_GROUP,
        "DEAD_LETTERS": f"{stack.places.aws_url}/{ACCOUNT_ID}/{DEAD_LETTERS}",
        "OWNER_SECRET": OWNER_SECRET,
        "DATABASE_URL": str(described["database_url"]),
        "REDIS_URL": str(described["redis_url"]),
        "SEARCH_URL": stack.places.search_url,
        "SIGNED": "",  # the search server asks nobody who they are
        "TOKEN": stack.token("alice"),
    }


def vetoed(aws_url: str) -> bool:
    """Whether the composite alarm is on that keeps traffic from being raised."""
    asked = {"AlarmNames": [VETO], "AlarmTypes": ["CompositeAlarm"]}
    found = _clients(aws_url)("cloudwatch").describe_alarms(**asked)["CompositeAlarms"]
    return any(alarm["StateValue"] == "ALARM" for alarm in found)


@cache
def _clients(aws_url: str) -> Clients:
    """Makes a client of the stand-ins, each once."""
    session: Any = boto3.Session(ENV["AWS_ACCESS_KEY_ID"], ENV["AWS_SECRET_ACCESS_KEY"], region_name=REGION)
    config = Config(s3={"addressing_style": "path"}, proxies={}, retries={"max_attempts": 2})

    @cache
    def client(service: str, region: str = REGION) -> Any:
        return session.client(service, endpoint_url=aws_url, region_name=region, config=config)

    return client


def _storage(clients: Clients) -> None:
    for bucket, region in ((SWITCH_BUCKET, SWITCH_REGION), (ARCHIVE_BUCKET, REGION)):
        where = {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}
        with suppress(ClientError):
            clients("s3", region).create_bucket(Bucket=bucket, **where)
    clients("s3", SWITCH_REGION).put_object(Bucket=SWITCH_BUCKET, Key=SWITCH_KEY, Body=SWITCH_ON.encode())


def _doors(clients: Clients) -> None:
    """The load balancer and the API's domain, both reached by IPv4 and IPv6."""
    elb = clients("elbv2")
    subnets = [subnet["SubnetId"] for subnet in clients("ec2").describe_subnets()["Subnets"]][:2]
    with suppress(ClientError):
        made = elb.create_load_balancer(Name="lego-api", Subnets=subnets, IpAddressType="dualstack")
        arn = made["LoadBalancers"][0]["LoadBalancerArn"]
        vpc = clients("ec2").describe_vpcs()["Vpcs"][0]["VpcId"]
        group = elb.create_target_group(Name="lego-api", Protocol="HTTP", Port=8080, TargetType="ip", VpcId=vpc)
        forward = {"Type": "forward", "TargetGroupArn": group["TargetGroups"][0]["TargetGroupArn"]}
        elb.create_listener(LoadBalancerArn=arn, Protocol="HTTP", Port=80, DefaultActions=[forward])
    with suppress(ClientError):
        certificate = f"arn:aws:acm:{REGION}:{ACCOUNT_ID}:certificate/{ACCOUNT_ID}"
        domain = {
            "CertificateArn": certificate,
            "EndpointType": "REGIONAL",
            "IpAddressType": "dualstack",
            "ApiGatewayDomainName": GATEWAY_TARGET,
            "HostedZoneId": API_GATEWAY_ZONE_ID,
        }
        clients("apigatewayv2").create_domain_name(DomainName=PUBLIC_NAME, DomainNameConfigurations=[domain])


def _ecs(clients: Clients) -> None:
    """The service with two tasks, scaled from two to eight; made again where a page has taken it down."""
    ecs, scaling = clients("ecs"), clients("application-autoscaling")
    ecs.create_cluster(clusterName=CLUSTER)
    found = ecs.describe_services(cluster=CLUSTER, services=[SERVICE])["services"]
    if not any(service["status"] == "ACTIVE" for service in found):
        container = {"name": "api", "image": f"{REPOSITORY}:v1.4.2", "memory": 2048}
        made = ecs.register_task_definition(family=SERVICE, containerDefinitions=[container])
        task = made["taskDefinition"]["taskDefinitionArn"]
        ecs.create_service(cluster=CLUSTER, serviceName=SERVICE, taskDefinition=task, desiredCount=2)
    ecs.update_service(cluster=CLUSTER, service=SERVICE, desiredCount=2)
    target = {"ServiceNamespace": "ecs", "ResourceId": RESOURCE, "ScalableDimension": DIMENSION}
    scaling.register_scalable_target(**target, MinCapacity=2, MaxCapacity=8)
    _repository(clients("ecr"))


def _repository(ecr: Any) -> None:
    manifest = {"schemaVersion": 2, "mediaType": "application/vnd.docker.distribution.manifest.v2+json", "layers": []}
    with suppress(ClientError):
        ecr.create_repository(repositoryName=REPOSITORY)
    with suppress(ClientError):
        ecr.put_image(repositoryName=REPOSITORY, imageManifest=json.dumps(manifest), imageTag="v1.4.2")


def _functions(clients: Clients) -> None:
    """The functions as Lambda describes them; those that answer are the stack's own."""
    trust = json.dumps({"Version": "2012-10-17", "Statement": []})
    role = f"arn:aws:iam::{ACCOUNT_ID}:role/lego-api-{STAGE}"
    with suppress(ClientError):
        clients("iam").create_role(RoleName=f"lego-api-{STAGE}", AssumeRolePolicyDocument=trust)
    for function in FUNCTIONS:
        name, client = function.deployed_name(STAGE), clients("lambda")
        with suppress(ClientError):
            client.create_function(
                FunctionName=name,
                Runtime="python3.11",
                Role=role,
                Handler=function.handler,
                MemorySize=function.memory_mb,
                Timeout=int(function.timeout_seconds),
                Code={"ZipFile": _package()},
                Publish=True,
            )
            client.create_alias(FunctionName=name, Name="live", FunctionVersion="1")


@cache
def _package() -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as file:
        file.writestr("nothing.py", "")
    return held.getvalue()


def _messages(clients: Clients) -> None:
    """The topic of the notices and the parser's dead letters; the queue is empty."""
    clients("sns").create_topic(Name=TOPIC.rpartition(":")[2])
    sqs = clients("sqs")
    sqs.delete_queue(QueueUrl=sqs.create_queue(QueueName=DEAD_LETTERS)["QueueUrl"])  # purged it may be once a minute
    sqs.create_queue(QueueName=DEAD_LETTERS)


def _secrets(secrets: Any, port: int) -> None:
    """The database owner's, as RDS writes it."""
    value = {"username": "postgres", "password": "first", "host": LOOPBACK, "port": port, "dbname": DATABASE}
    with suppress(ClientError):
        secrets.create_secret(Name=OWNER_SECRET, SecretString=json.dumps(value))
    secrets.put_secret_value(SecretId=OWNER_SECRET, SecretString=json.dumps(value))
