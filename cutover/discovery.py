"""What `cutover init` needs of an account: a port of its own, because nobody has settings yet who asks through it."""

from collections.abc import Sequence
from typing import Protocol

from cutover.core.found import HostedZone, HttpApi, LoadBalancer, Mapped, ServiceOfEcs
from cutover.core.models import Snapshot


class Discovery(Protocol):
    """What there is in an account, for settings that are still to be written.

    Every question raises NotAllowed, ControlPlaneUnavailable.
    """

    @property
    def region(self) -> str:
        """Where it looks."""
        ...

    def zones(self) -> Sequence[HostedZone]:
        """The public hosted zones."""
        ...

    def records(self, zone_id: str, name: str = "") -> Snapshot:
        """The record sets of that name, or of all names."""
        ...

    def load_balancers(self) -> Sequence[LoadBalancer]:
        """The load balancers."""
        ...

    def target_groups(self, balancer_arn: str) -> Sequence[str]:
        """The ARNs of a load balancer's target groups."""
        ...

    def services(self) -> Sequence[ServiceOfEcs]:
        """The ECS services."""
        ...

    def mappings(self) -> Sequence[Mapped]:
        """Where API Gateway's custom domain names lead."""
        ...

    def apis(self) -> Sequence[HttpApi]:
        """The HTTP APIs."""
        ...

    def functions(self, api_id: str) -> Sequence[str]:
        """The names of the functions that an API calls."""
        ...

    def proxies(self) -> Sequence[str]:
        """The names of the RDS proxies."""
        ...

    def tables(self) -> Sequence[str]:
        """The names of the DynamoDB tables."""
        ...

    def topics(self) -> Sequence[str]:
        """The ARNs of the SNS topics."""
        ...

    def alarms(self) -> Sequence[str]:
        """The names of the alarms."""
        ...
