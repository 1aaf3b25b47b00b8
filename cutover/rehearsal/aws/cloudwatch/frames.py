"""A span of time, cut into periods, and what the store shows of a metric in it."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from cutover.rehearsal.aws.cloudwatch.digest import Digest
from cutover.rehearsal.aws.cloudwatch.shapes import Dimension, MetricStat
from cutover.rehearsal.aws.cloudwatch.statistics import statistic
from cutover.rehearsal.aws.cloudwatch.store import MetricStore, Series, series_of


@dataclass(frozen=True, slots=True)
class Frame:
    """Periods that start in [since, until), as they were visible at `as_of`; Unix seconds.

    `sliding`: the first one starts at `since`, as alarms look at them; else periods start at multiples of their length,
    none before `since`.
    """

    store: MetricStore
    since: int
    until: float
    as_of: float
    sliding: bool = False

    def grid(self, period: int) -> range:
        """The starts of the periods of that length, oldest first."""
        first = self.since if self.sliding else -int(-self.since // period) * period
        return range(first, -int(-self.until // 1), period)

    def points(self, stat: MetricStat) -> dict[int, float]:
        """The statistic of each period that has one, oldest first."""
        first = self.grid(stat.period).start
        periods: dict[int, list[Digest]] = defaultdict(list)
        for minute, digest in self.store.visible(series_asked(stat), stat.unit, first, self.until, self.as_of):
            periods[minute - (minute - first) % stat.period].append(digest)
        values = ((start, statistic(stat.stat, periods[start])) for start in sorted(periods))
        return {start: value for start, value in values if value is not None}


def series_asked(stat: MetricStat) -> Series:
    """The metric that is asked for."""
    return series_of(stat.metric.namespace, stat.metric.metric_name, as_mapping(stat.metric.dimensions))


def as_mapping(dimensions: Sequence[Dimension]) -> dict[str, str]:
    """The dimensions by name."""
    return {dimension.name: dimension.value for dimension in dimensions}
