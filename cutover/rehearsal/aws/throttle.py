"""The request rate that Route 53 grants an account."""

import time
from collections.abc import Callable


class TokenBucket:
    """`per_second` requests a second on average, and as many at once after a pause.

    Real seconds, however fast the rehearsal's clock runs: that is how `cutover` paces itself.
    """

    def __init__(self, per_second: float, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._per_second = per_second
        self._monotonic = monotonic
        self._capacity = max(1.0, per_second)
        self._tokens = self._capacity
        self._filled_at = monotonic()

    def take(self) -> bool:
        """Whether one more request fits now; a refused one costs nothing."""
        now = self._monotonic()
        self._tokens = min(self._capacity, self._tokens + (now - self._filled_at) * self._per_second)
        self._filled_at = now
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True
