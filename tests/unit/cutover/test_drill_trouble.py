"""A drill on which something goes wrong: it goes back, says what, and leaves no receipt that it did not earn."""

from datetime import timedelta
from typing import Any

from cutover.core.models import Side, Weights
from cutover.core.state import fold
from cutover.ports import Answers, ControlPlaneUnavailable
from tests.fakes.world import known_world
from tests.unit.cutover.drilled import DRILL, STRICT, answers, receipt
from tests.unit.cutover.invoking import invoke, status
from tests.unit.cutover.scripting import shift


def test_a_lambda_that_never_shows_is_no_receipt_and_goes_back() -> None:
    world = known_world(100, 0, **STRICT)
    answers(world, lambda _, questions, __: Answers({Side.ECS: questions, Side.SERVERLESS: 0}, 0))

    found = receipt(world, code=12)

    assert found["ok"] is False
    assert found["problems"] == ["Lambda 1% never showed: of 688 answers 0 were Lambda's"]
    assert world.live == Weights(100, 0)
    state = fold(world.ledger.lines)
    assert (state.standing.drill, state.standing.drilling) == (None, None)
    assert state.rolled_back is not None
    assert shift(world, 10)[0] == 8


def test_silent_name_servers_are_told_as_such() -> None:
    world = known_world(100, 0)
    answers(world, lambda _, __, ___: Answers(dict.fromkeys(Side, 0), 0))

    found = receipt(world, code=12)

    assert found["problems"] == [
        "Lambda 1% never showed: the zone's name servers did not answer",
        "Route 53 is in sync, and the zone's name servers did not answer",
    ]


def test_answers_that_point_elsewhere_are_not_ecs() -> None:
    world = known_world(100, 0)

    def sample(_: object, questions: int, __: float) -> Answers:
        return Answers({Side.ECS: questions - 2, Side.SERVERLESS: 1}, 1)

    answers(world, sample)

    result = invoke(world, *DRILL)

    assert result.exit_code == 12
    assert "Route 53 is in sync, and of 688 answers 1 were Lambda's, 1 elsewhere" in result.stderr
    assert "receipt   FAILED" in result.stdout


def test_a_way_out_that_does_not_settle_is_gone_back_from() -> None:
    world = known_world(100, 0)
    world.weights.pending = None

    def mended(now: Any) -> None:
        if world.ledger.kinds()[-1] == "stopped":
            world.weights.pending = timedelta(0)

    world.clock.then.append(mended)
    append = world.ledger.append

    def watched(event: Any) -> None:
        append(event)
        mended(None)

    world.ledger.append = watched  # type: ignore[method-assign]

    found = receipt(world, code=12)

    assert "Lambda 1% did not settle: Route 53 took the change" in found["problems"][0]
    assert world.live == Weights(100, 0)


def test_an_answer_that_was_lost_is_gone_back_from() -> None:
    world = known_world(100, 0)
    world.weights.failing["apply-answer"] = [ControlPlaneUnavailable("no answer within 30 s")]

    found = receipt(world, code=12)

    assert "was not confirmed: no answer within 30 s" in found["problems"][0]
    assert world.live == Weights(100, 0)


def test_a_way_back_that_fails_has_the_code_of_a_rollback() -> None:
    world = known_world(100, 0)
    sample = world.names.sample

    def then_away(targets: Any, questions: int, seconds: float) -> Answers:
        world.weights.failing["apply"] = [ControlPlaneUnavailable("away")] * 50
        return sample(targets, questions, seconds)

    answers(world, then_away)

    result = invoke(world, *DRILL)

    assert result.exit_code == 10
    assert "the way back: away" in result.stderr
    assert "next: cutover rollback" in result.stderr
    world.weights.failing.clear()
    assert invoke(world, "rollback").exit_code == 0


def test_a_ledger_that_is_lost_on_the_way_costs_the_receipt_only() -> None:
    world = known_world(100, 0)
    sample = world.names.sample

    def then_full(targets: Any, questions: int, seconds: float) -> Answers:
        world.ledger.unwritable = "disk full"
        return sample(targets, questions, seconds)

    answers(world, then_full)

    result = invoke(world, *DRILL)

    assert result.exit_code == 8
    assert "its receipt could not be written: disk full" in result.stderr
    assert world.live == Weights(100, 0)
    world.ledger.unwritable = ""
    assert "under way, or cut off" in status(world)


def test_ctrl_c_leaves_what_is_and_says_how_to_go_back() -> None:
    world = known_world(100, 0)

    def interrupt(_: object) -> None:
        world.clock.then.clear()
        raise KeyboardInterrupt

    world.clock.then.append(interrupt)

    result = invoke(world, *DRILL)

    assert result.exit_code == 130
    assert "next: cutover rollback" in result.stderr + result.stdout
    assert world.live == Weights(99, 1)
    assert "under way, or cut off" in status(world)
    again = invoke(world, *DRILL)
    assert again.exit_code == 8
    assert "the drill of 22 Nov 09:00 UTC was cut off" in again.stderr


def test_ctrl_c_while_looking_leaves_it_too() -> None:
    world = known_world(100, 0)

    def interrupted(*_: object) -> Answers:
        raise KeyboardInterrupt

    answers(world, interrupted)

    assert invoke(world, *DRILL).exit_code == 130
    assert world.live == Weights(99, 1)


def test_a_rollback_of_others_in_between_is_not_lifted() -> None:
    world = known_world(100, 0)
    sample, codes = world.names.sample, list[int]()

    def beside(targets: Any, questions: int, seconds: float) -> Answers:
        if not codes:
            codes.append(invoke(world, "rollback", "--reason", "for real").exit_code)
            return Answers({Side.ECS: questions - 7, Side.SERVERLESS: 7}, 0)
        return sample(targets, questions, seconds)

    answers(world, beside)

    result = invoke(world, *DRILL)

    assert (result.exit_code, codes) == (0, [0])
    assert "somebody else went back meanwhile, so Lambda stays at 0 until a resume" in result.stdout
    state = fold(world.ledger.lines)
    assert state.rolled_back is not None
    assert state.rolled_back.reason == "for real"
    assert shift(world, 10)[0] == 8


def test_a_pause_in_between_outlives_the_drill() -> None:
    world = known_world(100, 0)

    def pause(_: object) -> None:
        world.clock.then.clear()
        invoke(world, "pause", "--reason", "x", "--yes")

    world.clock.then.append(pause)

    assert receipt(world)["ok"]
    assert fold(world.ledger.lines).standing.paused is not None


def test_records_that_changed_since_the_plan_are_refused() -> None:
    world = known_world(100, 0)
    lease = world.ledger.lease

    def overtaken(holder: str):  # type: ignore[no-untyped-def]
        world.weights.set_by_hand(80, 20)
        invoke(world, "resume", "--reason", "x", "--yes")
        return lease(holder)

    world.ledger.lease = overtaken  # type: ignore[method-assign]

    assert invoke(world, *DRILL).exit_code == 8
    assert world.weights.applied == []
