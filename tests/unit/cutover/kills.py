"""What a command leaves behind when it is killed, at every point of it."""

from copy import deepcopy
from itertools import pairwise

from tests.fakes.world import FakeWorld
from tests.fakes.zone import Calls
from tests.unit.cutover.invoking import invoke

MANY = 10_000  # more points than any command has


def worlds_left(world: FakeWorld, *words: str) -> list[tuple[range, FakeWorld]]:
    """The worlds in which a process that is killed at one of the points of that command leaves the next one.

    With each of them the points, one after the other, at which nothing is different: what comes after depends on the
    world alone, so that it need be tried only once. Together they are all points of the command.
    """
    found: list[tuple[int, FakeWorld]] = []

    def look() -> None:
        left = remains(world)
        if not found or found[-1][1] != left:
            found.append((world.calls.count, left))

    world.calls.meanwhile = dict.fromkeys(range(1, MANY), look)
    invoke(world, *words)
    starts = [*(point for point, _ in found), world.calls.count + 1]
    return [(range(*points), left) for points, (_, left) in zip(pairwise(starts), found, strict=True)]


def remains(world: FakeWorld) -> FakeWorld:
    """The world as a new process meets it, without the notes of what the old one asked, which nobody in it can read."""
    left = deepcopy(world, {id(world.calls): Calls()})
    left.metrics.asked.clear()
    left.names.asked.clear()
    left.clock.slept.clear()
    left.weights.hurried.clear()  # a setting of the old process
    left.revived()
    return left
