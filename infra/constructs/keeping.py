"""What is left behind when a stack, or a thing in it, goes."""

import aws_cdk as cdk
from constructs import IConstruct

from infra.stages.model import Stage


def removal(stage: Stage) -> cdk.RemovalPolicy:
    """What becomes of data that leaves its template: it stays, unless the stage is to leave no trace."""
    return cdk.RemovalPolicy.RETAIN if stage.keep_data else cdk.RemovalPolicy.DESTROY


def keep(scope: IConstruct, stage: Stage, *kinds: str) -> None:
    """Let everything of these CloudFormation types within `scope` stay or go as `removal` says."""
    cdk.RemovalPolicies.of(scope).apply(removal(stage), apply_to_resource_types=list(kinds))
