"""The request rate that Route 53 grants an account."""


class TokenBucket:
    """`per_second` requests a second on average, and as many at once after a pause. Times are in seconds."""

    def __init__(self, per_second: float, now: float) -> None:
        self._per_second = per_second
        self._capacity = max(1.0, per_second)
        self._tokens = self._capacity
        self._filled_at = now

    def take(self, now: float) -> bool:
        """Whether one more request fits at `now`; a refused one costs nothing."""
        elapsed = max(0.0, now - self._filled_at)
        self._tokens = min(self._capacity, self._tokens + elapsed * self._per_second)
        self._filled_at = now
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True
