"""How long logs are kept: days as stages count them, in the words of CDK."""

from aws_cdk.aws_logs import RetentionDays

RETENTION = {
    7: RetentionDays.ONE_WEEK,
    30: RetentionDays.ONE_MONTH,
    90: RetentionDays.THREE_MONTHS,
}
