"""Every time that was measured, to a tenth of a millisecond: percentiles of merged ones are exact, too. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

PER_MS = 10  # buckets of a millisecond
_tenths = lru_cache(maxsize=65_536)(
    int
)  # one object for each bucket: a soak's seconds name the same ones again and again


@dataclass(slots=True)
class Histogram:
    """How often each time was seen; `counts` are by tenths of a millisecond."""

    counts: dict[int, int] = field(default_factory=dict)

    @classmethod
    def of(cls, plain: Mapping[str, int]) -> "Histogram":
        """The one that `plain` was made of. Raises ValueError, TypeError."""
        return cls({_tenths(tenths): int(count) for tenths, count in plain.items()})

    @classmethod
    def merged(cls, parts: Iterable["Histogram"]) -> "Histogram":
        """All of them in one."""
        whole = cls()
        for part in parts:
            whole.merge(part)
        return whole

    def add(self, ms: float) -> None:
        """Note one time; a negative one, of clocks that were set, is none."""
        tenths = max(0, round(ms * PER_MS))
        self.counts[tenths] = self.counts.get(tenths, 0) + 1

    def merge(self, other: "Histogram") -> None:
        """Take everything over that the other one holds."""
        for tenths, count in other.counts.items():
            self.counts[tenths] = self.counts.get(tenths, 0) + count

    def without(self, other: "Histogram") -> "Histogram":
        """All but those that the other one, a part of this one, holds."""
        left = {tenths: count - other.counts.get(tenths, 0) for tenths, count in self.counts.items()}
        return Histogram({tenths: count for tenths, count in left.items() if count > 0})

    @property
    def total(self) -> int:
        """How many times were noted."""
        return sum(self.counts.values())

    def percentile(self, percent: float, of: int = 0) -> float | None:
        """The smallest time (ms) that at least `percent` of all are not over (nearest rank); None without any.

        `of`: how many times there should be, if they are more; those that are missing are endless. None where the
        percentile is one of them.
        """
        measured = self.total
        total = max(measured, of)
        if not measured or total * percent / 100 > measured + 1e-9:
            return None
        rank, seen = max(1.0, total * percent / 100), 0
        for tenths in sorted(self.counts):
            seen += self.counts[tenths]
            if seen >= rank - 1e-9:  # 95% of 20 is 19.000000000000004 to a float
                return tenths / PER_MS
        return max(self.counts) / PER_MS

    def mean(self) -> float | None:
        """The mean in ms; None without any."""
        total = self.total
        return sum(tenths * count for tenths, count in self.counts.items()) / total / PER_MS if total else None

    def longest(self) -> float | None:
        """The longest time in ms; None without any."""
        return max(self.counts) / PER_MS if self.counts else None

    def plain(self) -> dict[str, int]:
        """As JSON can hold it."""
        return {str(tenths): count for tenths, count in sorted(self.counts.items())}
