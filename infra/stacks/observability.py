"""Where alarms go: a topic for what must wake somebody, a topic for what can wait until the morning."""

from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from constructs import Construct

from infra.findings import accept
from infra.stages.model import Stage

CRITICAL, WARNING = "critical", "warning"
TOPICS = {
    CRITICAL: "Alarms that must wake somebody",
    WARNING: "Alarms that can wait until the morning, and budgets",
}
NOBODY = "lego-api:nobodyIsWoken"  # the warning of a stage with an account of its own and no addresses for it
# Each publishes for this account alone: another account's alarms can't be sent through our topics.
PUBLISHERS = ("cloudwatch.amazonaws.com", "budgets.amazonaws.com", "costalerts.amazonaws.com")


def topic_arn(stack: cdk.Stack, stage: Stage, what: str) -> str:
    """The ARN of one of `TOPICS`, for stacks that are deployed behind this one."""
    return stack.format_arn(service="sns", region=stage.region, resource=stage.named(what))


class ObservabilityStack(cdk.Stack):
    """The topics, their key, and who is told by e-mail; each address has to confirm once."""

    def __init__(self, scope: Construct, construct_id: str, *, stage: Stage, **options: Any) -> None:
        super().__init__(scope, construct_id, **options)
        cdk.Tags.of(self).add("Service", "Observability")
        self._stage = stage
        self._key = self._made_key()
        self.topics = {what: self._topic(what, meaning) for what, meaning in TOPICS.items()}
        if stage.account and not stage.woken and not stage.slack:
            cdk.Annotations.of(self).add_warning_v2(NOBODY, f"{stage.name}: what must wake somebody is told to nobody")

    def _made_key(self) -> kms.Key:
        """AWS's own key for SNS lets no other service publish: CloudWatch would be refused, and say so nowhere."""
        key = kms.Key(
            self,
            "key",
            description=f"Messages of alarms, {self._stage.name}",
            enable_key_rotation=True,
            removal_policy=cdk.RemovalPolicy.RETAIN if self._stage.keep_data else cdk.RemovalPolicy.DESTROY,
        )
        for publisher in PUBLISHERS:
            key.grant(self._only_for_this_account(publisher), "kms:Decrypt", "kms:GenerateDataKey*")
        return key

    def _topic(self, what: str, meaning: str) -> sns.Topic:
        name = self._stage.named(what)
        topic = sns.Topic(self, what, topic_name=name, display_name=name, master_key=self._key, enforce_ssl=True)
        for publisher in PUBLISHERS:
            topic.grant_publish(self._only_for_this_account(publisher))
        for address in self._stage.woken if what == CRITICAL else self._stage.alarm_emails:
            topic.add_subscription(subscriptions.EmailSubscription(address))
        undelivered = "What can't be delivered by e-mail helps nobody in a queue: the alarm itself stays where it is"
        accept(topic, undelivered, "Serverless-SNSRedrivePolicy")
        cdk.CfnOutput(self, f"{what.title()}Topic", value=topic.topic_arn, description=meaning)
        return topic

    def _only_for_this_account(self, publisher: str) -> iam.IPrincipal:
        return iam.ServicePrincipal(publisher, conditions={"StringEquals": {"aws:SourceAccount": self.account}})
