"""`cutover drift`: hand-edited records, told field by field with who did it (D4, D5)."""

import json
import threading
from datetime import timedelta
from typing import Any

import pytest

from cutover.flow import drifting
from cutover.ports import ControlPlaneUnavailable, LedgerUnavailable, NotAllowed, RecordChange, TelemetryUnavailable
from tests.fakes.world import fake_world, known_world
from tests.fakes.zone import START, record, weighted
from tests.unit.cutover.edited_world import BOB, edited
from tests.unit.cutover.invoking import invoke


def test_without_a_drift_it_says_so() -> None:
    result = invoke(known_world(90, 10), "drift")

    assert result.exit_code == 0
    assert "no drift" in result.stdout


def test_an_empty_ledger_knows_no_drift() -> None:
    result = invoke(fake_world(), "drift")

    assert result.exit_code == 0
    assert "the ledger is empty" in result.stdout


def test_a_hand_edit_is_told_field_by_field_with_its_maker() -> None:
    world = edited()

    result = invoke(world, "drift")

    assert result.exit_code == 5
    assert next(line.split() for line in result.stdout.splitlines() if " Weight " in line) == [
        "A",
        "ecs",
        "Weight",
        "90",
        "50",
    ]
    assert "22 Nov 09:00:00" in result.stdout
    assert BOB in result.stdout
    assert "the console" in result.stdout
    assert "role/cutover" not in result.stdout
    assert 'next: cutover drift --fix adopt --reason "…"' in result.stderr
    assert world.weights.applied == []
    assert len(world.ledger.lines) == 1


def test_the_json_document_has_everything() -> None:
    document = json.loads(invoke(edited(agent="Pulumi"), "drift", "--json").stdout)

    assert (document["schema"], document["exit"], document["drift"]) == ("cutover.drift/1", 5, True)
    assert document["differences"][0] == {"record": "A ecs", "field": "Weight", "known": "90", "live": "50"}
    assert document["changes"] == [
        {"time": "2026-11-22T09:00:00+00:00", "actor": BOB, "agent": "Pulumi", "what": "UPSERT A lambda weight 50"}
    ]
    assert "owned by Pulumi" in document["advice"]


def test_who_owns_the_records_will_undo_every_shift() -> None:
    result = invoke(edited(agent="Pulumi"), "drift")

    assert "owned by Pulumi: its next deploy will undo every shift" in result.stdout


def test_a_person_in_the_console_owns_nothing() -> None:
    assert "owned by" not in invoke(edited(), "drift").stdout


@pytest.mark.parametrize(
    ("failing", "said"),
    [
        (NotAllowed("cloudtrail:LookupEvents: AccessDenied"), "CloudTrail can't be asked who did it"),
        (TelemetryUnavailable("cloudtrail:LookupEvents: Throttling"), "Throttling"),
    ],
)
def test_an_unreadable_trail_hides_the_maker_and_not_the_drift(failing: Exception, said: str) -> None:
    world = edited()
    world.trail.failing = failing

    result = invoke(world, "drift")

    assert result.exit_code == 5
    assert said in result.stdout
    assert " Weight " in result.stdout


def test_a_trail_that_hangs_is_waited_for_no_longer_than_a_person_does(monkeypatch: pytest.MonkeyPatch) -> None:
    world, released = edited(), threading.Event()
    monkeypatch.setattr(drifting, "PATIENCE_SECONDS", 0.05)
    monkeypatch.setattr(world.trail, "changes", lambda *_: released.wait(30))

    result = invoke(world, "drift")
    released.set()

    assert result.exit_code == 5
    assert "CloudTrail did not answer in time" in result.stdout


def test_a_trail_without_the_change_says_that_it_is_late() -> None:
    world = edited()
    world.trail.known = []

    assert "up to 15m late" in invoke(world, "drift").stdout


def test_beside_a_stand_in_nobody_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    world = edited()
    monkeypatch.setattr(drifting, "NO_TRAIL", world.trail)

    assert "a stand-in" in invoke(world, "drift").stdout


def test_the_trail_is_asked_since_the_ledger_last_knew(monkeypatch: pytest.MonkeyPatch) -> None:
    world, asked = edited(), list[Any]()

    def changes(*span: Any) -> list[RecordChange]:
        asked.append(span)
        return []

    monkeypatch.setattr(world.trail, "changes", changes)

    invoke(world, "drift")

    assert asked == [(START - timedelta(hours=2, minutes=1), START + timedelta(minutes=5))]


def test_records_that_are_no_weights_are_a_drift_without_a_ledger_too() -> None:
    world = fake_world()
    world.weights.records = [record("A", None, None)]

    result = invoke(world, "drift")

    assert result.exit_code == 5
    assert "not weighted" in result.output


@pytest.mark.parametrize(
    ("records", "said"),
    [
        ([*weighted(90, 10, "A", "AAAA"), record("A", "blue", 5)], "A blue"),
        ([record("A", None, None), *weighted(90, 10, "AAAA")], "not weighted"),
        ([*weighted(90, 10, "A"), *weighted(90, 10, "AAAA")[:1]], "AAAA lambda"),
        ([record("A", "ecs", 90, HealthCheckId="hc"), *weighted(90, 10, "A", "AAAA")[1:]], "HealthCheckId"),
    ],
    ids=["a third record", "a simple record", "the twin is gone", "another field"],
)
def test_every_kind_of_edit_is_named_and_nothing_is_changed(records: list[Any], said: str) -> None:
    world = known_world(90, 10)
    world.weights.records = records

    result = invoke(world, "drift")

    assert result.exit_code == 5
    assert said in result.stdout
    assert world.weights.applied == []


def test_a_change_that_arrived_without_its_ledger_line_is_no_drift() -> None:
    world = known_world(90, 10)
    world.weights.failing["apply-answer"] = [ControlPlaneUnavailable("cut off")]
    invoke(world, "shift", "--lambda-weight", "50", "--yes")

    assert invoke(world, "drift").exit_code == 0


def test_without_a_ledger_nothing_can_be_compared() -> None:
    world = edited()
    world.ledger.unreadable = "can't read the ledger"

    assert invoke(world, "drift").exit_code == 8
    assert LedgerUnavailable.__name__ not in invoke(world, "drift").output
