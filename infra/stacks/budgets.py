"""What a month may cost, and who hears of it before it does: what serverless adds, and everything together."""

import hashlib
import json
from collections.abc import Sequence
from typing import Any

import aws_cdk as cdk
from aws_cdk.aws_budgets import CfnBudget as Budget
from constructs import Construct

from infra.stacks.observability import WARNING, topic_arn
from infra.stages.model import Stage

# The values of the tag Service that exist because there is a Lambda side. What served before bears none of them: the
# database, Redis, OpenSearch, the bucket and ECS are of the other budget alone.
SERVICES_ADDED = (
    "Lambda",  # functions, and their logs
    "APIGateway",
    "Network",  # what functions need to get out: a NAT gateway, where the stage makes one
    "RDSProxy",
    "Operations",
    "Observability",
    "Monitoring",
    "SearchLoad",
    "Budgets",
    "Delivery",
)
THRESHOLDS_PERCENT = (80, 100)
MOST_ADDRESSES = 10  # of one notification


class BudgetsStack(cdk.Stack):
    """Budgets of every stage, as a forgotten staging is dearer than a busy production; watching one costs nothing.

    A stage with an account of its own has two. What serverless adds is told by the tag Service; everything together is
    the whole account, because what a stage adopts may bear no tag, and a filter would leave it out in silence. A stage
    in an account that others share has only the second, of what bears its own Environment: by Service alone, all stages
    of the account would be added up, and budgets do not say how they combine two tags.

    Tags count from the day on which they are activated for cost allocation, which no template can do: see the output.
    """

    def __init__(self, scope: Construct, construct_id: str, *, stage: Stage, **options: Any) -> None:
        super().__init__(scope, construct_id, **options)
        cdk.Tags.of(self).add("Service", "Budgets")
        self._stage = stage
        if stage.account is None:
            self._budget("total", stage.total_budget_usd, [f"user:Environment${stage.name}"])
        else:
            self._budget("added", stage.added_budget_usd, [f"user:Service${service}" for service in SERVICES_ADDED])
            self._budget("total", stage.total_budget_usd)
        cdk.CfnOutput(
            self,
            "ActivateTags",
            value="aws ce update-cost-allocation-tags-status --cost-allocation-tags-status "
            "TagKey=Service,Status=Active TagKey=Environment,Status=Active TagKey=Project,Status=Active",
            description="Once, in the account that pays: without it, budgets by tag stay at 0; takes up to a day",
        )

    def _budget(self, what: str, limit_usd: int, tags: Sequence[str] = ()) -> None:
        # CloudFormation replaces a budget whose notifications change, and can't while the name is taken.
        digest = hashlib.sha256(json.dumps([self._stage.alarm_emails, THRESHOLDS_PERCENT]).encode()).hexdigest()[:6]
        Budget(
            self,
            what,
            budget=Budget.BudgetDataProperty(
                budget_name=f"{self._stage.named(what)}-{digest}",
                budget_type="COST",
                time_unit="MONTHLY",
                budget_limit=Budget.SpendProperty(amount=limit_usd, unit="USD"),
                cost_filters={"TagKeyValue": list(tags)} if tags else None,
            ),
            notifications_with_subscribers=self._notifications(),
        )

    def _notifications(self) -> list[Budget.NotificationWithSubscribersProperty]:
        """Of each threshold: when it is passed, and when the month is on the way there."""
        addresses = self._stage.alarm_emails[:MOST_ADDRESSES]
        topic = Budget.SubscriberProperty(subscription_type="SNS", address=topic_arn(self, self._stage, WARNING))
        people = [Budget.SubscriberProperty(subscription_type="EMAIL", address=address) for address in addresses]
        return [
            Budget.NotificationWithSubscribersProperty(
                notification=Budget.NotificationProperty(
                    notification_type=kind,
                    comparison_operator="GREATER_THAN",
                    threshold=percent,
                    threshold_type="PERCENTAGE",
                ),
                subscribers=[topic, *people],
            )
            for kind in ("ACTUAL", "FORECASTED")
            for percent in THRESHOLDS_PERCENT
        ]
