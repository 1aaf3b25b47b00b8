"""`cutover run` when Route 53, the ledger or other people stand in its way."""

import json
from datetime import datetime, timedelta

import pytest

from cutover.core.models import Snapshot, Weights
from cutover.core.record import Kind
from cutover.flow.journal import BestEffortJournal
from cutover.flow.retreat.rollback import roll_back
from cutover.ports import ControlPlaneUnavailable, LedgerMoved, NotAllowed
from cutover.render.output import Output
from cutover.render.running import TextReport
from tests.fakes.world import fake_world, known_world
from tests.fakes.zone import START
from tests.unit.cutover.invoking import invoke
from tests.unit.cutover.scripting import RUN, at, raised, soon


def test_records_changed_by_hand_stop_it_untouched() -> None:
    world = known_world(90, 10, timedelta(0))
    at(world, timedelta(minutes=9), "set_by_hand", 70, 30)

    result = invoke(world, *RUN)

    assert result.exit_code == 5
    assert "Weight 30 instead of 10" in result.stderr
    assert raised(world) == []
    assert [world.ledger.lines[-2].kind, world.ledger.lines[-1].kind] == [Kind.DRIFT, Kind.STOPPED]


def test_records_that_do_not_sum_to_100_are_a_drift_at_once() -> None:
    world = fake_world(90, 20)

    result = invoke(world, *RUN)

    assert result.exit_code == 5
    assert "sum to 110" in result.stderr
    assert world.ledger.lines == []


def test_a_rollback_by_somebody_else_ends_it() -> None:
    world = known_world(90, 10, timedelta(0))

    def by_somebody(now: datetime) -> None:
        if now - START >= timedelta(minutes=9):
            world.clock.then.remove(by_somebody)
            roll_back(BestEffortJournal(world.ports, "rollback", TextReport(Output(quiet=True))), "it smells")

    world.clock.then.append(by_somebody)

    result = invoke(world, *RUN)

    assert result.exit_code == 4
    assert "rolled back meanwhile" in result.stdout
    assert "it smells" in result.stdout
    assert raised(world) == [(100, 0)]


def test_a_control_plane_that_is_away_for_a_while_costs_nothing() -> None:
    world = fake_world()

    def away(now: datetime) -> None:
        if now - START >= timedelta(minutes=12):
            world.clock.then.remove(away)
            world.weights.failing["read"] = [ControlPlaneUnavailable("Route 53 did not answer") for _ in range(5)]

    world.clock.then.append(away)

    result = invoke(world, *RUN)

    assert result.exit_code == 0
    assert "Route 53 did not answer" in result.stdout
    assert raised(world) == [(90, 10), (50, 50), (0, 100)]


def test_a_control_plane_that_stays_away_ends_it_in_the_end() -> None:
    world = known_world(90, 10, timedelta(0), **soon())

    def away(now: datetime) -> None:
        world.weights.failing["read"] = [NotAllowed("the credentials have expired; aws sso login")]

    world.clock.then.append(away)

    result = invoke(world, *RUN)

    assert result.exit_code == 10
    assert "aws sso login" in result.stderr
    assert raised(world) == []


def test_a_rollback_that_cannot_be_sent_is_tried_again_and_again_and_then_shouted_about() -> None:
    world = known_world(90, 10, timedelta(0))
    world.failing_lambda(0.5)

    def away(_: datetime) -> None:
        world.weights.failing["apply"] = [ControlPlaneUnavailable("Route 53 did not answer")]

    world.clock.then.append(away)

    result = invoke(world, *RUN)

    assert result.exit_code == 10
    assert "the rollback did not go out" in result.stderr
    assert world.ledger.kinds().count("intent") > 3
    assert world.live == Weights(90, 10)


def test_a_rollback_goes_out_as_soon_as_route_53_is_back() -> None:
    world = known_world(90, 10, timedelta(0))
    world.failing_lambda(0.5)
    world.weights.failing["apply"] = [ControlPlaneUnavailable("Route 53 did not answer") for _ in range(3)]

    result = invoke(world, *RUN)

    assert result.exit_code == 4
    assert world.live == Weights(100, 0)


def test_a_change_that_stays_pending_is_sent_again_and_then_given_up() -> None:
    world = fake_world()
    world.weights.pending = None

    result = invoke(world, *RUN)

    assert result.exit_code == 11
    assert raised(world) == [(90, 10)] * 4
    assert world.live == Weights(90, 10)


def test_a_change_that_was_late_is_taken_up_by_the_next_run() -> None:
    world = fake_world()
    world.weights.pending = None
    invoke(world, *RUN)
    world.weights.pending = timedelta(seconds=30)

    assert invoke(world, *RUN).exit_code == 0


def test_a_change_id_that_route_53_forgot_is_sent_again() -> None:
    world = fake_world()
    world.weights.forgotten.add("/change/C0001")

    result = invoke(world, "run", "--until", "10", "--yes")

    assert result.exit_code == 0
    assert raised(world) == [(90, 10), (90, 10)]


def test_an_answer_that_was_lost_is_found_out_from_the_live_records() -> None:
    world = fake_world()
    world.weights.failing["apply-answer"] = [ControlPlaneUnavailable("cut off")]

    result = invoke(world, "run", "--until", "10", "--yes")

    assert result.exit_code == 0
    assert world.ledger.lines[3].reason == "found live after an interruption"
    assert world.live == Weights(90, 10)


def test_a_raise_that_was_refused_is_abandoned_and_tells_why() -> None:
    world = fake_world()
    world.weights.failing["apply"] = [NotAllowed("route53:ChangeResourceRecordSets: AccessDenied")]

    result = invoke(world, "run", "--once", "--yes")

    assert result.exit_code == 10
    assert world.ledger.kinds()[-2:] == ["abandoned", "stopped"]
    assert world.live == Weights(100, 0)


def test_failing_gates_roll_back_even_when_the_ledger_is_gone() -> None:
    world = known_world(90, 10, timedelta(0))
    world.failing_lambda(0.5, START + timedelta(minutes=5))

    def full(now: datetime) -> None:
        if now - START >= timedelta(minutes=5):
            world.ledger.unwritable = "No space left on device"

    world.clock.then.append(full)

    result = invoke(world, *RUN)

    assert result.exit_code == 4
    assert "No space left on device" in result.stderr
    assert world.live == Weights(100, 0)


def test_without_a_ledger_nothing_is_raised() -> None:
    world = known_world(90, 10)
    world.ledger.unwritable = "Read-only file system"

    result = invoke(world, "run", "--once", "--yes")

    assert result.exit_code == 8
    assert "Read-only file system" in result.stderr
    assert raised(world) == []


def test_a_line_that_somebody_else_wrote_first_only_delays_it() -> None:
    world = fake_world()

    def overtaken() -> None:
        raise LedgerMoved("ledger line 1 was written by somebody else meanwhile")

    world.ledger.before_append.append(overtaken)

    assert invoke(world, "run", "--until", "10", "--yes").exit_code == 0


def test_two_at_once_are_one_too_many() -> None:
    world = fake_world()
    world.ledger.held_by = "run by ada (process 7)"

    result = invoke(world, *RUN)

    assert result.exit_code == 7
    assert "run by ada (process 7)" in result.stderr
    assert raised(world) == []


def test_records_changed_after_a_change_was_cut_off_are_a_drift() -> None:
    world = known_world(90, 10)
    world.weights.failing["apply"] = [ControlPlaneUnavailable("cut off")]
    invoke(world, "shift", "--lambda-weight", "50", "--yes")
    world.weights.set_by_hand(70, 30)

    result = invoke(world, *RUN)

    assert result.exit_code == 5
    assert "Weight 30 instead of 50" in result.stderr
    assert raised(world) == []


def test_records_that_are_no_weights_any_more_stop_it() -> None:
    world = known_world(90, 10, timedelta(0))
    at(world, timedelta(minutes=5), "set_by_hand", 90, 30)

    result = invoke(world, *RUN)

    assert result.exit_code == 5
    assert "sum to 120" in result.stderr
    assert raised(world) == []


def test_a_rollback_that_came_just_before_a_raise_arrived_is_made_good() -> None:
    world = fake_world()

    def just_before() -> None:
        back = BestEffortJournal(world.ports, "rollback", TextReport(Output(quiet=True)))
        world.write(Kind.ROLLED_BACK, reason="it smells", after=(100, 0), actor=back.actor)

    apply = world.weights.apply

    def overtaken(before: Snapshot, after: Snapshot, comment: str) -> str:
        just_before()
        world.weights.apply = apply  # type: ignore[method-assign]
        return apply(before, after, comment)

    world.weights.apply = overtaken  # type: ignore[method-assign]

    result = invoke(world, *RUN)

    assert result.exit_code == 4
    assert "rolled back meanwhile" in result.stdout
    assert world.live == Weights(100, 0)


def test_a_lost_ledger_is_a_note_in_json() -> None:
    world = known_world(90, 10, timedelta(0))
    world.failing_lambda(0.5)

    def full(_: datetime) -> None:
        world.ledger.unwritable = "disk full"

    world.clock.then.append(full)

    result = invoke(world, *RUN, "--json")

    lines = [json.loads(line) for line in result.stdout.splitlines()]
    assert [line["text"] for line in lines if line["event"] == "note"] == [
        "the ledger is out of reach, so this is not recorded: disk full"
    ]
    assert lines[-1]["exit"] == 4


@pytest.mark.parametrize("trouble", ["drift", "rolled back"])
def test_a_scheduler_that_meets_the_same_trouble_every_minute_does_not_fill_the_ledger(trouble: str) -> None:
    world = known_world(90, 10)
    if trouble == "drift":
        world.weights.set_by_hand(70, 30)
    else:
        invoke(world, "rollback")
    invoke(world, "run", "--once", "--yes")
    lines = len(world.ledger.lines)

    codes = {invoke(world, "run", "--once", "--yes").exit_code for _ in range(5)}

    assert codes == {5 if trouble == "drift" else 8}
    assert len(world.ledger.lines) == lines
