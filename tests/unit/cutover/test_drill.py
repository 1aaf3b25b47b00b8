"""`cutover drill`: out, seen in the answers, back by the code of `rollback`; measured."""

import json
from datetime import timedelta

import pytest

from cutover.core.models import Side, Weights
from cutover.core.record import Kind
from cutover.core.state import fold
from tests.fakes.world import fake_world, known_world
from tests.unit.cutover.drilled import DRILL, STRICT, receipt
from tests.unit.cutover.invoking import invoke, typed
from tests.unit.cutover.scripting import shift


def test_it_goes_out_and_back_and_leaves_everything_as_it_was() -> None:
    world = known_world(100, 0)
    before = list(world.weights.records)

    result = invoke(world, *DRILL)

    assert result.exit_code == 0, result.output
    assert world.weights.applied == [((100, 0), (99, 1)), ((99, 1), (100, 0))]
    assert sorted(world.weights.records, key=str) == sorted(before, key=str)
    state = fold(world.ledger.lines)
    assert (state.rolled_back, state.weights, state.standing.drilling) == (None, Weights(100, 0), None)
    assert "the drill went well: from Lambda 1% all answers were ECS's again within 75 s" in result.stdout
    assert "receipt   OK" in result.stdout
    assert "INSYNC after 75 s" in result.stdout
    assert shift(world, 10)[0] == 0


def test_the_receipt_is_in_the_ledger_and_beside_it() -> None:
    world = known_world(100, 0)

    found = receipt(world, "--weight", "5")

    assert found == {
        "ok": True,
        "weight": 5,
        "questions": 135,
        "seen_seconds": 0.0,
        "accepted_seconds": 0.0,
        "insync_seconds": 75.0,
        "answers_seconds": 75.0,
        "rto_seconds": 75.0,
        "switch": None,
        "problems": [],
    }
    drilled = world.ledger.last(Kind.DRILLED)
    assert drilled.evidence == found
    assert drilled.reason == "drill: before 50%: back in 75 s"
    kept = json.loads(world.ledger.kept[f"drill-{drilled.seq}.json"])
    assert kept == found | {"reason": "drill: before 50%", "actor": drilled.actor, "time": kept["time"]}


def test_the_receipt_unlocks_larger_steps_for_its_time() -> None:
    world = known_world(100, 0, **STRICT)
    assert invoke(world, "run", "--yes").exit_code == 8

    receipt(world)
    shift(world, 10)
    world.pass_time(timedelta(hours=1))

    assert shift(world, 50)[0] == 0


def test_a_drill_needs_no_receipt_of_its_own() -> None:
    world = known_world(100, 0, safety={"drill_above": 1})

    assert receipt(world, "--weight", "5")["ok"]


def test_it_is_the_way_of_a_rollback_with_all_its_lines() -> None:
    world = known_world(100, 0)

    receipt(world)

    kinds = [kind for kind in world.ledger.kinds() if kind != "judged"]
    out, back = ["intent", "applied", "insync", "settled"], ["intent", "applied", "insync", "rolled-back"]
    assert kinds == ["adopted", *out, *back, "resumed", "drilled"]
    intents = [event for event in world.ledger.lines if event.kind is Kind.INTENT]
    assert intents[0].evidence["drill"] is True
    assert intents[0].evidence["verdict"] == "pass"
    assert intents[1].evidence["rollback"] is True
    assert world.ledger.last(Kind.RESUMED).evidence == {"drill": True}


def test_it_shows_its_plan_and_asks() -> None:
    world = known_world(100, 0)

    assert invoke(world, "drill").exit_code == 2
    shown = typed(world, "n\n", "drill")
    assert shown.exit_code == 130
    assert "Drill api.example.com now?" in shown.stderr
    dry = invoke(world, "drill", "--dry-run")
    assert dry.exit_code == 0
    assert "1         Lambda gets 1% until it shows in the answers" in dry.stdout
    assert "nothing was changed" in dry.stdout
    assert (world.weights.applied, world.ledger.kinds()) == ([], ["adopted"])


@pytest.mark.parametrize(
    ("live", "words", "code", "said"),
    [
        ((90, 10), (), 8, "a drill begins at Lambda 0%, and the weights are ecs 90 / lambda 10"),
        ((100, 0), ("--weight", "11"), 2, "'11' is not a whole number from 1 to 10"),
        ((100, 0), ("--weight", "0"), 2, "'0' is not a whole number from 1 to 10"),
        ((100, 0), ("--kill-switch",), 8, "the settings name no kill switch, so there is none to test"),
    ],
)
def test_what_can_not_be_drilled_is_refused(
    live: tuple[int, int], words: tuple[str, ...], code: int, said: str
) -> None:
    world = known_world(*live)

    result = invoke(world, *DRILL, *words)

    assert result.exit_code == code
    assert said in result.stderr
    assert world.weights.applied == []


def test_the_rules_of_a_raise_hold() -> None:
    world = known_world(100, 0)
    invoke(world, "pause", "--reason", "x", "--yes")

    assert invoke(world, *DRILL).exit_code == 8

    sticky = known_world(90, 10)
    invoke(sticky, "rollback")
    assert "rule: rolled-back" in invoke(sticky, *DRILL).stderr


def test_a_sick_ecs_is_nothing_to_go_back_to() -> None:
    world = known_world(100, 0)
    world.metrics.error_rate[Side.ECS] = lambda _: 0.5

    result = invoke(world, *DRILL)

    assert result.exit_code == 6
    assert "the gates say HOLD of ECS" in result.stderr
    assert world.weights.applied == []


def test_a_quiet_ecs_is_no_reason_to_wait() -> None:
    world = known_world(100, 0)
    world.metrics.per_minute = 5

    assert receipt(world)["ok"]


def test_without_telemetry_it_does_not_begin() -> None:
    world = known_world(100, 0)
    world.blind()

    assert invoke(world, *DRILL).exit_code == 9


def test_gates_that_fail_meanwhile_end_it_with_a_rollback_that_stands() -> None:
    world = known_world(100, 0, timing={"settle": "20m"})
    world.metrics.per_minute = 6000
    world.failing_lambda(1.0)

    result = invoke(world, *DRILL, "--weight", "10")

    assert result.exit_code == 4
    assert "the drill ended on its way out: rolled back to ECS 100" in result.output
    assert fold(world.ledger.lines).rolled_back is not None
    assert "drilled" not in world.ledger.kinds()


def test_of_a_world_that_the_ledger_does_not_know_yet_it_learns() -> None:
    world = fake_world()

    assert receipt(world)["ok"]
    assert world.ledger.kinds()[0] == "adopted"
