"""The ECS side's resources: sized, described into documents, deleted one by one; what is gone already is no error."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from typing import Any

from cutover.aws.errors import Again, Rejected, translated
from cutover.core.estate import Inventory, Scale, as_document, service_input, target_group_input, task_input
from cutover.core.parts import Part, PartKind
from cutover.ports import EstateUnavailable, NotFound
from cutover.settings import Settings

READ_SECONDS, ATTEMPTS = 10, 3
DIMENSION = "ecs:service:DesiredCount"
GONE_CODES = frozenset(
    {
        "ServiceNotFoundException", "ServiceNotActiveException", "ClusterNotFoundException", "LoadBalancerNotFound",
        "TargetGroupNotFound", "ObjectNotFoundException",
    }
)  # fmt: skip
Make = Callable[[str, int, float], Any]


class Gone(Exception):
    """What was asked for does not exist, or no longer."""


class AwsEstate:
    """An Estate. `make` makes a boto3 client from a service's name, attempts and seconds to wait."""

    is_set_up = True

    def __init__(self, make: Make, settings: Settings) -> None:
        self._make, self._settings, self._profile = make, settings, settings.aws.profile
        self._cluster, self._service = settings.ecs.cluster, settings.ecs.service

    def scale(self) -> Scale | None:
        """The service's size; None: the service is gone."""
        service = self._described_service()
        if service is None:
            return None
        bounds = self._bounds()
        least, most = (bounds["MinCapacity"], bounds["MaxCapacity"]) if bounds else (None, None)
        return Scale(int(service["desiredCount"]), int(service["runningCount"]), least, most)

    def set_scale(self, scale: Scale) -> None:
        """Autoscaling's bounds first: a minimum that stayed would raise the service again at once."""
        if self._bounds() is not None:
            given = {"MinCapacity": scale.least, "MaxCapacity": scale.most}
            with self._asked("application-autoscaling:RegisterScalableTarget"):
                self._autoscaling.register_scalable_target(
                    **self._target, **{key: value for key, value in given.items() if value is not None}
                )
        with self._asked("ecs:UpdateService"):
            self._ecs.update_service(cluster=self._cluster, service=self._service, desiredCount=scale.desired)

    def inventory(self) -> Inventory:
        """What belongs to the service. Raises NotFound where the service or the load balancer does not exist."""
        service = self._described_service()
        if service is None:
            raise NotFound(f"the ECS service {self._service!r} is not in {self._cluster!r}: check ecs.service")
        balancer = self._load_balancer()
        if balancer is None:
            name = self._settings.ecs.load_balancer
            raise NotFound(f"there is no load balancer {name!r} in this region: check ecs.load_balancer")
        own = tuple(lb["targetGroupArn"] for lb in service.get("loadBalancers", ()) if lb.get("targetGroupArn"))
        others = [group for group in self._groups(balancer) if group["TargetGroupArn"] not in own]
        return Inventory(
            cluster=service["clusterArn"],
            service=service["serviceArn"],
            task_definition=service["taskDefinition"],
            load_balancer=balancer,
            target_groups=own,
            shared_with=tuple(str(group["TargetGroupName"]) for group in others),
        )

    def export(self, inventory: Inventory) -> Mapping[str, str]:
        """Each resource as AWS describes it, and what makes it again where a call takes that."""
        service, bounds = self._described_service() or {}, self._bounds()
        task = self._described_task(inventory.task_definition)
        groups = self._groups(inventory.load_balancer)
        own = [group for group in groups if group["TargetGroupArn"] in inventory.target_groups]
        desired = int(service.get("desiredCount", 0))
        documents: dict[str, Any] = {
            "zone": self._zone(),
            "service": service,
            "create-service": service_input(service, desired),
            "task-definition": task,
            "register-task-definition": task_input(task),
            "autoscaling": {"target": bounds, "policies": self._policies() if bounds else []},
            "load-balancer": self._balancer_whole(inventory.load_balancer),
            "target-groups": groups,
        }
        made = {f"create-target-group-{i}": target_group_input(group) for i, group in enumerate(own, 1)}
        return {name: as_document(value) for name, value in (documents | made).items()}

    def present(self, part: Part) -> bool:
        """Whether it is still there."""
        try:
            return self._present(part)
        except Gone:
            return False

    def delete(self, part: Part) -> None:
        """Delete it; one that is gone already is no error."""
        deletions: Mapping[PartKind, Callable[[str], None]] = {
            PartKind.SERVICE: self._delete_service,
            PartKind.LOAD_BALANCER: self._delete_balancer,
            PartKind.TARGET_GROUP: self._delete_group,
            PartKind.TASK_DEFINITION: self._deregister,
        }
        try:
            deletions[part.kind](part.id)
        except Gone:
            return

    @cached_property
    def _ecs(self) -> Any:
        return self._make("ecs", ATTEMPTS, READ_SECONDS)

    @cached_property
    def _elb(self) -> Any:
        return self._make("elbv2", ATTEMPTS, READ_SECONDS)

    @cached_property
    def _autoscaling(self) -> Any:
        return self._make("application-autoscaling", ATTEMPTS, READ_SECONDS)

    @property
    def _target(self) -> dict[str, str]:
        return {
            "ServiceNamespace": "ecs",
            "ResourceId": f"service/{self._cluster.rsplit('/', 1)[-1]}/{self._service}",
            "ScalableDimension": DIMENSION,
        }

    @contextmanager
    def _asked(self, call: str) -> Iterator[None]:
        """Raises Gone, EstateUnavailable, NotAllowed."""
        try:
            with translated(call, self._profile):
                yield
        except Rejected as error:
            if error.code in GONE_CODES:
                raise Gone(str(error)) from error
            raise EstateUnavailable(str(error)) from error
        except Again as error:
            raise EstateUnavailable(str(error)) from error

    def _described_service(self) -> Mapping[str, Any] | None:
        try:
            with self._asked("ecs:DescribeServices"):
                answer = self._ecs.describe_services(cluster=self._cluster, services=[self._service], include=["TAGS"])
        except Gone:
            return None
        found = [service for service in answer["services"] if service["status"] != "INACTIVE"]
        return found[0] if found else None

    def _described_task(self, arn: str) -> Mapping[str, Any]:
        with self._asked("ecs:DescribeTaskDefinition"):
            described: Mapping[str, Any] = self._ecs.describe_task_definition(taskDefinition=arn)["taskDefinition"]
        return described

    def _bounds(self) -> Mapping[str, Any] | None:
        target = self._target
        with self._asked("application-autoscaling:DescribeScalableTargets"):
            found = self._autoscaling.describe_scalable_targets(
                ServiceNamespace="ecs", ResourceIds=[target["ResourceId"]], ScalableDimension=DIMENSION
            )["ScalableTargets"]
        return found[0] if found else None

    def _policies(self) -> list[Any]:
        with self._asked("application-autoscaling:DescribeScalingPolicies"):
            pages = self._autoscaling.get_paginator("describe_scaling_policies").paginate(
                ServiceNamespace="ecs", ResourceId=self._target["ResourceId"]
            )
            return [policy for page in pages for policy in page["ScalingPolicies"]]

    def _load_balancer(self) -> str | None:
        """Its ARN, if the one of that name is the one that the settings mean."""
        named = self._settings.ecs.load_balancer
        try:
            with self._asked("elasticloadbalancing:DescribeLoadBalancers"):
                found = self._elb.describe_load_balancers(Names=[named.split("/")[1]])["LoadBalancers"]
        except Gone:
            return None
        arns = [str(balancer["LoadBalancerArn"]) for balancer in found]
        return next((arn for arn in arns if arn.endswith(f"loadbalancer/{named}")), None)

    def _groups(self, balancer: str) -> list[Mapping[str, Any]]:
        with self._asked("elasticloadbalancing:DescribeTargetGroups"):
            pages = self._elb.get_paginator("describe_target_groups").paginate(LoadBalancerArn=balancer)
            return [group for page in pages for group in page["TargetGroups"]]

    def _balancer_whole(self, arn: str) -> Mapping[str, Any]:
        """The load balancer with its attributes, listeners and rules."""
        with self._asked("elasticloadbalancing:DescribeListeners"):
            (balancer,) = self._elb.describe_load_balancers(LoadBalancerArns=[arn])["LoadBalancers"]
            attributes = self._elb.describe_load_balancer_attributes(LoadBalancerArn=arn)["Attributes"]
            pages = self._elb.get_paginator("describe_listeners").paginate(LoadBalancerArn=arn)
            listeners = [listener for page in pages for listener in page["Listeners"]]
            rules = {
                listener["ListenerArn"]: self._elb.describe_rules(ListenerArn=listener["ListenerArn"])["Rules"]
                for listener in listeners
            }
        return {"load_balancer": balancer, "attributes": attributes, "listeners": listeners, "rules": rules}

    def _zone(self) -> list[Any]:
        with self._asked("route53:ListResourceRecordSets"):
            client = self._make("route53", ATTEMPTS, READ_SECONDS)
            pages = client.get_paginator("list_resource_record_sets").paginate(
                HostedZoneId=self._settings.hosted_zone_id
            )
            return [record for page in pages for record in page["ResourceRecordSets"]]

    def _present(self, part: Part) -> bool:
        match part.kind:
            case PartKind.SERVICE:
                return self._described_service() is not None
            case PartKind.LOAD_BALANCER:
                with self._asked("elasticloadbalancing:DescribeLoadBalancers"):
                    return bool(self._elb.describe_load_balancers(LoadBalancerArns=[part.id])["LoadBalancers"])
            case PartKind.TARGET_GROUP:
                with self._asked("elasticloadbalancing:DescribeTargetGroups"):
                    return bool(self._elb.describe_target_groups(TargetGroupArns=[part.id])["TargetGroups"])
            case _:
                return bool(self._described_task(part.id)["status"] == "ACTIVE")

    def _delete_service(self, _: str) -> None:
        if self._bounds() is not None:
            with self._asked("application-autoscaling:DeregisterScalableTarget"):
                self._autoscaling.deregister_scalable_target(**self._target)
        with self._asked("ecs:DeleteService"):
            self._ecs.delete_service(cluster=self._cluster, service=self._service)

    def _delete_balancer(self, arn: str) -> None:
        protected = [{"Key": "deletion_protection.enabled", "Value": "false"}]
        with self._asked("elasticloadbalancing:ModifyLoadBalancerAttributes"):
            self._elb.modify_load_balancer_attributes(LoadBalancerArn=arn, Attributes=protected)
        with self._asked("elasticloadbalancing:DeleteLoadBalancer"):
            self._elb.delete_load_balancer(LoadBalancerArn=arn)

    def _delete_group(self, arn: str) -> None:
        with self._asked("elasticloadbalancing:DeleteTargetGroup"):
            self._elb.delete_target_group(TargetGroupArn=arn)

    def _deregister(self, arn: str) -> None:
        with self._asked("ecs:DeregisterTaskDefinition"):
            self._ecs.deregister_task_definition(taskDefinition=arn)
