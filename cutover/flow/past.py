"""How bursty ECS's errors are: from its minutes before the bake and in it, else as the ledger last had it."""

from datetime import datetime, timedelta

from cutover.core.burst import burst_of, client_burst_of
from cutover.core.models import NO_BURST, Burst, Minute, Side, Weights
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
