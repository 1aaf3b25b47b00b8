"""How fast a reindex goes and how long it still takes, from counts and a clock."""

from collections import deque
from collections.abc import Callable

from cutover.core.reindex.run import Progress

LATELY_SECONDS = 10.0  # the rate is of so much time: long enough to be calm, short enough to be true
EVERY_SECONDS = 0.2  # nobody reads faster


class Meter:
    """Makes Progress of counts and hands it on, not too often. `clock` is monotonic, in seconds."""

    def __init__(self, alias: str, told: Callable[[Progress], None], clock: Callable[[], float]) -> None:
        self._alias, self._told, self._clock = alias, told, clock
        self._phase, self._total, self._told_at = "", 0, float("-inf")
        self._seen: deque[tuple[float, int]] = deque()
        self.retried = self.dead = 0

    def begin(self, phase: str, done: int = 0, total: int = 0) -> None:
        """A phase begins; `total` is 0 where nobody knows it."""
        self._phase, self._total = phase, total
        self._seen.clear()
        self._told_at = float("-inf")
        self.at(done)

    def at(self, done: int, waiting: str = "") -> None:
        """So much of the phase is done; `waiting`: why it does not go on."""
        now = self._clock()
        self._seen.append((now, done))
        while len(self._seen) > 2 and now - self._seen[1][0] > LATELY_SECONDS:
            self._seen.popleft()
        if now - self._told_at >= EVERY_SECONDS:
            self._told_at = now
            self._told(self._progress(done, waiting))

    def end(self) -> None:
        """The phase is over: the last count is told, however young the one before is."""
        self._told(self._progress(self._seen[-1][1], ""))

    def _progress(self, done: int, waiting: str) -> Progress:
        (first_at, first), (last_at, last) = self._seen[0], self._seen[-1]
        seconds = last_at - first_at
        rate = (last - first) / seconds if seconds > 0 else 0.0
        left = max(0, self._total - done) / rate if rate > 0 and self._total else None
        return Progress(self._alias, self._phase, done, self._total, rate, left, self.retried, self.dead, waiting)
