"""`cutover resume` and the kill switch: put back at Lambda 0 only, and never lost."""

import pytest

from cutover.core.record import Kind
from cutover.ports import ControlPlaneUnavailable
from tests.fakes.world import FakeWorld, known_world
from tests.unit.cutover.invoking import invoke
from tests.unit.cutover.scripting import shift

RESUME = ("resume", "--reason", "the pool is mended", "--yes")


def thrown(ecs: int = 100, serverless: int = 0) -> FakeWorld:
    """A world whose kill switch was thrown."""
    world = known_world(ecs, serverless)
    world.switch.is_set_up, world.switch.lambda_serves = True, False
    world.write(Kind.SWITCHED, reason="smoke", evidence={"serving": False})
    return world


def test_it_puts_the_switch_back_and_writes_that() -> None:
    world = thrown()

    result = invoke(world, *RESUME)

    assert result.exit_code == 0, result.output
    assert "lifts     the kill switch: Lambda may answer" in result.stdout
    assert world.switch.thrown == [(True, "the pool is mended")]
    assert world.ledger.last(Kind.SWITCHED).evidence == {"serving": True}
    assert shift(world, 10)[0] == 0


def test_a_switch_that_was_thrown_by_hand_is_put_back_too() -> None:
    world = known_world(100, 0)
    world.switch.is_set_up, world.switch.lambda_serves = True, False

    assert invoke(world, *RESUME).exit_code == 0
    assert world.switch.lambda_serves


def test_one_that_was_put_back_by_hand_is_written() -> None:
    world = thrown()
    world.switch.lambda_serves = True

    assert invoke(world, *RESUME).exit_code == 0
    assert world.ledger.last(Kind.SWITCHED).evidence == {"serving": True}


def test_a_dry_run_throws_nothing() -> None:
    world = thrown()

    assert invoke(world, "resume", "--reason", "x", "--dry-run").exit_code == 0
    assert world.switch.thrown == []


def test_with_weights_on_lambda_it_would_be_a_raise_past_every_gate() -> None:
    world = thrown(90, 10)

    result = invoke(world, *RESUME)

    assert result.exit_code == 8
    assert "putting it back would give Lambda that at once" in result.stderr
    assert "rule: kill-switch" in result.stderr
    assert world.switch.thrown == []
    assert invoke(world, "rollback").exit_code == 0
    assert invoke(world, *RESUME).exit_code == 0
    assert world.switch.lambda_serves


def test_weights_that_a_cut_off_change_gives_it_count_as_well() -> None:
    world = thrown()
    world.weights.failing["apply-answer"] = [ControlPlaneUnavailable("cut off")]
    shift(world, 10, "--override", "kill-switch=a test")

    result = invoke(world, *RESUME)

    assert result.exit_code == 8
    assert world.switch.thrown == []


def test_a_switch_that_does_not_answer_is_not_passed_over() -> None:
    world = thrown()
    world.switch.failing = "s3:GetObject: no answer"

    result = invoke(world, *RESUME)

    assert result.exit_code == 10
    assert "s3:GetObject: no answer" in result.stderr
    assert "resumed" not in world.ledger.kinds()


def test_one_that_nobody_threw_stands_in_nobodys_way() -> None:
    world = known_world(90, 10)
    world.switch.is_set_up = True
    invoke(world, "rollback")
    world.switch.failing = "s3:GetObject: no answer"

    result = invoke(world, *RESUME)

    assert result.exit_code == 0
    assert "the kill switch can't be asked, and nobody threw it by the ledger" in result.stderr
    assert world.ledger.kinds()[-1] == "resumed"


def test_settings_that_forgot_the_switch_are_told() -> None:
    world = thrown()
    world.switch.is_set_up = False

    result = invoke(world, *RESUME)

    assert result.exit_code == 8
    assert "the settings name none: it can't be put back" in result.stderr


@pytest.mark.parametrize("failing", ["s3:PutObject: AccessDenied"])
def test_a_switch_that_can_not_be_put_back_leaves_everything_standing(failing: str) -> None:
    world = thrown()
    invoke(world, "pause", "--reason", "x", "--yes")
    throw = world.switch.throw

    def denied(*, serving: bool, reason: str) -> None:
        world.switch.failing = failing
        throw(serving=serving, reason=reason)

    world.switch.throw = denied  # type: ignore[method-assign]

    assert invoke(world, *RESUME).exit_code == 10
    assert world.ledger.kinds()[-1] == "paused"
