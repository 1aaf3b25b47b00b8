"""The topics of alarms: encrypted, told by AWS's own services of this account, and by TLS only."""

from typing import Any

import pytest

from infra.stages.choice import STAGES
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


@every_stage
def test_the_key_outlives_its_stack_where_data_does(name: str) -> None:
    (key,) = template(name).all("AWS::KMS::Key").values()

    assert key["DeletionPolicy"] == ("Retain" if STAGES[name].keep_data else "Delete")


@every_stage
def test_the_outputs_name_both_topics(name: str) -> None:
    assert set(template(name).body["Outputs"]) == {"CriticalTopic", "WarningTopic"}
