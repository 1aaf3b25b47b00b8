"""What the Route 53 adapter's tests share: a zone that applies batches or fails by a script, and played time."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ClientError

from cutover.aws.pacing import Pace
from cutover.aws.route53 import Route53
from cutover.core.models import Snapshot
from cutover.core.zone import Sides, traffic
from tests.fakes.zone import NAME, weighted

SIDES = Sides("ecs", "lambda")


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
