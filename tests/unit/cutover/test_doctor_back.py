"""What `cutover doctor` says of the ledger, its lease and table, the way back, and what keeps a raise waiting."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from cutover.core.account import Table
from cutover.core.record import Kind
from cutover.flow.doctor import gathering
from cutover.ports import LedgerUnavailable, Locked, NotAllowed
from tests.fakes.world import known_world
from tests.fakes.zone import START, weighted
from tests.unit.cutover.sound_world import SOUND, examined, found, named, sound


@pytest.fixture(autouse=True)
def _little_history(monkeypatch: pytest.MonkeyPatch) -> None:
    """An hour of metrics does for what is not about them."""
    monkeypatch.setattr(gathering, "DATA_HOURS", 1)


def test_an_unreadable_ledger_must_be_mended_and_its_lease_is_not_tried() -> None:
    world = sound()
    world.ledger.unreadable = "can't read the ledger: no such table"

    code, findings = examined(world)

    assert code == 8
    assert findings["ledger"]["text"] == "can't read the ledger: no such table"
    assert "lease" not in findings


def test_a_lease_that_somebody_holds_is_not_tried() -> None:
    world = sound()
    world.ledger.held_by = "run by bob"

    code, level, words = found(world, "lease")

    assert (code, level) == (0, "ok")
    assert "held by run by bob; not tried" in words
    assert world.ledger.fence == 0


@pytest.mark.parametrize(
    ("error", "code", "level"),
    [(LedgerUnavailable("read-only file system"), 8, "must mend"), (Locked("bob is at work"), 0, "ok")],
)
def test_a_lease_that_can_not_be_had_is_told(error: Exception, code: int, level: str) -> None:
    world = sound()

    def refuse(_: str) -> Any:
        raise error

    world.ledger.lease = refuse  # type: ignore[method-assign, assignment]

    assert found(world, "lease")[:2] == (code, level)


@pytest.mark.parametrize(
    ("table", "level", "said"),
    [
        (Table("", recovers=False), "must mend", "there is no table 'ledger'"),
        (Table("ACTIVE", recovers=False), "warning", "PointInTimeRecoveryEnabled=true"),
        (None, "not checked", "dynamodb:DescribeTable"),
    ],
)
def test_the_ledgers_table_must_exist_and_be_recoverable(table: Table | None, level: str, said: str) -> None:
    world = sound()
    world.account.found = replace(SOUND, table=table, unknown={"table": "dynamodb:DescribeTable: AccessDenied"})

    _, how_bad, words = found(world, "table")

    assert how_bad == level
    assert said in words


def test_a_ledger_in_a_file_has_no_table() -> None:
    assert "table" not in examined(known_world(90, 10))[1]


def test_a_kill_switch_without_its_health_check_switches_nothing() -> None:
    world = sound()
    world.weights.records = weighted(90, 10, "A", "AAAA")

    code, level, words = found(world, "kill switch")

    assert (code, level) == (8, "must mend")
    assert "A lambda, AAAA lambda has no health check" in words


def test_a_thrown_or_unreadable_switch_must_be_mended() -> None:
    thrown, lost = sound(), sound()
    thrown.switch.lambda_serves = False
    lost.switch.failing = "the object s3://switches/lambda-serves can't be read"

    assert "it is thrown" in found(thrown, "kill switch")[2]
    assert found(lost, "kill switch")[:2] == (8, "must mend")


def test_a_switch_is_judged_without_records_too() -> None:
    world = sound()
    world.weights.failing["read"] = [NotAllowed("no")]

    assert found(world, "kill switch")[1] == "ok"


@pytest.mark.parametrize(("age", "level"), [(timedelta(days=13), "ok"), (timedelta(days=15), "warning")])
def test_a_drill_grows_old(age: timedelta, level: str) -> None:
    world = named()
    world.write(Kind.DRILLED, time=START - age, evidence={"ok": True})

    assert found(world, "drill")[1] == level


def test_no_drill_at_all_is_told_with_the_command() -> None:
    world = named()

    _, level, words = found(world, "drill")

    assert level == "warning"
    assert "above Lambda 10% one of the last 14d is needed → cutover drill" in words


@pytest.mark.parametrize("exists", [True, False])
def test_the_ready_rollback_must_lie_where_the_ledger_says(exists: bool, tmp_path: Path) -> None:
    world, place = sound(), tmp_path / "roll back-7.json"
    undo = f"aws route53 change-resource-record-sets --change-batch 'file://{place}'"
    records = [r.body for r in world.weights.records]
    world.write(Kind.INTENT, time=START, before=(90, 10), after=(90, 10), evidence={"undo": undo, "records": records})
    world.write(Kind.APPLIED, time=START, after=(90, 10), change_id="C1", evidence={"records": records})
    if exists:
        place.write_text("{}")

    _, level, words = found(world, "ready rollback")

    assert level == ("ok" if exists else "warning")
    assert exists or f"{place} is not on this machine" in words


def test_a_freeze_says_when_it_opens() -> None:
    world = sound(freeze={"weekly": [{"start": "Sun 08:00", "end": "Mon 08:00"}]})

    code, level, words = found(world, "freeze")

    assert (code, level) == (0, "warning")
    assert "wait until Mon 23 Nov 08:00 UTC" in words


@pytest.mark.parametrize(("kind", "said"), [(Kind.PAUSED, "paused"), (Kind.ROLLED_BACK, "rolled back")])
def test_what_stands_in_the_way_of_a_raise_is_told(kind: Kind, said: str) -> None:
    world = sound()
    after = (90, 10) if kind is Kind.ROLLED_BACK else None
    world.write(kind, time=START, reason="errors", after=after)

    code, level, words = found(world, "state")

    assert (code, level) == (0, "warning")
    assert said in words
    assert "cutover resume" in words
