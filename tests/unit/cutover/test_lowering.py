"""`cutover shift` to less: beside a run at work and without a ledger too; what the run makes of it."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from cutover.core.models import Weights
from cutover.core.record import Kind
from cutover.ports import ChangedMeanwhile, ControlPlaneUnavailable
from tests.fakes.world import FakeWorld, known_world
from tests.fakes.zone import START
from tests.unit.cutover.invoking import invoke
from tests.unit.cutover.scripting import RUN, raised, shift

MINUTE = timedelta(minutes=1)


def once(world: FakeWorld, minute: int, do: Callable[[], object]) -> None:
    """Do that once so many minutes have passed."""

    def call(now: datetime) -> None:
        if now - START >= minute * MINUTE:
            world.clock.then.remove(call)
            do()

    world.clock.then.append(call)


def test_a_run_that_holds_the_lease_does_not_keep_it_from_being_done() -> None:
    world = known_world(50, 50)
    world.ledger.held_by = "run by ada (process 7)"

    code, said = shift(world, 10)

    assert code == 0, said
    assert world.live == Weights(90, 10)
    assert world.ledger.kinds()[-3:] == ["intent", "applied", "insync"]
    assert world.ledger.held_by == "run by ada (process 7)"


def test_a_run_that_holds_the_lease_keeps_a_raise_from_being_done() -> None:
    world = known_world(50, 50)
    world.ledger.held_by = "run by ada (process 7)"

    assert shift(world, 60)[0] == 7
    assert raised(world) == []


@pytest.mark.parametrize("problem", ["unwritable", "unreadable"])
@pytest.mark.parametrize(("wait", "code"), [("insync", 0), ("settled", 8)])
def test_without_a_ledger_it_is_done_and_said(problem: str, wait: str, code: int) -> None:
    world = known_world(50, 50)
    setattr(world.ledger, problem, "disk full")
    lines = len(world.ledger.lines)

    ended, said = shift(world, 10, "--wait", wait)

    assert ended == code
    assert world.live == Weights(90, 10)
    assert "INSYNC: ecs 90 / lambda 10 on every name server" in said
    assert "the ledger does not know of it (disk full)" in said
    assert said.count("so this is not recorded") == 1
    assert len(world.ledger.lines) == lines


def test_without_a_ledger_nothing_is_raised() -> None:
    world = known_world(50, 50)
    world.ledger.unreadable = "disk full"

    assert shift(world, 60)[0] == 8
    assert raised(world) == []


def test_without_a_ledger_records_that_are_no_weights_are_as_refused_as_ever() -> None:
    world = known_world(50, 50)
    world.ledger.unreadable = "disk full"
    world.weights.set_by_hand(50, 60)

    assert shift(world, 10)[0] == 8
    assert raised(world) == []


@pytest.mark.parametrize("trouble", [ChangedMeanwhile("another was quicker")])
def test_records_that_change_under_it_are_read_anew(trouble: Exception) -> None:
    world = known_world(50, 50)
    world.weights.failing["apply"] = [trouble, trouble]

    assert shift(world, 10)[0] == 0
    assert world.live == Weights(90, 10)


def test_others_who_keep_writing_the_records_are_a_drift() -> None:
    world = known_world(50, 50)
    world.weights.failing["apply"] = [ChangedMeanwhile("another was quicker") for _ in range(9)]

    code, said = shift(world, 10)

    assert code == 5
    assert "another was quicker" in said
    assert world.live == Weights(50, 50)


@pytest.mark.parametrize(
    ("meanwhile", "code", "live"),
    [((95, 5), 7, Weights(95, 5)), ((90, 10), 0, Weights(90, 10)), ((40, 70), 5, Weights(40, 60))],
)
def test_what_others_did_meanwhile_is_never_raised_again(meanwhile: tuple[int, int], code: int, live: Weights) -> None:
    world = known_world(50, 50)
    apply = world.weights.apply

    def overtaken(*args: object) -> str:
        world.weights.apply = apply  # type: ignore[method-assign]
        world.weights.set_by_hand(*meanwhile)
        raise ChangedMeanwhile("another was quicker")

    world.weights.apply = overtaken  # type: ignore[method-assign,assignment]

    assert shift(world, 10)[0] == code
    if sum(meanwhile) == 100:
        assert world.live == live
    assert raised(world) == []


def test_a_run_bakes_the_lower_weight_before_it_raises_again() -> None:
    world = known_world(50, 50, 5 * MINUTE)
    once(world, 3, lambda: shift(world, 10))

    result = invoke(world, "run", "--yes", "--until", "50")

    assert result.exit_code == 0, result.output
    assert raised(world) == [(90, 10), (50, 50)]
    lowered, again = (line.time for line in world.ledger.lines if line.kind is Kind.INTENT)
    assert again - lowered > 30 * MINUTE
    assert [line.after for line in world.ledger.lines if line.kind is Kind.BAKED] == [(90, 10), (50, 50)]
    assert "drift" not in world.ledger.kinds()


def test_a_promotion_of_the_weight_before_does_not_count_for_the_lower_one() -> None:
    world = known_world(50, 50, 5 * MINUTE)
    world.write(Kind.PROMOTED, after=(50, 50), evidence={"skip_bake": True})
    world.surveyor.found = world.surveyor.found
    once(world, 1, lambda: shift(world, 10))

    invoke(world, "run", "--yes", "--until", "50")

    assert (90, 10) in raised(world)
    intents = [line for line in world.ledger.lines if line.kind is Kind.INTENT]
    assert intents[1].time - intents[0].time > 30 * MINUTE


def test_a_run_does_not_begin_anew_by_itself_after_a_lowering_to_nothing() -> None:
    world = known_world(50, 50, 5 * MINUTE)
    once(world, 3, lambda: shift(world, 0))

    result = invoke(world, *RUN)

    assert result.exit_code == 8
    assert "Lambda was lowered to 0% beside this run" in result.stderr
    assert raised(world) == [(100, 0)]


def test_a_lowering_that_the_ledger_does_not_know_is_a_drift_to_the_run() -> None:
    world = known_world(50, 50, 5 * MINUTE)

    def unseen() -> None:
        world.ledger.unwritable = "disk full"
        assert shift(world, 10)[0] == 0
        world.ledger.unwritable = ""

    once(world, 3, unseen)

    result = invoke(world, *RUN)

    assert result.exit_code == 5
    assert raised(world) == [(90, 10)]
    assert world.live == Weights(90, 10)


def test_a_raise_that_is_under_way_beside_it_is_overtaken() -> None:
    world = known_world(50, 50)
    apply = world.weights.apply
    codes: list[int] = []

    def lowered_just_before(*args: object) -> str:
        world.weights.apply = apply  # type: ignore[method-assign]
        codes.append(shift(world, 10)[0])
        return apply(*args)  # type: ignore[arg-type]

    world.weights.apply = lowered_just_before  # type: ignore[method-assign,assignment]

    invoke(world, "run", "--once", "--yes")

    assert codes == [0]
    assert world.live == Weights(90, 10)
    assert raised(world) == [(90, 10)]


def test_an_open_answer_is_told_as_open() -> None:
    world = known_world(50, 50)
    world.weights.failing["apply"] = [ControlPlaneUnavailable("Route 53 did not answer within 30 s")]

    code, said = shift(world, 10)

    assert code == 10
    assert "did not answer" in said
    assert world.ledger.kinds()[-1] == "intent"


def test_ctrl_c_while_it_is_sent_is_told() -> None:
    world = known_world(50, 50)
    world.weights.failing["apply-answer"] = [KeyboardInterrupt()]

    assert shift(world, 10)[0] == 130


def test_changed_records_are_taken_and_written_down() -> None:
    world = known_world(50, 50)
    world.weights.set_by_hand(40, 60)

    assert shift(world, 10)[0] == 0
    assert world.ledger.last(Kind.ADOPTED).reason.startswith("lowering is never refused")
