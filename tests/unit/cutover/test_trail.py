"""Who changed the name, as CloudTrail tells it: by Stubber, for moto has no LookupEvents."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from cutover.aws.trail import MOST_PAGES, CloudTrail, agent
from cutover.ports import NotAllowed, RecordChange, TelemetryUnavailable
from tests.unit.cutover.aws_account import Scripted, scripted

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
SINCE = NOW - timedelta(hours=2)
BOB = {"type": "IAMUser", "arn": "arn:aws:iam::123456789012:user/bob"}
CONSOLE = "AWS Internal, console.amazonaws.com"
BOTO = "Boto3/1.40.61 md/Botocore#1.40.61 ua/2.1 os/linux#6.1 lang/python#3.11.7"


def change(action: str, type_: str, identifier: str | None, weight: int | None, name: str = "api.example.com.") -> Any:
    """One change of a batch as CloudTrail spells it."""
    record = {"name": name, "type": type_, "setIdentifier": identifier, "weight": weight}
    return {"action": action, "resourceRecordSet": {key: value for key, value in record.items() if value is not None}}


def event(minutes: int, *changes: Any, agent: str = CONSOLE, comment: str | None = None, **more: Any) -> dict[str, Any]:
    """An event so many minutes ago."""
    batch = {"changes": list(changes)} | ({"comment": comment} if comment else {})
    told = {
        "userIdentity": BOB,
        "userAgent": agent,
        "requestParameters": {"hostedZoneId": "Z123", "changeBatch": batch},
    }
    return {
        "EventTime": NOW - timedelta(minutes=minutes),
        "Username": "bob",
        "CloudTrailEvent": json.dumps(told | more),
    }


def page(*events: dict[str, Any], token: str = "") -> dict[str, Any]:
    """One page."""
    return {"Events": list(events)} | ({"NextToken": token} if token else {})


def trail(clients: Scripted, slept: list[float] | None = None) -> CloudTrail:
    """The adapter."""
    return CloudTrail(lambda: clients.client("cloudtrail"), "api.example.com", "prod", (slept or []).append)


def changes(*events: dict[str, Any]) -> list[RecordChange]:
    """What is made of one page of events."""
    with scripted() as clients:
        clients.answers("cloudtrail", "lookup_events", page(*events))
        return list(trail(clients).changes(SINCE, NOW))


def test_it_asks_for_changes_of_records_in_that_time() -> None:
    asked = {
        "LookupAttributes": [{"AttributeKey": "EventName", "AttributeValue": "ChangeResourceRecordSets"}],
        "StartTime": SINCE,
        "EndTime": NOW,
    }
    with scripted() as clients:
        clients.answers("cloudtrail", "lookup_events", page(), asked)

        assert trail(clients).changes(SINCE, NOW) == []


def test_it_tells_who_did_what_with_which_program() -> None:
    batch = (change("UPSERT", "A", "lambda", 0), change("UPSERT", "A", "ecs", 100))

    assert changes(event(9, *batch)) == [
        RecordChange(
            NOW - timedelta(minutes=9), BOB["arn"], "the console", "UPSERT A lambda weight 0, UPSERT A ecs weight 100"
        )
    ]


def test_a_simple_record_is_told_without_identifier_and_weight() -> None:
    assert changes(event(9, change("CREATE", "A", None, None)))[0].what == "CREATE A"


def test_pages_are_read_slowly_and_the_oldest_comes_first() -> None:
    slept: list[float] = []
    with scripted() as clients:
        clients.answers("cloudtrail", "lookup_events", page(event(5, change("UPSERT", "A", "ecs", 90)), token="more"))
        clients.answers("cloudtrail", "lookup_events", page(event(50, change("UPSERT", "A", "ecs", 80))))
        adapter = CloudTrail(lambda: clients.client("cloudtrail"), "api.example.com", "", slept.append)

        found = adapter.changes(SINCE, NOW)

    assert [one.what for one in found] == ["UPSERT A ecs weight 80", "UPSERT A ecs weight 90"]
    assert slept == [0.5]


def test_an_endless_trail_is_looked_through_as_far_as_a_person_waits() -> None:
    with scripted() as clients:
        for _ in range(MOST_PAGES):
            clients.answers(
                "cloudtrail", "lookup_events", page(event(5, change("UPSERT", "A", "ecs", 90)), token="more")
            )

        assert len(trail(clients).changes(SINCE, NOW)) == MOST_PAGES


@pytest.mark.parametrize(
    "other",
    [
        event(5, change("UPSERT", "A", "ecs", 90, name="www.example.com.")),
        event(5, change("UPSERT", "A", "ecs", 90), errorCode="AccessDenied"),
        {"EventTime": NOW, "CloudTrailEvent": "not json"},
        {"EventTime": NOW},
        event(5, change("UPSERT", "A", "ecs", 90), requestParameters=None),
        event(5),
    ],
    ids=["another name", "refused", "no json", "nothing", "no parameters", "no changes"],
)
def test_what_changed_nothing_of_the_name_is_left_out(other: dict[str, Any]) -> None:
    assert changes(other) == []


def test_names_are_compared_as_people_write_them() -> None:
    with scripted() as clients:
        batch = (change("UPSERT", "A", "ecs", 90, name="\\052.Example.com."),)
        clients.answers("cloudtrail", "lookup_events", page(event(5, *batch)))

        assert CloudTrail(lambda: clients.client("cloudtrail"), "*.example.com").changes(SINCE, NOW)


@pytest.mark.parametrize(
    ("who", "said"),
    [
        ({"invokedBy": "cloudformation.amazonaws.com"}, "cloudformation.amazonaws.com"),
        ({}, "bob"),
        (None, "bob"),
    ],
)
def test_an_identity_without_arn_is_named_as_well_as_it_can_be(who: Any, said: str) -> None:
    assert changes(event(5, change("UPSERT", "A", "ecs", 90), userIdentity=who))[0].actor == said


@pytest.mark.parametrize(
    ("user_agent", "name"),
    [
        ("APN/1.0 Pulumi/1.0 PulumiAWS/6.83 terraform-provider-aws/5.0 aws-sdk-go-v2/1.36", "Pulumi"),
        ("APN/1.0 HashiCorp/1.0 Terraform/1.9.0 terraform-provider-aws/5.94 aws-sdk-go-v2/1.36", "Terraform"),
        ("cloudformation.amazonaws.com", "CloudFormation"),
        ("sst/3.9 aws-sdk-js/3.2", "SST"),
        (CONSOLE, "the console"),
        ("Mozilla/5.0 (X11; Linux x86_64)", "the console"),
        ("aws-cli/2.22.0 md/awscrt#0.23 exec-env/CloudShell", "aws-cli"),
        (BOTO, "boto3"),
        ("Botocore/1.40", "botocore"),
        ("aws-sdk-rust/1.3", "an AWS SDK"),
        ("curl/8.5", "curl/8.5"),
        ("", "an unknown program"),
    ],
)
def test_programs_have_the_names_that_people_call_them_by(user_agent: str, name: str) -> None:
    assert agent(user_agent) == name


def test_our_own_changes_are_known_by_their_comment_unless_sent_by_hand() -> None:
    assert agent(BOTO, "cutover/production/7/bob") == "cutover"
    assert agent("aws-cli/2.22.0", "cutover/production/7/bob") == "aws-cli"
    assert (
        changes(event(5, change("UPSERT", "A", "ecs", 90), agent=BOTO, comment="cutover/x/1/y"))[0].agent == "cutover"
    )


@pytest.mark.parametrize(
    ("code", "status", "error"),
    [
        ("AccessDeniedException", 400, NotAllowed),
        ("ThrottlingException", 400, TelemetryUnavailable),
        ("InvalidTimeRangeException", 400, TelemetryUnavailable),
    ],
)
def test_what_stands_in_the_way_is_told(code: str, status: int, error: type[Exception]) -> None:
    with scripted() as clients:
        clients.refuses("cloudtrail", "lookup_events", code, status)

        with pytest.raises(error, match="cloudtrail:LookupEvents"):
            trail(clients).changes(SINCE, NOW)
