"""Route 53's protocol: operations, refusals, the log."""

import re
from collections.abc import Mapping

import pytest

from cutover.rehearsal.aws.faults import ActiveFaults
from cutover.rehearsal.aws.logs import CallLog
from cutover.rehearsal.aws.route53.api import Route53Api, new_change_id
from cutover.rehearsal.aws.throttle import TokenBucket
from cutover.rehearsal.aws.wire import Call, Reply
from tests.unit.cutover.rehearsal.aws.factories import API, NOON, alias, weighted, zone_with

RRSET = "/2013-04-01/hostedzone/Z0/rrset/"
UPSERT = (
    "<Change><Action>UPSERT</Action><ResourceRecordSet><Name>api.example.test</Name><Type>A</Type>"
    "<SetIdentifier>ecs</SetIdentifier><Weight>{weight}</Weight><AliasTarget><HostedZoneId>ZALB</HostedZoneId>"
    "<DNSName>alb.elb.amazonaws.com</DNSName><EvaluateTargetHealth>false</EvaluateTargetHealth></AliasTarget>"
    "</ResourceRecordSet></Change>"
)


def body(weight: object = 90, comment: str = "why") -> bytes:
    return (
        '<ChangeResourceRecordSetsRequest xmlns="https://route53.amazonaws.com/doc/2013-04-01/"><ChangeBatch>'
        f"<Comment>{comment}</Comment><Changes>{UPSERT.format(weight=weight)}</Changes></ChangeBatch>"
        "</ChangeResourceRecordSetsRequest>"
    ).encode()


class World:
    """An account with a weighted name, and its API."""

    def __init__(self, per_second: float = 1000.0) -> None:
        self.zone = zone_with(weighted("ecs", 100), weighted("lambda", 0))
        self.faults = ActiveFaults()
        self.calls = CallLog()
        self.seconds = 0.0  # real ones
        bucket = TokenBucket(per_second, lambda: self.seconds)
        self.api = Route53Api(self.zone, bucket=bucket, faults=self.faults, calls=self.calls, account_id="123456789012")

    def get(self, path: str, query: Mapping[str, str] | None = None, now: float = NOON) -> Reply:
        return self.api.handle(Call("GET", f"/2013-04-01/{path}", now, query or {}))

    def change(self, content: bytes | None = None, now: float = NOON) -> Reply:
        headers = {"user-agent": "tester"}
        return self.api.handle(Call("POST", RRSET, now, headers=headers, body=body() if content is None else content))

    def weight(self) -> int | None:
        return self.zone.live[weighted("ecs", 0).key].weight

    def results(self) -> list[tuple[str, str]]:
        return [(called.operation, called.result) for called in self.calls.all()]


def tag(reply: Reply, name: str) -> str:
    """The text of the first element of that name."""
    found = re.search(f"<{name}>([^<]*)</{name}>", reply.body)
    assert found is not None, reply.body
    return found[1]


def test_a_change_is_accepted_with_an_id_and_pending() -> None:
    world = World()
    reply = world.change()
    assert (reply.status, tag(reply, "Id"), tag(reply, "Status")) == (200, "/change/C1", "PENDING")
    assert tag(reply, "Comment") == "why"
    assert tag(reply, "SubmittedAt") == "2025-11-22T12:00:00.000+00:00"
    assert world.weight() == 90


def test_a_change_is_in_sync_later() -> None:
    world = World()
    world.change()
    assert tag(world.get("change/C1", now=NOON + 29), "Status") == "PENDING"
    assert tag(world.get("change/C1", now=NOON + 30), "Status") == "INSYNC"


def test_records_come_back_with_every_field() -> None:
    world = World()
    reply = world.get("hostedzone/Z0/rrset", {"name": API})
    assert reply.body.count("<ResourceRecordSet>") == 2
    assert (
        "<SetIdentifier>ecs</SetIdentifier><Weight>100</Weight><AliasTarget><HostedZoneId>ZALB</HostedZoneId>"
        "<DNSName>alb.elb.amazonaws.com.</DNSName><EvaluateTargetHealth>false</EvaluateTargetHealth></AliasTarget>"
    ) in reply.body
    assert tag(reply, "IsTruncated") == "false"
    assert "NextRecordName" not in reply.body


def test_a_page_names_the_next_record_in_three_fields() -> None:
    reply = World().get("hostedzone/Z0/rrset", {"name": API, "maxitems": "1"})
    names = ("IsTruncated", "NextRecordName", "NextRecordType", "NextRecordIdentifier", "MaxItems")
    assert [tag(reply, name) for name in names] == ["true", API, "A", "lambda", "1"]


def test_the_zone_names_its_name_servers() -> None:
    reply = World().get("hostedzone/Z0")
    assert re.findall("<NameServer>([^<]*)<", reply.body) == [
        f"ns-{number}.rehearsal.invalid" for number in range(1, 5)
    ]
    assert (tag(reply, "ResourceRecordSetCount"), tag(reply, "PrivateZone")) == ("4", "false")


@pytest.mark.parametrize(
    ("path", "query", "shown"),
    [
        ("hostedzone", {}, True),
        ("hostedzone", {"marker": "Z0", "maxitems": "1"}, True),
        ("hostedzone", {"hostedzonetype": "PrivateHostedZone"}, False),
        ("hostedzonesbyname", {}, True),
        ("hostedzonesbyname", {"dnsname": "example.test"}, True),
        ("hostedzonesbyname", {"dnsname": "zzz.test"}, False),
    ],
)
def test_zones_are_listed(path: str, query: dict[str, str], *, shown: bool) -> None:
    reply = World().get(path, query)
    assert reply.status == 200
    assert ("<Id>/hostedzone/Z0</Id>" in reply.body) is shown
    assert tag(reply, "IsTruncated") == "false"


def test_a_listing_by_name_repeats_what_was_asked() -> None:
    reply = World().get("hostedzonesbyname", {"dnsname": "example.test", "hostedzoneid": "Z0"})
    assert (tag(reply, "DNSName"), tag(reply, "HostedZoneId")) == ("example.test", "Z0")


@pytest.mark.parametrize(
    ("path", "query", "code", "status"),
    [
        ("hostedzone/ZX", {}, "NoSuchHostedZone", 404),
        ("hostedzone/ZX/rrset", {}, "NoSuchHostedZone", 404),
        ("change/CX", {}, "NoSuchChange", 404),
        ("hostedzone", {"marker": "ZX"}, "InvalidInput", 400),
        ("hostedzone", {"delegationsetid": "N1"}, "NoSuchDelegationSet", 400),
        ("hostedzone", {"maxitems": "x"}, "InvalidInput", 400),
        ("testdnsanswer", {}, "InvalidAction", 400),
    ],
)
def test_refusals_carry_code_and_status(path: str, query: dict[str, str], code: str, status: int) -> None:
    reply = World().get(path, query)
    assert (tag(reply, "Code"), reply.status) == (code, status)


def test_a_refused_batch_carries_its_messages_and_changes_nothing() -> None:
    world = World()
    reply = world.change(body().replace(b"UPSERT", b"CREATE"))
    assert (tag(reply, "Code"), reply.status) == ("InvalidChangeBatch", 400)
    assert "already exists" in tag(reply, "message")
    assert world.weight() == 100


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<ChangeResourceRecordSetsRequest>",
        b"<Other/>",
        b"<ChangeResourceRecordSetsRequest/>",
        b"<ChangeResourceRecordSetsRequest><ChangeBatch/></ChangeResourceRecordSetsRequest>",
        b'<!DOCTYPE x [<!ENTITY a "a">]><ChangeResourceRecordSetsRequest/>',
        body(256),
        body(comment="x" * 257),
    ],
)
def test_a_body_that_breaks_the_schema_is_invalid_input(content: bytes) -> None:
    world = World()
    reply = world.change(content)
    assert (tag(reply, "Code"), reply.status) == ("InvalidInput", 400)
    assert world.weight() == 100


def test_calls_are_logged_with_time_and_client() -> None:
    world = World()
    world.change(now=NOON + 5)
    called = world.calls.all()[0]
    assert (called.time, called.operation, called.result, called.user_agent) == (
        NOON + 5,
        "route53:ChangeResourceRecordSets",
        "ok",
        "tester",
    )


def test_change_ids_look_like_those_of_aws() -> None:
    assert re.fullmatch("C[0-9A-F]{20}", new_change_id())
    assert new_change_id() != new_change_id()


def test_a_simple_record_has_no_identifier_in_its_page() -> None:
    zone = zone_with(alias())
    api = Route53Api(zone, bucket=TokenBucket(5), faults=ActiveFaults(), calls=CallLog(), account_id="123456789012")
    reply = api.handle(Call("GET", "/2013-04-01/hostedzone/Z0/rrset", NOON, {"maxitems": "2"}))
    assert tag(reply, "NextRecordName") == API
    assert "NextRecordIdentifier" not in reply.body
