"""Who changed the public name's records, with which program: CloudTrail's newest 90 days of Route 53's calls."""

import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

from cutover.aws.errors import Again, Rejected, translated
from cutover.ports import RecordChange, TelemetryUnavailable

REGION = "us-east-1"  # Route 53 is global, and its calls are told of here alone
READ_SECONDS, ATTEMPTS = 5, 2
SPACING_SECONDS = 0.5  # CloudTrail answers two lookups a second
MOST_PAGES = 20  # of 50 events, newest first: a person waits ten seconds for it, not longer
LONGEST_AGENT = 80

# The first that is found in a user agent names the program; SDKs last, for programs are written with them.
_AGENTS: tuple[tuple[str, str], ...] = (
    ("pulumi", "Pulumi"),
    ("terraform", "Terraform"),
    ("opentofu", "OpenTofu"),
    ("sst/", "SST"),
    ("cloudformation", "CloudFormation"),
    ("aws-cdk", "CDK"),
    ("external-dns", "external-dns"),
    ("octodns", "octoDNS"),
    ("console", "the console"),
    ("signin.amazonaws.com", "the console"),
    ("aws-internal", "the console"),
    ("aws-cli", "aws-cli"),
    ("boto3", "boto3"),
    ("botocore", "botocore"),
    ("aws-sdk-js", "the JavaScript SDK"),
    ("aws-sdk-go", "the Go SDK"),
    ("aws-sdk", "an AWS SDK"),
    ("mozilla", "the console"),
)


class CloudTrail:
    """A Trail. `client` makes the boto3 client of REGION when it is first needed."""

    def __init__(
        self,
        client: Callable[[], Any],
        name: str,
        profile: str = "",
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._make_client, self._name, self._profile, self._sleep = client, name, profile, sleep

    @cached_property
    def _client(self) -> Any:
        return self._make_client()

    def changes(self, since: datetime, until: datetime) -> Sequence[RecordChange]:
        """Every change of the name in that time, oldest first; CloudTrail learns of one up to 15 minutes late.

        Raises TelemetryUnavailable, NotAllowed. In an account with over 1 000 changes of zones since then, the newest
        of them are looked through.
        """
        found = [change for event in self._events(since, until) if (change := self._of(event))]
        return sorted(found, key=lambda change: change.when)

    def _events(self, since: datetime, until: datetime) -> Iterator[Mapping[str, Any]]:
        named = [{"AttributeKey": "EventName", "AttributeValue": "ChangeResourceRecordSets"}]
        asked: dict[str, Any] = {"LookupAttributes": named, "StartTime": since, "EndTime": until}
        for _ in range(MOST_PAGES):
            page = self._page(asked)
            yield from page.get("Events", ())
            if not page.get("NextToken"):
                return
            asked["NextToken"] = page["NextToken"]
            self._sleep(SPACING_SECONDS)

    def _page(self, asked: Mapping[str, Any]) -> Mapping[str, Any]:
        try:
            with translated("cloudtrail:LookupEvents", self._profile):
                page: Mapping[str, Any] = self._client.lookup_events(**asked)
        except (Again, Rejected) as error:
            raise TelemetryUnavailable(str(error)) from error
        return page

    def _of(self, event: Mapping[str, Any]) -> RecordChange | None:
        """The change that it tells of; None for one of other names, or one that Route 53 refused."""
        try:
            told = json.loads(event["CloudTrailEvent"])
        except (KeyError, ValueError):
            return None
        batch = (told.get("requestParameters") or {}).get("changeBatch") or {}
        ours = [text for change in batch.get("changes") or () if (text := self._text(change))]
        if told.get("errorCode") or not ours:
            return None
        who = told.get("userIdentity") or {}
        actor = who.get("arn") or who.get("invokedBy") or event.get("Username") or "somebody"
        program = agent(str(told.get("userAgent", "")), str(batch.get("comment") or ""))
        return RecordChange(event["EventTime"].astimezone(UTC), str(actor), program, ", ".join(ours))

    def _text(self, change: Mapping[str, Any]) -> str:
        record = change.get("resourceRecordSet") or {}
        if _plain(str(record.get("name", ""))) != self._name:
            return ""
        weight = f"weight {record['weight']}" if record.get("weight") is not None else ""
        parts = (change.get("action"), record.get("type"), record.get("setIdentifier"), weight)
        return " ".join(str(part) for part in parts if part)


def agent(user_agent: str, comment: str = "") -> str:
    """The program behind a user agent, as people call it; `cutover` by the comment that it gives its batches."""
    lowered = user_agent.lower()
    name = next((name for part, name in _AGENTS if part in lowered), user_agent[:LONGEST_AGENT] or "an unknown program")
    return "cutover" if name == "boto3" and comment.startswith("cutover/") else name


def _plain(name: str) -> str:
    return name.replace("\\052", "*").rstrip(".").lower()
