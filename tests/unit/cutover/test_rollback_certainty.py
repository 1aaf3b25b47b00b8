"""`cutover rollback` says that it is done when it has looked, and has something to do wherever Lambda has traffic."""

import json
from datetime import datetime, timedelta
from functools import partial

import pytest

from cutover.core.models import Weights
from cutover.core.record import Kind
from cutover.core.zone import Drift, Sides, read_weights
from cutover.ports import ChangedMeanwhile
from tests.fakes.world import FakeWorld, fake_world, known_world
from tests.fakes.zone import START, record, weighted
from tests.unit.cutover.invoking import invoke
from tests.unit.cutover.scripting import at

HOME = Weights(100, 0)
SIDES = Sides("ecs", "lambda")


def live(world: FakeWorld) -> Weights | Drift:
    """What is asked by all types."""
    return read_weights(world.weights.read(), SIDES)


def without(world: FakeWorld, *identifiers: str) -> FakeWorld:
    """The world with the A and AAAA records of these sides deleted by hand."""
    world.weights.records = [r for r in world.weights.records if r.set_identifier not in identifiers]
    return world


def test_records_overwritten_while_it_waits_for_insync_are_set_again() -> None:
    world = known_world(90, 10)
    at(world, timedelta(seconds=5), "set_by_hand", 50, 50)

    result = invoke(world, "rollback")

    assert result.exit_code == 0
    assert live(world) == HOME
    assert world.weights.applied == [((90, 10), (100, 0)), ((50, 50), (100, 0))]
    assert world.ledger.last(Kind.ROLLED_BACK).after == (100, 0)


def test_records_overwritten_while_it_stays_pending_are_set_again() -> None:
    world = known_world(90, 10)
    world.weights.pending = None
    at(world, timedelta(seconds=60), "set_by_hand", 50, 50)

    def healthy(now: datetime) -> None:
        if len(world.weights.applied) == 2:
            world.weights.pending = timedelta(seconds=40)

    world.clock.then.append(healthy)

    result = invoke(world, "rollback")

    assert result.exit_code == 0
    assert live(world) == HOME
    assert world.weights.applied == [((90, 10), (100, 0)), ((50, 50), (100, 0))]


def test_a_change_that_stays_pending_is_sent_again_beside_a_third_record() -> None:
    world = known_world(90, 10)
    world.weights.records.append(record("A", "green", 30))
    world.weights.forgotten.add("/change/C0001")

    result = invoke(world, "rollback")

    assert result.exit_code == 5
    assert "A record 'green' stays" in result.stderr
    assert [after for _, after in world.weights.applied] == [(100, 0), (100, 0)]


@pytest.mark.parametrize("later", [timedelta(0), timedelta(minutes=10)])
def test_a_rollback_that_timed_out_is_sent_again_with_all_patience_by_the_next(later: timedelta) -> None:
    world = known_world(90, 10)
    world.weights.pending = None
    assert invoke(world, "rollback").exit_code == 11
    sent, began = len(world.weights.applied), world.clock.now() + later
    world.pass_time(later)

    assert invoke(world, "rollback").exit_code == 11

    assert len(world.weights.applied) == 2 * sent
    assert world.clock.now() - began > timedelta(minutes=4)


def test_a_rollback_that_timed_out_is_finished_by_the_next_once_route_53_is_well() -> None:
    world = known_world(90, 10)
    world.weights.pending = None
    invoke(world, "rollback")
    world.pass_time(timedelta(minutes=10))
    world.weights.forgotten, world.weights.pending = set(world.weights.changes), timedelta(seconds=40)

    result = invoke(world, "rollback")

    assert result.exit_code == 0
    assert world.ledger.last(Kind.ROLLED_BACK).seq == world.ledger.lines[-1].seq


@pytest.mark.parametrize("gone", [("ecs",), ("ecs", "lambda")])
def test_records_that_are_gone_are_created_again_as_the_ledger_knew_them(gone: tuple[str, ...]) -> None:
    world = known_world(90, 10)
    before = {r.body for r in weighted(100, 0, "A", "AAAA")}
    without(world, *gone)

    result = invoke(world, "rollback")

    assert result.exit_code == 0
    assert "created again, for they were gone: A ecs" in result.stdout
    assert {r.body for r in world.weights.records} == before


def test_one_type_that_lost_its_ecs_record_gets_it_back() -> None:
    world = known_world(90, 10)
    world.weights.records = [r for r in world.weights.records if (r.type, r.set_identifier) != ("AAAA", "ecs")]

    assert invoke(world, "rollback").exit_code == 0
    assert live(world) == HOME


def test_the_way_back_without_the_tool_holds_the_records_that_are_gone_too() -> None:
    world = without(known_world(90, 10), "ecs")

    invoke(world, "rollback")

    changes = json.loads(world.ledger.kept["rollback-2.json"])["Changes"]
    assert {(c["ResourceRecordSet"]["SetIdentifier"], c["ResourceRecordSet"]["Weight"]) for c in changes} == {
        ("ecs", 100),
        ("lambda", 0),
    }


def test_a_record_of_another_policy_in_its_place_is_left_alone() -> None:
    world = without(known_world(90, 10), "ecs", "lambda")
    world.weights.records = [record("A", None, None)]

    result = invoke(world, "rollback")

    assert result.exit_code == 5
    assert "the A record 'without a set identifier' stays" in result.stderr
    assert {(r.type, r.set_identifier, r.weight) for r in world.weights.records} == {
        ("A", None, None),
        ("AAAA", "ecs", 100),
        ("AAAA", "lambda", 0),
    }


def test_where_nothing_is_known_the_line_that_goes_back_is_shown_and_no_record_is_to_be_deleted() -> None:
    world = fake_world()
    world.weights.records = [record("A", "lambda", 100)]

    result = invoke(world, "--json", "rollback")

    document = json.loads(result.stdout)
    assert document["exit"] == 5
    assert document["weights"] is None
    assert "Route 53 console, zone Z123" in document["next"]
    assert "delete" not in document["next"]


@pytest.mark.parametrize("command", ["status", "check", "run --once --yes"])
def test_no_screen_advises_to_delete_the_only_record(command: str) -> None:
    world = without(known_world(90, 10), "ecs")

    assert "delete" not in invoke(world, *command.split()).output


def test_a_ledger_that_comes_back_gets_the_rollback_after_all() -> None:
    world = known_world(50, 50)
    world.ledger.unwritable = "another process holds its lock"
    world.clock.then.append(lambda _: setattr(world.ledger, "unwritable", ""))

    result = invoke(world, "--json", "rollback", "--reason", "smoke")

    line = world.ledger.lines[-1]
    assert json.loads(result.stdout)["recorded"] is True
    assert (line.kind, line.reason, line.after) == (Kind.ROLLED_BACK, "smoke", (100, 0))
    assert sorted(line.evidence["records"]) == sorted(r.body for r in world.weights.records)
    assert invoke(world, "run", "--once", "--yes").exit_code == 8


def test_records_that_change_meanwhile_are_read_again_without_a_ledger_too() -> None:
    world = known_world(50, 50)
    world.ledger.unwritable = "disk full"
    world.weights.failing["apply"] = [ChangedMeanwhile("not as it was read")]

    assert invoke(world, "rollback").exit_code == 0
    assert world.weights.applied == [((50, 50), (100, 0))]


def test_a_ledger_that_can_be_read_again_but_not_written_is_told_once() -> None:
    world = known_world(50, 50)
    world.ledger.unreadable = world.ledger.unwritable = "disk trouble"
    world.clock.then.append(lambda _: setattr(world.ledger, "unreadable", ""))

    result = invoke(world, "--json", "rollback")

    assert json.loads(result.stdout)["recorded"] is False
    assert result.stderr.count("disk trouble") == 1
    assert live(world) == HOME


def test_a_second_process_that_hears_of_insync_late_undoes_nothing() -> None:
    world = known_world(50, 50)
    first = world.weights.in_sync

    def beside(change_id: str) -> bool | None:
        answer = first(change_id)
        if answer:
            world.weights.in_sync = first  # type: ignore[method-assign]
            assert invoke(world, "rollback", "--reason", "another shell").exit_code == 0
        return answer

    world.weights.in_sync = beside  # type: ignore[method-assign]

    assert invoke(world, "rollback").exit_code == 0
    assert world.ledger.lines[-1].kind is Kind.ROLLED_BACK
    assert world.ledger.kinds().count("insync") == 1


def test_a_line_written_while_it_looks_makes_it_look_again() -> None:
    world = known_world(50, 50)

    def raised() -> None:
        world.weights.set_by_hand(90, 10)
        world.write(Kind.JUDGED)

    world.clock.then.append(partial(_before_the_last_line, world, raised))

    assert invoke(world, "rollback").exit_code == 0
    assert live(world) == HOME
    assert world.clock.now() > START


def _before_the_last_line(world: FakeWorld, happening: object, _: datetime) -> None:
    """Let that happen just before ROLLED_BACK is written for the first time."""
    append = world.ledger.append

    def watched(event: object) -> None:
        if getattr(event, "kind", None) is Kind.ROLLED_BACK:
            world.ledger.append = append  # type: ignore[method-assign]
            assert callable(happening)
            happening()
        append(event)  # type: ignore[arg-type]

    world.clock.then.clear()
    world.ledger.append = watched  # type: ignore[method-assign]
