"""The ECS side's resources in moto: sized, described into documents, deleted; gone twice is no error."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from botocore.exceptions import ClientError, ConnectTimeoutError

from cutover.aws.estate import AwsEstate
from cutover.core.estate import Scale, service_input
from cutover.core.parts import Part, PartKind, parts
from cutover.ports import EstateUnavailable, NotAllowed, NotFound
from cutover.settings import Settings
from tests.fakes.world import settings_with
from tests.unit.cutover.moto_clients import account_of, backend, client, make

Target = {"ServiceNamespace": "ecs", "ResourceId": "service/prod/api", "ScalableDimension": "ecs:service:DesiredCount"}


@dataclass
class Account:
    """One account in moto with a service behind a load balancer."""

    make: Any
    settings: Settings
    balancer: str
    group: str
    zone: str

    @property
    def estate(self) -> AwsEstate:
        """The adapter on it."""
        return AwsEstate(self.make, self.settings)

    def part(self, kind: PartKind) -> Part:
        """The part of that kind."""
        every = parts(self.estate.inventory(), "api.example.com", (), {})
        return next(part for part in every if part.kind is kind)


@pytest.fixture
def account() -> Iterator[Account]:
    """An account with everything in it."""
    with account_of("ecs", "elbv2", "applicationautoscaling", "route53"):
        elb = client("elbv2")
        subnets = [subnet.id for subnet in backend("ec2").get_default_subnets().values()][:2]
        balancer = elb.create_load_balancer(Name="api", Subnets=subnets)["LoadBalancers"][0]["LoadBalancerArn"]
        group = _group("api")
        elb.create_listener(
            LoadBalancerArn=balancer,
            Protocol="HTTP",
            Port=80,
            DefaultActions=[{"Type": "forward", "TargetGroupArn": group}],
        )
        zone = client("route53").create_hosted_zone(Name="example.com", CallerReference="1")["HostedZone"]["Id"]
        _service(client("ecs"), group)
        settings = settings_with(
            hosted_zone_id=zone.rsplit("/", 1)[-1],
            ecs={
                "load_balancer": balancer.partition("loadbalancer/")[2],
                "cluster": "prod",
                "service": "api",
            },
        )
        yield Account(make, settings, balancer, group, zone)


def _group(name: str) -> str:
    vpc = backend("ec2").get_default_vpc().id
    made = client("elbv2").create_target_group(Name=name, Protocol="HTTP", Port=80, VpcId=vpc, TargetType="ip")
    return str(made["TargetGroups"][0]["TargetGroupArn"])


def _service(ecs: Any, group: str) -> None:
    ecs.create_cluster(clusterName="prod")
    ecs.register_task_definition(
        family="api", containerDefinitions=[{"name": "api", "image": "api", "memory": 512}], cpu="512", memory="1024"
    )
    balancing = [{"targetGroupArn": group, "containerName": "api", "containerPort": 80}]
    ecs.create_service(cluster="prod", serviceName="api", taskDefinition="api", desiredCount=4, loadBalancers=balancing)


def autoscaled(account: Account, least: int, most: int) -> None:
    """Give the service autoscaling."""
    client("application-autoscaling").register_scalable_target(**Target, MinCapacity=least, MaxCapacity=most)


def bounds(account: Account) -> list[tuple[int, int]]:
    """Autoscaling's bounds, if there are any."""
    found = client("application-autoscaling").describe_scalable_targets(ServiceNamespace="ecs")
    return [(target["MinCapacity"], target["MaxCapacity"]) for target in found["ScalableTargets"]]


def test_the_size_is_what_is_asked_for_within_autoscalings_bounds(account: Account) -> None:
    assert account.estate.scale() == Scale(4, 0)  # moto runs no task
    autoscaled(account, 2, 8)
    assert account.estate.scale() == Scale(4, 0, 2, 8)


def test_the_bounds_go_down_with_the_service(account: Account) -> None:
    autoscaled(account, 2, 8)

    account.estate.set_scale(Scale(0, 0, 0, 0))

    assert account.estate.scale() == Scale(0, 0, 0, 0)
    assert bounds(account) == [(0, 0)]


def test_a_bound_that_is_not_named_stays(account: Account) -> None:
    autoscaled(account, 2, 8)

    account.estate.set_scale(Scale(1, 1, 1, None))

    assert account.estate.scale() == Scale(1, 1, 1, 8)


def test_a_service_without_autoscaling_gets_none(account: Account) -> None:
    account.estate.set_scale(Scale(1, 1))

    assert account.estate.scale() == Scale(1, 1)
    assert bounds(account) == []


def test_the_inventory_is_the_service_and_what_it_stands_behind(account: Account) -> None:
    inventory = account.estate.inventory()

    assert inventory.load_balancer == account.balancer
    assert inventory.target_groups == (account.group,)
    assert inventory.shared_with == ()
    assert inventory.service.endswith("service/prod/api")
    assert inventory.task_definition.endswith("task-definition/api:1")


def test_a_target_group_of_others_is_told(account: Account) -> None:
    other = _group("blog")
    client("elbv2").create_listener(
        LoadBalancerArn=account.balancer,
        Protocol="HTTP",
        Port=81,
        DefaultActions=[{"Type": "forward", "TargetGroupArn": other}],
    )

    assert account.estate.inventory().shared_with == ("blog",)


def test_every_document_says_enough_to_make_its_resource_again(account: Account) -> None:
    autoscaled(account, 2, 8)
    estate = account.estate
    documents = {name: json.loads(text) for name, text in estate.export(estate.inventory()).items()}

    assert documents["create-service"]["desiredCount"] == 4
    assert documents["create-service"]["loadBalancers"][0]["targetGroupArn"] == account.group
    assert "runningCount" not in documents["create-service"]
    assert documents["register-task-definition"]["cpu"] == "512"
    assert "revision" not in documents["register-task-definition"]
    assert documents["create-target-group-1"]["Name"] == "api"
    assert "TargetGroupArn" not in documents["create-target-group-1"]
    assert documents["autoscaling"]["target"]["MaxCapacity"] == 8
    assert [listener["Port"] for listener in documents["load-balancer"]["listeners"]] == [80]
    assert len(documents["load-balancer"]["rules"]) == 1
    assert {record["Type"] for record in documents["zone"]} == {"NS", "SOA"}


def test_the_saved_documents_make_the_service_again(account: Account) -> None:
    estate, ecs = account.estate, client("ecs")
    documents = {name: json.loads(text) for name, text in estate.export(estate.inventory()).items()}
    estate.set_scale(Scale(0, 0))
    estate.delete(account.part(PartKind.SERVICE))

    ecs.register_task_definition(**documents["register-task-definition"])
    ecs.create_service(**documents["create-service"])

    assert estate.scale() == Scale(4, 0)


def test_each_part_is_deleted_and_then_gone(account: Account) -> None:
    autoscaled(account, 2, 8)
    estate = account.estate
    kinds = (PartKind.SERVICE, PartKind.LOAD_BALANCER, PartKind.TARGET_GROUP, PartKind.TASK_DEFINITION)
    every = [account.part(kind) for kind in kinds]
    elb = client("elbv2")
    protected = [{"Key": "deletion_protection.enabled", "Value": "true"}]
    elb.modify_load_balancer_attributes(LoadBalancerArn=account.balancer, Attributes=protected)
    assert [estate.present(part) for part in every] == [True] * 4
    estate.set_scale(Scale(0, 0, 0, 0))

    for part in every:
        estate.delete(part)

    assert [estate.present(part) for part in every] == [False] * 4
    assert bounds(account) == []
    assert estate.scale() is None


def test_what_is_gone_already_is_deleted_without_an_error(account: Account) -> None:
    estate = account.estate
    balancer, group = account.part(PartKind.LOAD_BALANCER), account.part(PartKind.TARGET_GROUP)
    for _ in range(2):
        estate.delete(balancer)
        estate.delete(group)

    assert not estate.present(balancer)


def test_settings_that_name_what_does_not_exist_are_told(account: Account) -> None:
    other = settings_with(ecs={"load_balancer": "app/api/999", "cluster": "prod", "service": "api"})
    with pytest.raises(NotFound, match=r"check ecs\.load_balancer"):
        AwsEstate(account.make, other).inventory()

    nameless = settings_with(ecs={"load_balancer": "app/none/999", "cluster": "prod", "service": "api"})
    with pytest.raises(NotFound, match=r"check ecs\.load_balancer"):
        AwsEstate(account.make, nameless).inventory()

    missing = settings_with(ecs={"load_balancer": "app/api/1", "cluster": "none", "service": "api"})
    with pytest.raises(NotFound, match=r"check ecs\.service"):
        AwsEstate(account.make, missing).inventory()


class Failing:
    """A client whose every call raises."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    def __getattr__(self, _: str) -> Any:
        def call(*_: Any, **__: Any) -> None:
            raise self._error

        return call


def refused(code: str, status: int) -> ClientError:
    """An error answer."""
    answer: Any = {"Error": {"Code": code, "Message": "no"}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(answer, "Call")


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (refused("AccessDeniedException", 400), NotAllowed),
        (refused("ClusterContainsServicesException", 400), EstateUnavailable),
        (refused("ServerException", 500), EstateUnavailable),
        (ConnectTimeoutError(endpoint_url="https://ecs"), EstateUnavailable),
    ],
)
def test_a_call_that_fails_is_one_of_the_ports_errors(error: Exception, expected: type[Exception]) -> None:
    settings = settings_with(ecs={"load_balancer": "app/api/1", "cluster": "prod", "service": "api"})
    estate = AwsEstate(lambda *_: Failing(error), settings)

    with pytest.raises(expected, match="ecs:DescribeServices"):
        estate.scale()


def test_capacity_providers_take_the_place_of_a_launch_type() -> None:
    described = {
        "clusterArn": "c",
        "serviceName": "api",
        "launchType": "FARGATE",
        "capacityProviderStrategy": [{"capacityProvider": "FARGATE_SPOT"}],
        "propagateTags": "NONE",
    }

    made = service_input(described, 3)

    assert made == {
        "cluster": "c",
        "serviceName": "api",
        "desiredCount": 3,
        "capacityProviderStrategy": [{"capacityProvider": "FARGATE_SPOT"}],
    }
