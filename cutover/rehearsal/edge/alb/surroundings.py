"""What every connection of the balancer shares."""

from collections.abc import Callable
from dataclasses import dataclass

from cutover.clock import CompressedClock
from cutover.rehearsal.edge.faults import FaultSwitch
from cutover.rehearsal.edge.metrics.meters import AlbMeter


@dataclass(frozen=True, slots=True)
class Surroundings:
    """The balancer as its connections see it; `listener` gives its address and port."""

    target: tuple[str, int] | None
    connect_timeout_seconds: float
    clock: CompressedClock
    switch: FaultSwitch
    meter: AlbMeter
    listener: Callable[[], tuple[str, int]]
