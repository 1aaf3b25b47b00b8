"""Log groups with names of their own, made before anybody writes to them."""

import aws_cdk as cdk
from aws_cdk import aws_logs as logs
from constructs import Construct

from infra.retention import RETENTION
from infra.stages.model import Stage


def own_logs(scope: Construct, construct_id: str, name: str, stage: Stage) -> logs.LogGroup:
    """The group of this name. Where data is kept it outlives its stack, but not a first deploy that fails.

    For then the name would be taken when that is tried again.
    """
    kept = cdk.RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE
    return logs.LogGroup(
        scope,
        construct_id,
        log_group_name=name,
        retention=RETENTION[stage.log_days],
        removal_policy=kept if stage.keep_data else cdk.RemovalPolicy.DESTROY,
    )
