"""What a stack is made of: names, addresses, ports and time, decided before anything starts. Pure but for the ports."""

import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass
from typing import Any

from cutover.rehearsal.stack.ports import LOOPBACK, free_port, free_udp_port
from cutover.rehearsal.stack.tokens import CLIENT_ID, ISSUER, JWKS_PATH
from infra.functions import FUNCTIONS, PARSER, Function

PUBLIC_NAME = "api.lego-moc.example.test"
ZONE_ID = "Z0REHEARSAL"
ZONE_NAME = "lego-moc.example.test."
REGION = "us-east-1"
ACCOUNT_ID = "123456789012"
STAGE = "rehearsal"
BUCKET = "lego-moc-files-rehearsal"
API_ID = "a1b2c3d4e5"
LOAD_BALANCER = "app/lego-api/50dc6c495c0c9188"
ECS_ADDRESS = "127.0.1.1"  # the load balancer
LAMBDA_ADDRESS = "127.0.1.2"  # API Gateway; the same port: DNS answers carry none
ECS_IPV6, LAMBDA_IPV6 = "2001:db8::1", "2001:db8::2"  # documentation's: nobody listens, the users ask for A alone
ALB_TARGET = "lego-api-1234567890.us-east-1.elb.amazonaws.com"
GATEWAY_TARGET = "d-rehearsal.execute-api.us-east-1.amazonaws.com"
DEAD_LETTERS = f"lego-api-parser-dead-letters-{STAGE}"
ACCESS_LOG = f"/aws/vendedlogs/lego-api-access-{STAGE}"  # API Gateway's
# The dimensions of AWS's metrics, and the variables of the catalogue that hold their values.
DIMENSIONS = {
    "DBInstanceIdentifier": "DatabaseInstance",
    "ProxyName": "ProxyName",
    "CacheClusterId": "RedisNode",
    "ClientId": "AccountId",
    "DomainName": "SearchDomain",
    "ClusterName": "Cluster",
    "ServiceName": "Service",
    "LoadBalancer": "LoadBalancer",
    "TargetGroup": "TargetGroup",
    "QueueName": "DeadLetters",
}
RECORD_TYPES = ("A", "AAAA")  # of the public name; every one has to move
ELB_ZONE_ID = "Z35SXDOTRQ7X7K"  # the real ones of us-east-1
API_GATEWAY_ZONE_ID = "Z1UJRXOUMOOFQ8"
XRAY_PORT = 2000  # of X-Ray's daemon, where nobody has chosen another
LOG_SAMPLE = "0.1"  # as production: of what went well one line in ten is written
SWITCH_HEALTH_CHECK = "8a7b6c5d-1234-5678-9abc-def012345678"  # the kill switch's; no name server here looks at it
MAX_ENVIRONMENTS = 4  # of each function: what two cores bear
CONCURRENCY_LIMIT = 1000  # an account's, if nobody has asked for another: no function reserves a part of it
# Production keeps more; the machine is small, and what the traffic does not ask for need not be warm.
WARM = {"health": 1, "mocs": 3, "gallery": 2, "wishlist": 2, "profile": 1, "upload": 1, PARSER: 1}


@dataclass(frozen=True, slots=True)
class Places:
    """The ports of one stack; all on 127.0.0.1 but `public`, which is on the two sides' addresses."""

    public: int
    api: int
    valkey: int
    search: int
    moto: int
    aws: int
    dns: int
    edge_control: int
    postgres: int
    xray: int = XRAY_PORT

    @classmethod
    def pick(cls, postgres: int) -> "Places":
        """Free ports, all different: one that is free now may be offered twice before anybody takes it."""
        while True:
            places = cls(
                public=free_port(ECS_ADDRESS, LAMBDA_ADDRESS),
                api=free_port(),
                valkey=free_port(),
                search=free_port(),
                moto=free_port(),
                aws=free_port(),
                dns=free_udp_port(),
                edge_control=free_port(),
                postgres=postgres,
                xray=free_udp_port(),
            )
            ports = astuple(places)
            if len(set(ports)) == len(ports):
                return places

    @property
    def ecs_url(self) -> str:
        """The load balancer."""
        return f"http://{ECS_ADDRESS}:{self.public}"

    @property
    def lambda_url(self) -> str:
        """API Gateway."""
        return f"http://{LAMBDA_ADDRESS}:{self.public}"

    @property
    def aws_url(self) -> str:
        """Every AWS service."""
        return f"http://{LOOPBACK}:{self.aws}"

    @property
    def search_url(self) -> str:
        """The search server."""
        return f"http://{LOOPBACK}:{self.search}"

    @property
    def jwks_url(self) -> str:
        """The user pool's keys."""
        return self.aws_url + JWKS_PATH


@dataclass(frozen=True, slots=True)
class Clockwork:
    """The compressed time that every process of the stack shares."""

    factor: float
    epoch: float

    @classmethod
    def starting_now(cls, factor: float) -> "Clockwork":
        """From this moment on."""
        return cls(factor, float(int(time.time())))


def service_env(places: Places, database: str) -> Mapping[str, str]:
    """The service's own environment, the same on both sides."""
    return {
        "STAGE": "development",
        "POSTGRES_HOST": LOOPBACK,
        "POSTGRES_PORT": str(places.postgres),
        "POSTGRES_DATABASE": database,
        "POSTGRES_USERNAME": "postgres",
        "POSTGRES_PASSWORD": "",
        "REDIS_ENDPOINT": f"{LOOPBACK}:{places.valkey}",
        "OPENSEARCH_ENDPOINT": places.search_url,
        "S3_BUCKET": BUCKET,
        "COGNITO_ISSUER": ISSUER,
        "COGNITO_CLIENT_ID": CLIENT_ID,
        "COGNITO_JWKS_URL": places.jwks_url,
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ENDPOINT_URL": places.aws_url,
        "TRACING": "on",
        "AWS_XRAY_DAEMON_ADDRESS": f"{LOOPBACK}:{places.xray}",
        "AWS_ACCESS_KEY_ID": "rehearsal",
        "AWS_SECRET_ACCESS_KEY": "rehearsal",
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": os.devnull,  # the caller's own may redirect or refuse endpoints
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "LOG_LEVEL": "INFO",
        "LOG_SAMPLE": LOG_SAMPLE,
        "DEPLOYMENT": STAGE,
    }


def lambda_env(env: Mapping[str, str]) -> Mapping[str, str]:
    """What the functions are given beyond it."""
    return {**env, "PARTS_LIST_PARSER_FUNCTION": _function(PARSER).deployed_name(STAGE)}


def watched_env(places: Places) -> Mapping[str, str]:
    """Sends each function's searches by way of the AWS stand-in, under the function's name, so that it sees them."""
    return {"OPENSEARCH_ENDPOINT": f"http://{{function}}:-@{LOOPBACK}:{places.aws}"}


def aws_config(places: Places, clock: Clockwork, jwks: Mapping[str, Any]) -> Mapping[str, Any]:
    """The configuration of the AWS stand-in."""
    return {
        "host": LOOPBACK,
        "port": places.aws,
        "dns_host": LOOPBACK,
        "dns_port": places.dns,
        "xray_port": places.xray,
        "region": REGION,
        "account_id": ACCOUNT_ID,
        "clock": {"factor": clock.factor, "epoch": clock.epoch},
        "moto_url": f"http://{LOOPBACK}:{places.moto}",
        "invoke_url": f"http://{LOOPBACK}:{places.edge_control}",
        "search_url": places.search_url,
        "zone": {"id": ZONE_ID, "name": ZONE_NAME},
        "targets": {ALB_TARGET: [ECS_ADDRESS, ECS_IPV6], GATEWAY_TARGET: [LAMBDA_ADDRESS, LAMBDA_IPV6]},
        "records": [record for type_ in RECORD_TYPES for record in _records(type_)],
        "jwks": {JWKS_PATH: jwks},
    }


def edge_config(
    places: Places,
    clock: Clockwork,
    env: Mapping[str, str],
    python: str,
    directories: Mapping[str, str],
    environments: int = MAX_ENVIRONMENTS,
) -> Mapping[str, Any]:
    """The configuration of the edge; `directories` are `task_root` and `log_dir`, `environments` a function's most."""
    return {
        "clock": {"factor": clock.factor, "epoch": clock.epoch},
        "region": REGION,
        "account_id": ACCOUNT_ID,
        "metrics_url": f"{places.aws_url}/_rehearsal/metrics",
        "logs_url": f"{places.aws_url}/_rehearsal/logs",
        "dead_letters": {
            "function": _function(PARSER).deployed_name(STAGE),
            "sqs_url": f"http://{LOOPBACK}:{places.moto}",
            "queue_url": queue_url(places),
        },
        "control": {"address": LOOPBACK, "port": places.edge_control},
        "alb": {
            "address": ECS_ADDRESS,
            "port": places.public,
            "target": [LOOPBACK, places.api],
            "load_balancer": LOAD_BALANCER,
            "idle_timeout_seconds": 50,
        },
        "gateway": {
            "address": LAMBDA_ADDRESS,
            "port": places.public,
            "api_id": API_ID,
            "stage": "$default",
            "domain_name": PUBLIC_NAME,
            "access_log": ACCESS_LOG,
        },
        "functions": [_deployed(function, environments) for function in FUNCTIONS],
        "environment": lambda_env(env),
        "python": python,
        **directories,
    }


def measures_config(
    places: Places, clock: Clockwork, files: Mapping[str, str], database: str, given: Mapping[str, str]
) -> Mapping[str, Any]:
    """The configuration of what measures the servers.

    `files` are `pids` and `log`, `database` an address, `given` the variables of alarms and dashboards.
    """
    return {
        "clock": {"factor": clock.factor, "epoch": clock.epoch},
        "aws_url": places.aws_url,
        "moto_url": f"http://{LOOPBACK}:{places.moto}",
        "database": database,
        "valkey_port": places.valkey,
        "search_url": places.search_url,
        "health_url": f"http://{LOOPBACK}:{places.api}/health",
        "log_group": f"/ecs/lego-api-service-{STAGE}",
        "log_stream": "api/lego-api/4f1c0b6a2d8e4c7f9a3b5d6e7f809112",
        "queue_url": queue_url(places),
        "region": REGION,
        "dimensions": {name: given[variable] for name, variable in DIMENSIONS.items()},
        **files,
    }


def queue_url(places: Places) -> str:
    """The queue of what the parser could not do, as moto names it."""
    return f"http://{LOOPBACK}:{places.moto}/{ACCOUNT_ID}/{DEAD_LETTERS}"


def settings_toml(
    places: Places,
    clock: Clockwork,
    ladder: Sequence[Mapping[str, Any]],
    ledger: str,
    give_up_after: str = "20m",
    safety: str = "",
) -> str:
    """The `cutover.toml` of the rehearsal; `ladder` has weight, bake and min_requests for each step.

    `safety`: lines of [safety], where a short form leaves out what its rules ask for.
    """
    steps = "\n".join(
        f'[[ladder]]\nweight = {step["weight"]}\nbake = "{step["bake"]}"\nmin_requests = {step["min_requests"]}\n'
        for step in ladder
    )
    rules = f"\n[safety]\n{safety}\n" if safety else ""
    return f"""# Written by `cutover rehearse`: stand-ins on this machine, time runs {clock.factor:g} times as fast.
name = "{PUBLIC_NAME}"
hosted_zone_id = "{ZONE_ID}"
stage = "{STAGE}"

[aws]
region = "{REGION}"
endpoint_url = "{places.aws_url}"

[ecs]
load_balancer = "{LOAD_BALANCER}"
url = "{places.ecs_url}"

[lambda]
api_id = "{API_ID}"
url = "{places.lambda_url}"

[dns]
name_servers = ["{LOOPBACK}:{places.dns}"]

[ledger]
path = "{ledger}"

[freeze]
weekly = []     # a rehearsal may be held on a Saturday

[reindex]
endpoint = "{places.search_url}"

[timing]
give_up_after = "{give_up_after}"
{rules}
{_dashboard()}
[clock]
factor = {clock.factor}
epoch = {clock.epoch}

{steps}"""


def _dashboard() -> str:
    """Where changes are marked, and what the dashboards need to know beyond the other settings."""
    from cutover.rehearsal.stack.monitoring import variables  # which stands on this module

    told = {"Stage", "Region", "ApiId", "LoadBalancer"}
    lines = [f'{name} = "{value}"' for name, value in variables().items() if value and name not in told]
    return "\n".join(["[dashboard]", f'name = "lego-api-cutover-{STAGE}"', "", "[dashboard.variables]", *lines, ""])


def _records(type_: str) -> Sequence[Mapping[str, Any]]:
    """Both sides' records of that type, everything on ECS."""
    return [
        _record(type_, "ecs", 100, _alias(ALB_TARGET, ELB_ZONE_ID, evaluate=True)),
        {
            **_record(type_, "lambda", 0, _alias(GATEWAY_TARGET, API_GATEWAY_ZONE_ID, evaluate=False)),
            "HealthCheckId": SWITCH_HEALTH_CHECK,
        },
    ]


def _record(type_: str, identifier: str, weight: int, alias: Mapping[str, Any]) -> Mapping[str, Any]:
    return {
        "Name": f"{PUBLIC_NAME}.",
        "Type": type_,
        "SetIdentifier": identifier,
        "Weight": weight,
        "AliasTarget": alias,
    }


def _alias(target: str, zone_id: str, *, evaluate: bool) -> Mapping[str, Any]:
    return {"HostedZoneId": zone_id, "DNSName": f"{target}.", "EvaluateTargetHealth": evaluate}


def _deployed(function: Function, environments: int) -> Mapping[str, Any]:
    return {
        "name": function.deployed_name(STAGE),
        "handler": function.handler,
        "memory_mb": function.memory_mb,
        "timeout_seconds": float(function.timeout_seconds),
        "provisioned": min(WARM[function.name], environments),
        "max_environments": environments,
        "concurrency_limit": CONCURRENCY_LIMIT,
        "routes": list(function.routes),
    }


def _function(name: str) -> Function:
    return next(function for function in FUNCTIONS if function.name == name)
