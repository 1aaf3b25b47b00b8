"""The Route 53 adapter's requests and answers, against boto3's own validation."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.stub import Stubber

from cutover.aws.clients import Clients
from cutover.aws.route53 import Route53
from cutover.core.models import Snapshot, Weights
from cutover.core.zone import with_weights
from cutover.sections import AwsSettings
from cutover.settings import BadSettings
from tests.fakes.zone import NAME
from tests.unit.cutover.route53_zone import SIDES, Time, snapshot, store


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


def test_a_zone_that_is_not_there_is_a_wrong_setting(stubbed: tuple[Route53, Stubber]) -> None:
    route53, stubber = stubbed
    stubber.add_client_error("list_resource_record_sets", "NoSuchHostedZone", "No hosted zone found with ID: Z123", 404)

    with pytest.raises(BadSettings, match="hosted_zone_id: No hosted zone found"):
        route53.read()
