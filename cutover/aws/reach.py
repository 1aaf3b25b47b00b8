"""Which side can be reached by IPv6: by its AAAA record, and by what that record points at."""

import json
from collections.abc import Callable
from typing import Any

from cutover.aws.errors import translated
from cutover.core.models import Side, Snapshot
from cutover.core.surroundings import Ipv6
from cutover.core.zone import Sides, traffic
from cutover.ports import NotAllowed

Reaches = Callable[[], bool]


def reach(snapshot: Snapshot, sides: Sides, targets: dict[Side, Reaches]) -> Ipv6:
    """Which side's AAAA record leads anywhere. `targets` say whether an alias's target has IPv6 addresses.

    A load balancer with IPv6 addresses and without an AAAA record is not reached by them. Where this identity may not
    look at the target, the record is believed. Raises Again, Rejected.
    """
    found = {side: _has_aaaa(snapshot, sides.identifier(side)) for side in Side}
    for side, is_alias in list(found.items()):
        if is_alias is not None:
            found[side] = _believed(targets[side]) if is_alias else True
    return Ipv6(ecs=bool(found[Side.ECS]), serverless=bool(found[Side.SERVERLESS]))


def load_balancer_reaches(client: Any, name: str, profile: str) -> bool:
    """Whether the load balancer ("app/NAME/ID") has IPv6 addresses. Raises Again, Rejected, NotAllowed."""
    with translated("elasticloadbalancing:DescribeLoadBalancers", profile):
        answer = client.describe_load_balancers(Names=[name.split("/")[1]])
    return str(answer["LoadBalancers"][0].get("IpAddressType", "")).startswith("dualstack")


def http_api_reaches(client: Any, domain: str, profile: str) -> bool:
    """Whether the HTTP API's custom domain has IPv6 addresses. Raises Again, Rejected, NotAllowed."""
    with translated("apigateway:GetDomainName", profile):
        answer = client.get_domain_name(DomainName=domain)
    return any(one.get("IpAddressType") == "dualstack" for one in answer.get("DomainNameConfigurations", ()))


def _has_aaaa(snapshot: Snapshot, identifier: str) -> bool | None:
    """Whether the side's AAAA record is an alias; None: it has none."""
    records = [r for r in traffic(snapshot) if r.type == "AAAA" and r.set_identifier == identifier]
    return "AliasTarget" in json.loads(records[0].body) if records else None


def _believed(reaches: Reaches) -> bool:
    try:
        return reaches()
    except NotAllowed:
        return True
