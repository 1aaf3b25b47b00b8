"""An adoption that is killed anywhere: the next one takes it up, a run and a rollback stay safe."""

from datetime import timedelta

import msgspec

from cutover.core.models import Weights
from cutover.core.state import Phase, fold
from cutover.sections import TimingSettings
from tests.fakes.world import FakeWorld
from tests.unit.cutover.invoking import changing, invoke, invoke_until_killed
from tests.unit.cutover.test_adopt import ADOPT, AGAIN, live, simple_world


def quick_world() -> FakeWorld:
    """One in which everything is in sync at once: fewer points at which to be killed."""
    world = simple_world()
    world.weights.pending = timedelta(0)
    world.settings = msgspec.structs.replace(world.settings, timing=TimingSettings(settle="1s"))
    return world


def test_killed_anywhere_it_is_taken_up_by_the_next() -> None:
    world = quick_world()
    invoke(world, *ADOPT)
    for point in changing(world):
        world = quick_world()
        invoke_until_killed(world, point, *ADOPT)
        assert live(world) == Weights(100, 0) or len(world.weights.records) == 1

        result = invoke(world, *ADOPT)

        assert result.exit_code == 0, f"killed at {point}: {result.output}"
        assert live(world) == Weights(100, 0)
        state = fold(world.ledger.lines)
        assert (state.phase, state.intent) == (Phase.STEADY, None), f"killed at {point}"
        assert set(world.weights.applied[1:]) <= {AGAIN}, f"killed at {point}"


def test_killed_anywhere_a_run_or_a_rollback_goes_on_safely() -> None:
    world = quick_world()
    invoke(world, *ADOPT)
    for point in changing(world):
        world = quick_world()
        invoke_until_killed(world, point, *ADOPT)

        result = invoke(world, *(("run", "--once", "--yes") if point % 2 else ("rollback",)))

        assert result.exit_code in {0, 5}, f"killed at {point}: {result.output}"
        assert isinstance(live(world), Weights) or len(world.weights.records) == 1
        assert (result.exit_code == 5) is (len(world.weights.records) == 1)
