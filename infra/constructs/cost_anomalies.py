"""Costs that nobody expects: AWS's own watch over each service, told before the budget is used."""

import json

import aws_cdk as cdk
from aws_cdk import aws_ce as ce
from constructs import Construct

from infra.stages.model import Stage

SHARE_OF_THE_BUDGET = 10  # a tenth of what serverless may add in a month is told at once


class CostAnomalies(Construct):
    """For a stage with an account of its own: the watch is over all services of an account.

    An account has at most one such monitor, and newer ones have it from the start: the stage names it, or it is made.
    """

    def __init__(self, scope: Construct, construct_id: str, *, stage: Stage, topic: str) -> None:
        super().__init__(scope, construct_id)
        least = stage.added_budget_usd // SHARE_OF_THE_BUDGET
        ce.CfnAnomalySubscription(
            self,
            "Subscription",
            subscription_name=stage.named("cost-anomaly"),
            frequency="IMMEDIATE",  # the only one that a topic can have
            monitor_arn_list=[stage.cost_monitor_arn or self._monitor(stage)],
            subscribers=[ce.CfnAnomalySubscription.SubscriberProperty(type="SNS", address=topic)],
            threshold_expression=json.dumps(
                {
                    "Dimensions": {
                        "Key": "ANOMALY_TOTAL_IMPACT_ABSOLUTE",
                        "MatchOptions": ["GREATER_THAN_OR_EQUAL"],
                        "Values": [str(least)],
                    }
                }
            ),
        )
        cdk.CfnOutput(
            cdk.Stack.of(self),
            "CostAnomalyFrom",
            value=str(least),
            description="US dollars beyond what is usual, of one service, from which a cost anomaly is told",
        )

    def _monitor(self, stage: Stage) -> str:
        monitor = ce.CfnAnomalyMonitor(
            self,
            "Monitor",
            monitor_name=stage.named("services"),
            monitor_type="DIMENSIONAL",
            monitor_dimension="SERVICE",
        )
        return monitor.attr_monitor_arn
