"""The Route 53 adapter against boto3's own validation, and against everything that goes wrong on the way."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from botocore.exceptions import (
    ClientError,
    ConnectionClosedError,
    EndpointConnectionError,
    NoCredentialsError,
    ReadTimeoutError,
)
from botocore.stub import Stubber

from cutover.aws.clients import Clients
from cutover.aws.pacing import Pace
from cutover.aws.route53 import Route53
from cutover.core.models import Snapshot, Weights
from cutover.core.zone import Sides, traffic, with_weights
from cutover.ports import ChangedMeanwhile, ControlPlaneUnavailable, NotAllowed
from cutover.settings import AwsSettings, BadSettings
from tests.fakes.world import NAME, weighted

SIDES = Sides("ecs", "lambda")
TIMEOUT = ReadTimeoutError(endpoint_url="https://route53.amazonaws.com")
CUT = ConnectionClosedError(endpoint_url="https://route53.amazonaws.com")
UNREACHABLE = EndpointConnectionError(endpoint_url="https://route53.amazonaws.com")


@dataclass
class Time:
    """Monotonic seconds that pass by sleeping."""

    now: float = 100.0
    slept: list[float] = field(default_factory=list)

    def pace(self) -> Pace:
        """A pace in this time, without chance."""
        return Pace(monotonic=lambda: self.now, sleep=self.sleep, random_up_to=lambda most: most)

    def sleep(self, seconds: float) -> None:
        """Let them pass."""
        self.slept.append(seconds)
        self.now += seconds


def refused(code: str, status: int = 400, message: str = "no") -> ClientError:
    """What boto3 raises for an error answer."""
    answer: Any = {"Error": {"Code": code, "Message": message}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(answer, "ChangeResourceRecordSets")


def snapshot(ecs: int, serverless: int, *types: str) -> Snapshot:
    """The live records at these weights."""
    return Snapshot(traffic(Snapshot(tuple(weighted(ecs, serverless, *types)))))


class Zone:
    """A boto3 client of a zone that applies batches, after raising what the script says."""

    def __init__(self, live: Snapshot, *script: Exception | Callable[["Zone", Any], Exception | None] | None) -> None:
        self.live = [json.loads(record.body) for record in live.records]
        self.script: Iterator[Any] = iter(script)
        self.batches: list[Any] = []
        self.calls: list[str] = []

    def change_resource_record_sets(self, HostedZoneId: str, ChangeBatch: Any) -> Any:  # noqa: N803 - boto3's names
        self.calls.append("change")
        happening = next(self.script, None)
        if callable(happening):
            happening = happening(self, ChangeBatch)
        if isinstance(happening, Exception):
            raise happening
        self.apply(ChangeBatch)
        return {"ChangeInfo": {"Id": f"/change/C{len(self.batches)}", "Status": "PENDING"}}

    def apply(self, batch: Any) -> None:
        """All or nothing, exactly."""
        left = list(self.live)
        for change in batch["Changes"]:
            if change["Action"] == "DELETE":
                if change["ResourceRecordSet"] not in left:
                    raise refused("InvalidChangeBatch", message="the values provided do not match the current values")
                left.remove(change["ResourceRecordSet"])
            else:
                left.append(change["ResourceRecordSet"])
        self.live = left
        self.batches.append(batch)

    def list_resource_record_sets(self, **_: Any) -> Any:
        self.calls.append("list")
        return {"ResourceRecordSets": self.live, "IsTruncated": False, "MaxItems": "300"}

    def weights(self) -> set[int]:
        """The weights of Lambda's records."""
        return {record["Weight"] for record in self.live if record["SetIdentifier"] == "lambda"}


def store(client: Any, time: Time | None = None) -> Route53:
    """The adapter on that client."""
    return Route53(lambda: client, "Z123", NAME, "prod", (time or Time()).pace())


def shift(zone: Zone, time: Time | None = None) -> str:
    """From 90/10 to 50/50."""
    before = snapshot(90, 10, "A", "AAAA")
    after = Snapshot(with_weights(before.records, Weights(50, 50), SIDES))
    return store(zone, time).apply(before, after, "cutover/test/1/ada")


def done_but(error: Exception) -> Callable[[Zone, Any], Exception]:
    """The change is made, and the answer is lost."""

    def happen(zone: Zone, batch: Any) -> Exception:
        zone.apply(batch)
        return error

    return happen


@pytest.fixture
def stubbed() -> Iterator[tuple[Route53, Stubber]]:
    """The adapter on a real client that validates requests and is answered by a script."""
    client = Clients(AwsSettings(endpoint_url="http://127.0.0.1:1")).make("route53", 1, 5)
    with Stubber(client) as stubber:
        yield store(client), stubber
        stubber.assert_no_pending_responses()


def raw(name: str, type_: str, identifier: str | None = None, weight: int | None = None) -> dict[str, Any]:
    """A record set as the API returns it."""
    body: dict[str, Any] = {"Name": name, "Type": type_, "TTL": 60, "ResourceRecords": [{"Value": "192.0.2.1"}]}
    return body | ({"SetIdentifier": identifier, "Weight": weight} if identifier else {})


def test_reading_follows_all_three_markers_and_stops_behind_the_name(stubbed: tuple[Route53, Stubber]) -> None:
    route53, stubber = stubbed
    page = {"IsTruncated": True, "MaxItems": "1"}
    stubber.add_response(
        "list_resource_record_sets",
        page
        | {
            "ResourceRecordSets": [raw(f"{NAME}.", "A", "ecs", 90)],
            "NextRecordName": f"{NAME}.",
            "NextRecordType": "A",
            "NextRecordIdentifier": "lambda",
        },
        {"HostedZoneId": "Z123", "StartRecordName": NAME},
    )
    stubber.add_response(
        "list_resource_record_sets",
        page
        | {
            "ResourceRecordSets": [raw(f"{NAME}.", "A", "lambda", 10), raw("zoo.example.com.", "A")],
            "NextRecordName": "zoo.example.com.",
            "NextRecordType": "AAAA",
        },
        {
            "HostedZoneId": "Z123",
            "StartRecordName": f"{NAME}.",
            "StartRecordType": "A",
            "StartRecordIdentifier": "lambda",
        },
    )

    found = route53.read()

    assert [(r.type, r.set_identifier, r.weight) for r in found.records] == [("A", "ecs", 90), ("A", "lambda", 10)]
    assert json.loads(found.records[0].body) == raw(f"{NAME}.", "A", "ecs", 90)


def test_names_are_compared_as_people_write_them() -> None:
    client = Clients(AwsSettings(endpoint_url="http://127.0.0.1:1")).make("route53", 1, 5)
    with Stubber(client) as stubber:
        answer = {"ResourceRecordSets": [raw("\\052.Example.com.", "A")], "IsTruncated": False, "MaxItems": "300"}
        stubber.add_response("list_resource_record_sets", answer)
        records = Route53(lambda: client, "Z123", "*.example.com.", pace=Time().pace()).read().records

    assert [record.name for record in records] == ["*.example.com"]


def test_a_change_deletes_what_was_read_and_creates_the_new(stubbed: tuple[Route53, Stubber]) -> None:
    route53, stubber = stubbed
    before = snapshot(90, 10, "A", "AAAA")
    after = Snapshot(with_weights(before.records, Weights(50, 50), SIDES))
    changes = [{"Action": "DELETE", "ResourceRecordSet": json.loads(r.body)} for r in before.records]
    changes += [{"Action": "CREATE", "ResourceRecordSet": json.loads(r.body)} for r in after.records]
    stubber.add_response(
        "change_resource_record_sets",
        {"ChangeInfo": {"Id": "/change/C7", "Status": "PENDING", "SubmittedAt": "2026-11-22T09:00:00Z"}},
        {"HostedZoneId": "Z123", "ChangeBatch": {"Comment": "x" * 256, "Changes": changes}},
    )

    assert route53.apply(before, after, "x" * 400) == "/change/C7"


@pytest.mark.parametrize(("status", "synced"), [("INSYNC", True), ("PENDING", False)])
def test_a_change_is_in_sync_when_route_53_says_so(stubbed: tuple[Route53, Stubber], status: str, synced: bool) -> None:
    route53, stubber = stubbed
    info = {"Id": "/change/C7", "Status": status, "SubmittedAt": "2026-11-22T09:00:00Z"}
    stubber.add_response("get_change", {"ChangeInfo": info}, {"Id": "/change/C7"})

    assert route53.in_sync("/change/C7") is synced


def test_an_unknown_change_id_is_neither(stubbed: tuple[Route53, Stubber]) -> None:
    route53, stubber = stubbed
    stubber.add_client_error("get_change", "NoSuchChange", "lost", 404)

    assert route53.in_sync("/change/C7") is None


@pytest.mark.parametrize(
    "passing",
    [
        refused("Throttling", message="Rate exceeded"),
        refused("PriorRequestNotComplete"),
        refused("Whatever", 429),
        refused("InternalError", 500),
        refused("ServiceUnavailable", 503),
        UNREACHABLE,
        TIMEOUT,
        CUT,
    ],
    ids=lambda error: str(error)[:40],
)
def test_what_passes_is_tried_again_and_makes_one_change(passing: Exception) -> None:
    zone, time = Zone(snapshot(90, 10, "A", "AAAA"), passing, passing), Time()

    assert shift(zone, time) == "/change/C1"
    assert zone.weights() == {50}
    assert len(zone.batches) == 1
    assert time.now - 100 < 5


@pytest.mark.parametrize("lost", [TIMEOUT, CUT, refused("InternalError", 500)], ids=lambda error: str(error)[:40])
def test_a_change_whose_answer_was_lost_is_not_made_twice(lost: Exception) -> None:
    zone = Zone(snapshot(90, 10, "A", "AAAA"), done_but(lost))

    change_id = shift(zone)

    assert change_id == "/change/C2"
    assert zone.calls == ["change", "list", "change"]
    deleted, created = ([c["ResourceRecordSet"] for c in zone.batches[1]["Changes"]][i::1] for i in (0, 4))
    assert deleted[:4] == created[:4]


def test_a_throttled_call_is_not_looked_after() -> None:
    zone = Zone(snapshot(90, 10, "A", "AAAA"), refused("Throttling"))

    shift(zone)

    assert zone.calls == ["change", "change"]


def test_records_that_changed_meanwhile_are_never_overwritten() -> None:
    zone = Zone(snapshot(70, 30, "A", "AAAA"))

    with pytest.raises(ChangedMeanwhile, match="no longer those"):
        shift(zone)

    assert zone.weights() == {30}


def test_records_that_changed_after_a_lost_answer_are_never_overwritten() -> None:
    def edited(zone: Zone, _: Any) -> Exception:
        zone.live = [json.loads(record.body) for record in snapshot(70, 30, "A", "AAAA").records]
        return TIMEOUT

    zone = Zone(snapshot(90, 10, "A", "AAAA"), edited)

    with pytest.raises(ChangedMeanwhile):
        shift(zone)

    assert zone.batches == []


def test_a_refusal_of_what_is_done_already_is_success() -> None:
    zone = Zone(snapshot(90, 10, "A", "AAAA"), done_but(refused("InvalidChangeBatch", message="was not found")))

    assert shift(zone) == "/change/C2"


def test_a_batch_that_route_53_will_not_have_is_not_sent_for_ever() -> None:
    zone = Zone(snapshot(90, 10, "A", "AAAA"), refused("InvalidInput", message="alias target is bad"))

    with pytest.raises(NotAllowed, match="alias target is bad"):
        shift(zone)

    assert zone.batches == []


@pytest.mark.parametrize("always", [refused("Throttling"), UNREACHABLE, refused("InternalError", 500)])
def test_after_thirty_seconds_it_is_over(always: Exception) -> None:
    zone, time = Zone(snapshot(90, 10, "A", "AAAA"), *[always] * 999), Time()

    with pytest.raises(ControlPlaneUnavailable, match="within 30 s"):
        shift(zone, time)

    assert 30 <= time.now - 100 < 36
    assert zone.weights() == {10}


def test_it_never_asks_more_than_five_times_a_second() -> None:
    zone, time = Zone(snapshot(90, 10)), Time()
    adapter = store(zone, time)

    for _ in range(20):
        adapter.read()

    assert time.now - 100 >= 19 / 5


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (refused("AccessDenied", 403, "not authorized"), "let this identity call route53:ChangeResourceRecordSets"),
        (refused("ExpiredToken", 403), "the credentials have expired; aws sso login --profile prod"),
        (refused("InvalidClientTokenId", 403), "InvalidClientTokenId"),
        (NoCredentialsError(), "Unable to locate credentials; aws sso login --profile prod"),
    ],
)
def test_what_is_not_allowed_names_the_call_and_the_mend(error: Exception, said: str) -> None:
    zone, time = Zone(snapshot(90, 10, "A", "AAAA"), error), Time()

    with pytest.raises(NotAllowed, match=said):
        shift(zone, time)

    assert zone.calls == ["change"]
    assert time.slept == []


def test_permission_lost_between_a_lost_answer_and_the_look_leaves_it_open() -> None:
    zone = Zone(snapshot(90, 10, "A", "AAAA"), done_but(TIMEOUT))

    def denied(**_: Any) -> Any:
        raise refused("ExpiredToken", 403)

    zone.list_resource_record_sets = denied  # type: ignore[method-assign]

    with pytest.raises(ControlPlaneUnavailable, match="what became of it"):
        shift(zone)


def test_a_zone_that_is_not_there_is_a_wrong_setting(stubbed: tuple[Route53, Stubber]) -> None:
    route53, stubber = stubbed
    stubber.add_client_error("list_resource_record_sets", "NoSuchHostedZone", "No hosted zone found with ID: Z123", 404)

    with pytest.raises(BadSettings, match="hosted_zone_id: No hosted zone found"):
        route53.read()


def test_without_a_profile_the_mend_is_general() -> None:
    adapter = Route53(lambda: Zone(snapshot(90, 10), refused("ExpiredToken")), "Z1", NAME, pace=Time().pace())  # type: ignore[arg-type,return-value]

    with pytest.raises(NotAllowed, match=r"aws sso login \(with --profile\)"):
        adapter.apply(snapshot(90, 10), snapshot(50, 50), "")


def test_a_profile_that_does_not_exist_is_a_wrong_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nonexistent")

    with pytest.raises(BadSettings, match="aws configure list-profiles"):
        Clients(AwsSettings(profile="nobody")).make("route53", 1, 5)


def test_clients_wait_briefly_and_retry_nothing_by_themselves() -> None:
    client = Clients(AwsSettings(endpoint_url="http://127.0.0.1:1", region="eu-west-1")).make("route53", 1, 5)

    config = client.meta.config
    assert (config.connect_timeout, config.read_timeout) == (2, 5)  # type: ignore[attr-defined]
    assert config.retries["total_max_attempts"] == 1  # type: ignore[attr-defined]


def test_a_stand_in_never_sees_real_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAREAL")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    clients = Clients(AwsSettings(endpoint_url="http://127.0.0.1:1", profile="prod"))

    clients.make("sts", 1, 1)

    assert clients._session.get_credentials().access_key == "rehearsal"
    assert clients.profile == "prod"


def test_real_aws_gets_the_environments_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAREAL")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    clients = Clients(AwsSettings())

    assert clients.make("sts", 1, 1).meta.endpoint_url.startswith("https://")
    assert clients._session.get_credentials().access_key == "AKIAREAL"


def test_reading_waits_out_a_throttle() -> None:
    zone, time = Zone(snapshot(90, 10)), Time()
    answers = iter([refused("Throttling"), None])
    really_list = zone.list_resource_record_sets

    def throttled(**asked: Any) -> Any:
        if error := next(answers, None):
            raise error
        return really_list(**asked)

    zone.list_resource_record_sets = throttled  # type: ignore[method-assign]

    assert len(store(zone, time).read().records) == 2
    assert time.slept
