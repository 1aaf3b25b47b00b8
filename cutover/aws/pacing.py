"""Calling Route 53 as its limits allow: under five requests a second, and again until a deadline."""

import random
import time
from collections.abc import Callable
from threading import Lock
from typing import TypeVar

from cutover.aws.errors import Again
from cutover.ports import ControlPlaneUnavailable

T = TypeVar("T")

# Route 53 allows five requests a second to the whole account, everybody else's included: we leave room.
SPACING_SECONDS = 0.25
FIRST_PAUSE_SECONDS = 0.2
LONGEST_PAUSE_SECONDS = 3.0


class Deadline:
    """The end of patience with one question to AWS, in real seconds."""

    def __init__(self, seconds: float, monotonic: Callable[[], float]) -> None:
        self.seconds = seconds
        self._monotonic = monotonic
        self._ends = monotonic() + seconds
        self._tries = 0

    @property
    def left(self) -> float:
        """Seconds until then; negative afterwards."""
        return self._ends - self._monotonic()

    def next_pause(self, random_up_to: Callable[[float], float]) -> float:
        """How long to wait before the next try: doubling, jittered, within what is left."""
        self._tries += 1
        longest = min(LONGEST_PAUSE_SECONDS, FIRST_PAUSE_SECONDS * 2**self._tries)
        return max(0.0, min(random_up_to(longest), self.left))


class Pace:
    """Spaces calls out, and waits between tries."""

    def __init__(
        self,
        deadline_seconds: float = 30.0,
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
        random_up_to: Callable[[float], float] = lambda most: random.uniform(most / 2, most),  # noqa: S311 - jitter
    ) -> None:
        self._seconds, self._monotonic, self._sleep, self._random_up_to = (
            deadline_seconds,
            monotonic,
            sleep,
            random_up_to,
        )
        self._free_at = 0.0
        self._ends: float | None = None
        self._lock = Lock()

    def hurry(self, seconds: float | None) -> None:
        """All questions from now on together have so many seconds; None: each has its own patience again."""
        self._ends = None if seconds is None else self._monotonic() + seconds

    def deadline(self) -> Deadline:
        """A new deadline from now, within what a hurry leaves; every question is asked at least once."""
        left = self._seconds if self._ends is None else max(0.0, self._ends - self._monotonic())
        return Deadline(min(self._seconds, left), self._monotonic)

    def call(self, action: Callable[[], T]) -> T:
        """Do it when the rate allows."""
        with self._lock:
            wait = self._free_at - self._monotonic()
            self._free_at = max(self._free_at, self._monotonic()) + SPACING_SECONDS
        if wait > 0:
            self._sleep(wait)
        return action()

    def wait(self, why: Again, deadline: Deadline) -> None:
        """Wait before the next try. Raises ControlPlaneUnavailable when there is no time for one."""
        if deadline.left <= 0:
            raise ControlPlaneUnavailable(f"Route 53 did not answer within {deadline.seconds:.0f} s ({why})") from why
        self._sleep(deadline.next_pause(self._random_up_to))

    def until_answered(self, action: Callable[[], T], deadline: Deadline) -> T:
        """Call until it answers. Raises ControlPlaneUnavailable at the deadline, and whatever is not an Again."""
        while True:
            try:
                return self.call(action)
            except Again as again:
                self.wait(again, deadline)
