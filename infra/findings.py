"""Findings of cdk-nag that are accepted, each beside its construct and with the reason why."""

import json
from typing import Any

import aws_cdk as cdk
from constructs import IConstruct


def accept(construct: IConstruct, reason: str, *rules: str) -> None:
    """Accept findings of these rules, such as AwsSolutions-L1, on a construct and all below it."""
    noted = [cdk.Acknowledgment(id=rule, reason=reason) for rule in rules]
    cdk.Validations.of(construct).acknowledge(*noted)


def accept_wildcards(construct: IConstruct, reason: str, *resources: str) -> None:
    """Accept that policies name these resources, which end with an asterisk or are one."""
    stack = cdk.Stack.of(construct)
    rules = [f"AwsSolutions-IAM5[Resource::{_written(stack.resolve(resource))}]" for resource in resources]
    accept(construct, reason, *rules)


def _written(value: Any) -> str:
    """A resolved value as cdk-nag writes it."""
    match value:
        case str():
            return value
        case {"Ref": name}:
            return f"<{name}>"
        case {"Fn::GetAtt": parts}:
            return f"<{'.'.join(parts)}>"
        case {"Fn::Join": [separator, parts]}:
            return str(separator).join(_written(part) for part in parts)
    return json.dumps(value, separators=(",", ":"))
