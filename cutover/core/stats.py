"""Counting errors: how sure a rate is, and sums over any stretch of minutes without adding them up again."""

import math
from collections.abc import Sequence
from itertools import accumulate

from cutover.core.models import Minute


def wilson(errors: float, requests: int, z: float, phi: float = 1.0) -> tuple[float, float]:
    """The lowest and highest true rate that fit `errors` of `requests` (Wilson score interval); (0, 1) of nothing.

    Errors in bursts of `phi` say as much as a `phi`-th of them and of the requests.
    """
    if requests == 0:
        return 0.0, 1.0
    rate, told = errors / requests, requests / phi
    spread = z * z / told
    centre = (rate + spread / 2) / (1 + spread)
    half = z * math.sqrt(rate * (1 - rate) / told + spread / (4 * told)) / (1 + spread)
    return max(0.0, centre - half), min(1.0, centre + half)


class Tally:
    """The running sums of one side's minutes; a minute without data adds nothing."""

    def __init__(self, minutes: Sequence[Minute]) -> None:
        counted = [(m.requests or 0, min(m.errors or 0, m.requests or 0)) for m in minutes]
        self._requests = [0, *accumulate(requests for requests, _ in counted)]
        self._errors = [0, *accumulate(errors for _, errors in counted)]

    @property
    def minutes(self) -> int:
        """How many minutes there are."""
        return len(self._requests) - 1

    def span(self, end: int, length: int) -> tuple[int, int]:
        """Errors and requests of the `length` minutes before index `end`, or of as many as there are."""
        start = max(0, end - length)
        return self._errors[end] - self._errors[start], self._requests[end] - self._requests[start]

    def newest(self, length: int) -> tuple[int, int]:
        """Errors and requests of the newest `length` minutes."""
        return self.span(self.minutes, length)

    def whole(self) -> tuple[int, int]:
        """Errors and requests of all minutes."""
        return self.newest(self.minutes)
