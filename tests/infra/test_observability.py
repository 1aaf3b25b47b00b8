"""The topics of alarms: encrypted, told by AWS's own services of this account, and by TLS only."""

from dataclasses import replace
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import assertions

from infra.stacks.observability import NOBODY, ObservabilityStack
from infra.stages.choice import STAGES
from infra.stages.model import Slack, Stage
from tests.infra.foundations import Template
from tests.infra.side_stacks import ALL, side_stacks

every_stage = pytest.mark.parametrize("name", ALL)
TOPICS = ("critical", "warning")
PUBLISHERS = {"budgets.amazonaws.com", "cloudwatch.amazonaws.com", "costalerts.amazonaws.com"}


def template(name: str) -> Template:
    return side_stacks(name).observability


def account(name: str) -> str:
    return STAGES[name].account or "333333333333"


def granted(statements: list[dict[str, Any]], name: str) -> dict[str, Any]:
    """The one statement that lets AWS's services in; it holds for this account alone."""
    (found,) = [one for one in statements if one["Effect"] == "Allow" and "Service" in one["Principal"]]
    assert found["Condition"] == {"StringEquals": {"aws:SourceAccount": account(name)}}
    assert {*found["Principal"]["Service"]} == PUBLISHERS
    return found


@every_stage
def test_there_is_a_topic_for_what_wakes_and_one_for_what_waits(name: str) -> None:
    topics = [one["Properties"] for one in template(name).all("AWS::SNS::Topic").values()]
    (key,) = template(name).all("AWS::KMS::Key")

    assert {topic["TopicName"] for topic in topics} == {f"lego-api-{what}-{name}" for what in TOPICS}
    assert all(topic["KmsMasterKeyId"] == {"Fn::GetAtt": [key, "Arn"]} for topic in topics)


@every_stage
def test_cloudwatch_and_budgets_may_use_the_key(name: str) -> None:
    key = template(name).only("AWS::KMS::Key")

    assert key["EnableKeyRotation"] is True
    assert {*granted(key["KeyPolicy"]["Statement"], name)["Action"]} == {"kms:Decrypt", "kms:GenerateDataKey*"}


@every_stage
@pytest.mark.parametrize("what", TOPICS)
def test_cloudwatch_and_budgets_may_publish_and_only_by_tls(name: str, what: str) -> None:
    statements = template(name).only("AWS::SNS::TopicPolicy", what)["PolicyDocument"]["Statement"]
    (denied,) = [one for one in statements if one["Effect"] == "Deny"]

    assert granted(statements, name)["Action"] == "sns:Publish"
    assert denied["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    assert (denied["Action"], denied["Principal"]) == ("sns:Publish", "*")
    assert len(statements) == 2


@every_stage
def test_everybody_on_call_is_told_of_both(name: str) -> None:
    told = [one["Properties"] for one in template(name).all("AWS::SNS::Subscription").values()]

    assert {one["Protocol"] for one in told} <= {"email"}
    assert sorted(one["Endpoint"] for one in told) == sorted(STAGES[name].alarm_emails * len(TOPICS))


def test_what_wakes_somebody_goes_to_the_pager_where_there_is_one() -> None:
    stage = replace(STAGES["production"], alarm_emails=("team@example.com",), page_emails=("pager@example.com",))
    made = assertions.Template.from_stack(observability(stage))

    for what, address in (("critical", "pager@example.com"), ("warning", "team@example.com")):
        (topic,) = made.find_resources("AWS::SNS::Topic", {"Properties": {"TopicName": f"lego-api-{what}-production"}})
        made.has_resource_properties(
            "AWS::SNS::Subscription", {"TopicArn": {"Ref": topic}, "Endpoint": address, "Protocol": "email"}
        )
    made.resource_count_is("AWS::SNS::Subscription", 2)


@pytest.mark.parametrize(
    ("changed", "warned"),
    [
        ({"alarm_emails": ()}, True),
        ({"alarm_emails": (), "page_emails": ("pager@example.com",)}, False),
        ({"alarm_emails": (), "slack": Slack(workspace_id="T0", channel_id="C0")}, False),
        ({"alarm_emails": (), "account": None}, False),
        ({}, False),
    ],
    ids=["nobody", "a pager", "slack", "no account of its own", "a mail"],
)
def test_a_stage_that_wakes_nobody_says_so_when_it_is_synthesised(changed: dict[str, Any], warned: bool) -> None:
    stack = observability(replace(STAGES["production"], **changed))
    found = assertions.Annotations.from_stack(stack).find_warning("*", assertions.Match.any_value())

    assert [NOBODY in str(one.entry.data) for one in found] == [True] * warned


def observability(stage: Stage) -> ObservabilityStack:
    return ObservabilityStack(cdk.App(), "observability", stage=stage)


@every_stage
def test_the_key_outlives_its_stack_where_data_does(name: str) -> None:
    (key,) = template(name).all("AWS::KMS::Key").values()

    assert key["DeletionPolicy"] == ("Retain" if STAGES[name].keep_data else "Delete")


@every_stage
def test_the_outputs_name_both_topics(name: str) -> None:
    assert set(template(name).body["Outputs"]) == {"CriticalTopic", "WarningTopic"}
