"""Weights in memory as strict as Route 53, a clock that only moves when slept on, and calls at which one can die."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from cutover.core.models import RecordSet, Snapshot
from cutover.core.zone import canonical
from cutover.ports import (
    ChangedMeanwhile,
)

START = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
NAME = "api.example.com"
ENDLESS = 3_000  # sleeps of one test: two days of minutes


class Killed(BaseException):
    """The process is gone: nothing that it would have done afterwards happens."""


@dataclass
class Calls:
    """Counts every call of a port, before and after its effect, and can end the process at one of these points.

    `meanwhile`: what somebody else does at a point, once.
    """

    die_at: int | None = None
    count: int = 0
    names: list[str] = field(default_factory=list)
    dead: bool = False
    meanwhile: dict[int, Callable[[], object]] = field(default_factory=dict)

    @contextmanager
    def made(self, name: str) -> Iterator[None]:
        """Around one call."""
        self._point(f"before {name}")
        yield
        self._point(f"after {name}")

    def _point(self, name: str) -> None:
        if self.dead:
            raise Killed
        self.count += 1
        self.names.append(name)
        if happening := self.meanwhile.pop(self.count, None):
            happening()
        if self.count == self.die_at:
            self.dead = True
            raise Killed


@dataclass
class ManualClock:
    """Time that passes only by sleeping; `then` is called after each sleep."""

    time: datetime = START
    factor: float = 1.0
    then: list[Callable[[datetime], None]] = field(default_factory=list)
    slept: list[timedelta] = field(default_factory=list)

    def now(self) -> datetime:
        """The time."""
        return self.time

    def sleep(self, span: timedelta) -> None:
        """Let it pass. A command that would never end fails instead."""
        self.slept.append(span)
        assert len(self.slept) < ENDLESS, "it sleeps for ever"
        self.time += span
        for call in list(self.then):
            call(self.time)


def record(type_: str, identifier: str | None, weight: int | None, **more: Any) -> RecordSet:
    """One alias record as Route 53 returns it; None leaves a field out, and `more` adds or replaces fields."""
    body: dict[str, Any] = {"Name": f"{NAME}.", "Type": type_}
    if identifier is not None:
        body["SetIdentifier"] = identifier
    if weight is not None:
        body["Weight"] = weight
    target = {"DNSName": f"{identifier}.target.example.", "EvaluateTargetHealth": False, "HostedZoneId": "ZALIAS"}
    body["AliasTarget"] = target
    body |= more
    body = {key: value for key, value in body.items() if value is not None}
    return RecordSet(NAME, type_, identifier, weight, canonical(body))


def weighted(ecs: int, serverless: int, *types: str) -> list[RecordSet]:
    """Both sides' records of each type; A if none is named."""
    return [
        record(type_, identifier, weight)
        for type_ in types or ("A",)
        for identifier, weight in (("ecs", ecs), ("lambda", serverless))
    ]


@dataclass
class FakeWeights:
    """A WeightStore as strict as Route 53: exact deletes, all or nothing, PENDING for a while."""

    clock: ManualClock
    calls: Calls
    records: list[RecordSet] = field(default_factory=lambda: weighted(100, 0, "A", "AAAA"))
    pending: timedelta | None = timedelta(seconds=40)  # None: for ever
    applied: list[tuple[tuple[int, int], tuple[int, int]]] = field(default_factory=list)
    comments: list[str] = field(default_factory=list)
    failing: dict[str, list[BaseException]] = field(default_factory=dict)
    lost_answers: int = 0
    forgotten: set[str] = field(default_factory=set)
    changes: dict[str, datetime] = field(default_factory=dict)
    timeline: list[tuple[datetime, int]] = field(default_factory=list)
    hurried: list[float | None] = field(default_factory=list)

    def read(self) -> Snapshot:
        """What is live."""
        with self.calls.made("read"):
            self._fail("read")
            return Snapshot(tuple(self.records))

    def apply(self, before: Snapshot, after: Snapshot, comment: str) -> str:
        """Exchange, if `before` is live."""
        with self.calls.made("apply"):
            self._fail("apply")
            left = list(self.records)
            for old in before.records:
                if old not in left:
                    raise ChangedMeanwhile(f"{old.type} {old.set_identifier} is not as it was read")
                left.remove(old)
            self.records = [*left, *after.records]
            self.applied.append((_pair(before), _pair(after)))
            self.comments.append(comment)
            self.note()
            change_id = f"/change/C{len(self.applied):04}"
            self.changes[change_id] = self.clock.now()
            self._fail("apply-answer")
            return change_id

    def in_sync(self, change_id: str) -> bool | None:
        """Whether it is, after `pending`."""
        with self.calls.made("in_sync"):
            self._fail("in_sync")
            if change_id in self.forgotten or change_id not in self.changes:
                return None
            return self.pending is not None and self.clock.now() - self.changes[change_id] >= self.pending

    def hurry(self, seconds: float | None) -> None:
        """Remember it."""
        self.hurried.append(seconds)

    def set_by_hand(self, ecs: int, serverless: int) -> None:
        """Somebody in the console."""
        self.records = weighted(ecs, serverless, *dict.fromkeys(r.type for r in self.records))
        self.note()

    def note(self) -> None:
        """Remember which share Lambda is asked to have from now on."""
        shares = [r.weight or 0 for r in self.records if r.set_identifier == "lambda"]
        self.timeline.append((self.clock.now(), max(shares, default=0)))

    def share_at(self, time: datetime) -> int:
        """Lambda's share at that time."""
        return next((share for since, share in reversed(self.timeline) if since <= time), 0)

    def _fail(self, call: str) -> None:
        if queue := self.failing.get(call):
            raise queue.pop(0)


def _pair(snapshot: Snapshot) -> tuple[int, int]:
    weights = {r.set_identifier: r.weight or 0 for r in snapshot.records}
    return weights.get("ecs", 0), weights.get("lambda", 0)
