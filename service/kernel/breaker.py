"""A circuit breaker: after a few failures in a row, leave the other side alone for a while."""

import time
from collections.abc import Callable


class Breaker:
    """Closed until `failures` calls in a row have failed; then open for `pause_seconds`, after which one call may try.

    Not locked: it belongs to one event loop.
    """

    def __init__(
        self, failures: int = 3, pause_seconds: float = 5.0, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._limit = failures
        self._pause_seconds = pause_seconds
        self._clock = clock
        self._failed_in_a_row = 0
        self._closed_again_at = 0.0

    def allows(self) -> bool:
        """Whether a call should be tried now. While open, one caller per pause is let through to try."""
        if self._failed_in_a_row < self._limit:
            return True
        now = self._clock()
        if now < self._closed_again_at:
            return False
        self._closed_again_at = now + self._pause_seconds
        return True

    def succeeded(self) -> bool:
        """Note a success; True when it closed an open breaker."""
        was_open = self._failed_in_a_row >= self._limit
        self._failed_in_a_row = 0
        return was_open

    def failed(self) -> bool:
        """Note a failure; True when it opened the breaker."""
        self._failed_in_a_row += 1
        if self._failed_in_a_row >= self._limit:
            self._closed_again_at = self._clock() + self._pause_seconds
        return self._failed_in_a_row == self._limit
