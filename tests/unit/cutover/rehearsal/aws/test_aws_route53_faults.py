"""Route 53's request rate, and the faults that a rehearsal switches on."""

import msgspec
import pytest

from cutover.rehearsal.aws.faults import Faults
from tests.unit.cutover.rehearsal.aws.factories import NOON
from tests.unit.cutover.rehearsal.aws.test_aws_route53_api import World, body, tag


def test_beyond_the_request_rate_calls_are_throttled() -> None:
    world = World(per_second=5)
    codes = [world.get("hostedzone").status for _ in range(6)]
    assert codes == [200, 200, 200, 200, 200, 400]
    assert world.results()[-1] == ("route53:ListHostedZones", "Throttling")
    assert world.get("hostedzone", now=NOON + 3600).status == 400, "simulated time does not fill the bucket"
    world.seconds = 0.2
    assert world.get("hostedzone").status == 200


@pytest.mark.parametrize(
    ("faults", "code", "status"),
    [
        (Faults(route53_down=True), "ServiceUnavailable", 503),
        (Faults(route53_denied=True), "AccessDenied", 403),
        (Faults(route53_throttle=1), "Throttling", 400),
        (Faults(route53_prior=1), "PriorRequestNotComplete", 400),
    ],
)
def test_faults_refuse_changes(faults: Faults, code: str, status: int) -> None:
    world = World()
    world.faults.replace(faults)
    reply = world.change()
    assert (tag(reply, "Code"), reply.status) == (code, status)
    assert world.weight() == 100
    assert world.results() == [("route53:ChangeResourceRecordSets", code)]


@pytest.mark.parametrize("fault", ["route53_throttle", "route53_prior", "route53_stranded", "route53_cut"])
def test_a_counted_fault_hits_so_many_calls_and_no_more(fault: str) -> None:
    world = World()
    world.faults.replace(msgspec.convert({fault: 2}, Faults))
    replies = [world.change() for _ in range(3)]
    last = replies[-1]
    assert (last.status, last.cut, tag(last, "Status")) == (200, False, "PENDING")
    assert world.get(f"{tag(last, 'Id').removeprefix('/')}").status == 200
    assert world.faults.now == Faults()


def test_a_stranded_change_is_accepted_and_unknown_afterwards() -> None:
    world = World()
    world.faults.replace(Faults(route53_stranded=1))
    assert tag(world.change(), "Status") == "PENDING"
    assert tag(world.get("change/C1"), "Code") == "NoSuchChange"


def test_a_cut_change_is_applied_and_not_answered() -> None:
    world = World()
    world.faults.replace(Faults(route53_cut=1))
    reply = world.change()
    assert reply.cut
    assert world.weight() == 90
    assert world.results() == [("route53:ChangeResourceRecordSets", "cut")]


@pytest.mark.parametrize("fault", ["route53_stranded", "route53_cut"])
def test_a_refused_batch_does_not_use_up_a_fault(fault: str) -> None:
    world = World()
    world.faults.replace(msgspec.convert({fault: 1}, Faults))
    assert world.change(body(256)).status == 400
    assert getattr(world.faults.now, fault) == 1
