"""Whether one side's errors are more than so many times the other's, when both are in trouble."""

from cutover.core.sequential import surprise

Counts = tuple[int, int]  # requests, errors


def excess(mine: Counts, theirs: Counts, times: float) -> float:
    """How much these counts speak for more than `times` their rate (natural log of the odds); 0 unless mine is above.

    Of all errors, mine are weighed against the part that just so many times their rate would give: that theirs is known
    from a few minutes only is so allowed for. A minute in which nearly all fails says no more than its errors do, for
    they come together: taken as requests that fail each by itself, one such minute would be enough.
    """
    (my_requests, my_errors), (their_requests, their_errors) = mine, theirs
    if not my_requests or not their_requests:
        return 0.0
    return surprise(my_errors, my_errors + their_errors, times * my_requests / (times * my_requests + their_requests))


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
