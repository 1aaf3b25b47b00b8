"""`cutover rollback`: back at once, whatever else is broken."""

import json
from datetime import timedelta

import pytest

from cutover.core.models import Weights
from cutover.core.record import Kind
from cutover.ports import ChangedMeanwhile, ControlPlaneUnavailable, LedgerMoved, NotAllowed
from tests.fakes.world import FakeWorld, fake_world, known_world
from tests.fakes.zone import START, record, weighted
from tests.unit.cutover.invoking import invoke


def test_everything_goes_back_at_once_and_is_in_sync() -> None:
    world = known_world(50, 50)

    result = invoke(world, "rollback", "--reason", "checkout fails")

    assert result.exit_code == 0
    assert "rolled back to ECS 100, INSYNC" in result.stdout
    assert world.weights.applied == [((50, 50), (100, 0))]
    assert world.ledger.kinds()[1:] == ["intent", "applied", "insync", "rolled-back"]
    assert world.ledger.last(Kind.ROLLED_BACK).reason == "checkout fails"


def test_it_asks_no_metrics_and_no_lock() -> None:
    world = known_world(50, 50)
    world.ledger.held_by = "run by somebody"
    world.blind()

    assert invoke(world, "rollback").exit_code == 0
    assert not [name for name in world.calls.names if "metrics" in name]


def test_the_habit_of_saying_yes_does_not_stop_it() -> None:
    world = known_world(50, 50)

    assert invoke(world, "rollback", "--yes").exit_code == 0
    assert world.weights.applied == [((50, 50), (100, 0))]


def test_a_second_one_finds_nothing_to_do() -> None:
    world = known_world(50, 50)
    invoke(world, "rollback")

    result = invoke(world, "rollback")

    assert result.exit_code == 0
    assert "already at ECS 100" in result.stdout
    assert len(world.weights.applied) == 1
    assert world.ledger.kinds().count("rolled-back") == 1


def test_at_ecs_100_it_still_keeps_a_run_from_starting() -> None:
    world = fake_world()

    result = invoke(world, "rollback")

    assert result.exit_code == 0
    assert world.weights.applied == []
    assert invoke(world, "run", "--yes").exit_code == 8


@pytest.mark.parametrize("problem", ["unreadable", "unwritable"])
def test_a_lost_ledger_is_told_and_stops_nothing(problem: str) -> None:
    world = known_world(50, 50)
    setattr(world.ledger, problem, "the ledger's chain is broken at sequence 3")

    result = invoke(world, "rollback")

    assert result.exit_code == 0
    assert "chain is broken" in result.stderr
    assert result.stderr.count("chain is broken") == 1
    assert world.live == Weights(100, 0)
    assert len(world.ledger.lines) == 1


def test_without_a_ledger_it_makes_certain_by_sending_again() -> None:
    world = fake_world()
    world.ledger.unreadable = "no such disk"

    result = invoke(world, "rollback")

    assert result.exit_code == 0
    assert world.weights.applied == [((100, 0), (100, 0))]


@pytest.mark.parametrize("live", [(60, 40), (90, 30), (0, 0), (1, 255)])
def test_weights_that_drifted_go_back_too(live: tuple[int, int]) -> None:
    world = known_world(90, 10)
    world.weights.records = weighted(*live, "A", "AAAA")

    result = invoke(world, "rollback")

    assert result.exit_code == 0
    assert world.live == Weights(100, 0)


def test_types_that_disagree_go_back_together() -> None:
    world = known_world(90, 10)
    world.weights.records = [*weighted(90, 10, "A"), *weighted(20, 80, "AAAA")]

    assert invoke(world, "rollback").exit_code == 0
    assert {(r.type, r.weight) for r in world.weights.records} == {("A", 100), ("A", 0), ("AAAA", 100), ("AAAA", 0)}


def test_a_third_record_is_named_and_the_rest_still_goes_back() -> None:
    world = known_world(50, 50)
    world.weights.records.append(record("A", "green", 30))

    result = invoke(world, "rollback")

    assert result.exit_code == 5
    assert "A record 'green' stays" in result.stderr
    assert world.live == Weights(100, 0)


def test_without_an_ecs_record_there_is_nothing_to_go_back_to() -> None:
    world = fake_world()
    world.weights.records = [record("A", "lambda", 100)]

    result = invoke(world, "rollback")

    assert result.exit_code == 5
    assert "the A record of ecs ('ecs') is missing" in result.stderr
    assert world.weights.applied == []


def test_records_that_change_meanwhile_are_read_again() -> None:
    world = known_world(50, 50)
    world.weights.failing["apply"] = [ChangedMeanwhile("not as it was read") for _ in range(3)]

    assert invoke(world, "rollback").exit_code == 0
    assert world.live == Weights(100, 0)


def test_records_that_never_stand_still_are_told() -> None:
    world = known_world(50, 50)
    world.weights.failing["apply"] = [ChangedMeanwhile("not as it was read") for _ in range(9)]

    result = invoke(world, "rollback")

    assert result.exit_code == 5
    assert "somebody else is writing them" in result.stderr


def test_a_control_plane_out_of_reach_shows_the_way_without_it() -> None:
    world = known_world(50, 50)
    world.weights.failing["read"] = [ControlPlaneUnavailable("Route 53 did not answer within 30 s")]

    result = invoke(world, "rollback")

    assert result.exit_code == 10
    assert "did not answer within 30 s" in result.stderr
    assert "Route 53 console, zone Z123" in result.stderr


def test_the_kept_batch_is_named_when_there_is_one() -> None:
    world = fake_world()
    invoke(world, "shift", "--lambda-weight", "10", "--yes")
    world.weights.failing["apply"] = [ControlPlaneUnavailable("Route 53 did not answer within 30 s")]

    result = invoke(world, "rollback")

    assert result.exit_code == 10
    assert "aws route53 change-resource-record-sets --hosted-zone-id Z123" in result.stderr


def test_expired_keys_are_told_with_their_mend() -> None:
    world = known_world(50, 50)
    world.weights.failing["apply"] = [NotAllowed("the credentials have expired; aws sso login --profile prod")]

    result = invoke(world, "rollback")

    assert result.exit_code == 10
    assert "aws sso login --profile prod" in result.stderr


def test_insync_that_never_comes_is_a_timeout() -> None:
    world = known_world(50, 50)
    world.weights.pending = None

    result = invoke(world, "rollback")

    assert result.exit_code == 11
    assert world.live == Weights(100, 0)
    assert len(world.weights.applied) == 4


def test_a_forgotten_change_id_is_sent_again() -> None:
    world = known_world(50, 50)
    world.weights.forgotten.add("/change/C0001")

    assert invoke(world, "rollback").exit_code == 0
    assert world.weights.applied == [((50, 50), (100, 0)), ((100, 0), (100, 0))]
    assert world.weights.changes["/change/C0002"] == START


def test_polls_that_fail_are_asked_again() -> None:
    world = known_world(50, 50)
    world.weights.failing["in_sync"] = [ControlPlaneUnavailable("Route 53 did not answer") for _ in range(2)]

    assert invoke(world, "rollback").exit_code == 0


def test_polls_that_fail_for_ever_leave_the_change_unconfirmed() -> None:
    world = known_world(50, 50)
    world.weights.failing["in_sync"] = [ControlPlaneUnavailable("Route 53 did not answer") for _ in range(99)]

    assert invoke(world, "rollback").exit_code == 10
    assert world.live == Weights(100, 0)


def test_records_that_change_while_it_waits_are_a_drift() -> None:
    world = known_world(50, 50)
    world.weights.pending = None
    world.clock.then.append(lambda _: world.weights.set_by_hand(10, 90))

    assert invoke(world, "rollback").exit_code == 5


def test_it_waits_in_doubling_steps() -> None:
    world = known_world(50, 50)
    world.weights.pending = timedelta(seconds=70)

    invoke(world, "rollback")

    assert world.clock.slept == [timedelta(seconds=s) for s in (5, 10, 20, 40)]


def test_the_json_document_says_whether_it_was_recorded() -> None:
    world = known_world(50, 50)
    world.ledger.unwritable = "disk full"

    result = invoke(world, "--json", "rollback")

    document = json.loads(result.stdout)
    assert document["schema"] == "cutover.rollback/1"
    assert document["exit"] == 0
    assert document["recorded"] is False
    assert document["weights"] == {"ecs": 100, "lambda": 0}


def test_a_line_written_by_others_meanwhile_does_not_hinder_it() -> None:
    world: FakeWorld = known_world(50, 50)
    world.ledger.before_append.append(lambda: (world.write(Kind.JUDGED), None)[1])

    result = invoke(world, "rollback")

    assert result.exit_code == 0
    assert world.ledger.kinds() == ["adopted", "judged", "intent", "applied", "insync", "rolled-back"]


def test_a_ledger_that_others_never_stop_writing_is_told() -> None:
    world = known_world(50, 50)

    def overtaken() -> None:
        world.ledger.before_append.append(overtaken)
        raise LedgerMoved("written by somebody else meanwhile")

    world.ledger.before_append.append(overtaken)

    result = invoke(world, "rollback")

    assert result.exit_code == 0
    assert "others kept writing it" in result.stderr
    assert world.live == Weights(100, 0)


def test_ecs_100_that_the_ledger_does_not_know_of_is_made_certain() -> None:
    world = known_world(50, 50)
    world.weights.set_by_hand(100, 0)

    assert invoke(world, "rollback").exit_code == 0
    assert world.weights.applied == [((100, 0), (100, 0))]


def test_ctrl_c_says_how_to_finish_it() -> None:
    world = known_world(50, 50)

    def interrupt(_: object) -> None:
        raise KeyboardInterrupt

    world.clock.then.append(interrupt)

    result = invoke(world, "rollback")

    assert result.exit_code == 130
    assert "next: cutover rollback" in result.stdout
