"""Which side can be reached by IPv6: by records and, through Stubber, by what AWS says of their targets."""

from datetime import UTC, datetime
from typing import Any

import pytest

from cutover.aws.clients import Clients
from cutover.aws.surveyor import AwsSurveyor
from cutover.core.models import RecordSet, Snapshot
from cutover.core.surroundings import Ipv6, Surroundings
from cutover.ports import ControlPlaneUnavailable
from tests.fakes.world import settings_with
from tests.fakes.zone import record, weighted
from tests.unit.cutover.aws_account import scripted

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
V4_ONLY = weighted(90, 10, "A")


class Records:
    """A weight store that is only read."""

    def __init__(self, *records: RecordSet, failing: Exception | None = None) -> None:
        self._records, self._failing = records, failing

    def read(self) -> Snapshot:
        if self._failing:
            raise self._failing
        return Snapshot(tuple(self._records))


def survey(clients: Clients, records: Any) -> Surroundings:
    """What is found of these records."""
    return AwsSurveyor(clients, settings_with(), records, None, lambda: NOW).survey(10.0)


def balancer(address: str) -> dict[str, Any]:
    """A load balancer with that kind of addresses."""
    return {"LoadBalancers": [{"LoadBalancerName": "api", "IpAddressType": address}]}


def domain(address: str) -> dict[str, Any]:
    """An HTTP API's domain with that kind of addresses."""
    return {"DomainName": "api.example.com", "DomainNameConfigurations": [{"IpAddressType": address}]}


@pytest.mark.parametrize(
    ("alb", "api", "found"),
    [
        ("dualstack", "dualstack", Ipv6(ecs=True, serverless=True)),
        ("dualstack", "ipv4", Ipv6(ecs=True, serverless=False)),
        ("ipv4", "dualstack", Ipv6(ecs=False, serverless=True)),
        ("dualstack-without-public-ipv4", "ipv4", Ipv6(ecs=True, serverless=False)),
    ],
)
def test_an_aaaa_record_reaches_as_far_as_its_target(alb: str, api: str, found: Ipv6) -> None:
    with scripted() as clients:
        clients.answers("elbv2", "describe_load_balancers", balancer(alb), {"Names": ["api"]})
        clients.answers("apigatewayv2", "get_domain_name", domain(api), {"DomainName": "api.example.com"})

        assert survey(clients, Records(*weighted(90, 10, "A", "AAAA"))).ipv6 == found


def test_a_dualstack_load_balancer_without_an_aaaa_record_is_not_reached() -> None:
    with scripted() as clients:
        found = survey(clients, Records(*V4_ONLY, *weighted(90, 10, "AAAA")[1:2]))

    assert found.ipv6 is None or found.ipv6.ecs is False


def test_plain_addresses_need_no_further_question() -> None:
    plain = {"AliasTarget": None, "TTL": 60, "ResourceRecords": [{"Value": "2001:db8::1"}]}
    with scripted() as clients:
        found = survey(clients, Records(*V4_ONLY, record("AAAA", "ecs", 90, **plain)))

    assert found.ipv6 == Ipv6(ecs=True, serverless=False)


def test_a_record_is_believed_where_its_target_may_not_be_looked_at() -> None:
    with scripted() as clients:
        clients.refuses("elbv2", "describe_load_balancers", "AccessDenied", 403)
        clients.refuses("apigatewayv2", "get_domain_name", "AccessDeniedException", 403)

        found = survey(clients, Records(*weighted(90, 10, "A", "AAAA")))

    assert found.ipv6 == Ipv6(ecs=True, serverless=True)
    assert found.unknown == {}


def test_unreadable_records_are_an_unknown_reach() -> None:
    with scripted() as clients:
        found = survey(clients, Records(failing=ControlPlaneUnavailable("Route 53 did not answer within 30 s")))

    assert found.ipv6 is None
    assert found.unknown == {"ipv6": "Route 53 did not answer within 30 s"}
