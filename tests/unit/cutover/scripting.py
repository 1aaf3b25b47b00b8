"""What several tests of whole commands have in common: settings, worlds and happenings."""

from datetime import datetime, timedelta
from typing import Any

from tests.fakes.world import FakeWorld, known_world
from tests.fakes.zone import START
from tests.unit.cutover.invoking import invoke

RUN = ("run", "--yes")
HOUR = timedelta(hours=1)


def soon(**timing: str) -> dict[str, Any]:
    """Settings with these timings."""
    return {"timing": {"give_up_after": "2h", **timing}}


def at(world: FakeWorld, after: timedelta, what: str, *args: object) -> None:
    """Call that method of the fake weights once so much time has passed."""

    def call(now: datetime) -> None:
        if now - START >= after:
            world.clock.then.remove(call)
            getattr(world.weights, what)(*args)

    world.clock.then.append(call)


def raised(world: FakeWorld) -> list[tuple[int, int]]:
    """The weights that were set, in order."""
    return [after for _, after in world.weights.applied]


def shift(world: FakeWorld, weight: int, *more: str) -> tuple[int, str]:
    """Run it with --yes; the exit code and everything that was said."""
    result = invoke(world, "shift", "--lambda-weight", str(weight), "--yes", *more)
    return result.exit_code, result.output


def sick(ecs: int = 90, serverless: int = 10, rate: float = 0.09) -> FakeWorld:
    """A world whose Lambda side has been failing for long."""
    world = known_world(ecs, serverless)
    world.failing_lambda(rate, START - timedelta(days=2))
    return world
