"""Alarms and boards under a stage's variables, as boto3 and CloudFormation are told of them."""

import json

import boto3
import pytest
from botocore.validate import validate_parameters

from dashboards import critical, warning
from dashboards.alarms import ALARMS, VETO
from dashboards.boards.data import BOARD
from dashboards.catalogue import TOLD
from dashboards.deployed import (
    dashboard_body,
    description,
    lacks,
    put_composite_alarm_arguments,
    put_dashboard_arguments,
    put_metric_alarm_arguments,
)
from dashboards.model import Alarm, Composite, MoneyAlarm

VARIABLES = {
    "Stage": "staging",
    "Region": "us-east-1",
    "AccountId": "222222222222",
    "ApiId": "a1b2c3",
    "LoadBalancer": "app/lego-api/1",
    "TargetGroup": "targetgroup/lego-api/2",
    "Cluster": "cluster",
    "Service": "service",
    "DatabaseInstance": "db",
    "ProxyName": "proxy",
    "SearchDomain": "search",
    "RedisNode": "redis-0001-001,redis-0002-001",
    "RedisGroup": "redis",
    "DeadLetters": "letters",
    "Pages": "https://pages.test/",
}
WITHOUT_TARGETS = {name: value for name, value in VARIABLES.items() if name != "TargetGroup"}
API = boto3.client("cloudwatch", region_name="us-east-1").meta.service_model


def alarms_of(body: str) -> list[str]:
    (row,) = [one["properties"] for one in json.loads(body)["widgets"] if one["type"] == "alarm"]
    return [arn.rpartition(":")[2] for arn in row["alarms"]]


def test_an_alarm_over_one_metric_is_told_by_its_name() -> None:
    ((name, arguments),) = put_metric_alarm_arguments(critical.DATABASE_CPU, VARIABLES, actions=["arn:topic"])

    assert name == arguments["AlarmName"] == "lego-api-database-cpu-staging"
    assert arguments["Dimensions"] == [{"Name": "DBInstanceIdentifier", "Value": "db"}]
    assert (arguments["Namespace"], arguments["MetricName"], arguments["Statistic"]) == (
        "AWS/RDS",
        "CPUUtilization",
        "Average",
    )
    assert (arguments["Threshold"], arguments["Period"], arguments["EvaluationPeriods"]) == (80.0, 300, 2)
    assert arguments["AlarmActions"] == arguments["OKActions"] == ["arn:topic"]
    assert "Runbook: https://pages.test/runbooks/alarms/database-cpu.md" in arguments["AlarmDescription"]


@pytest.mark.parametrize("one", TOLD, ids=lambda one: one.name)
def test_a_description_begins_with_how_urgent_it_is(one: Alarm | Composite | MoneyAlarm) -> None:
    words = {"critical": "Wakes somebody", "warning": "Until the morning"}[one.severity.value]

    assert description(one).startswith(f"{words}: {one.title}.\n")


def test_a_percentile_is_no_plain_statistic() -> None:
    ((_, arguments),) = put_metric_alarm_arguments(warning.GATEWAY_LATENCY, VARIABLES)

    assert arguments["ExtendedStatistic"] == "p99"
    assert "Statistic" not in arguments
    assert "AlarmActions" not in arguments


def test_of_metric_math_the_last_is_what_is_compared() -> None:
    made = dict(put_metric_alarm_arguments(critical.LAMBDA_ERRORS, VARIABLES))
    metrics = made["lego-api-lambda-errors-mocs-staging"]["Metrics"]

    assert [(one["Id"], one["ReturnData"]) for one in metrics] == [("errors", False), ("calls", False), ("rate", True)]
    assert {one["Value"] for one in metrics[0]["MetricStat"]["Metric"]["Dimensions"]} == {"lego-api-mocs-staging"}
    assert len(made) == 7


def test_under_a_band_the_band_and_what_it_is_of_are_told() -> None:
    ((_, arguments),) = put_metric_alarm_arguments(warning.TRAFFIC_GONE, VARIABLES)

    assert arguments["ThresholdMetricId"] == "band"
    assert "Threshold" not in arguments
    assert [one["Id"] for one in arguments["Metrics"] if one["ReturnData"]] == ["requests", "band"]


def test_every_redis_node_has_an_alarm_of_its_own() -> None:
    made = dict(put_metric_alarm_arguments(warning.REDIS_EVICTIONS, VARIABLES))

    assert {name: one["Dimensions"][0]["Value"] for name, one in made.items()} == {
        "lego-api-redis-evictions-1-staging": "redis-0001-001",
        "lego-api-redis-evictions-2-staging": "redis-0002-001",
    }


def test_a_variable_that_nobody_gave_is_named() -> None:
    with pytest.raises(KeyError, match="ProxyName"):
        put_metric_alarm_arguments(warning.PROXY_BORROW, {"Stage": "staging"})


@pytest.mark.parametrize("alarm", ALARMS, ids=lambda alarm: alarm.name)
def test_cloudwatchs_own_model_takes_it(alarm: Alarm) -> None:
    shape = API.operation_model("PutMetricAlarm").input_shape
    assert shape is not None
    for _, arguments in put_metric_alarm_arguments(alarm, VARIABLES, actions=["arn:aws:sns:us-east-1:1:topic"]):
        validate_parameters(arguments, shape)  # raises
        assert len(arguments["AlarmDescription"]) <= 1024


def test_the_veto_names_every_member_that_the_stage_has() -> None:
    _, whole = put_composite_alarm_arguments(VETO, VARIABLES)
    _, fewer = put_composite_alarm_arguments(VETO, WITHOUT_TARGETS)

    assert 'ALARM("lego-api-lambda-errors-csv-parser-staging") OR ' in whole["AlarmRule"]
    assert 'ALARM("lego-api-ecs-unhealthy-staging")' in whole["AlarmRule"]
    assert "ecs-unhealthy" not in fewer["AlarmRule"]
    assert lacks(critical.ECS_UNHEALTHY, WITHOUT_TARGETS) == {"TargetGroup"}


def test_a_boards_row_has_the_alarms_of_all_nodes_and_of_none_that_is_not_there() -> None:
    both = alarms_of(dashboard_body(BOARD.json(), VARIABLES))
    one = alarms_of(dashboard_body(BOARD.json(), {**VARIABLES, "RedisNode": "redis-001"}))
    without = json.loads(BOARD.json())
    without["widgets"][1]["properties"]["alarms"].append("arn:aws:cloudwatch:r:a:alarm:lego-api-ecs-unhealthy-${Stage}")

    assert [name for name in both if "redis" in name] == [
        "lego-api-redis-evictions-1-staging",
        "lego-api-redis-evictions-2-staging",
    ]
    assert [name for name in one if "redis" in name] == ["lego-api-redis-evictions-1-staging"]
    assert "lego-api-ecs-unhealthy-staging" not in alarms_of(dashboard_body(json.dumps(without), WITHOUT_TARGETS))


def test_a_board_is_deployed_under_its_name_with_nothing_left_open() -> None:
    name, arguments = put_dashboard_arguments("data", BOARD.json(), VARIABLES)

    assert name == arguments["DashboardName"] == "lego-api-data-staging"
    assert "${" not in arguments["DashboardBody"]
    assert "AND redis'" in arguments["DashboardBody"]
