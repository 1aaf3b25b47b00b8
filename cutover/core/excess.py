"""Whether one side's errors are more than so many times the other's, when both are in trouble."""

import math

Counts = tuple[int, int]  # requests, errors


def excess(mine: Counts, theirs: Counts, times: float) -> float:
    """How much these counts speak for my own rate against `times` theirs (natural log); 0 unless it is above that.

    The best of all pairs of rates of which mine is just so many times theirs is weighed against the two rates as they
    are: that they know little of the other side is so allowed for, and no bound is needed.
    """
    (my_requests, my_errors), (their_requests, their_errors) = mine, theirs
    if not my_requests or not their_requests or my_errors * their_requests <= times * their_errors * my_requests:
        return 0.0
    # Where the derivative of the common likelihood in their rate is zero; of the two roots the smaller is a rate.
    square = times * (my_requests + their_requests)
    linear = times * (my_requests + their_errors) + my_errors + their_requests
    errors = my_errors + their_errors
    rate = (linear - math.sqrt(max(0.0, linear * linear - 4 * square * errors))) / (2 * square)
    apart = _likelihood(mine, my_errors / my_requests) + _likelihood(theirs, their_errors / their_requests)
    return max(0.0, apart - _likelihood(mine, times * rate) - _likelihood(theirs, rate))


def _likelihood(counts: Counts, rate: float) -> float:
    requests, errors = counts
    return _part(errors, rate) + _part(requests - errors, 1.0 - rate)


def _part(count: int, rate: float) -> float:
    return count * math.log(max(rate, math.ulp(0.0))) if count else 0.0


class Excess:
    """Fed minute by minute while both sides are in trouble: since when mine has been more than `times` theirs.

    It begins anew whenever it is not, so what both had alike before hides nothing; `end` says that the trouble is over.
    """

    __slots__ = ("_times", "mine", "minutes", "theirs", "threshold", "value")

    def __init__(self, times: float, threshold: float) -> None:
        self._times, self.threshold = times, threshold
        self.value, self.minutes = 0.0, 0
        self.mine: Counts = (0, 0)
        self.theirs: Counts = (0, 0)

    def add(self, mine: Counts, theirs: Counts) -> None:
        """One more minute of trouble."""
        self.mine = (self.mine[0] + mine[0], self.mine[1] + mine[1])
        self.theirs = (self.theirs[0] + theirs[0], self.theirs[1] + theirs[1])
        self.minutes += 1
        self.value = excess(self.mine, self.theirs, self._times)
        if not self.value and self.theirs[0] and self.mine[0]:
            self.end()

    def end(self) -> None:
        """Nothing of what was counted counts any more."""
        self.value, self.minutes = 0.0, 0
        self.mine = self.theirs = (0, 0)

    @property
    def alarmed(self) -> bool:
        """Whether it is shown now."""
        return self.value >= self.threshold
