"""What an event does to the stack, and that it is taken back."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, cast

import pytest

from cutover.exits import Exit
from cutover.rehearsal import deeds as module
from cutover.rehearsal.control import Controls
from cutover.rehearsal.deeds import Deeds, weighted
from cutover.rehearsal.people import Keyboard
from cutover.rehearsal.scenario import (
    At,
    AwsFault,
    Crowd,
    Deed,
    EdgeFault,
    Event,
    HandEdit,
    Kill,
    Lock,
    Moment,
    Outage,
    Rate,
    Typing,
)
from cutover.rehearsal.stack.stack import Stack

ECS = {"Name": "x.", "Type": "A", "SetIdentifier": "ecs", "Weight": 90, "AliasTarget": {"DNSName": "a."}}
LAMBDA = {**ECS, "SetIdentifier": "lambda", "Weight": 10}
SOA = {"Name": "x.", "Type": "SOA", "TTL": 60}


class Rig:
    """Everything that a deed may touch; `did` is what was done to it."""

    def __init__(self) -> None:
        self.did: list[Any] = []
        self.postgres = self

    def stop_one(self, name: str) -> None:
        self.did.append(f"{name} stopped")

    def bring_back(self) -> Sequence[str]:
        self.did.append("brought back")
        return ()

    def dsn(self, database: str) -> str:
        return f"postgresql://{database}"

    def edge_faults(self, faults: Mapping[str, Any]) -> None:
        self.did.append(("edge", dict(faults)))

    def aws_faults(self, faults: Mapping[str, Any]) -> None:
        self.did.append(("aws", dict(faults)))

    def aws_state(self, *parts: str) -> Any:
        assert parts == ("live",)
        return {"live": [SOA, ECS, LAMBDA]}

    def edit(self, changes: Sequence[Mapping[str, Any]]) -> None:
        self.did.append([(one["Action"], one["ResourceRecordSet"]["Weight"]) for one in changes])

    def types(self, typing: Typing, now: float) -> None:
        self.did.append((typing.command, now))

    def stop(self) -> None:
        self.did.append("nobody types")


class Somebody:
    """A session with PostgreSQL."""

    def __init__(self, rig: Rig, dsn: str) -> None:
        self.rig, self.dsn = rig, dsn

    def lock(self, tables: tuple[str, ...]) -> None:
        self.rig.did.append(f"locked {' '.join(tables)} of {self.dsn}")

    def take_all(self) -> int:
        self.rig.did.append("took all")
        return 90

    def close(self) -> None:
        self.rig.did.append("let go")


@pytest.fixture
def rig(monkeypatch: pytest.MonkeyPatch) -> Rig:
    rig = Rig()
    monkeypatch.setattr(module, "Session", lambda dsn: Somebody(rig, dsn))
    return rig


@pytest.fixture
def deeds(rig: Rig) -> Deeds:
    def set_rate(arrivals: float) -> None:
        rig.did.append(arrivals)

    return Deeds(cast(Stack, rig), cast(Controls, rig), cast(Keyboard, rig), set_rate, 220)


def event(deed: Deed) -> Event:
    return Event(Moment(At.START), deed, timedelta(minutes=1))


@pytest.mark.parametrize(
    ("deed", "begun", "ended"),
    [
        (EdgeFault({"errors": 0.3}), ("edge", {"errors": 0.3}), ("edge", {})),
        (AwsFault({"route53_pending": True}), ("aws", {"route53_pending": True}), ("aws", {})),
        (Outage("valkey"), "valkey stopped", "brought back"),
        (Lock(("mocs", "images")), "locked mocs images of postgresql://lego", "let go"),
        (Crowd(), "took all", "let go"),
        (Rate(330), 330, 220),
    ],
)
def test_what_lasts_is_taken_back(deeds: Deeds, rig: Rig, deed: Deed, begun: object, ended: object) -> None:
    mine = event(deed)
    deeds.begin(mine, 1.0)
    assert rig.did == [begun]
    deeds.end(mine)
    assert rig.did == [begun, ended]
    deeds.close()
    assert rig.did == [begun, ended, "nobody types"]


def test_faults_that_last_at_once_are_told_together(deeds: Deeds, rig: Rig) -> None:
    slow, failing = event(EdgeFault({"latency_ms": 9})), event(EdgeFault({"errors": 1.0}))
    for one in (slow, event(AwsFault({"cloudwatch_down": True})), failing):
        deeds.begin(one, 1.0)
    deeds.end(slow)
    assert rig.did == [
        ("edge", {"latency_ms": 9}),
        ("aws", {"cloudwatch_down": True}),
        ("edge", {"latency_ms": 9, "errors": 1.0}),
        ("edge", {"errors": 1.0}),
    ]


def test_a_hand_edit_sets_the_weights_of_both_sides_and_nothing_else(deeds: Deeds, rig: Rig) -> None:
    deeds.begin(event(HandEdit(60, 40)), 1.0)
    assert rig.did == [[("UPSERT", 60), ("UPSERT", 40)]]
    [ecs, _] = weighted([SOA, ECS, LAMBDA], 60, 40)
    assert ecs["ResourceRecordSet"] == {**ECS, "Weight": 60}


def test_what_is_typed_is_typed_now(deeds: Deeds, rig: Rig) -> None:
    deeds.begin(event(Typing("status", Exit.DONE)), 7.5)
    assert rig.did == [("status", 7.5)]


def test_a_kill_is_for_whoever_follows_the_run(deeds: Deeds, rig: Rig) -> None:
    assert deeds.kill_asked is False
    deeds.begin(event(Kill()), 1.0)
    assert (deeds.kill_asked, rig.did) == (True, [])


def test_in_the_end_nobody_holds_anything(deeds: Deeds, rig: Rig) -> None:
    deeds.begin(event(Lock(("mocs",))), 1.0)
    deeds.begin(event(Crowd()), 1.0)
    deeds.close()
    deeds.close()
    assert rig.did[2:] == ["let go", "let go", "nobody types", "nobody types"]


def test_what_is_done_when_it_is_done_has_no_end(deeds: Deeds, rig: Rig) -> None:
    deeds.end(event(Kill()))
    assert rig.did == []
