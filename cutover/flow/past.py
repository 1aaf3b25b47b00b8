"""How bursty ECS's errors are, and its 4xx: from its minutes before the bake and in it, else by the ledger."""

from dataclasses import replace
from datetime import datetime, timedelta

from cutover.core.burst import burst_of, client_burst_of
from cutover.core.client_past import counted
from cutover.core.models import NO_BURST, Burst, Limits, Minute, PastClientErrors, Side, Weights
from cutover.core.spans import outside
from cutover.core.standing import Standing
from cutover.ports import NotAllowed, TelemetryUnavailable, World

PAST = timedelta(hours=24)
WINDOW = timedelta(hours=1)  # of latencies that nobody looks at: the fewer, the quicker


class Past:
    """ECS's minutes of the day before the newest change of weights, read once for each; missing ones are no error."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._minutes: tuple[Minute, ...] = ()
        self._read_for: Weights | None = None

    def read(self, weights: Weights, since: datetime) -> tuple[Minute, ...]:
        """The minutes of [since - PAST, since); what could not be read is tried again the next time."""
        if self._read_for != weights:
            try:
                self._minutes = self._world.metrics.read(Side.ECS, since - PAST, since, WINDOW).minutes
                self._read_for = weights
            except (TelemetryUnavailable, NotAllowed):
                return self._minutes
        return self._minutes


def bursts(minutes: tuple[Minute, ...], standing: Standing, most: float) -> tuple[Burst, Burst]:
    """The bursts of 5xx and of 4xx that these minutes of ECS tell."""
    errors = burst_of(minutes, most)
    if not errors.minutes and standing.burst:
        errors = Burst(standing.burst.phi, f"the ledger: {standing.burst.source}")
    return errors, client_burst_of(minutes, most) if minutes else NO_BURST


def client_past(minutes: tuple[Minute, ...], standing: Standing, limits: Limits) -> PastClientErrors | None:
    """ECS's 4xx in these minutes, load tests left out; as the ledger last had them where they are too few."""
    seen = counted(outside(minutes, standing.loads), limits.min_requests)
    if seen or not standing.client_past:
        return seen
    return replace(standing.client_past, source=f"{standing.client_past.source}, by the ledger", minutes=0)
