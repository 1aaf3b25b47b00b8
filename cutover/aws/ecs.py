"""The ECS service that a rollback goes back to: how many tasks it has, and more of them when they are needed."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from typing import Any

from cutover.aws.clients import Clients
from cutover.aws.errors import Again, Rejected, translated
from cutover.core.surroundings import EcsCapacity
from cutover.ports import NotFound, TelemetryUnavailable

ATTEMPTS, READ_SECONDS = 2, 4
DIMENSION = "ecs:service:DesiredCount"
_MISSING = frozenset({"ClusterNotFoundException", "ServiceNotFoundException", "ServiceNotActiveException"})


class AwsEcsService:
    """An EcsService. `make` makes a boto3 client by its service's name when it is first needed."""

    is_set_up = True

    def __init__(self, make: Callable[[str], Any], cluster: str, service: str, profile: str = "") -> None:
        self._make, self._cluster, self._service, self._profile = make, cluster, service, profile

    @classmethod
    def of(cls, clients: Clients, cluster: str, service: str) -> "AwsEcsService":
        """The service by these clients."""
        return cls(lambda name: clients.make(name, ATTEMPTS, READ_SECONDS), cluster, service, clients.profile)

    @cached_property
    def _ecs(self) -> Any:
        return self._make("ecs")

    @cached_property
    def _scaling(self) -> Any:
        return self._make("application-autoscaling")

    def capacity(self) -> EcsCapacity:
        """How many tasks there are. Raises NotAllowed, NotFound, TelemetryUnavailable."""
        service, target = self.described(), self._scalable_target()
        least = int(target["MinCapacity"]) if target else None
        return EcsCapacity(int(service["runningCount"]), int(service["desiredCount"]), least)

    def raise_to(self, tasks: int) -> None:
        """Ask for at least so many, autoscaling's minimum too. Raises NotAllowed, NotFound, TelemetryUnavailable.

        The tasks first, for they take minutes; then the minimum, without which they would be taken away again.
        """
        if int(self.described()["desiredCount"]) < tasks:
            with self._told("ecs:UpdateService"):
                self._ecs.update_service(cluster=self._cluster, service=self._service, desiredCount=tasks)
        target = self._scalable_target()
        if target and int(target["MinCapacity"]) < tasks:
            with self._told("application-autoscaling:RegisterScalableTarget"):
                self._scaling.register_scalable_target(
                    **self._target, MinCapacity=tasks, MaxCapacity=max(tasks, int(target["MaxCapacity"]))
                )

    def described(self) -> Mapping[str, Any]:
        """The service as ECS describes it. Raises NotAllowed, NotFound, TelemetryUnavailable."""
        with self._told("ecs:DescribeServices"):
            answer = self._ecs.describe_services(cluster=self._cluster, services=[self._service])
        found: Mapping[str, Any] | None = next(iter(answer.get("services", ())), None)
        if found is None or found.get("status") == "INACTIVE":
            raise self._missing()
        return found

    @property
    def _target(self) -> dict[str, str]:
        names = (part.rsplit("/", 1)[-1] for part in (self._cluster, self._service))  # an ARN ends with the name
        resource = "/".join(("service", *names))
        return {"ServiceNamespace": "ecs", "ResourceId": resource, "ScalableDimension": DIMENSION}

    def _scalable_target(self) -> Mapping[str, Any] | None:
        target = self._target
        with self._told("application-autoscaling:DescribeScalableTargets"):
            answer = self._scaling.describe_scalable_targets(
                ServiceNamespace="ecs", ResourceIds=[target["ResourceId"]], ScalableDimension=DIMENSION
            )
        return next(iter(answer["ScalableTargets"]), None)

    @contextmanager
    def _told(self, call: str) -> Iterator[None]:
        try:
            with translated(call, self._profile):
                yield
        except Again as error:
            raise TelemetryUnavailable(str(error)) from error
        except Rejected as error:
            raise self._missing() if error.code in _MISSING else TelemetryUnavailable(str(error)) from error

    def _missing(self) -> NotFound:
        return NotFound(
            f"there is no ECS service {self._service!r} in cluster {self._cluster!r}; mend ecs.cluster and ecs.service"
        )
