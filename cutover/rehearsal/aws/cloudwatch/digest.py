"""Values with counts, kept compactly enough for exact percentiles."""

import math
from array import array
from collections.abc import Iterable, Sequence
from operator import mul

# Latencies to a tenth of a millisecond: far below what any gate looks at, and few distinct values.
_DECIMALS = {"Milliseconds": 1, "Seconds": 4}
_COMPACT_AT = 128


def rounded(value: float, unit: str) -> float:
    """The value as it is kept."""
    decimals = _DECIMALS.get(unit)
    return value if decimals is None else round(value, decimals)


class Digest:
    """Some values of one minute. `complete`: every value is known, so that percentiles are."""

    __slots__ = ("_compact_at", "_counts", "_values", "complete", "count", "high", "low", "total")

    def __init__(self) -> None:
        self.count = 0.0
        self.total = 0.0
        self.low = math.inf
        self.high = -math.inf
        self.complete = True
        self._values = array("d")
        self._counts = array("d")
        self._compact_at = _COMPACT_AT

    def add(self, values: Sequence[float], counts: Sequence[float]) -> None:
        """Take in values, each as often as its count says; the counts are above zero."""
        if not values:
            return
        self.count += sum(counts)
        self.total += sum(map(mul, values, counts))
        self.low = min(self.low, *values)
        self.high = max(self.high, *values)
        self._values.extend(values)
        self._counts.extend(counts)
        if len(self._values) >= self._compact_at:
            self._compact()

    def add_summary(self, count: float, total: float, low: float, high: float) -> None:
        """Take in a statistic set: its single values are known only if they are all the same."""
        if low == high:
            self.add([low], [count])
            return
        self.count += count
        self.total += total
        self.low = min(self.low, low)
        self.high = max(self.high, high)
        self.complete = False

    def pairs(self) -> Iterable[tuple[float, float]]:
        """The values with their counts, in no order; a value can come more than once."""
        return zip(self._values, self._counts, strict=True)

    def _compact(self) -> None:
        merged: dict[float, float] = {}
        for value, count in self.pairs():
            merged[value] = merged.get(value, 0.0) + count
        self._values = array("d", merged.keys())
        self._counts = array("d", merged.values())
        self._compact_at = 2 * len(merged) + _COMPACT_AT
