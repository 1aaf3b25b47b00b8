"""Who may do what: no wildcard but where AWS has nothing finer."""

from collections.abc import Iterator
from typing import Any

import pytest

from infra.stages.choice import STAGES
from tests.infra.whole import whole

# Actions that AWS lets nobody grant on less than everything (its service authorization reference), by who needs them.
WITHOUT_A_RESOURCE = {
    "application-autoscaling:DescribeScalableTargets",
    "application-autoscaling:DescribeScalingPolicies",
    "cloudtrail:LookupEvents",
    "cloudwatch:DescribeAlarms",
    "cloudwatch:GetMetricData",
    "cloudwatch:ListDashboards",
    "cloudwatch:PutMetricData",
    "dynamodb:ListTables",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSubnets",
    "ecr:GetAuthorizationToken",
    "ecs:DeregisterTaskDefinition",
    "ecs:DescribeTaskDefinition",
    "ecs:ListClusters",
    "ecs:ListServices",
    "elasticloadbalancing:DescribeListeners",
    "elasticloadbalancing:DescribeLoadBalancerAttributes",
    "elasticloadbalancing:DescribeLoadBalancers",
    "elasticloadbalancing:DescribeRules",
    "elasticloadbalancing:DescribeTargetGroups",
    "elasticloadbalancing:DescribeTargetHealth",
    "lambda:GetAccountSettings",
    # A state machine that logs: https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html
    "logs:CreateLogDelivery",
    "logs:DeleteLogDelivery",
    "logs:DescribeLogGroups",
    "logs:DescribeResourcePolicies",
    "logs:GetLogDelivery",
    "logs:GetQueryResults",
    "logs:ListLogDeliveries",
    "logs:PutResourcePolicy",
    "logs:UpdateLogDelivery",
    "route53:ListHostedZones",
    "sns:ListTopics",
    # A shell in a task: the one in the VPC, and that through which the load test's page is reached.
    "ssmmessages:CreateControlChannel",
    "ssmmessages:CreateDataChannel",
    "ssmmessages:OpenControlChannel",
    "ssmmessages:OpenDataChannel",
    "xray:BatchGetTraces",
    "xray:GetSamplingRules",
    "xray:GetSamplingTargets",
    "xray:GetTraceSummaries",
    "xray:PutTelemetryRecords",
    "xray:PutTraceSegments",
}

every_stage = pytest.mark.parametrize("name", STAGES)
Statement = dict[str, Any]


@every_stage
def test_no_role_may_do_everything_of_a_service(name: str) -> None:
    for where, statement in _allowed_to_roles(name):
        wide = [action for action in _list(statement["Action"]) if action == "*" or action.endswith(":*")]
        assert wide == [], where


@every_stage
def test_nothing_that_is_deployed_changes_dns_but_people_by_their_roles(name: str) -> None:
    changing = {
        where.partition(".")[0]
        for where, statement in _allowed_to_roles(name)
        for action in _list(statement["Action"])
        if action.startswith("route53:Change")
    }
    assert changing <= {"operations"}


@every_stage
def test_everything_is_a_resource_only_where_aws_has_none_finer(name: str) -> None:
    wide = {
        (action, where)
        for where, statement in _allowed_to_roles(name)
        if "*" in _list(statement["Resource"])
        for action in _list(statement["Action"])
        if action not in WITHOUT_A_RESOURCE
    }
    assert wide == set()


def test_every_exception_is_used() -> None:
    used = {
        action
        for name in STAGES
        for _, statement in _allowed_to_roles(name)
        if "*" in _list(statement["Resource"])
        for action in _list(statement["Action"])
    }
    assert WITHOUT_A_RESOURCE - used == set()


@every_stage
def test_nobody_outside_the_account_is_trusted_but_services_and_the_pipeline(name: str) -> None:
    for where, role in whole(name).resources("AWS::IAM::Role").items():
        for statement in role["Properties"]["AssumeRolePolicyDocument"]["Statement"]:
            assert statement["Principal"] != "*", where
            principal = statement["Principal"]
            assert "*" not in _list(principal.get("AWS", [])), where


@every_stage
def test_no_role_has_a_managed_policy_of_everything(name: str) -> None:
    for where, role in whole(name).resources("AWS::IAM::Role").items():
        managed = str(role["Properties"].get("ManagedPolicyArns", []))
        assert [wide for wide in ("Administrator", "FullAccess", "PowerUser") if wide in managed] == [], where


def _allowed_to_roles(name: str) -> Iterator[tuple[str, Statement]]:
    """Every statement that allows a role something."""
    stage = whole(name)
    for where, policy in stage.resources("AWS::IAM::Policy", "AWS::IAM::ManagedPolicy").items():
        yield from _allowed(where, policy["Properties"]["PolicyDocument"])
    for where, role in stage.resources("AWS::IAM::Role").items():
        for policy in role["Properties"].get("Policies", ()):
            yield from _allowed(where, policy["PolicyDocument"])


def _allowed(where: str, document: dict[str, Any]) -> Iterator[tuple[str, Statement]]:
    for statement in document["Statement"]:
        if statement["Effect"] == "Allow":
            yield where, statement


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
