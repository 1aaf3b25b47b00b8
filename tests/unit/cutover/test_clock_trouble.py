"""A clock that jumps, a machine that sleeps: no step is taken before its bake is in CloudWatch, minute by minute."""

from datetime import datetime, timedelta

import pytest

from cutover.core.models import MINUTE, Side, Weights
from cutover.core.record import Kind
from tests.fakes.world import FakeWorld, known_world
from tests.fakes.zone import START
from tests.unit.cutover.invoking import invoke
from tests.unit.cutover.scripting import RUN, raised

BAKE = 30  # minutes of each step of the fake world's ladder
Jumps = dict[int, int]  # after so many true minutes, the clock is set so many minutes on


class WrongClock:
    """The machine's clock is set to another time now and then; CloudWatch has what truly was, and no more."""

    def __init__(self, world: FakeWorld, jumps: Jumps) -> None:
        self._world, self._jumps, self._off = world, dict(jumps), timedelta(0)
        self.minutes_at_raise: list[float] = []
        world.clock.then.append(self._jump)
        world.metrics.silent = lambda _, start: start + MINUTE > self.true_time
        really_apply = world.weights.apply

        def apply(*change: object) -> str:
            self.minutes_at_raise.append((self.true_time - START) / MINUTE)
            return really_apply(*change)  # type: ignore[arg-type]

        world.weights.apply = apply  # type: ignore[method-assign, assignment]

    @property
    def true_time(self) -> datetime:
        """What a right clock would show."""
        return self._world.clock.time - self._off

    def _jump(self, _: datetime) -> None:
        for minute in [m for m in self._jumps if self.true_time - START >= timedelta(minutes=m)]:
            step = timedelta(minutes=self._jumps.pop(minute))
            self._off += step
            self._world.clock.time += step


@pytest.mark.parametrize(
    "jumps",
    [{}, {5: 10, 25: -10}, {5: -10}, {5: -10, 25: 10}, {1: 60, 20: -60}, {29: -90, 31: 90}, {10: 3, 15: 3, 20: -6}],
    ids=str,
)
def test_a_clock_that_is_set_on_or_back_never_shortens_a_bake(jumps: Jumps) -> None:
    world = known_world(90, 10, timedelta(0))
    clock = WrongClock(world, jumps)

    result = invoke(world, "run", "--until", "50", "--yes")

    assert result.exit_code == 0, result.output
    assert raised(world) == [(50, 50)]
    assert clock.minutes_at_raise[0] >= BAKE


def test_a_clock_that_stays_ahead_is_ahead_of_its_telemetry_and_never_raises() -> None:
    world = known_world(90, 10, timedelta(0), timing={"give_up_after": "2h"})
    WrongClock(world, {5: 40})

    result = invoke(world, *RUN)

    assert (result.exit_code, raised(world), world.live) == (9, [], Weights(90, 10))


def asleep(world: FakeWorld, minutes: int) -> None:
    """The machine is suspended for that long, five minutes into its bake; the world goes on."""

    def suspend(now: datetime) -> None:
        if now - START >= timedelta(minutes=5):
            world.clock.then.remove(suspend)
            world.pass_time(timedelta(minutes=minutes))

    world.clock.then.append(suspend)


def test_what_failed_while_the_machine_slept_is_found_before_anything_is_raised() -> None:
    world = known_world(90, 10, timedelta(0))
    ten_bad = (START + timedelta(minutes=8), START + timedelta(minutes=18))
    world.metrics.error_rate[Side.SERVERLESS] = lambda time: 0.3 if ten_bad[0] <= time < ten_bad[1] else 0.0
    asleep(world, 60)

    result = invoke(world, *RUN)

    assert result.exit_code == 4
    assert raised(world) == [(100, 0)]


def test_what_nobody_counted_while_the_machine_slept_is_baked_again() -> None:
    world = known_world(90, 10, timedelta(0))
    lost = (START + timedelta(minutes=6), START + timedelta(minutes=66))
    world.metrics.silent = lambda _, start: lost[0] <= start < lost[1]
    asleep(world, 60)

    result = invoke(world, "run", "--until", "50", "--yes")

    assert result.exit_code == 0, result.output
    [intent] = [line for line in world.ledger.lines if line.kind is Kind.INTENT]
    assert intent.time - START >= timedelta(minutes=60 + BAKE)


def test_a_bake_begins_when_every_name_server_has_the_change_however_late() -> None:
    world = known_world(100, 0, timing={"insync_timeout": "2h"})
    world.weights.pending = timedelta(minutes=25)

    result = invoke(world, "run", "--until", "10", "--yes")

    assert result.exit_code == 0, result.output
    at = {line.kind: line.time for line in world.ledger.lines}
    assert at[Kind.INSYNC] - at[Kind.APPLIED] >= timedelta(minutes=25)
    assert at[Kind.BAKED] - at[Kind.INSYNC] >= timedelta(minutes=BAKE)
