"""One time for all processes of a run: the master's, kept by a clock that nobody sets while the run goes on."""

import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RunClock:
    """Unix seconds as the process that leads the run has them; `offset` is from the monotonic clock of this one."""

    offset: float
    monotonic: Callable[[], float] = time.monotonic

    @classmethod
    def own(cls) -> "RunClock":
        """The clock of the process that leads."""
        return cls(time.time() - time.monotonic())

    @classmethod
    def agreed(cls, now: float) -> "RunClock":
        """The clock of a process that was just told what time it is."""
        return cls(now - time.monotonic())

    def now(self) -> float:
        """Unix seconds."""
        return self.monotonic() + self.offset
