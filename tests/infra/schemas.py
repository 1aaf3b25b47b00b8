"""What CloudFormation's own schemas say of resource types, as cfn-lint carries them."""

from functools import cache
from typing import Any

from cfnlint.schema import PROVIDER_SCHEMA_MANAGER, ResourceNotFoundError

REGION = "us-east-1"


@cache
def _tagging(kind: str) -> dict[str, Any]:
    try:
        schema = PROVIDER_SCHEMA_MANAGER.get_resource_schema(REGION, kind).schema
    except ResourceNotFoundError:
        return {"taggable": False}  # a custom resource
    given: dict[str, Any] = schema.get("tagging", {"taggable": bool({"Tags"} & schema.get("properties", {}).keys())})
    return given


def is_taggable(kind: str) -> bool:
    """Whether resources of this type take tags."""
    return bool(_tagging(kind).get("taggable", True))


def tags_of(resource: dict[str, Any]) -> dict[str, str]:
    """A resource's tags, in whichever of the forms its type has them."""
    place = str(_tagging(resource["Type"]).get("tagProperty", "/properties/Tags")).rpartition("/")[2]
    given = resource.get("Properties", {}).get(place, {})
    if isinstance(given, dict):
        return {str(key): str(value) for key, value in given.items()}
    return {str(tag["Key"]): str(tag["Value"]) for tag in given}
