"""What an AWS account holds of a migration, and which parts belong together: by names, addresses and target groups."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from cutover.core.models import RecordSet

_FUNCTION = re.compile(r"arn:aws[\w-]*:lambda:[\w-]+:\d+:function:([\w-]+)")
_DIMENSION = re.compile(r"loadbalancer/((?:app|net)/[^/]+/[^/]+)$")
BALANCER = ".elb.amazonaws.com"
BALANCER_WITH_REGION = re.compile(r"\.elb\.[a-z0-9-]+\.amazonaws\.com$")  # a Network Load Balancer's
GATEWAY = re.compile(r"\.execute-api\.[a-z0-9-]+\.amazonaws\.com$")


@dataclass(frozen=True, slots=True)
class HostedZone:
    """A public hosted zone; `name` without the dot at its end."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class LoadBalancer:
    """An Application or Network Load Balancer."""

    arn: str
    dns_name: str

    @property
    def dimension(self) -> str:
        """As CloudWatch names it: app/NAME/ID."""
        match = _DIMENSION.search(self.arn)
        return match[1] if match else ""


@dataclass(frozen=True, slots=True)
class ServiceOfEcs:
    """An ECS service and the target groups that it registers its tasks with."""

    cluster: str
    name: str
    target_groups: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class HttpApi:
    """An HTTP API of API Gateway."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class Mapped:
    """A custom domain name's way to a stage of an API; `target` is the host that records point at."""

    domain: str
    target: str
    api_id: str
    stage: str


def zone_of(name: str, zones: Iterable[HostedZone]) -> list[HostedZone]:
    """The zones that hold the name most closely: those with the longest name that it ends with."""
    fitting = [zone for zone in zones if name == zone.name or name.endswith(f".{zone.name}")]
    longest = max((len(zone.name) for zone in fitting), default=0)
    return [zone for zone in fitting if len(zone.name) == longest]


def host(target: str) -> str:
    """A target's name as AWS's other services spell it."""
    return target.lower().rstrip(".").removeprefix("dualstack.")


def is_balancer(target: str) -> bool:
    """Whether a record points at a load balancer."""
    return host(target).endswith(BALANCER) or bool(BALANCER_WITH_REGION.search(host(target)))


def is_gateway(target: str) -> bool:
    """Whether a record points at API Gateway."""
    return bool(GATEWAY.search(host(target)))


def behind(balancer_groups: Iterable[str], services: Iterable[ServiceOfEcs]) -> list[ServiceOfEcs]:
    """The services that serve any of these target groups."""
    groups = set(balancer_groups)
    return [service for service in services if groups & set(service.target_groups)]


def mapped_to(targets: Sequence[str], name: str, mappings: Iterable[Mapped]) -> list[Mapped]:
    """The mappings that the records point at, else those of the name itself."""
    known, hosts = list(mappings), {host(target) for target in targets}
    return [one for one in known if host(one.target) in hosts] or [one for one in known if one.domain == name]


def function_of(uri: str) -> str:
    """The function's name in an integration's URI; empty if it is none."""
    match = _FUNCTION.search(uri)
    return match[1] if match else ""


def candidates(records: Iterable[RecordSet]) -> list[str]:
    """The names whose records are weighted already, else those that point at a load balancer."""
    known = [record for record in records if record.type == "A"]
    weighted = [record.name for record in known if record.weight is not None]
    pointing = [record.name for record in known if is_balancer(_alias(record))]
    return list(dict.fromkeys(weighted or pointing))


def _alias(record: RecordSet) -> str:
    match = re.search(r'"DNSName":"([^"]*)"', record.body)
    return match[1] if match else ""
