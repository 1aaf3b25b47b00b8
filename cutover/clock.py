"""The real clock, and the compressed one that lets a rehearsal bake for days in seconds."""

import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta


@dataclass(frozen=True, slots=True)
class CompressedClock:
    """A clock that starts at `epoch` (Unix seconds) and runs `factor` times as fast; factor 1 is the real clock.

    Every process of a rehearsal makes its own from the same two numbers, so that all agree on the time.
    """

    factor: float = 1.0
    epoch: float = 0.0

    def now(self) -> datetime:
        """The time in UTC."""
        return datetime.fromtimestamp(self.timestamp(), UTC)

    def timestamp(self) -> float:
        """The time in Unix seconds."""
        return self.epoch + (time.time() - self.epoch) * self.factor

    def sleep(self, span: timedelta) -> None:
        """Wait that long by this clock."""
        time.sleep(max(0.0, span.total_seconds() / self.factor))
