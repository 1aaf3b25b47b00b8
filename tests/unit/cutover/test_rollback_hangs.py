"""A rollback while a ledger, a kill switch or all of it takes questions and never answers."""

from collections.abc import Iterator
from threading import Event
from typing import Any

import pytest

from cutover.core.models import Weights
from cutover.flow import journal as journal_module
from cutover.flow.journal import BestEffortJournal, Journal
from cutover.flow.retreat import in_time as in_time_module
from cutover.flow.retreat import lever
from cutover.flow.retreat.in_time import in_time
from cutover.flow.retreat.lever import FAILED, Lever
from cutover.flow.retreat.rollback import Haste, Retreat
from cutover.ports import LedgerUnavailable
from cutover.render.output import Output
from cutover.render.running import TextReport
from tests.fakes.around import FakeSwitch
from tests.fakes.world import FakeWorld, known_world
from tests.unit.cutover.invoking import invoke

HOME = Weights(100, 0)
PATIENCE = (journal_module.READ_SECONDS, journal_module.KEEP_SECONDS, journal_module.APPEND_SECONDS)


@pytest.fixture
def never() -> Iterator[Event]:
    """An event that is set only when the test is over."""
    event = Event()
    yield event
    event.set()


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("READ_SECONDS", "APPEND_SECONDS", "KEEP_SECONDS"):
        monkeypatch.setattr(journal_module, name, 0.05)


def hanging(world: FakeWorld, never: Event, *names: str) -> FakeWorld:
    """The world whose ledger never comes back from these."""
    for name in names:
        setattr(world.ledger, name, lambda *_: never.wait(60))
    return world


@pytest.mark.parametrize(
    "names", [("keep",), ("events",), ("append",), ("keep", "append"), ("events", "append", "keep", "holder")], ids=str
)
def test_a_ledger_that_hangs_anywhere_keeps_no_weights_from_being_set(never: Event, names: tuple[str, ...]) -> None:
    world = hanging(known_world(50, 50), never, *names)

    result = invoke(world, "rollback")

    assert result.exit_code == 0, result.output
    assert world.live == HOME
    assert world.weights.applied == [((50, 50), (100, 0))]


def test_a_way_back_that_can_not_be_kept_is_still_written_down_as_a_rollback(never: Event) -> None:
    world = hanging(known_world(50, 50), never, "keep")

    invoke(world, "rollback")

    assert world.ledger.kinds()[1:] == ["intent", "applied", "insync", "rolled-back"]
    assert world.ledger.lines[1].evidence["undo"] == ""


def test_a_ledger_that_is_lost_is_not_asked_to_keep_anything() -> None:
    world = known_world(50, 50)
    journal = BestEffortJournal(world.ports, "rollback", TextReport(Output(quiet=True)))
    journal.lost = "no such disk"

    with pytest.raises(LedgerUnavailable, match="no such disk"):
        journal.keep("rollback-2.json", "{}")

    assert world.ledger.kept == {}


def test_whoever_raises_waits_for_the_way_back() -> None:
    world = known_world(50, 50)

    place = Journal(world.ports, "shift", TextReport(Output(quiet=True))).keep("rollback-2.json", "{}")

    assert (place, world.ledger.kept) == ("/ledger/rollback-2.json", {"rollback-2.json": "{}"})


def test_a_change_is_sent_before_a_slow_ledger_makes_the_kill_switch_fall() -> None:
    assert sum(PATIENCE) < Haste().throw_after_seconds


def test_a_switch_that_hung_before_anybody_asked_is_not_waited_for_again(
    never: Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [100.0]
    monkeypatch.setattr("cutover.flow.retreat.lever.time.monotonic", lambda: now[0])
    switch, began = FakeSwitch(is_set_up=True), Event()

    def hang(**_: Any) -> None:
        began.set()
        never.wait(60)

    switch.throw = hang  # type: ignore[method-assign]
    held = Lever(switch, "", 0.0)
    held.arm()
    assert began.wait(10)
    now[0] += lever.THROW_SECONDS

    assert held.fate().startswith(f"{FAILED}: it took over 6 s; by hand: ")


def test_when_everything_hangs_it_ends_with_giving_up_and_its_last_words(
    never: Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lever, "THROW_SECONDS", 0.05)
    monkeypatch.setattr(in_time_module, "LAST_WORDS_SECONDS", 0.05)
    world = hanging(known_world(50, 50), never, "events", "append", "keep")
    world.switch.is_set_up = True
    monkeypatch.setattr(world.switch, "throw", lambda **_: never.wait(60))
    monkeypatch.setattr(world.weights, "read", lambda: never.wait(60))
    journal = BestEffortJournal(world.ports, "rollback", TextReport(Output(quiet=True)))

    outcome = in_time(Retreat(journal, "it smells", haste=Haste(0.01, 0.2, 0.3)))

    assert outcome.exit == 10
    assert "the kill switch failed" in outcome.text
    assert world.weights.applied == []
