"""A drill of the kill switch too, and a drill that is killed anywhere: explained, and the way back works."""

from datetime import timedelta
from typing import Any

import msgspec

from cutover.core.models import Weights
from cutover.core.record import Kind
from cutover.core.state import fold
from cutover.ports import Answers
from cutover.sections import TimingSettings
from tests.fakes.world import FakeWorld, known_world
from tests.unit.cutover.drilled import DRILL, Switched, answers, known_with_switch, receipt
from tests.unit.cutover.invoking import changing, invoke, invoke_until_killed


def test_the_kill_switch_is_thrown_seen_and_put_back() -> None:
    world = known_world(100, 0)
    world.names = Switched(world)  # type: ignore[assignment]

    found = receipt(world, "--kill-switch")

    assert found["switch"] == {"out_seconds": 35.0, "back_seconds": 35.0}
    assert [serving for serving, _ in world.switch.thrown] == [False, True]
    switched = [e.evidence for e in world.ledger.lines if e.kind is Kind.SWITCHED]
    assert switched == [{"serving": False, "drill": True}, {"serving": True, "drill": True}]
    assert fold(world.ledger.lines).standing.switched is None
    shown = invoke(known_with_switch(), *DRILL, "--kill-switch").stdout
    assert "2         the kill switch is thrown, and put back when no answer is Lambda's" in shown
    assert "switch    out of the answers after 35 s, back after 35 s" in shown


def test_a_kill_switch_that_does_nothing_within_patience_is_no_receipt() -> None:
    world = known_with_switch(timedelta(hours=5))

    found = receipt(world, "--kill-switch", code=12)

    assert found["switch"] is None
    assert found["problems"] == [
        "the kill switch did not take Lambda out of the answers: of 688 answers 6 were Lambda's",
        "Lambda did not come back when the kill switch was put back: of 688 answers 0 were Lambda's",
    ] or found["problems"][0].startswith("the kill switch did not take Lambda out")
    assert world.switch.lambda_serves
    assert world.live == Weights(100, 0)


def test_a_kill_switch_that_can_not_be_thrown_is_put_back_all_the_same() -> None:
    world = known_with_switch()
    throw = world.switch.throw

    def denied_once(*, serving: bool, reason: str) -> None:
        world.switch.failing = "" if serving else "AccessDenied"
        throw(serving=serving, reason=reason)

    world.switch.throw = denied_once  # type: ignore[method-assign]

    found = receipt(world, "--kill-switch", code=12)

    assert found["problems"] == ["the kill switch could not be thrown: AccessDenied"]
    assert fold(world.ledger.lines).standing.switched is None


def test_a_kill_switch_that_can_not_be_put_back_stands_until_a_resume() -> None:
    world = known_with_switch()
    throw = world.switch.throw

    def denied_back(*, serving: bool, reason: str) -> None:
        world.switch.failing = "AccessDenied" if serving else ""
        throw(serving=serving, reason=reason)

    world.switch.throw = denied_back  # type: ignore[method-assign]

    found = receipt(world, "--kill-switch", code=12)

    assert found["problems"] == ["the kill switch could not be put back: AccessDenied"]
    assert fold(world.ledger.lines).standing.switched is not None
    world.switch.throw, world.switch.failing = throw, ""  # type: ignore[method-assign]
    assert invoke(world, "resume", "--reason", "mended", "--yes").exit_code == 0
    assert world.switch.lambda_serves


def test_a_kill_switch_that_nobody_could_write_down_is_not_thrown() -> None:
    world = known_with_switch()
    sample = world.names.sample

    def then_full(targets: Any, questions: int, seconds: float) -> Answers:
        world.ledger.unwritable = "disk full"
        return sample(targets, questions, seconds)

    answers(world, then_full)

    result = invoke(world, *DRILL, "--kill-switch")

    assert result.exit_code == 12
    assert "the kill switch was not tested: disk full" in result.stderr
    assert world.switch.thrown == []


def test_a_kill_switch_that_is_thrown_already_is_no_test() -> None:
    world = known_with_switch()
    world.switch.lambda_serves = False

    result = invoke(world, *DRILL, "--kill-switch")

    assert result.exit_code == 8
    assert "the kill switch is thrown already" in result.stderr


def test_killed_anywhere_it_is_explained_and_the_way_back_works() -> None:
    def quick() -> FakeWorld:
        world = known_with_switch(timedelta(0))
        world.weights.pending = timedelta(0)
        world.settings = msgspec.structs.replace(world.settings, timing=TimingSettings(settle="1s"))
        return world

    world = quick()
    invoke(world, *DRILL, "--kill-switch")
    for point in changing(world):
        world = quick()
        invoke_until_killed(world, point, *DRILL, "--kill-switch")
        state = fold(world.ledger.lines)
        begun = world.live != Weights(100, 0)
        assert not begun or state.standing.drilling or state.intent, f"killed at {point}"

        back = invoke(world, "rollback")

        assert back.exit_code == 0, f"killed at {point}: {back.output}"
        assert world.live == Weights(100, 0)
        resumed = invoke(world, "resume", "--reason", "the drill was cut off", "--yes")
        assert resumed.exit_code == 0, f"killed at {point}: {resumed.output}"
        assert world.switch.lambda_serves, f"killed at {point}"
        standing = fold(world.ledger.lines).standing
        assert (standing.switched, standing.drilling) == (None, None), f"killed at {point}"
