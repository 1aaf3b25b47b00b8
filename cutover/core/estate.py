"""The ECS side as it stands: how many tasks, which resources; and the documents from which each can be made again."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self

# What ecs:CreateService and ecs:RegisterTaskDefinition take of what the describing calls return.
_SERVICE_INPUT = (
    "cluster", "serviceName", "taskDefinition", "desiredCount", "launchType", "capacityProviderStrategy",
    "platformVersion", "loadBalancers", "serviceRegistries", "deploymentConfiguration", "placementConstraints",
    "placementStrategy", "networkConfiguration", "healthCheckGracePeriodSeconds", "schedulingStrategy",
    "deploymentController", "enableECSManagedTags", "propagateTags", "enableExecuteCommand",
    "availabilityZoneRebalancing", "tags",
)  # fmt: skip
_NOT_TASK_INPUT = frozenset(
    {
        "taskDefinitionArn", "revision", "status", "requiresAttributes", "compatibilities", "registeredAt",
        "registeredBy", "deregisteredAt",
    }
)  # fmt: skip
_GROUP_INPUT = (
    "Protocol", "ProtocolVersion", "Port", "VpcId", "HealthCheckProtocol", "HealthCheckPort", "HealthCheckEnabled",
    "HealthCheckPath", "HealthCheckIntervalSeconds", "HealthCheckTimeoutSeconds", "HealthyThresholdCount",
    "UnhealthyThresholdCount", "Matcher", "TargetType", "IpAddressType",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Scale:
    """The service's size in tasks. `least` and `most` are autoscaling's bounds, None without autoscaling."""

    desired: int
    running: int
    least: int | None = None
    most: int | None = None

    def plain(self) -> dict[str, int | None]:
        """What is asked for, for the ledger: running tasks come and go."""
        return {"desired": self.desired, "least": self.least, "most": self.most}

    @classmethod
    def of(cls, saved: Mapping[str, Any]) -> Self:
        """The scale that `plain` wrote down."""
        return cls(int(saved["desired"]), 0, saved.get("least"), saved.get("most"))

    def __str__(self) -> str:
        bounds = "" if self.least is None else f", autoscaling {self.least} to {self.most}"
        return f"{self.desired} asked, {self.running} running{bounds}"


@dataclass(frozen=True, slots=True)
class Inventory:
    """What there is to delete, by ARN. `shared_with`: the load balancer's target groups that are not the service's."""

    cluster: str
    service: str
    task_definition: str
    load_balancer: str
    target_groups: tuple[str, ...] = ()
    shared_with: tuple[str, ...] = ()

    def plain(self) -> dict[str, Any]:
        """For the ledger: the service that names these may be gone when they are needed."""
        return asdict(self) | {"target_groups": list(self.target_groups), "shared_with": list(self.shared_with)}

    @classmethod
    def of(cls, saved: Mapping[str, Any]) -> Self:
        """The inventory that `plain` wrote down."""
        lists = {key: tuple(saved[key]) for key in ("target_groups", "shared_with")}
        return cls(**{**saved, **lists})


def as_document(value: object) -> str:
    """Any answer of AWS as indented JSON, times as ISO text."""
    return json.dumps(value, indent=2, sort_keys=True, default=str, ensure_ascii=False)


def service_input(described: Mapping[str, Any], desired: int) -> dict[str, Any]:
    """What `aws ecs create-service --cli-input-json` takes to make that service again, with so many tasks."""
    named = {"cluster": described.get("clusterArn"), "desiredCount": desired}
    given = {**described, **named}
    kept = {key: given[key] for key in _SERVICE_INPUT if given.get(key) not in (None, [], {}, "NONE")}
    if "capacityProviderStrategy" in kept:
        kept.pop("launchType", None)
    return kept


def task_input(described: Mapping[str, Any]) -> dict[str, Any]:
    """What `aws ecs register-task-definition --cli-input-json` takes."""
    return {key: value for key, value in described.items() if key not in _NOT_TASK_INPUT and value not in (None, [])}


def target_group_input(described: Mapping[str, Any]) -> dict[str, Any]:
    """What `aws elbv2 create-target-group --cli-input-json` takes."""
    kept = {key: described[key] for key in _GROUP_INPUT if described.get(key) is not None}
    return {"Name": described["TargetGroupName"], **kept}
