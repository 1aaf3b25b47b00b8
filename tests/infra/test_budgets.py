"""Budgets: what serverless adds and everything together, told before it is too late."""

from typing import Any

import pytest

from infra.stacks.budgets import SERVICES_ADDED
from infra.stages.choice import STAGES
from tests.infra.foundations import Template
from tests.infra.side_stacks import ALL, side_stacks
from tests.infra.whole import whole

# What a stage has with or without Lambda.
SERVED_BEFORE = {"Cognito", "ECS", "Load", "OpenSearch", "RDS", "Redis", "S3"}
OWN_ACCOUNT = [name for name, stage in STAGES.items() if stage.account]


def template(name: str, developer: str | None = None) -> Template:
    return side_stacks(name, developer).budgets


def budget(name: str, what: str, developer: str | None = None) -> dict[str, Any]:
    return template(name, developer).only("AWS::Budgets::Budget", what)


@pytest.mark.parametrize("name", OWN_ACCOUNT)
def test_a_stage_with_an_account_of_its_own_has_both_budgets(name: str) -> None:
    added, total = budget(name, "added")["Budget"], budget(name, "total")["Budget"]

    assert added["BudgetLimit"] == {"Amount": 200, "Unit": "USD"}
    assert added["CostFilters"] == {"TagKeyValue": [f"user:Service${service}" for service in SERVICES_ADDED]}
    assert total["BudgetLimit"] == {"Amount": 850, "Unit": "USD"}
    assert "CostFilters" not in total
    assert {(one["BudgetType"], one["TimeUnit"]) for one in (added, total)} == {("COST", "MONTHLY")}


def test_a_stage_in_a_shared_account_counts_what_bears_its_name() -> None:
    assert len(template("dev", "ada").all("AWS::Budgets::Budget")) == 1

    total = budget("dev", "total", "ada")["Budget"]

    assert total["CostFilters"] == {"TagKeyValue": ["user:Environment$dev-ada"]}
    assert total["BudgetName"].startswith("lego-api-total-dev-ada-")


@pytest.mark.parametrize("name", ALL)
def test_every_threshold_is_told_when_passed_and_when_on_the_way(name: str) -> None:
    for one in template(name).all("AWS::Budgets::Budget").values():
        notified = [told["Notification"] for told in one["Properties"]["NotificationsWithSubscribers"]]
        assert [(told["NotificationType"], told["Threshold"]) for told in notified] == [
            ("ACTUAL", 80),
            ("ACTUAL", 100),
            ("FORECASTED", 80),
            ("FORECASTED", 100),
        ]
        assert {told["ThresholdType"] for told in notified} == {"PERCENTAGE"}
        assert {told["ComparisonOperator"] for told in notified} == {"GREATER_THAN"}


@pytest.mark.parametrize("name", ALL)
def test_the_topic_of_warnings_and_everybody_on_call_are_told(name: str) -> None:
    topics = side_stacks(name).observability.all("AWS::SNS::Topic").values()
    known = {one["Properties"]["TopicName"] for one in topics}
    for one in template(name).all("AWS::Budgets::Budget").values():
        for told in one["Properties"]["NotificationsWithSubscribers"]:
            (topic, *people) = told["Subscribers"]
            assert topic["SubscriptionType"] == "SNS"
            assert topic["Address"].rpartition(":")[2] == f"lego-api-warning-{name}"
            assert topic["Address"].rpartition(":")[2] in known
            assert [(person["SubscriptionType"], person["Address"]) for person in people] == [
                ("EMAIL", address) for address in STAGES[name].alarm_emails
            ]


def test_other_notifications_are_another_budget() -> None:
    """CloudFormation makes the new one before it deletes the old one, and a name is taken by one only."""
    names = {budget(name, "total")["Budget"]["BudgetName"].rpartition("-")[2] for name in OWN_ACCOUNT}

    assert STAGES["production"].alarm_emails != STAGES["staging"].alarm_emails
    assert len(names) == 2


def test_the_output_activates_every_tag_that_budgets_count_by() -> None:
    value = template("production").body["Outputs"]["ActivateTags"]["Value"]

    for tag in ("Service", "Environment", "Project"):
        assert f"TagKey={tag},Status=Active" in value


def test_whatever_is_made_beside_production_is_counted_or_was_there_before() -> None:
    tags = [_service_of(one) for one in whole("production").resources().values()]

    assert {tag for tag in tags if tag} - {*SERVICES_ADDED} - SERVED_BEFORE == set()
    assert not {*SERVICES_ADDED} & SERVED_BEFORE


def _service_of(resource: dict[str, Any]) -> str | None:
    tags = resource.get("Properties", {}).get("Tags")
    if isinstance(tags, dict):
        found = tags.get("Service")
        return None if found is None else str(found)
    return next((str(tag["Value"]) for tag in tags or () if tag.get("Key") == "Service"), None)
