"""The public name's record sets in Route 53: read whole, exchanged exactly, followed until in sync."""

import re
from collections.abc import Callable, Mapping
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

from cutover.aws.errors import Again, Rejected, translated
from cutover.aws.pacing import Deadline, Pace
from cutover.core import batch
from cutover.core.models import RecordSet, Snapshot
from cutover.core.zone import canonical
from cutover.ports import ChangedMeanwhile, ControlPlaneUnavailable, NotAllowed

if TYPE_CHECKING:
    from types_boto3_route53 import Route53Client

READ_SECONDS = 5
_ESCAPE = re.compile(r"\\([0-7]{3})", re.ASCII)
_NEXT = {
    "NextRecordName": "StartRecordName",
    "NextRecordType": "StartRecordType",
    "NextRecordIdentifier": "StartRecordIdentifier",
}


class Route53:
    """A WeightStore. `client` makes the boto3 client when it is first needed."""

    def __init__(
        self,
        client: "Callable[[], Route53Client]",
        zone_id: str,
        name: str,
        profile: str = "",
        pace: Pace | None = None,
    ) -> None:
        self._make_client, self._zone_id, self._name, self._profile = client, zone_id, _plain(name), profile
        self._pace = pace or Pace()

    @cached_property
    def _client(self) -> "Route53Client":
        return self._make_client()

    def read(self) -> Snapshot:
        """Every record set of the name. Raises ControlPlaneUnavailable, NotAllowed."""
        return self._read(self._pace.deadline())

    def apply(self, before: Snapshot, after: Snapshot, comment: str) -> str:
        """One batch that deletes `before` as it is and creates `after`; sent again until Route 53 has answered.

        Where an answer was lost the live records are read first: if they are `after` already, the same is sent once
        more, which changes nothing and gives a change id to follow.
        """
        deadline, current = self._pace.deadline(), before
        while True:
            try:
                return self._pace.call(partial(self._change, current, after, comment))
            except Again as again:
                self._pace.wait(again, deadline)
                if again.maybe_done:
                    current = self._after_silence(before, after, deadline, str(again))
            except Rejected as refusal:
                standing = self._standing(before, after, deadline, str(refusal))
                if standing == current:
                    raise NotAllowed(f"Route 53 refused the batch: {refusal}") from refusal
                current = standing

    def in_sync(self, change_id: str) -> bool | None:
        """Whether every name server has it; None if the id is unknown. Raises ControlPlaneUnavailable, NotAllowed."""
        try:
            answer = self._pace.until_answered(lambda: self._get_change(change_id), self._pace.deadline())
        except Rejected:
            return None
        return bool(answer["ChangeInfo"]["Status"] == "INSYNC")

    def hurry(self, seconds: float | None) -> None:
        """From now on all calls together have so many seconds; None: each has its own patience again."""
        self._pace.hurry(seconds)

    def _read(self, deadline: Deadline) -> Snapshot:
        records: list[RecordSet] = []
        start: dict[str, Any] = {"StartRecordName": self._name}
        while start:
            page = self._pace.until_answered(partial(self._list, start), deadline)
            found = (record_of(raw) for raw in page["ResourceRecordSets"])
            records += [record for record in found if record.name == self._name]
            start = self._next(page)
        return Snapshot(tuple(records))

    def _next(self, page: Mapping[str, Any]) -> dict[str, Any]:
        if not page.get("IsTruncated") or _plain(str(page.get("NextRecordName", ""))) != self._name:
            return {}
        return {ours: page[theirs] for theirs, ours in _NEXT.items() if page.get(theirs)}

    def _list(self, start: dict[str, Any]) -> Mapping[str, Any]:
        with translated("route53:ListResourceRecordSets", self._profile):
            return self._client.list_resource_record_sets(HostedZoneId=self._zone_id, **start)

    def _change(self, before: Snapshot, after: Snapshot, comment: str) -> str:
        changes: Any = batch.exchange(before, after, comment)
        with translated("route53:ChangeResourceRecordSets", self._profile):
            answer = self._client.change_resource_record_sets(HostedZoneId=self._zone_id, ChangeBatch=changes)
        return str(answer["ChangeInfo"]["Id"])

    def _get_change(self, change_id: str) -> Mapping[str, Any]:
        with translated("route53:GetChange", self._profile):
            return self._client.get_change(Id=change_id)

    def _after_silence(self, before: Snapshot, after: Snapshot, deadline: Deadline, why: str) -> Snapshot:
        try:
            return self._standing(before, after, deadline, why)
        except NotAllowed as error:
            raise ControlPlaneUnavailable(f"{why}, and what became of it can't be read: {error}") from error

    def _standing(self, before: Snapshot, after: Snapshot, deadline: Deadline, why: str) -> Snapshot:
        """Which of the two is live. Raises ChangedMeanwhile if neither is."""
        live = {record.body for record in self._read(deadline).records}
        for candidate in (after, before):
            if {record.body for record in candidate.records} <= live:
                return candidate
        raise ChangedMeanwhile(f"the live records are no longer those that the plan was made from ({why})")


def record_of(raw: Mapping[str, Any]) -> RecordSet:
    """A record set as Route 53 returned it."""
    return RecordSet(
        name=_plain(str(raw["Name"])),
        type=str(raw["Type"]),
        set_identifier=raw.get("SetIdentifier"),
        weight=raw.get("Weight"),
        body=canonical(raw),
    )


def _plain(name: str) -> str:
    """A name as people write it: lower case, no dot at the end, Route 53's octal escapes undone."""
    return _ESCAPE.sub(lambda match: chr(int(match[1], 8)), name).rstrip(".").lower()
