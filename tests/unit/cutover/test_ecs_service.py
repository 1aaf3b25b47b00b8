"""The ECS service behind the port, played by moto; Stubber where moto does not refuse as AWS does."""

from typing import Any

import pytest

from cutover.aws.clients import Clients
from cutover.aws.ecs import DIMENSION, AwsEcsService
from cutover.core.surroundings import EcsCapacity
from cutover.ports import NotAllowed, NotFound, TelemetryUnavailable
from tests.unit.cutover.aws_account import Scripted, account, scripted

__all__ = ["account"]
RESOURCE = "service/main/api"


@pytest.fixture
def service(account: Clients) -> AwsEcsService:
    """A service that wants two tasks."""
    ecs = account.make("ecs", 1, 5)
    ecs.create_cluster(clusterName="main")
    ecs.register_task_definition(family="api", containerDefinitions=[{"name": "api", "image": "api", "memory": 64}])
    ecs.create_service(cluster="main", serviceName="api", taskDefinition="api", desiredCount=2)
    return AwsEcsService.of(account, "main", "api")


def autoscaled(account: Clients, least: int, most: int) -> Any:
    """Put autoscaling on it."""
    client = account.make("application-autoscaling", 1, 5)
    client.register_scalable_target(
        ServiceNamespace="ecs", ResourceId=RESOURCE, ScalableDimension=DIMENSION, MinCapacity=least, MaxCapacity=most
    )
    return client


def bounds(client: Any) -> tuple[int, int]:
    """Autoscaling's minimum and maximum."""
    target = client.describe_scalable_targets(ServiceNamespace="ecs", ResourceIds=[RESOURCE])["ScalableTargets"][0]
    return target["MinCapacity"], target["MaxCapacity"]


def test_it_says_how_many_tasks_are_asked_for(service: AwsEcsService) -> None:
    assert service.is_set_up
    assert service.capacity() == EcsCapacity(running=0, desired=2, least=None)


def test_autoscalings_minimum_is_part_of_it(account: Clients, service: AwsEcsService) -> None:
    autoscaled(account, 1, 4)

    assert service.capacity().least == 1


def test_it_raises_the_count_and_the_minimum(account: Clients, service: AwsEcsService) -> None:
    scaling = autoscaled(account, 1, 8)

    service.raise_to(4)

    found = service.capacity()
    assert (found.desired, found.least) == (4, 4)
    assert bounds(scaling) == (4, 8)


def test_a_maximum_below_the_wish_is_raised_too(account: Clients, service: AwsEcsService) -> None:
    scaling = autoscaled(account, 1, 3)

    service.raise_to(6)

    assert bounds(scaling) == (6, 6)


def test_it_never_lowers_anything(account: Clients, service: AwsEcsService) -> None:
    scaling = autoscaled(account, 3, 8)

    service.raise_to(1)

    assert service.capacity().desired == 2
    assert bounds(scaling) == (3, 8)


def test_arns_name_the_same_scalable_target(account: Clients, service: AwsEcsService) -> None:
    autoscaled(account, 2, 8)
    arn = service.described()["serviceArn"]

    by_arn = AwsEcsService.of(account, "arn:aws:ecs:us-east-1:123456789012:cluster/main", arn)

    assert by_arn.capacity().least == 2


@pytest.mark.parametrize(("cluster", "name"), [("main", "other"), ("elsewhere", "api")])
def test_what_does_not_exist_is_told_with_its_settings(
    account: Clients, service: AwsEcsService, cluster: str, name: str
) -> None:
    with pytest.raises(NotFound, match=r"mend ecs\.cluster and ecs\.service"):
        AwsEcsService.of(account, cluster, name).capacity()


def test_a_deleted_service_does_not_exist() -> None:
    with scripted() as clients:
        clients.answers("ecs", "describe_services", {"services": [{"serviceName": "api", "status": "INACTIVE"}]})

        with pytest.raises(NotFound):
            AwsEcsService.of(clients, "main", "api").capacity()


@pytest.mark.parametrize(
    ("code", "status", "error"),
    [
        ("AccessDeniedException", 400, NotAllowed),
        ("ThrottlingException", 400, TelemetryUnavailable),
        ("ServerException", 500, TelemetryUnavailable),
        ("InvalidParameterException", 400, TelemetryUnavailable),
    ],
)
def test_other_refusals_are_told_as_what_they_are(code: str, status: int, error: type[Exception]) -> None:
    clients = Scripted()
    clients.refuses("ecs", "describe_services", code, status)

    with pytest.raises(error, match="ecs:DescribeServices"):
        AwsEcsService.of(clients, "main", "api").capacity()


def test_the_tasks_are_raised_although_autoscaling_may_not_be() -> None:
    with scripted() as clients:
        clients.answers("ecs", "describe_services", {"services": [{"desiredCount": 1, "runningCount": 1}]})
        clients.answers("ecs", "update_service", {}, {"cluster": "main", "service": "api", "desiredCount": 3})
        clients.refuses("application-autoscaling", "describe_scalable_targets", "AccessDeniedException")

        with pytest.raises(NotAllowed, match="DescribeScalableTargets"):
            AwsEcsService.of(clients, "main", "api").raise_to(3)
