"""Alarms in a Slack channel, by Amazon Q Developer in chat applications, which CloudFormation still calls Chatbot."""

from collections.abc import Sequence

import aws_cdk as cdk
from aws_cdk import aws_chatbot as chatbot
from aws_cdk import aws_iam as iam
from constructs import Construct

from infra.findings import accept_wildcards
from infra.stages.model import Slack, Stage

# What it draws an alarm's graph with. CloudWatch has no resources to name for these.
READS = (
    "cloudwatch:DescribeAlarmHistory",
    "cloudwatch:DescribeAlarms",
    "cloudwatch:GetMetricData",
    "cloudwatch:GetMetricWidgetImage",
    "cloudwatch:ListMetrics",
)


class SlackChannel(Construct):
    """Tells the channel what the topics are told.

    From the channel one can look at alarms and metrics and do nothing. Without a guardrail of its own it would have
    AdministratorAccess for one, which the role narrows again, until somebody widens that.
    """

    def __init__(
        self, scope: Construct, construct_id: str, *, stage: Stage, slack: Slack, topics: Sequence[str]
    ) -> None:
        super().__init__(scope, construct_id)
        stack = cdk.Stack.of(self)
        looks = iam.ManagedPolicy(self, "Looks", statements=[iam.PolicyStatement(actions=list(READS), resources=["*"])])
        accept_wildcards(looks, "It reads alarms and metrics, for which IAM knows no resources", "*")
        role = iam.Role(
            self,
            "Role",
            assumed_by=iam.ServicePrincipal(
                "chatbot.amazonaws.com", conditions={"StringEquals": {"aws:SourceAccount": stack.account}}
            ),
            description="What Slack may do in this account: look at alarms and metrics",
            managed_policies=[looks],
        )
        chatbot.CfnSlackChannelConfiguration(
            self,
            "Channel",
            configuration_name=stage.named("alarms"),
            iam_role_arn=role.role_arn,
            slack_workspace_id=slack.workspace_id,
            slack_channel_id=slack.channel_id,
            sns_topic_arns=list(topics),
            guardrail_policies=[looks.managed_policy_arn],
            logging_level="ERROR",
            user_role_required=False,
        )
