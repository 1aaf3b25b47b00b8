"""Counts of values by series and simulated minute, kept until they are taken."""

from collections.abc import Iterator

import msgspec

from cutover.clock import CompressedClock

Dimensions = dict[str, str]
MINUTE_SECONDS = 60


class Datum(msgspec.Struct, frozen=True):
    """What one series got in one minute since the last push, as the CloudWatch stand-in reads it."""

    namespace: str
    metric: str
    dimensions: Dimensions
    unit: str
    minute: int  # Unix seconds of the simulated minute's start
    values: tuple[float, ...]
    counts: tuple[int, ...]


class Series:
    """One metric under one or more sets of dimensions; nothing is reported for a minute in which nothing was added."""

    def __init__(self, namespace: str, metric: str, unit: str, dimension_sets: tuple[Dimensions, ...]) -> None:
        self.namespace = namespace
        self.metric = metric
        self.unit = unit
        self.dimension_sets = dimension_sets
        self._minutes: dict[int, dict[float, int]] = {}

    def add(self, minute: int, value: float = 1.0) -> None:
        """Count one occurrence of `value` in the minute that starts at Unix second `minute`."""
        counts = self._minutes.get(minute)
        if counts is None:
            counts = self._minutes[minute] = {}
        counts[value] = counts.get(value, 0) + 1

    def take(self) -> Iterator[Datum]:
        """Hand over and forget what was counted."""
        minutes, self._minutes = self._minutes, {}
        for minute, counts in minutes.items():
            values, numbers = tuple(counts), tuple(counts.values())
            for dimensions in self.dimension_sets:
                yield Datum(self.namespace, self.metric, dimensions, self.unit, minute, values, numbers)


class Tally:
    """All series of the process, under the rehearsal's clock."""

    def __init__(self, clock: CompressedClock) -> None:
        self._clock = clock
        self._series: list[Series] = []

    def series(self, namespace: str, metric: str, unit: str, *dimension_sets: Dimensions) -> Series:
        """A new series that `take` will report."""
        made = Series(namespace, metric, unit, dimension_sets)
        self._series.append(made)
        return made

    def minute(self) -> int:
        """The start of the current simulated minute, in Unix seconds."""
        return int(self._clock.timestamp()) // MINUTE_SECONDS * MINUTE_SECONDS

    def take(self) -> list[Datum]:
        """Hand over and forget everything that was counted."""
        return [datum for series in self._series for datum in series.take()]
