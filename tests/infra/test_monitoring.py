"""Alarms, boards and who is told, as templates have them: each of the catalogue, and nothing that is not there."""

import json
import re
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import cdk_nag
import pytest
from aws_cdk import assertions

from dashboards.alarms import ALARMS, VETO
from dashboards.catalogue import BOARDS
from dashboards.deployed import (
    dashboard_body,
    put_composite_alarm_arguments,
    put_metric_alarm_arguments,
)
from infra import handles
from infra.constructs.cost_anomalies import CostAnomalies
from infra.stacks.monitoring import MonitoringStack
from infra.stages.choice import STAGES
from infra.stages.model import Slack, Stage
from tests.infra import conftest
from tests.infra.whole import ROOT, flags, whole

STAGE = replace(STAGES["production"], slack=Slack(workspace_id="T0123456789", channel_id="C0123456789"))
TOPICS = {what: f"arn:aws:sns:us-east-1:111111111111:lego-api-{what}-production" for what in ("critical", "warning")}
VARIABLES = {
    "Stage": "production",
    "Region": "us-east-1",
    "AccountId": "111111111111",
    "Pages": "https://github.com/lego-projects/lego-projects-api/blob/main/",
    "ApiId": "a1b2c3",
    "LoadBalancer": "app/lego-api/1",
    "TargetGroup": "targetgroup/lego-api/2",
    "Cluster": "cluster",
    "Service": "service",
    "DatabaseInstance": "db",
    "ProxyName": "lego-api",
    "SearchDomain": "search",
    "RedisNode": "redis-0001-001,redis-0002-001",
    "RedisGroup": "redis",
    "DeadLetters": "letters",
}
MONITOR = "arn:aws:ce::111111111111:anomalymonitor/01234567-0123-0123-0123-0123456789ab"
_BOTH = "of ECS only our tasks, which have no traffic yet"
IDLE = ", ".join(
    (
        *(f"{name} ({_BOTH})" for name in ("search-fallback", "cache-failing", "cache-hit-rate")),
        "pool-wait (of our tasks alone, which have no traffic yet)",
        f"parts-lists-failing ({_BOTH})",
    )
)
Properties = dict[str, Any]
every_stage = pytest.mark.parametrize("name", STAGES)


def made(app: cdk.App, *, targets: bool = True, stage: Stage = STAGE) -> MonitoringStack:
    """The stack of production with a channel in Slack; all that it watches has a plain name."""
    container = handles.Container(
        load_balancer=VARIABLES["LoadBalancer"],
        target_group=VARIABLES["TargetGroup"] if targets else None,
        cluster="cluster",
        service="service",
        repositories=(),
        access_logs_bucket=None,
    )
    api = handles.Api(
        api_id="a1b2c3", dead_letters="letters", functions=(), regional_domain=None, regional_zone_id=None
    )
    data = conftest.data(conftest.outside(app))
    env = cdk.Environment(account=STAGE.account, region=STAGE.region)
    return MonitoringStack(app, "monitoring", stage=stage, data=data, api=api, container=container, env=env)


@cache
def stack(*, targets: bool = True) -> Properties:
    """Its template."""
    return template(made(cdk.App(context=flags()), targets=targets))


def template(of: cdk.Stack) -> Properties:
    return dict(assertions.Template.from_stack(of).to_json())


def of(kind: str, body: Properties | None = None) -> list[Properties]:
    resources = (body or stack())["Resources"].values()
    return [one["Properties"] for one in resources if one["Type"] == kind]


def untagged(properties: Properties) -> Properties:
    return {name: value for name, value in properties.items() if name != "Tags"}


@pytest.mark.parametrize("alarm", ALARMS, ids=lambda alarm: alarm.name)
def test_the_template_says_of_an_alarm_what_the_catalogue_says(alarm: Any) -> None:
    there = {one["AlarmName"]: untagged(one) for one in of("AWS::CloudWatch::Alarm")}

    told = put_metric_alarm_arguments(alarm, VARIABLES, actions=[TOPICS[alarm.severity.value]])

    assert {name: there[name] for name, _ in told} == dict(told)


def test_there_are_no_other_alarms() -> None:
    names = {name for alarm in ALARMS for name, _ in put_metric_alarm_arguments(alarm, VARIABLES)}

    assert {one["AlarmName"] for one in of("AWS::CloudWatch::Alarm")} == names


def test_the_veto_is_the_catalogues_and_comes_after_its_members() -> None:
    _, told = put_composite_alarm_arguments(VETO, VARIABLES, actions=[TOPICS["warning"]])
    (veto,) = [one for one in stack()["Resources"].values() if one["Type"] == "AWS::CloudWatch::CompositeAlarm"]
    alarms = {key for key, one in stack()["Resources"].items() if one["Type"] == "AWS::CloudWatch::Alarm"}

    assert untagged(veto["Properties"]) == told
    assert {*veto["DependsOn"]} == alarms


def test_an_alarm_that_the_stage_can_not_have_is_left_out_and_named() -> None:
    body = stack(targets=False)

    assert not [one for one in of("AWS::CloudWatch::Alarm", body) if "ecs-unhealthy" in one["AlarmName"]]
    assert "ecs-unhealthy" not in of("AWS::CloudWatch::CompositeAlarm", body)[0]["AlarmRule"]
    assert body["Outputs"]["NotWatched"]["Value"] == f"ecs-unhealthy (no TargetGroup), {IDLE}"


def test_what_sees_our_tasks_alone_is_named_while_another_service_has_the_traffic() -> None:
    assert STAGE.container is not None
    serving = replace(STAGE, container=replace(STAGE.container, takes_traffic=True))

    assert stack()["Outputs"]["NotWatched"]["Value"] == IDLE
    assert template(made(cdk.App(context=flags()), stage=serving))["Outputs"]["NotWatched"]["Value"] == "nothing"
    for name in ("dev", "staging"):
        assert whole(name).templates["monitoring"]["Outputs"]["NotWatched"]["Value"] == "nothing"


def test_cloudwatch_learns_the_band_from_what_the_alarm_watches() -> None:
    (model,) = of("AWS::CloudWatch::AnomalyDetector")
    (alarm,) = [one for one in of("AWS::CloudWatch::Alarm") if "ThresholdMetricId" in one]
    band = next(one for one in alarm["Metrics"] if one["Id"] == alarm["ThresholdMetricId"])

    (deployed,) = [one for one in stack()["Resources"].values() if "ThresholdMetricId" in one["Properties"]]
    (its_name,) = [k for k, one in stack()["Resources"].items() if one["Type"] == "AWS::CloudWatch::AnomalyDetector"]
    queries = model["MetricMathAnomalyDetector"]["MetricDataQueries"]

    assert its_name in deployed["DependsOn"]

    assert queries == [one for one in alarm["Metrics"] if one is not band]
    assert [one["Id"] for one in queries if one["ReturnData"]] == ["requests"]


@pytest.mark.parametrize("board", BOARDS, ids=lambda board: board.name)
def test_a_board_is_the_committed_one_under_the_stages_variables(board: Any) -> None:
    committed = (ROOT / "dashboards" / f"{board.name}.json").read_text(encoding="utf-8")
    there = {one["DashboardName"]: one["DashboardBody"] for one in of("AWS::CloudWatch::Dashboard")}

    assert json.loads(there[f"lego-api-{board.name}-production"]) == json.loads(dashboard_body(committed, VARIABLES))
    assert len(there) == len(BOARDS)


def test_slack_is_told_of_both_topics_and_may_do_nothing_but_look() -> None:
    (channel,) = of("AWS::Chatbot::SlackChannelConfiguration")
    (policy,) = of("AWS::IAM::ManagedPolicy")
    (role,) = of("AWS::IAM::Role")
    (statement,) = policy["PolicyDocument"]["Statement"]

    assert (channel["SlackWorkspaceId"], channel["SlackChannelId"]) == ("T0123456789", "C0123456789")
    assert {*channel["SnsTopicArns"]} == {*TOPICS.values()}
    assert channel["GuardrailPolicies"] == role["ManagedPolicyArns"]
    assert all(re.match(r"cloudwatch:(Describe|Get|List)", action) for action in statement["Action"])
    assert "Policies" not in role


def test_slack_breaks_no_rule_of_cdk_nag(tmp_path: Path) -> None:
    app = cdk.App(outdir=str(tmp_path), context=flags())
    cdk.Validations.of(app).add_plugins(cdk_nag.AwsSolutionsChecks(app), cdk_nag.ServerlessChecks(app))
    made(app)

    app.synth()  # raises over what nobody has accepted


def test_what_a_service_costs_unusually_much_is_told_to_the_topic_that_may_be_told() -> None:
    (told,) = of("AWS::CE::AnomalySubscription")
    (monitor,) = of("AWS::CE::AnomalyMonitor")
    threshold = json.loads(told["ThresholdExpression"])["Dimensions"]

    assert told["Subscribers"] == [{"Address": TOPICS["warning"], "Type": "SNS"}]
    assert told["Frequency"] == "IMMEDIATE"
    assert (monitor["MonitorType"], monitor["MonitorDimension"]) == ("DIMENSIONAL", "SERVICE")
    assert threshold["Values"] == [str(STAGE.added_budget_usd // 10)]


@every_stage
def test_every_stage_has_every_alarm_that_it_can_have(name: str) -> None:
    template = whole(name).templates["monitoring"]
    lacking = re.findall(r"([\w-]+) \(no ", template["Outputs"]["NotWatched"]["Value"])
    there = {one["AlarmName"] for one in of("AWS::CloudWatch::Alarm", template)}

    for alarm in ALARMS:
        own = [one for one in there if one.startswith(f"lego-api-{alarm.name}-")]
        assert bool(own) is (alarm.name not in lacking), alarm.name
    assert template["Outputs"]["VetoAlarm"]["Value"] == f"lego-api-veto-{name}"


@every_stage
def test_every_alarm_tells_a_topic_that_the_stage_makes(name: str) -> None:
    topics = {one["TopicName"] for one in of("AWS::SNS::Topic", whole(name).templates["observability"])}
    template = whole(name).templates["monitoring"]

    for one in [*of("AWS::CloudWatch::Alarm", template), *of("AWS::CloudWatch::CompositeAlarm", template)]:
        (arn,) = one["AlarmActions"]
        assert one["OKActions"] == [arn]
        assert text(arn).rpartition(":")[2] in topics


@every_stage
def test_costs_are_watched_where_the_account_is_the_stages_own(name: str) -> None:
    template = whole(name).templates["monitoring"]

    assert len(of("AWS::CE::AnomalySubscription", template)) == (1 if STAGES[name].account else 0)
    assert not of("AWS::Chatbot::SlackChannelConfiguration", template)


@every_stage
def test_nothing_that_a_board_names_is_left_open(name: str) -> None:
    for one in of("AWS::CloudWatch::Dashboard", whole(name).templates["monitoring"]):
        assert not re.search(r"\$\{\w+\}", text(one["DashboardBody"]))


def test_an_account_that_has_the_monitor_already_gives_it() -> None:
    app = cdk.App(context=flags())
    scope = cdk.Stack(app, "costs")
    CostAnomalies(scope, "one", stage=replace(STAGE, cost_monitor_arn=MONITOR), topic=TOPICS["warning"])
    body = dict(assertions.Template.from_stack(scope).to_json())

    assert not of("AWS::CE::AnomalyMonitor", body)
    assert of("AWS::CE::AnomalySubscription", body)[0]["MonitorArnList"] == [MONITOR]


def text(value: Any) -> str:
    """A value with what CloudFormation puts in as NAME."""
    if isinstance(value, dict) and "Fn::Join" in value:
        separator, parts = value["Fn::Join"]
        return str(separator).join(text(part) for part in parts)
    return value if isinstance(value, str) else "NAME"
