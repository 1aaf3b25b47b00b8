"""Dashboards in memory, and what was sent and marked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from cutover.core.boards.answers import AlarmState, Drawn, Rows
from cutover.core.metering import Reading


@dataclass
class FakeMeter:
    """A Meter that keeps what it was given."""

    readings: list[Reading] = field(default_factory=list)
    troubles: list[str] = field(default_factory=list)

    def put(self, readings: Sequence[Reading]) -> None:
        """Keep them."""
        self.readings += readings

    def finish(self, deadline_seconds: float) -> Sequence[str]:
        """What went wrong."""
        return self.troubles

    def told(self, name: str) -> list[float]:
        """The values of one metric, in their order."""
        return [reading.value for reading in self.readings if reading.name.value == name]


@dataclass
class FakeMarker:
    """A Marker that counts."""

    count: int = 0
    troubles: list[str] = field(default_factory=list)

    def mark(self) -> None:
        """Count it."""
        self.count += 1

    def finish(self, deadline_seconds: float) -> Sequence[str]:
        """What went wrong."""
        return self.troubles


@dataclass
class FakeBoards:
    """A Boards with scripted answers: `series` by the metric's name or the expression, of each query that is shown."""

    bodies: dict[str, str] = field(default_factory=dict)
    series: dict[str, Sequence[Drawn]] = field(default_factory=dict)
    states: dict[str, AlarmState] = field(default_factory=dict)
    found: Rows = field(default_factory=Rows)
    failing: Exception | None = None
    asked: list[Sequence[Mapping[str, Any]]] = field(default_factory=list)
    queried: list[tuple[Sequence[str], str]] = field(default_factory=list)

    def names(self, prefix: str) -> Sequence[str]:
        """Those that begin so."""
        self._fail()
        return sorted(name for name in self.bodies if name.startswith(prefix))

    def body(self, name: str) -> str | None:
        """The JSON of that name."""
        self._fail()
        return self.bodies.get(name)

    def replace(self, name: str, body: str) -> Sequence[str]:
        """Take it."""
        self._fail()
        self.bodies[name] = body
        return ()

    def values(self, queries: Sequence[Mapping[str, Any]], since: datetime, until: datetime) -> Sequence[Drawn]:
        """What is scripted for each."""
        self._fail()
        self.asked.append(queries)
        return [found for query in queries if query["ReturnData"] for found in self._of(query)]

    def alarms(self, names: Sequence[str]) -> Mapping[str, AlarmState]:
        """Those that there are."""
        self._fail()
        return {name: self.states[name] for name in names if name in self.states}

    def rows(self, groups: Sequence[str], query: str, since: datetime, until: datetime) -> Rows:
        """What is scripted."""
        self._fail()
        self.queried.append((groups, query))
        return self.found

    def _of(self, query: Mapping[str, Any]) -> Sequence[Drawn]:
        stat = query.get("MetricStat")
        name = str(stat["Metric"]["MetricName"] if stat else query["Expression"])
        return [Drawn(query["Id"], one.label, one.points, one.note) for one in self.series.get(name, ())]

    def _fail(self) -> None:
        if self.failing:
            raise self.failing
