"""Every metric's values by minute, each with the moment from which CloudWatch shows it."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from cutover.rehearsal.aws.cloudwatch.digest import Digest, rounded

MINUTE_SECONDS = 60


class Series(NamedTuple):
    """A metric: `dimensions` are sorted pairs, and only the very same set of them is the same metric."""

    namespace: str
    name: str
    dimensions: tuple[tuple[str, str], ...]


def series_of(namespace: str, name: str, dimensions: Mapping[str, str]) -> Series:
    """The metric with those dimensions in any order."""
    return Series(namespace, name, tuple(sorted(dimensions.items())))


@dataclass(frozen=True, slots=True)
class Summary:
    """A statistic set: what is known of values that were not sent one by one."""

    count: float
    total: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Datum:
    """Values of one metric in the minute that holds `at` (simulated Unix seconds), each with how often it occurred."""

    series: Series
    unit: str
    at: float
    values: Sequence[float] = ()
    counts: Sequence[float] = ()
    summary: Summary | None = None


class _Parcel:
    """The values of a minute that become visible at one moment."""

    __slots__ = ("digest", "visible_from")

    def __init__(self, visible_from: float) -> None:
        self.visible_from = visible_from
        self.digest = Digest()


_Minutes = dict[int, list[_Parcel]]


class MetricStore:
    """The store; times are simulated Unix seconds.

    A minute is published `publish_delay_seconds` after its end. Whatever is pushed later is visible at once.
    """

    def __init__(self, publish_delay_seconds: float) -> None:
        self._delay_seconds = publish_delay_seconds
        self._units: dict[Series, dict[str, _Minutes]] = defaultdict(lambda: defaultdict(dict))

    def push(self, datum: Datum, now: float, late_seconds: float = 0.0) -> None:
        """Add values at `now`; `late_seconds` delays them beyond the usual."""
        minute = int(datum.at // MINUTE_SECONDS)
        minute_end = (minute + 1) * MINUTE_SECONDS
        visible_from = max(minute_end + self._delay_seconds + late_seconds, now)
        parcels = self._units[datum.series][datum.unit].setdefault(minute, [])
        if not parcels or parcels[-1].visible_from != visible_from:
            parcels.append(_Parcel(visible_from))
        digest = parcels[-1].digest
        digest.add([rounded(value, datum.unit) for value in datum.values], datum.counts)
        if (summary := datum.summary) is not None:
            digest.add_summary(summary.count, summary.total, summary.low, summary.high)

    def visible(
        self, series: Series, unit: str | None, since: float, until: float, as_of: float
    ) -> Iterator[tuple[int, Digest]]:
        """(minute's start, values) that were visible at `as_of`, of minutes starting in [since, until)."""
        first, end = -int(-since // MINUTE_SECONDS), -int(-until // MINUTE_SECONDS)
        for each_unit, minutes in self._units.get(series, {}).items():
            if unit is not None and unit != each_unit:
                continue
            for minute in _within(minutes, first, end):
                for parcel in minutes[minute]:
                    if parcel.visible_from <= as_of:
                        yield minute * MINUTE_SECONDS, parcel.digest

    @property
    def delay_seconds(self) -> float:
        """How long after its end a minute is published."""
        return self._delay_seconds

    def unit(self, series: Series) -> str:
        """The unit that the metric's values came in first; "None" if there are none."""
        return next(iter(self._units.get(series, {})), "None")

    def oldest(self, series: Series) -> int | None:
        """The start of the first minute that has a value of the metric; None: none has."""
        firsts = [min(minutes) for minutes in self._units.get(series, {}).values() if minutes]
        return min(firsts) * MINUTE_SECONDS if firsts else None

    def listed(self, as_of: float) -> list[Series]:
        """Every metric of which something is visible, in order."""
        return sorted(series for series in self._units if self._is_visible(series, as_of))

    def _is_visible(self, series: Series, as_of: float) -> bool:
        return any(
            parcel.visible_from <= as_of
            for minutes in self._units[series].values()
            for parcels in minutes.values()
            for parcel in parcels
        )


def _within(minutes: _Minutes, first: int, end: int) -> Iterator[int]:
    """The minutes in [first, end) that have values, in no order; the shorter way of finding them."""
    if end - first <= len(minutes):
        return (minute for minute in range(first, end) if minute in minutes)
    return (minute for minute in minutes if first <= minute < end)
