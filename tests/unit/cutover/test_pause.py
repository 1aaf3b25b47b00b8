"""`cutover pause`, and `resume` of a pause: said beside a run at work, which holds and still guards."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from cutover.core.models import Weights
from cutover.core.record import Kind
from cutover.ports import ControlPlaneUnavailable
from tests.fakes.world import FakeWorld, fake_world, known_world
from tests.fakes.zone import START
from tests.unit.cutover.invoking import invoke, status, typed
from tests.unit.cutover.scripting import shift

PAUSE = ("pause", "--reason", "the database moves", "--yes")
RESUME = ("resume", "--reason", "it has moved", "--yes")
MINUTES = timedelta(minutes=1)


def later(world: FakeWorld, minutes: int, do: Callable[[], object]) -> None:
    """Do it once so much time has passed, beside whatever is running."""

    def call(now: datetime) -> None:
        if now - START >= minutes * MINUTES:
            world.clock.then.remove(call)
            do()

    world.clock.then.append(call)


def test_a_pause_is_written_with_its_reason_and_refuses_a_raise() -> None:
    world = known_world(90, 10)

    result = invoke(world, *PAUSE)

    assert result.exit_code == 0
    assert world.ledger.last(Kind.PAUSED).reason == "the database moves"
    assert "paused at ecs 90 / lambda 10: nothing is raised until a resume" in result.stdout
    code, said = shift(world, 50)
    assert code == 8
    assert "paused 22 Nov 09:00 UTC by arn:aws:iam::123456789012:user/ada: the database moves" in said
    assert world.weights.applied == []


def test_lowering_and_going_back_are_allowed_in_a_pause() -> None:
    world = known_world(50, 50)
    invoke(world, *PAUSE)

    assert shift(world, 20)[0] == 0
    assert invoke(world, "rollback").exit_code == 0


def test_it_needs_no_lease_and_not_route_53() -> None:
    world = known_world(90, 10)
    world.ledger.held_by = "run by grace"
    world.weights.failing["read"] = [ControlPlaneUnavailable("away")]

    assert invoke(world, *PAUSE).exit_code == 0
    assert "before read" not in world.calls.names


def test_it_asks_first_and_has_a_dry_run() -> None:
    world = known_world(90, 10)

    assert invoke(world, "pause", "--reason", "x").exit_code == 2
    assert typed(world, "n\n", "pause", "--reason", "x").exit_code == 130
    assert "nothing was changed" in invoke(world, "pause", "--reason", "x", "--dry-run").stdout
    assert world.ledger.kinds() == ["adopted"]
    assert typed(world, "y\n", "pause", "--reason", "x").exit_code == 0


def test_a_second_pause_says_whose_the_first_is() -> None:
    world = known_world(90, 10)
    invoke(world, *PAUSE)

    result = invoke(world, "pause", "--reason", "other", "--yes", "--json")

    document = json.loads(result.stdout)
    assert (document["schema"], document["exit"], document["state"]) == ("cutover.pause/1", 0, "PAUSED 10%")
    assert "paused already" in document["message"]
    assert world.ledger.kinds().count("paused") == 1


def test_one_that_was_said_meanwhile_counts() -> None:
    world = known_world(90, 10)
    world.ledger.before_append.append(lambda: world.write(Kind.PAUSED, reason="first"))

    result = invoke(world, *PAUSE)

    assert "paused already, 22 Nov 09:00 UTC by somebody: first" in result.stdout


def new() -> FakeWorld:
    return fake_world()


def sending() -> FakeWorld:
    world = known_world(90, 10)
    world.weights.failing["apply"] = [ControlPlaneUnavailable("cut off")]
    shift(world, 50)
    return world


def propagating() -> FakeWorld:
    world = known_world(90, 10)
    world.weights.pending = None
    shift(world, 50)
    return world


def rolled_back() -> FakeWorld:
    world = known_world(90, 10)
    invoke(world, "rollback", "--reason", "smoke")
    return world


def rolling_back() -> FakeWorld:
    world = known_world(90, 10)
    world.weights.failing["apply"] = [ControlPlaneUnavailable("cut off")] * 9
    invoke(world, "rollback")
    world.weights.failing.clear()
    return world


def finished() -> FakeWorld:
    world = known_world(0, 100)
    world.write(Kind.FINISHED, after=(0, 100))
    return world


def drifted() -> FakeWorld:
    world = known_world(90, 10)
    world.weights.set_by_hand(50, 50)
    return world


@pytest.mark.parametrize(
    ("make", "shown", "said"),
    [
        (new, "now       NEW", "paused: nothing is raised"),
        (sending, "the change to Lambda 50%, which is being sent or was cut off", "paused at ecs 90 / lambda 10"),
        (propagating, "the change to ecs 50 / lambda 50, which Route 53 has taken", "paused at ecs 50 / lambda 50"),
        (rolled_back, "ROLLED BACK", "it was rolled back before, which a resume lifts too"),
        (rolling_back, "the rollback that is not confirmed yet", "which a resume lifts too"),
        (finished, "FINISHED", "the ladder is finished, so nothing was to be raised"),
        (drifted, "BAKING 10%", "paused at ecs 90 / lambda 10"),
    ],
)
def test_in_every_state_it_can_be_said(make: Callable[[], FakeWorld], shown: str, said: str) -> None:
    world = make()

    result = invoke(world, *PAUSE)

    assert result.exit_code == 0, result.output
    assert shown in result.stdout
    assert said in result.stdout
    assert world.ledger.kinds()[-1] == "paused"


def test_a_run_at_work_holds_at_its_next_look_and_goes_on_when_it_is_resumed() -> None:
    world = known_world(90, 10, timedelta(minutes=20))
    world.metrics.per_minute = 6000
    said: list[int] = []
    later(world, 3, lambda: said.append(invoke(world, *PAUSE).exit_code))
    later(world, 90, lambda: said.append(invoke(world, *RESUME).exit_code))

    result = invoke(world, "run", "--yes", "--until", "50")

    assert (result.exit_code, said) == (0, [0, 0]), result.output
    raised = [event for event in world.ledger.lines if event.kind is Kind.INTENT]
    assert [event.after for event in raised] == [(50, 50)]
    assert raised[0].time - START >= 90 * MINUTES  # its bake was complete long before
    assert world.live == Weights(50, 50)


def test_a_run_that_is_paused_still_goes_back_when_the_gates_fail() -> None:
    world = known_world(90, 10)
    invoke(world, *PAUSE)
    world.failing_lambda(0.5, START + 5 * MINUTES)

    result = invoke(world, "run", "--yes")

    assert result.exit_code == 4, result.output
    assert world.live == Weights(100, 0)


def test_resuming_a_pause_needs_no_lease() -> None:
    world = known_world(90, 10)
    invoke(world, *PAUSE)
    world.ledger.held_by = "run by grace"

    result = invoke(world, *RESUME)

    assert result.exit_code == 0, result.output
    assert "lifts     the pause of 22 Nov 09:00 UTC (the database moves)" in result.stdout
    assert "resumed: the pause is lifted" in result.stdout
    world.ledger.held_by = ""
    assert shift(world, 50)[0] == 0


def test_a_rollback_in_between_is_not_resumed_with_the_pause() -> None:
    world = known_world(90, 10)
    invoke(world, *PAUSE)
    world.ledger.before_append.append(lambda: world.write(Kind.ROLLED_BACK, reason="smoke", after=(100, 0)))

    result = invoke(world, *RESUME)

    assert result.exit_code == 8
    assert "it was rolled back meanwhile, 22 Nov 09:00 UTC (smoke): the pause was not lifted" in result.stderr
    assert world.ledger.kinds()[-1] == "rolled-back"


def test_a_pause_that_was_lifted_meanwhile_is() -> None:
    world = known_world(90, 10)
    invoke(world, *PAUSE)
    world.ledger.before_append.append(lambda: world.write(Kind.RESUMED, reason="by another"))

    assert "nothing to resume" in invoke(world, *RESUME).stdout


def test_one_resume_lifts_a_rollback_and_a_pause() -> None:
    world = rolled_back()
    invoke(world, *PAUSE)

    result = invoke(world, *RESUME)

    assert result.exit_code == 0
    assert "the rollback of" in result.stdout
    assert "the pause of" in result.stdout
    assert shift(world, 10)[0] == 0


def test_the_screen_tells_of_the_pause() -> None:
    world = known_world(90, 10)
    invoke(world, *PAUSE)

    assert "PAUSED 10%" in status(world)
