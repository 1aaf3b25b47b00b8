"""The resources that a decommission deletes, in their order, each with what brings it back and how long that lasts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from cutover.core.estate import Inventory

NEVER = "never"


class PartKind(StrEnum):
    """What kind of resource it is."""

    DNS = "dns"
    SERVICE = "service"
    LOAD_BALANCER = "load-balancer"
    TARGET_GROUP = "target-group"
    TASK_DEFINITION = "task-definition"
    REPOSITORY = "repository"

    @property
    def rung(self) -> str:
        """How the ledger names the rung of a resource of which there is only one."""
        return f"delete-{self.value}"


@dataclass(frozen=True, slots=True)
class Part:
    """One resource. `name` is what has to be typed; `id` is its ARN, or the name again.

    `is_final`: nothing brings it back as it was.
    """

    kind: PartKind
    name: str
    id: str
    what: str
    undo: str
    time_to_undo: str
    is_final: bool = False

    @property
    def rung(self) -> str:
        """How the ledger names its rung."""
        return self.kind.rung if self.kind is PartKind.DNS else f"{self.kind.rung}:{self.name}"


def parts(inventory: Inventory, name: str, repositories: Sequence[str], places: Mapping[str, str]) -> tuple[Part, ...]:
    """Everything that is to be deleted, first to last. `places` say where each exported document lies."""
    cluster = _tail(inventory.cluster)
    return (
        Part(
            PartKind.DNS,
            name,
            name,
            "weighted records become one plain record that points at Lambda",
            places.get(PartKind.DNS.value, "the saved batch, ready when it is done"),
            "60 s and the TTL",
        ),
        Part(
            PartKind.SERVICE,
            f"{cluster}/{_tail(inventory.service)}",
            inventory.service,
            "the ECS service and its autoscaling",
            f"aws ecs create-service --cli-input-json {_file(places, 'create-service')}",
            "about 10 min",
        ),
        *_balancing(inventory, places),
        Part(
            PartKind.TASK_DEFINITION,
            _tail(inventory.task_definition),
            inventory.task_definition,
            "the task definition's revision becomes INACTIVE",
            f"aws ecs register-task-definition --cli-input-json {_file(places, 'register-task-definition')}",
            "seconds",
        ),
        *(_repository(repository) for repository in repositories),
    )


def _balancing(inventory: Inventory, places: Mapping[str, str]) -> list[Part]:
    """The load balancer, then what it forwarded to: a target group that is in use can't be deleted."""
    balancer = Part(
        PartKind.LOAD_BALANCER,
        _after(inventory.load_balancer, "loadbalancer/"),
        inventory.load_balancer,
        "the load balancer with its listeners, deletion protection taken off",
        f"made anew from {places.get('load-balancer', 'the export')}; practically irreversible: a new ALB gets a new"
        " DNS name",
        "10 min and the records",
        is_final=True,
    )
    groups = [
        Part(
            PartKind.TARGET_GROUP,
            arn.rsplit(":", 1)[-1],
            arn,
            "a target group",
            f"aws elbv2 create-target-group --cli-input-json {_file(places, f'create-target-group-{index}')}",
            "minutes",
        )
        for index, arn in enumerate(inventory.target_groups, 1)
    ]
    return [balancer, *groups]


def _repository(repository: str) -> Part:
    return Part(
        PartKind.REPOSITORY,
        repository,
        repository,
        "the ECR repository with every image",
        "none; the archived images can be pushed to a new repository: skopeo copy --all --preserve-digests oci:…",
        NEVER,
        is_final=True,
    )


def _file(places: Mapping[str, str], document: str) -> str:
    return f"file://{places[document]}" if document in places else f"the exported {document}"


def _tail(arn: str) -> str:
    return arn.rsplit("/", 1)[-1]


def _after(arn: str, mark: str) -> str:
    return arn.partition(mark)[2] or arn
