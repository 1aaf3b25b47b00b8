"""`cutover decommission hold` and `drain`: down step by step, refused with number and limit, and back at any time."""

import json
from copy import deepcopy
from datetime import timedelta

import pytest

from cutover.core.estate import Scale
from cutover.core.record import Kind
from cutover.ports import EstateUnavailable, Locked
from tests.fakes.world import FakeWorld
from tests.unit.cutover.ending import at_the_end, done, drained, held, rung_events, rungs, told
from tests.unit.cutover.invoking import invoke, invoke_until_killed, typed


def test_the_hold_brings_ecs_to_its_warm_floor_and_no_lower() -> None:
    world = at_the_end()

    result = done(world, "hold", "--yes")

    assert world.estate.set_to == [Scale(1, 4, 1, 8)]
    assert "ECS is held at 1 task for 48h from now" in result.output
    assert rungs(world) == [("hold", True), ("hold", False)]
    assert rung_events(world)[1].evidence["saved"] == {"desired": 4, "least": 2, "most": 8}
    assert world.weights.applied == []


def test_a_service_without_autoscaling_is_held_too() -> None:
    world = at_the_end()
    world.estate.size = Scale(4, 4)

    done(world, "hold", "--yes", "--tasks", "2")

    assert world.estate.set_to == [Scale(2, 4)]


def test_fewer_tasks_than_the_warm_floor_are_refused() -> None:
    world = at_the_end(safety={"warm_floor": 3})

    code, said = told(world, "hold", "--yes", "--tasks", "2")

    assert code == 8
    assert "2 tasks is below the warm floor of 3" in said
    assert "next: cutover decommission hold --tasks 3" in said
    assert world.estate.set_to == []


def test_a_second_hold_changes_nothing_and_does_not_start_anew() -> None:
    world = held()

    result = done(world, "hold", "--yes")

    assert "ECS is at its warm floor since 22 Nov" in result.output
    assert len(world.estate.set_to) == 1
    assert rungs(world) == [("hold", True), ("hold", False)]


@pytest.mark.parametrize("rung", ["hold", "drain"])
def test_nothing_goes_down_before_the_last_bake_is_complete(rung: str) -> None:
    world = at_the_end(finished=False)

    code, said = told(world, rung, "--yes")

    assert code == 8
    assert "the last bake, at Lambda 100%, is not complete" in said
    assert "next: cutover run" in said
    assert (world.estate.set_to, rungs(world)) == ([], [])


def test_a_drain_without_a_hold_is_refused() -> None:
    world = at_the_end()

    code, said = told(world, "drain", "--yes")

    assert (code, world.estate.set_to) == (8, [])
    assert "the hold of 2d at the warm floor has not been taken" in said


def test_a_drain_within_the_hold_is_refused_with_the_hours_left() -> None:
    world = at_the_end()
    done(world, "hold", "--yes")
    world.pass_time(timedelta(hours=30))

    code, said = told(world, "drain", "--yes")

    assert code == 8
    assert "the hold has 18h left of 2d" in said
    assert "next: wait until Tue 24 Nov 09:00 UTC" in said
    assert len(world.estate.set_to) == 1


def test_the_hold_starts_anew_where_lambda_finished_again_after_it() -> None:
    world = held()
    world.write(Kind.FINISHED, time=world.clock.now(), after=(0, 100))

    code, said = told(world, "drain", "--yes")

    assert code == 8
    assert "the hold has 48h left" in said


def test_the_drain_exports_everything_first_and_then_ends_the_last_task() -> None:
    world = held()

    result = done(world, "drain", "--yes")

    assert world.estate.set_to[-1] == Scale(0, 1, 0, 0)
    event = rung_events(world)[-1]
    assert event.evidence["documents"]["create-service"] == "/ledger/decommission-5-create-service.json"
    assert "/decommission-5-zone.json" in event.evidence["documents"]["zone in the bucket"]
    assert set(world.archive.documents) == {key for key in world.ledger.kept if "decommission" in key}
    assert json.loads(world.ledger.kept["decommission-5-zone.json"])["desired"] == 1
    assert "a rollback would find none" in result.output
    assert "drain" in invoke(world, "history").output


def test_documents_lie_beside_the_ledger_alone_where_there_is_no_bucket() -> None:
    world = held()
    world.archive.is_set_up = False

    done(world, "drain", "--yes")

    assert not any("bucket" in name for name in rung_events(world)[-1].evidence["documents"])


def test_a_second_drain_changes_nothing() -> None:
    world = drained()

    result = done(world, "drain", "--yes")

    assert "ECS is drained already" in result.output
    assert len(world.estate.set_to) == 2


def test_a_service_that_somebody_scaled_up_is_drained_again() -> None:
    world = drained()
    world.estate.size = Scale(2, 2, 0, 0)

    done(world, "drain", "--yes")

    assert world.estate.set_to[-1].desired == 0


def not_at_100(world: FakeWorld) -> None:
    world.weights.set_by_hand(10, 90)


def rolled_back(world: FakeWorld) -> None:
    world.weights.set_by_hand(100, 0)
    bodies = sorted(record.body for record in world.weights.records)
    world.write(Kind.ROLLED_BACK, reason="errors", after=(100, 0), evidence={"records": bodies})


def paused(world: FakeWorld) -> None:
    world.write(Kind.PAUSED, reason="a holiday")


def switched(world: FakeWorld) -> None:
    world.write(Kind.SWITCHED, evidence={"serving": False})


def failing(world: FakeWorld) -> None:
    world.failing_lambda(0.2)


def holding(world: FakeWorld) -> None:
    world.failing_lambda(0.013)


def blind(world: FakeWorld) -> None:
    world.blind()


def leased(world: FakeWorld) -> None:
    world.ledger.held_by = "ada"


@pytest.mark.parametrize(
    ("trouble", "code", "said"),
    [
        (not_at_100, 5, "the live records are not those"),
        (rolled_back, 8, "rolled back 24 Nov"),
        (paused, 8, "a holiday"),
        (switched, 8, "the kill switch was thrown"),
        (failing, 3, "the gates FAIL"),
        (holding, 6, "the gates HOLD"),
        (blind, 9, "the gates HOLD"),
        (leased, 7, "ada is at work"),
    ],
)
def test_a_drain_is_refused_while_something_is_wrong(trouble: object, code: int, said: str) -> None:
    world = held()
    assert callable(trouble)
    trouble(world)
    before = (len(world.estate.set_to), rungs(world))

    exit_code, output = told(world, "drain", "--yes")

    assert exit_code == code, output
    assert said in output
    assert (len(world.estate.set_to), rungs(world)) == before


def test_less_than_all_traffic_on_lambda_is_refused_with_its_share() -> None:
    world = at_the_end()
    world.weights.set_by_hand(50, 50)
    bodies = sorted(record.body for record in world.weights.records)
    world.write(Kind.ADOPTED, after=(50, 50), evidence={"records": bodies})

    code, said = told(world, "hold", "--yes")

    assert code == 8
    assert "Lambda has 50% of the traffic, not 100%" in said


def test_records_that_are_no_weights_are_a_drift() -> None:
    world = held()
    world.weights.records = world.weights.records[:1]

    assert told(world, "drain", "--yes")[0] == 5


@pytest.mark.parametrize("rung", ["hold", "drain"])
def test_the_undo_brings_ecs_back_to_the_size_before(rung: str) -> None:
    world = drained()

    result = done(world, rung, "--undo", "--yes", "--reason", "Lambda fails")

    wanted = {"hold": Scale(4, 0, 2, 8), "drain": Scale(1, 0, 1, 8)}[rung]
    assert world.estate.set_to[-1] == wanted
    assert f"ECS runs {wanted.desired} task" in result.output
    standing = {"hold": set(), "drain": {"hold"}}[rung]
    taken = json.loads(invoke(world, "--json", "decommission", "plan").stdout)["rungs"]
    assert {r["rung"] for r in taken if r["time"] and r["rung"] != "archive"} == standing


def test_an_undo_needs_neither_gates_nor_lease() -> None:
    world = drained()
    world.failing_lambda(0.5)
    world.ledger.held_by = "ada"

    done(world, "drain", "--undo", "--yes")

    assert world.estate.set_to[-1].desired == 1


def test_an_undo_of_what_was_not_done_changes_nothing() -> None:
    world = at_the_end()

    result = done(world, "drain", "--undo", "--yes")

    assert "nothing to undo" in result.output
    assert world.estate.set_to == []


def test_an_undo_of_a_service_that_is_gone_names_the_way() -> None:
    world = drained()
    world.estate.size = None

    code, said = told(world, "drain", "--undo", "--yes")

    assert code == 8
    assert "cutover decommission plan" in said


def test_tasks_that_do_not_end_are_a_timeout_that_the_same_command_goes_on_from() -> None:
    world = held()
    world.estate.stuck = True

    code, said = told(world, "drain", "--yes")

    assert code == 11
    assert "it is 0 asked, 1 running" in said
    assert rungs(world)[-1] == ("drain", True)
    world.estate.stuck = False
    done(world, "drain", "--yes")
    assert rungs(world)[-1] == ("drain", False)
    assert rung_events(world)[-1].evidence["saved"]["desired"] == 1


@pytest.mark.parametrize("rung", ["hold", "drain"])
def test_killed_at_any_point_the_same_command_ends_it_and_the_undo_knows_the_old_size(rung: str) -> None:
    prepared = at_the_end() if rung == "hold" else held()
    for point in range(1, 200):
        world = deepcopy(prepared)
        world.estate.calls = world.calls
        if invoke_until_killed(world, point, "decommission", rung, "--yes") is not None:
            break
        done(world, rung, "--yes")
        done(world, rung, "--undo", "--yes")
        assert world.estate.set_to[-1].desired == {"hold": 4, "drain": 1}[rung]
        assert world.estate.set_to[-1].most == 8
    assert point > 5


def test_a_service_that_can_not_be_told_is_an_unconfirmed_change() -> None:
    world = held()
    world.estate.failing["set_scale"] = [EstateUnavailable("ecs:UpdateService: the answer did not come")]

    code, said = told(world, "drain", "--yes")

    assert code == 10
    assert "cutover decommission plan" in said


def test_a_lease_that_is_lost_is_no_drain(monkeypatch: pytest.MonkeyPatch) -> None:
    world = held()

    def lost(_: str) -> object:
        raise Locked("bob is at work on this migration")

    monkeypatch.setattr(world.ledger, "lease", lost)

    assert told(world, "drain", "--yes")[0] == 7
    assert len(world.estate.set_to) == 1


@pytest.mark.parametrize("rung", ["hold", "drain"])
def test_settings_without_a_service_are_told(rung: str) -> None:
    world = at_the_end()
    world.estate.is_set_up = False

    code, said = told(world, rung, "--yes")

    assert code == 2
    assert "set ecs.cluster, ecs.service" in said


def test_a_hold_of_a_service_that_is_gone_is_refused() -> None:
    world = at_the_end()
    world.estate.size = None

    code, said = told(world, "hold", "--yes")

    assert code == 8
    assert "the ECS service is gone" in said


@pytest.mark.parametrize("rung", ["hold", "drain", "archive"])
def test_a_rung_without_a_terminal_needs_yes(rung: str) -> None:
    world = held()
    before = len(world.ledger.lines)

    code, said = told(world, rung)

    assert code == 2
    assert "add --yes" in said
    assert len(world.ledger.lines) == before


def test_a_dry_run_shows_the_rung_and_its_undo_and_changes_nothing() -> None:
    world = held()

    result = done(world, "drain", "--dry-run")

    assert "cutover decommission drain --undo  (back in: 2 to 5 min)" in result.output
    assert "nothing was changed" in result.output
    assert len(world.estate.set_to) == 1


def test_a_no_on_the_terminal_changes_nothing() -> None:
    world = held()

    result = typed(world, "n\n", "decommission", "drain")

    assert result.exit_code == 130
    assert len(world.estate.set_to) == 1


def test_a_drain_in_json_is_one_document() -> None:
    world = held()

    document = json.loads(invoke(world, "decommission", "drain", "--yes", "--json").stdout)

    assert (document["schema"], document["rung"], document["exit"]) == ("cutover.decommission/1", "drain", 0)
