"""Route 53 through boto3: round trips, every refusal as a ClientError, faults."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError, ConnectionClosedError

from cutover.aws.route53 import Route53
from tests.integration.rehearsal.aws_process import (
    ALB,
    API,
    GATEWAY,
    ZONE,
    ZONE_ID,
    Aws,
    eventually,
    record,
    started,
)

FIRST_WEIGHTS = {"ecs": 100, "lambda": 0}


@pytest.fixture
def aws(tmp_path: Path) -> Iterator[Aws]:
    with started(tmp_path) as running:
        yield running


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Aws]:
    """One for all tests that change nothing."""
    with started(tmp_path_factory.mktemp("aws")) as running:
        yield running


def change(client: Any, *changes: tuple[str, dict[str, Any]], comment: str = "") -> dict[str, Any]:
    """Submit a batch; returns its ChangeInfo."""
    wanted = [{"Action": action, "ResourceRecordSet": each} for action, each in changes]
    reply = client.change_resource_record_sets(
        HostedZoneId=ZONE_ID, ChangeBatch={"Changes": wanted, "Comment": comment}
    )
    info: dict[str, Any] = reply["ChangeInfo"]
    return info


def group(client: Any) -> list[dict[str, Any]]:
    """Every record set of the public name."""
    pages = client.get_paginator("list_resource_record_sets").paginate(
        HostedZoneId=ZONE_ID, StartRecordName=API, StartRecordType="A", PaginationConfig={"PageSize": 1}
    )
    return [each for page in pages for each in page["ResourceRecordSets"] if each["Name"] == API]


def to_weights(before: list[dict[str, Any]], **weights: int) -> list[tuple[str, dict[str, Any]]]:
    """DELETE what was read, CREATE the same with new weights."""
    changes = [("DELETE", each) for each in before]
    return changes + [("CREATE", each | {"Weight": weights[each["SetIdentifier"]]}) for each in before]


def status(client: Any, info: dict[str, Any]) -> str:
    answer: str = client.get_change(Id=info["Id"])["ChangeInfo"]["Status"]
    return answer


def refused(client: Any, *changes: tuple[str, dict[str, Any]], comment: str = "") -> ClientError:
    with pytest.raises(ClientError) as caught:
        change(client, *changes, comment=comment)
    return caught.value


def facts(error: ClientError) -> tuple[str, int]:
    """The code and the HTTP status."""
    return error.response["Error"]["Code"], error.response["ResponseMetadata"]["HTTPStatusCode"]


def test_records_come_back_as_they_were_given_one_per_page(shared: Aws) -> None:
    assert group(shared.client("route53")) == [record("ecs", 100), record("lambda", 0)]


def test_the_zone_is_found_by_name_and_names_its_servers(shared: Aws) -> None:
    client = shared.client("route53")
    zone = client.list_hosted_zones_by_name(DNSName=ZONE)["HostedZones"][0]
    assert client.list_hosted_zones()["HostedZones"] == [zone]
    found = client.get_hosted_zone(Id=zone["Id"])
    assert (found["HostedZone"]["Name"], len(found["DelegationSet"]["NameServers"])) == (ZONE, 4)


def test_a_shift_is_pending_then_in_sync_and_served_only_then(aws: Aws) -> None:
    client = aws.client("route53")
    aws.control("PUT", "faults", {"route53_pending": True})
    info = change(client, *to_weights(group(client), ecs=0, **{"lambda": 100}), comment="cutover/m1/1/me")
    assert (info["Status"], info["Comment"]) == ("PENDING", "cutover/m1/1/me")
    assert [each["Weight"] for each in group(client)] == [0, 100]
    assert aws.addresses() == ["127.0.1.1"]
    aws.control("PUT", "faults", {})
    eventually(lambda: status(client, info), lambda now: now == "INSYNC")
    assert aws.addresses() == ["127.0.1.2"]


def test_a_shift_from_stale_records_is_refused_and_changes_nothing(aws: Aws) -> None:
    client = aws.client("route53")
    before = group(client)
    aws.control("POST", "edit", {"changes": [{"Action": "UPSERT", "ResourceRecordSet": record("ecs", 42)}]})
    error = refused(client, *to_weights(before, ecs=50, **{"lambda": 50}))
    assert facts(error) == ("InvalidChangeBatch", 400)
    assert isinstance(error, client.exceptions.InvalidChangeBatch)
    assert "values provided do not match" in str(error)
    assert [each["Weight"] for each in group(client)] == [42, 0]


def test_every_message_of_a_refused_batch_reaches_the_client(shared: Aws) -> None:
    error = refused(
        shared.client("route53"), ("CREATE", record("ecs", 1)), ("CREATE", record(Name=f"www.{ZONE}", Type="MX"))
    )
    messages: Any = error.response
    assert len(messages["messages"]) == 2


BATCHES = {
    "weight 256": ([("UPSERT", record("ecs", 256))], "InvalidInput"),
    "weight without identifier": ([("UPSERT", record(Weight=1))], "InvalidInput"),
    "identifier without weight": ([("UPSERT", record(SetIdentifier="ecs"))], "InvalidInput"),
    "alias with TTL": ([("UPSERT", record("ecs", 1, TTL=60))], "InvalidInput"),
    "latency routing": ([("CREATE", record(SetIdentifier="x", Region="us-east-1"))], "InvalidInput"),
    "long comment": ([("UPSERT", record("ecs", 1))], "InvalidInput"),
    "simple beside weighted": ([("CREATE", record())], "InvalidChangeBatch"),
    "unknown target": (
        [("UPSERT", record("ecs", 1, AliasTarget=record()["AliasTarget"] | {"DNSName": "typo.example.org"}))],
        "InvalidChangeBatch",
    ),
    "delete of a missing": ([("DELETE", record("other", 1))], "InvalidChangeBatch"),
    "unknown health check": ([("UPSERT", record("ecs", 1, HealthCheckId="none"))], "NoSuchHealthCheck"),
}


@pytest.mark.parametrize(("changes", "code"), BATCHES.values(), ids=BATCHES.keys())
def test_what_aws_refuses_is_refused(
    shared: Aws, changes: list[tuple[str, dict[str, Any]]], code: str, request: pytest.FixtureRequest
) -> None:
    client = shared.client("route53")
    comment = "x" * 257 if "long comment" in request.node.name else ""
    error = refused(client, *changes, comment=comment)
    assert error.response["Error"]["Code"] == code
    assert group(client) == [record("ecs", 100), record("lambda", 0)]


def test_unknown_ids_are_not_found(shared: Aws) -> None:
    client = shared.client("route53")
    with pytest.raises(client.exceptions.NoSuchHostedZone):
        client.get_hosted_zone(Id="ZOTHER")
    with pytest.raises(client.exceptions.NoSuchChange):
        client.get_change(Id="COTHER")


FAULTS = {
    "route53_down": (True, "ServiceUnavailable", 503),
    "route53_denied": (True, "AccessDenied", 403),
    "route53_throttle": (1, "Throttling", 400),
    "route53_prior": (1, "PriorRequestNotComplete", 400),
}


@pytest.mark.parametrize(("fault", "value", "code", "http"), [(fault, *rest) for fault, rest in FAULTS.items()])
def test_faults_reach_the_client_as_errors(shared: Aws, fault: str, value: object, code: str, http: int) -> None:
    client = shared.client("route53")
    shared.control("PUT", "faults", {fault: value})
    error = refused(client, ("UPSERT", record("ecs", 1)))
    shared.control("PUT", "faults", {})
    assert facts(error) == (code, http)
    assert group(client) == [record("ecs", 100), record("lambda", 0)]


def test_botocore_retries_what_it_should(shared: Aws) -> None:
    shared.control("PUT", "faults", {"route53_throttle": 1})
    reply = shared.client("route53", attempts=3).list_hosted_zones()
    assert reply["ResponseMetadata"]["RetryAttempts"] == 1


def test_beyond_the_request_rate_calls_are_throttled(tmp_path: Path) -> None:
    with started(tmp_path, requests_per_second=0.001) as aws:  # the clock runs 60 times as fast, the bucket does not
        client = aws.client("route53")
        client.list_hosted_zones()
        with pytest.raises(ClientError, match="Rate exceeded") as caught:
            client.list_hosted_zones()
    assert facts(caught.value) == ("Throttling", 400)


def test_cutovers_own_pace_is_under_the_rate_that_aws_grants(tmp_path: Path) -> None:
    with started(tmp_path, requests_per_second=5.0) as aws:
        store = Route53(lambda: aws.client("route53"), ZONE_ID, API)
        for _ in range(10):
            store.read()
        calls = aws.control("GET", "state")["calls"]
    assert [call["result"] for call in calls] == ["ok"] * 10


def test_cutover_backs_off_where_others_use_up_the_rate(tmp_path: Path) -> None:
    with started(tmp_path, requests_per_second=2.0) as aws:
        stores = [Route53(lambda: aws.client("route53"), ZONE_ID, API) for _ in range(2)]
        with ThreadPoolExecutor() as together:
            read = [snapshot for store in stores for snapshot in together.map(lambda s: s.read(), [store] * 3)]
        results = [call["result"] for call in aws.control("GET", "state")["calls"]]
    assert [len(snapshot.records) for snapshot in read] == [2] * 6
    assert results.count("ok") == 6
    assert "Throttling" in results


def test_each_type_of_the_name_moves_and_is_served_by_its_own_weights(tmp_path: Path) -> None:
    targets = {ALB: ["127.0.1.1", "2001:db8::1"], GATEWAY: ["127.0.1.2", "2001:db8::2"]}
    records = [record(side, weight, Type=kind) for kind in ("A", "AAAA") for side, weight in FIRST_WEIGHTS.items()]
    with started(tmp_path, targets=targets, records=records) as aws:
        client = aws.client("route53")
        six = [each for each in group(client) if each["Type"] == "AAAA"]
        info = change(client, *to_weights(six, ecs=0, **{"lambda": 100}))
        eventually(lambda: status(client, info), lambda now: now == "INSYNC")
        answers = {kind: str(aws.resolve(kind=kind).answer[0][0]) for kind in ("A", "AAAA")}
    assert answers == {"A": "127.0.1.1", "AAAA": "2001:db8::2"}


def test_a_cut_change_has_happened_and_a_second_try_says_so(aws: Aws) -> None:
    client = aws.client("route53")
    before = group(client)
    aws.control("PUT", "faults", {"route53_cut": 1})
    with pytest.raises(ConnectionClosedError):
        change(client, *to_weights(before, ecs=90, **{"lambda": 10}))
    assert [each["Weight"] for each in group(client)] == [90, 10]
    assert facts(refused(client, *to_weights(before, ecs=90, **{"lambda": 10})))[0] == "InvalidChangeBatch"


def test_a_stranded_change_is_listed_but_unknown_and_not_served(aws: Aws) -> None:
    client = aws.client("route53")
    aws.control("PUT", "faults", {"route53_stranded": 1})
    info = change(client, *to_weights(group(client), ecs=0, **{"lambda": 100}))
    with pytest.raises(client.exceptions.NoSuchChange):
        status(client, info)
    again = change(client, *to_weights(group(client), ecs=0, **{"lambda": 100}))
    eventually(lambda: status(client, again), lambda now: now == "INSYNC")
    assert aws.addresses() == ["127.0.1.2"]


def test_a_simple_record_is_adopted_and_served(tmp_path: Path) -> None:
    with started(tmp_path, records=[record()]) as aws:
        client = aws.client("route53")
        info = change(client, ("DELETE", record()), ("CREATE", record("ecs", 0)), ("CREATE", record("lambda", 100)))
        eventually(lambda: status(client, info), lambda now: now == "INSYNC")
        assert aws.addresses() == aws.addresses(GATEWAY) == ["127.0.1.2"]


def test_the_state_shows_who_did_what(aws: Aws) -> None:
    client = aws.client("route53")
    change(client, ("UPSERT", record("ecs", 90)), comment="mine")
    aws.control("POST", "edit", {"changes": [{"Action": "UPSERT", "ResourceRecordSet": record("ecs", 42)}]})
    state = aws.control("GET", "state")
    assert [each["comment"] for each in state["changes"]] == ["mine", ""]
    assert ["Boto3" in each["actor"] for each in state["changes"]] == [True, False]
    assert [(each["operation"], each["result"]) for each in state["calls"]] == [
        ("route53:ChangeResourceRecordSets", "ok")
    ] * 2
    assert [each["Weight"] for each in state["served"] if each.get("SetIdentifier") == "ecs"] == [42]
