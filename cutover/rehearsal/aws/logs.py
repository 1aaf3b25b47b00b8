"""What was asked of this AWS and what its name server answered, kept within bounds."""

from collections import Counter, OrderedDict, deque

import msgspec

_KEPT_CALLS = 5_000
_KEPT_SECONDS = 20_000


class Called(msgspec.Struct, frozen=True):
    """One call: when (Unix seconds, simulated), what, how it ended ("ok" or the error's code), by whom."""

    time: float
    operation: str
    result: str
    user_agent: str


class CallLog:
    """The newest calls, oldest first."""

    def __init__(self) -> None:
        self._calls: deque[Called] = deque(maxlen=_KEPT_CALLS)

    def add(self, called: Called) -> None:
        """Keep one more, and forget the oldest if there are too many."""
        self._calls.append(called)

    def all(self) -> list[Called]:
        """Every kept call."""
        return list(self._calls)


class AnswerCounts:
    """How often each weighted record was drawn in each simulated second."""

    def __init__(self) -> None:
        self._seconds: OrderedDict[int, Counter[str]] = OrderedDict()

    def add(self, now: float, set_identifier: str) -> None:
        """Count one drawn answer at `now`, in Unix seconds."""
        second = int(now)
        if second not in self._seconds:
            self._seconds[second] = Counter()
            if len(self._seconds) > _KEPT_SECONDS:
                self._seconds.popitem(last=False)
        self._seconds[second][set_identifier] += 1

    def rows(self) -> list[dict[str, int]]:
        """One row a second: each set identifier's answers, and "second"."""
        return [{**counts, "second": second} for second, counts in self._seconds.items()]
