"""What only the parser has: events are tried again, then kept in a queue; its schedule sweeps up what was lost."""

from collections.abc import Mapping
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_lambda_destinations as destinations
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.constructs.service_function import ServiceFunction, Surroundings, Wiring
from infra.findings import accept
from infra.functions import Function
from infra.stages.model import Stage

RETRIES = 2  # beside the first attempt: as many as Lambda makes
MOST_AGE = cdk.Duration.hours(1)
KEPT = cdk.Duration.days(14)  # as long as SQS keeps anything


class Parser(Construct):
    """The function that parses parts lists.

    It takes S3 events, too, but gets none: the API hands every list over by itself, and a notification would be a
    setting of a bucket that production only adopts.
    """

    def __init__(self, scope: Construct, spec: Function, around: Surroundings, environment: Mapping[str, str]) -> None:
        super().__init__(scope, f"{spec.name}-events")
        self.dead_letters = _dead_letters(self, around.stage)
        patience: dict[str, Any] = {"retry_attempts": RETRIES, "max_event_age": MOST_AGE}
        wiring = Wiring(
            environment=environment,
            reserved=around.stage.parser_concurrency,
            dead_letters_arn=self.dead_letters.queue_arn,
            asynchronous={**patience, "on_failure": destinations.SqsDestination(self.dead_letters)},
        )
        self.service_function = ServiceFunction(scope, spec, around, wiring)
        if spec.schedule is not None:
            events.Rule(
                self,
                "schedule",
                schedule=events.Schedule.expression(spec.schedule),
                description="Sweeps up parts lists that nobody parsed, and files that no row names",
                targets=[
                    targets.LambdaFunction(self.service_function.alias, dead_letter_queue=self.dead_letters, **patience)
                ],
            )


def dead_letters_name(stage: Stage) -> str:
    """The queue's, as alarms watch it."""
    return stage.named("parser-dead-letters")


def _dead_letters(scope: Construct, stage: Stage) -> sqs.Queue:
    """Events that failed for good: each names its list, which the sweep finds as well, once it can be parsed."""
    queue = sqs.Queue(
        scope,
        "dead-letters",
        queue_name=dead_letters_name(stage),
        encryption=sqs.QueueEncryption.SQS_MANAGED,
        enforce_ssl=True,
        retention_period=KEPT,
    )
    reason = "It is itself where what failed ends: nothing comes after it"
    accept(queue, reason, "AwsSolutions-SQS3", "Serverless-SQSRedrivePolicy")
    return queue
