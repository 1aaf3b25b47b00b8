"""The pure table of permissions as statements on things that there are."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from aws_cdk import aws_s3 as s3

from infra import handles
from infra.findings import accept_wildcards
from infra.permissions import PLATFORM, On, Permission

# Of the role, but only Lambda itself needs them, to attach the function to the VPC: its code is denied them.
_FOR_LAMBDA_ALONE = [action for one in PLATFORM for action in one.actions if action.startswith("ec2:")]


@dataclass(frozen=True, slots=True)
class Things:
    """What permissions are about; the last two are there for whoever is given a permission on them."""

    data: handles.Data
    log_group: logs.ILogGroup
    parser_arn: str | None = None
    dead_letters_arn: str | None = None


def policy_of(stack: cdk.Stack, permissions: Sequence[Permission], things: Things) -> iam.PolicyDocument:
    """The document that allows exactly these permissions. Raises LookupError for one on a thing that is not there."""
    return iam.PolicyDocument(
        statements=[
            iam.PolicyStatement(actions=list(one.actions), resources=_arns(stack, one, things)) for one in permissions
        ]
    )


def accept_wildcards_of(role: iam.Role, permissions: Sequence[Permission], things: Things) -> None:
    """Note on the role why its resources end with an asterisk, where they do."""
    stack = cdk.Stack.of(role)
    for one in permissions:
        wide = [arn for arn in _arns(stack, one, things) if arn.endswith("*") and one.on in _WHY_WIDE]
        if wide:
            accept_wildcards(role, _WHY_WIDE[one.on], *wide)


def denied_to_code_of(stack: cdk.Stack, name: str) -> iam.PolicyStatement:
    """What the role of the function of this name may do only as long as Lambda does it, and not the function's code."""
    function = stack.format_arn(
        service="lambda", resource="function", resource_name=name, arn_format=cdk.ArnFormat.COLON_RESOURCE_NAME
    )
    return iam.PolicyStatement(
        effect=iam.Effect.DENY,
        actions=_FOR_LAMBDA_ALONE,
        resources=["*"],
        conditions={"ArnEquals": {"lambda:SourceFunctionArn": function}},
    )


_WHY_WIDE = {
    On.FILES: "Keys are made as files come; the role has the first parts of those that its function's code makes",
    On.SEARCH: "Documents are made as rows come; the role has the paths of those that its function's code writes",
    On.NETWORK: "Lambda makes and deletes interfaces by it, as AWS says; the code is denied it",
    On.EVERYTHING: "AWS grants these actions on no less than everything: X-Ray's, and EC2's that only describe",
}


def _arns(stack: cdk.Stack, permission: Permission, things: Things) -> list[str]:
    found = [arn for arn in _lookups(stack, things)[permission.on](permission) if arn is not None]
    if not found:
        raise LookupError(f"{', '.join(permission.actions)}: there is no {permission.on.name}")
    return found


def _lookups(stack: cdk.Stack, things: Things) -> Mapping[On, Callable[[Permission], Sequence[str | None]]]:
    data = things.data
    return {
        On.DATABASE: lambda _: [_database_user(stack, data.database)],
        On.SECRET: lambda _: [data.database.secret.secret_arn],
        On.FILES: lambda one: [f"{_arn_of(stack, data.files)}/{prefix}*" for prefix in one.paths],
        On.BUCKET: lambda _: [_arn_of(stack, data.files)],
        On.SEARCH: lambda one: [f"{data.search.domain_arn}/{path}" for path in one.paths],
        On.USERS: lambda _: [data.users.arn],
        On.PARSER: lambda _: [things.parser_arn],
        On.DEAD_LETTERS: lambda _: [things.dead_letters_arn],
        On.OWN_LOGS: lambda _: [things.log_group.log_group_arn],
        # As AWS words it for deleting interfaces; making one needs subnets and groups beside it.
        On.NETWORK: lambda _: [stack.format_arn(service="ec2", resource="*", resource_name="*")],
        On.EVERYTHING: lambda _: ["*"],
    }


def _arn_of(stack: cdk.Stack, bucket: s3.IBucket) -> str:
    """By its name, in words: cdk-nag names findings by them, and those of another stack's are not known yet."""
    made = bucket.node.default_child
    name = made.bucket_name if isinstance(made, s3.CfnBucket) else None
    return stack.format_arn(service="s3", region="", account="", resource=name or bucket.bucket_name)


def _database_user(stack: cdk.Stack, database: handles.Database) -> str:
    """The service's user of the proxy: the proxy is known here by the last part of its ARN, prx-…."""
    proxy = cdk.Fn.select(6, cdk.Fn.split(":", database.proxy.db_proxy_arn))
    return stack.format_arn(
        service="rds-db",
        resource="dbuser",
        resource_name=f"{proxy}/{database.user}",
        arn_format=cdk.ArnFormat.COLON_RESOURCE_NAME,
    )
