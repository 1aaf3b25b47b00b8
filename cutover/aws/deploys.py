"""When what serves was changed last: CloudFormation stacks, the ECS service, Lambda functions."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from cutover.aws.errors import Rejected, translated
from cutover.core.surroundings import Deploy
from cutover.ports import NotFound

_LAMBDA_TIME = "%Y-%m-%dT%H:%M:%S.%f%z"  # 2026-11-22T09:00:00.000+0000


def of_stack(client: Any, name: str, now: datetime, profile: str) -> Deploy:
    """A stack's newest update; now while one is going on. Raises Again, Rejected, NotAllowed, NotFound."""
    try:
        with translated("cloudformation:DescribeStacks", profile):
            stack = client.describe_stacks(StackName=name)["Stacks"][0]
    except Rejected as error:
        if error.code == "ValidationError":
            raise NotFound(f"there is no CloudFormation stack {name!r}; mend safety.stacks") from error
        raise
    going_on = str(stack["StackStatus"]).endswith("_IN_PROGRESS")
    when = now if going_on else stack.get("LastUpdatedTime") or stack["CreationTime"]
    return Deploy(f"stack {name}", when.astimezone(UTC))


def of_service(service: Mapping[str, Any], now: datetime) -> Deploy:
    """An ECS service's newest deployment: when it was completed, or now while it is going on.

    Not by `updatedAt`: autoscaling touches it too, and would keep every raise waiting for ever.
    """
    deployments = service.get("deployments", ())
    newest = max(deployments, key=lambda deployment: deployment["createdAt"], default=None)
    if newest is None:
        return Deploy(_service(service), service["createdAt"].astimezone(UTC))
    if newest.get("rolloutState") == "IN_PROGRESS" or len(deployments) > 1:
        return Deploy(_service(service), now)
    done = (e["createdAt"] for e in service.get("events", ()) if "deployment completed" in str(e.get("message", "")))
    return Deploy(_service(service), max((newest["createdAt"], *done)).astimezone(UTC))


def of_function(client: Any, name: str, now: datetime, profile: str) -> Deploy:
    """A function's newest change; now while one is going on. Raises Again, Rejected, NotAllowed, NotFound."""
    try:
        with translated("lambda:GetFunctionConfiguration", profile):
            found = client.get_function_configuration(FunctionName=name)
    except Rejected as error:
        if error.code == "ResourceNotFoundException":
            raise NotFound(f"there is no Lambda function {name!r}; mend lambda.functions") from error
        raise
    going_on = found.get("LastUpdateStatus") == "InProgress"
    when = now if going_on else _moment(str(found["LastModified"]))
    return Deploy(f"function {name}", when.astimezone(UTC))


def _moment(text: str) -> datetime:
    return datetime.strptime(text, _LAMBDA_TIME).astimezone(UTC)


def _service(service: Mapping[str, Any]) -> str:
    return f"ECS service {service['serviceName']}"
