"""Telling people by an SNS topic, whose subscribers choose by the attribute `urgent`."""

import json
from collections.abc import Callable
from typing import Any

from cutover.aws.clients import Clients
from cutover.aws.errors import Again, Rejected, translated
from cutover.ports import NotAllowed, Notice, Undelivered
from cutover.settings import BadSettings

ATTEMPTS = 2
SUBJECT_LENGTH = 100  # SNS's own limit is under 100 characters of ASCII


def region_of(topic: str) -> str:
    """The region in a topic's ARN; empty where it is no ARN."""
    parts = topic.split(":")
    return parts[3] if len(parts) == 6 else ""


class SnsTopic:
    """A channel. `client` makes the boto3 client when it is first needed."""

    def __init__(self, client: Callable[[], Any], topic: str, profile: str = "") -> None:
        self._make_client, self._topic, self._profile = client, topic, profile

    @classmethod
    def of(cls, clients: Clients, topic: str, timeout_seconds: float) -> "SnsTopic":
        """The topic by these clients, in its own region."""
        seconds = timeout_seconds / ATTEMPTS
        return cls(lambda: clients.make("sns", ATTEMPTS, seconds, region_of(topic)), topic, clients.profile)

    def __call__(self, notice: Notice) -> None:
        """Publish it. Raises Undelivered."""
        try:
            with translated("sns:Publish", self._profile):
                self._make_client().publish(
                    TopicArn=self._topic,
                    Subject=subject(notice),
                    Message=f"{notice.title}\n\n{notice.text}\n\n{json.dumps(dict(notice.facts), indent=2)}",
                    MessageAttributes={
                        "urgent": {"DataType": "String", "StringValue": "true" if notice.urgent else "false"}
                    },
                )
        except (Again, Rejected, NotAllowed, BadSettings) as error:
            raise Undelivered(str(error)) from error


def subject(notice: Notice) -> str:
    """The title as SNS takes it: ASCII, one line, short."""
    said = f"{'URGENT ' if notice.urgent else ''}{notice.title}".replace("→", "->")
    return said.encode("ascii", "replace").decode()[: SUBJECT_LENGTH - 1].strip()
