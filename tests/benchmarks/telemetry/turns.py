"""Arms in turns within one process, a few dozen requests each, and the processor time that each took.

Whatever else the machine does goes on for longer than a turn, so it hits all arms alike: side by side, in processes of
their own, the same arms differed by half when the machine was busy.
"""

import random
import time
from collections.abc import Mapping, Sequence

from tests.benchmarks.telemetry.arms import ARMS, Arm, Switch

BLOCK = 50  # requests of a turn
GROUP = 20  # turns of each arm that make one value


class Turns:
    """Call `step` before each request."""

    def __init__(self, switch: Switch) -> None:
        self._switch = switch
        self._order: list[Arm] = []
        self._arm: Arm | None = None
        self._left = 0
        self._began = 0.0
        self._taken: dict[str, list[float]] = {arm.name: [] for arm in ARMS}

    def step(self) -> Arm:
        """The arm that the next request belongs to."""
        if self._left == 0:
            now = time.process_time()
            if self._arm is not None:
                self._taken[self._arm.name].append((now - self._began) / BLOCK * 1e6)
            if not self._order:
                self._order = random.sample(ARMS, len(ARMS))
            self._arm = self._order.pop()
            self._switch.to(self._arm)
            self._left = BLOCK
            self._began = time.process_time()
        self._left -= 1
        assert self._arm is not None
        return self._arm

    def taken(self) -> Mapping[str, Sequence[float]]:
        """Microseconds of processor time a request, of each arm: the means of groups of its turns."""
        whole = min(map(len, self._taken.values())) // GROUP
        return {
            name: [_mean(found[n * GROUP : (n + 1) * GROUP]) for n in range(whole)]
            for name, found in self._taken.items()
        }

    def forget(self) -> None:
        """What was taken until now warmed it up."""
        for found in self._taken.values():
            found.clear()


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)
