"""What telling numbers and drawing dashboards needs of the world outside: CloudWatch, seen from its dashboards."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from cutover.core.boards.answers import AlarmState, Drawn, Rows
from cutover.core.metering import Reading


class Meter(Protocol):
    """Where the numbers of this tool go."""

    def put(self, readings: Sequence[Reading]) -> None:
        """Send them in the background; never raises, never waits."""
        ...

    def finish(self, deadline_seconds: float) -> Sequence[str]:
        """Send what waits; what went wrong with any of it, in words."""
        ...


class Marker(Protocol):
    """Writes the ledger's changes into the deployed dashboard."""

    def mark(self) -> None:
        """Do it in the background; never raises, never waits."""
        ...

    def finish(self, deadline_seconds: float) -> Sequence[str]:
        """Wait for what is under way; what went wrong, in words."""
        ...


class Boards(Protocol):
    """Deployed dashboards, and what their widgets ask. Every method raises TelemetryUnavailable and NotAllowed."""

    def names(self, prefix: str) -> Sequence[str]:
        """The deployed dashboards whose name begins so."""
        ...

    def body(self, name: str) -> str | None:
        """The JSON of a deployed dashboard; None: there is none of that name."""
        ...

    def replace(self, name: str, body: str) -> Sequence[str]:
        """Deploy that JSON under that name; what CloudWatch says against it, without refusing it."""
        ...

    def values(self, queries: Sequence[Mapping[str, Any]], since: datetime, until: datetime) -> Sequence[Drawn]:
        """What GetMetricData answers to one widget's queries, each series with all of its points."""
        ...

    def alarms(self, names: Sequence[str]) -> Mapping[str, AlarmState]:
        """The alarms that there are of these, by name."""
        ...

    def rows(self, groups: Sequence[str], query: str, since: datetime, until: datetime) -> Rows:
        """What Logs Insights answers."""
        ...
