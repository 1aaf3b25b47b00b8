"""The roles of people as the operations stack's template has them."""

import json
from collections.abc import Iterator
from typing import Any

from infra.operators import Role
from tests.infra.migration import migration

Resource = dict[str, Any]


def role_of(name: str, role: Role) -> Resource:
    """The role's properties, in the stage of that name."""
    made = migration(name).operations.all("AWS::IAM::Role").values()
    (found,) = (one["Properties"] for one in made if one["Properties"]["RoleName"] == role.deployed_name(name))
    properties: Resource = found
    return properties


def statements(name: str, role: Role) -> list[Resource]:
    """What the role may do."""
    template = migration(name).operations
    (logical_id,) = (
        key
        for key, one in template.all("AWS::IAM::Role").items()
        if one["Properties"]["RoleName"] == role.deployed_name(name)
    )
    (policy,) = (
        one["Properties"]
        for one in template.all("AWS::IAM::Policy").values()
        if one["Properties"]["Roles"] == [{"Ref": logical_id}]
    )
    found: list[Resource] = policy["PolicyDocument"]["Statement"]
    return found


def allowed(name: str, role: Role) -> Iterator[tuple[str, str]]:
    """Each action with each ARN, spelled."""
    for statement in statements(name, role):
        for action in listed(statement["Action"]):
            for resource in listed(statement["Resource"]):
                yield action, json.dumps(resource)


def listed(value: Any) -> list[Any]:
    """A policy has one thing or a list of things."""
    return value if isinstance(value, list) else [value]
