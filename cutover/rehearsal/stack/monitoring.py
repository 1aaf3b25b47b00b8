"""Alarms and dashboards of the catalogue, put into the stack's AWS as `infra` puts them into a real account."""

import os
from collections.abc import Mapping
from typing import Any

from cutover.rehearsal.stack.plan import ACCOUNT_ID, API_ID, LOAD_BALANCER, REGION, STAGE
from cutover.rehearsal.stack.process import CHECKOUT
from dashboards.alarms import ALARMS, COMPOSITES
from dashboards.deployed import (
    NAME,
    lacks,
    put_composite_alarm_arguments,
    put_dashboard_arguments,
    put_metric_alarm_arguments,
)
from dashboards.model import Severity

TARGET_GROUP = "targetgroup/lego-api/6d0ecf831eec9f09"
CLUSTER, SERVICE = "lego-projects", "lego-projects-api"
DATABASE_INSTANCE = "lego-projects-rehearsal"
PROXY = "lego-api-proxy-rehearsal"
SEARCH_DOMAIN = "lego-projects-rehearsal"
REDIS_NODE, REDIS_GROUP = "lego-projects-rehearsal-0001-001", "lego-projects-rehearsal"
DEAD_LETTERS = "lego-api-parser-dead-letters-rehearsal"
BOARDS = CHECKOUT / "dashboards"  # their committed JSON
_KEY = "rehearsal"
_NOBODYS = {"profile": None, "config_file": os.devnull, "credentials_file": os.devnull}  # not the caller's own
_TIMEOUT_SECONDS = 10.0


def variables() -> Mapping[str, str]:
    """What stands for each `${Name}` of the catalogue in a rehearsal."""
    return {
        "Stage": STAGE,
        "Region": REGION,
        "AccountId": ACCOUNT_ID,
        "ApiId": API_ID,
        "LoadBalancer": LOAD_BALANCER,
        "TargetGroup": TARGET_GROUP,
        "Cluster": CLUSTER,
        "Service": SERVICE,
        "DatabaseInstance": DATABASE_INSTANCE,
        "ProxyName": PROXY,
        "SearchDomain": SEARCH_DOMAIN,
        "RedisNode": REDIS_NODE,
        "RedisGroup": REDIS_GROUP,
        "DeadLetters": DEAD_LETTERS,
        "Pages": "",
    }


def topic_arn(severity: Severity) -> str:
    """The topic that alarms of that severity are sent to."""
    return f"arn:aws:sns:{REGION}:{ACCOUNT_ID}:{NAME}-{severity.value}-{STAGE}"


def deploy(aws_endpoint_url: str, given: Mapping[str, str]) -> None:
    """Topics, alarms, composite alarms, dashboards; what is there already is replaced. Raises botocore's errors."""
    sns, cloudwatch = _clients(aws_endpoint_url)
    for severity in Severity:
        sns.create_topic(Name=topic_arn(severity).rpartition(":")[2])
    for alarm in ALARMS:
        if not lacks(alarm, given):
            for _, arguments in put_metric_alarm_arguments(alarm, given, actions=[topic_arn(alarm.severity)]):
                cloudwatch.put_metric_alarm(**arguments)
    for composite in COMPOSITES:
        cloudwatch.put_composite_alarm(**put_composite_alarm_arguments(composite, given)[1])
    for path in sorted(BOARDS.glob("*.json")):
        text = path.read_text(encoding="utf-8")
        cloudwatch.put_dashboard(**put_dashboard_arguments(path.stem, text, given)[1])


def _clients(url: str) -> tuple[Any, Any]:
    """Of SNS and of CloudWatch; one session, for what it has to read is large."""
    from boto3 import Session
    from botocore.config import Config
    from botocore.session import Session as Core

    core = Core(session_vars={name: (None, None, value, None) for name, value in _NOBODYS.items()})
    make: Any = Session(_KEY, _KEY, region_name=REGION, botocore_session=core).client
    settings = Config(connect_timeout=_TIMEOUT_SECONDS, read_timeout=_TIMEOUT_SECONDS, proxies={})
    return make("sns", endpoint_url=url, config=settings), make("cloudwatch", endpoint_url=url, config=settings)
