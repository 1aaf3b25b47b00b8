"""An AWS account in memory, to be looked into for settings."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from cutover.core.found import HostedZone, HttpApi, LoadBalancer, Mapped, ServiceOfEcs
from cutover.core.models import RecordSet, Snapshot
from tests.fakes.zone import record

T = TypeVar("T")
BALANCER = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/app/lego-api/50dc6c495c0c9188"
BALANCER_NAME = "lego-api-1234567890.eu-west-1.elb.amazonaws.com"
GATEWAY_NAME = "d-abc123.execute-api.eu-west-1.amazonaws.com"
GROUP = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/lego-api/73e2d6bc24d8a067"


def pointing(identifier: str | None, weight: int | None, target: str, **more: object) -> RecordSet:
    """A record of the public name that points there."""
    alias = {"DNSName": f"{target}.", "EvaluateTargetHealth": True, "HostedZoneId": "ZALIAS"}
    return record("A", identifier, weight, AliasTarget=alias, **more)


@dataclass
class FakeAccount:
    """A Discovery; at first it holds one of everything. `failing` raises for the question of that name."""

    region: str = "eu-west-1"
    failing: dict[str, Exception] = field(default_factory=dict)
    all_zones: list[HostedZone] = field(default_factory=lambda: [HostedZone("Z1", "example.com")])
    all_records: list[RecordSet] = field(
        default_factory=lambda: [
            pointing("old", 100, f"dualstack.{BALANCER_NAME.capitalize()}"),
            pointing("new", 0, GATEWAY_NAME),
        ]
    )
    balancers: list[LoadBalancer] = field(default_factory=lambda: [LoadBalancer(BALANCER, BALANCER_NAME)])
    all_services: list[ServiceOfEcs] = field(
        default_factory=lambda: [ServiceOfEcs("prod", "api", (GROUP,)), ServiceOfEcs("prod", "jobs", ())]
    )
    all_mappings: list[Mapped] = field(
        default_factory=lambda: [Mapped("api.example.com", GATEWAY_NAME, "a1b2c3", "live")]
    )
    all_apis: list[HttpApi] = field(default_factory=lambda: [HttpApi("a1b2c3", "lego")])
    all_functions: list[str] = field(default_factory=lambda: ["lego-health", "lego-mocs"])
    all_proxies: list[str] = field(default_factory=lambda: ["lego-proxy"])
    all_tables: list[str] = field(default_factory=lambda: ["users", "lego-cutover"])
    all_topics: list[str] = field(
        default_factory=lambda: ["arn:aws:sns:eu-west-1:1:cutover", "arn:aws:sns:eu-west-1:1:x"]
    )
    all_alarms: list[str] = field(default_factory=lambda: ["cutover-veto-db", "cpu"])

    def zones(self) -> Sequence[HostedZone]:
        """The zones."""
        return self._told("zones", self.all_zones)

    def records(self, zone_id: str, name: str = "") -> Snapshot:
        """The records."""
        known = self._told("records", self.all_records)
        return Snapshot(tuple(one for one in known if one.name == name or not name))

    def load_balancers(self) -> Sequence[LoadBalancer]:
        """The load balancers."""
        return self._told("load_balancers", self.balancers)

    def target_groups(self, balancer_arn: str) -> Sequence[str]:
        """One group."""
        return self._told("target_groups", [GROUP])

    def services(self) -> Sequence[ServiceOfEcs]:
        """The services."""
        return self._told("services", self.all_services)

    def mappings(self) -> Sequence[Mapped]:
        """The mappings."""
        return self._told("mappings", self.all_mappings)

    def apis(self) -> Sequence[HttpApi]:
        """The APIs."""
        return self._told("apis", self.all_apis)

    def functions(self, api_id: str) -> Sequence[str]:
        """The functions."""
        return self._told("functions", self.all_functions)

    def proxies(self) -> Sequence[str]:
        """The proxies."""
        return self._told("proxies", self.all_proxies)

    def tables(self) -> Sequence[str]:
        """The tables."""
        return self._told("tables", self.all_tables)

    def topics(self) -> Sequence[str]:
        """The topics."""
        return self._told("topics", self.all_topics)

    def alarms(self) -> Sequence[str]:
        """The alarms."""
        return self._told("alarms", self.all_alarms)

    def _told(self, question: str, answer: T) -> T:
        if question in self.failing:
            raise self.failing[question]
        return answer
