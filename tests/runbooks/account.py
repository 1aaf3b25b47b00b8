"""What the pages of alarms ask the account for beside `estate`: database, cache and budgets as AWS describes them."""

from contextlib import suppress
from functools import cache
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from cutover.rehearsal.controller import ENV
from cutover.rehearsal.stack.plan import ACCOUNT_ID, REGION, STAGE

DATABASE_INSTANCE = f"lego-projects-{STAGE}"
REDIS_GROUP = f"lego-projects-{STAGE}"
DATABASE_CLASS, VOLUME_GB = "db.r6g.large", 100
REDIS_NODE_TYPE = "cache.r6g.large"
BUDGETS_USD = {f"lego-api-added-{STAGE}": 200, f"lego-api-total-{STAGE}": 850}
PARSER, PARSER_LIMIT = f"lego-api-csv-parser-{STAGE}", 10


@cache
def client(aws_url: str, service: str) -> Any:
    """A client of the stand-ins."""
    session: Any = boto3.Session(ENV["AWS_ACCESS_KEY_ID"], ENV["AWS_SECRET_ACCESS_KEY"], region_name=REGION)
    return session.client(service, endpoint_url=aws_url, config=Config(proxies={}, retries={"max_attempts": 2}))


def make(aws_url: str) -> None:
    """Everything, as it is in the beginning. Raises botocore's errors."""
    _database(client(aws_url, "rds"))
    _redis(client(aws_url, "elasticache"))
    _budgets(client(aws_url, "budgets"))
    limits = client(aws_url, "lambda")
    limits.put_function_concurrency(FunctionName=PARSER, ReservedConcurrentExecutions=PARSER_LIMIT)


def database(aws_url: str) -> tuple[str, int]:
    """The database's class, and its volume in GB."""
    rds = client(aws_url, "rds")
    found = rds.describe_db_instances(DBInstanceIdentifier=DATABASE_INSTANCE)["DBInstances"][0]
    return found["DBInstanceClass"], found["AllocatedStorage"]


def redis_node_type(aws_url: str) -> str:
    """The size of Redis's nodes."""
    groups = client(aws_url, "elasticache").describe_replication_groups(ReplicationGroupId=REDIS_GROUP)
    found: str = groups["ReplicationGroups"][0]["CacheNodeType"]
    return found


def _database(rds: Any) -> None:
    wanted = {"DBInstanceClass": DATABASE_CLASS, "AllocatedStorage": VOLUME_GB}
    try:
        rds.describe_db_instances(DBInstanceIdentifier=DATABASE_INSTANCE)
    except ClientError:
        rds.create_db_instance(DBInstanceIdentifier=DATABASE_INSTANCE, Engine="postgres", **wanted)
    else:
        rds.modify_db_instance(DBInstanceIdentifier=DATABASE_INSTANCE, ApplyImmediately=True, **wanted)


def _redis(elasticache: Any) -> None:
    wanted = {"ReplicationGroupId": REDIS_GROUP, "CacheNodeType": REDIS_NODE_TYPE}
    with suppress(ClientError):
        elasticache.create_replication_group(**wanted, ReplicationGroupDescription="cache", NumNodeGroups=1)
    elasticache.modify_replication_group(**wanted, ApplyImmediately=True)


def _budgets(budgets: Any) -> None:
    for name, limit_usd in BUDGETS_USD.items():
        budget = {
            "BudgetName": name,
            "BudgetType": "COST",
            "TimeUnit": "MONTHLY",
            "BudgetLimit": {"Amount": str(limit_usd), "Unit": "USD"},
        }
        with suppress(ClientError):
            budgets.create_budget(AccountId=ACCOUNT_ID, Budget=budget)
